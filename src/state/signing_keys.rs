//! The signing keys as this isolate has read them: those of the secret, and those
//! that are stored.
//!
//! Verifying costs no hop: what was read serves for [`RING_SECONDS`], and from half
//! that age on it is read again behind an answer. Only an isolate that has served
//! nobody for a minute reads before it answers. Nothing is decided by keys that
//! were read longer ago: a key that was withdrawn is refused everywhere within a
//! minute, and when the store cannot be asked for so long, nobody is let in.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{RING_SECONDS, RingSeal, SigningKeys, SigningRing};
use lango_store::load_signing_keys;
use worker::{Delay, Env, console_error};

use crate::{clock, denial::Denial};

/// Older than this, the keys are read again behind an answer.
const REFRESH_AFTER_MS: i64 = RING_SECONDS * 1_000 / 2;
/// Older than this, they are of no use any more.
const MAXIMUM_AGE_MS: i64 = RING_SECONDS * 1_000;
/// A reading that takes longer has failed, and another may begin.
const READING_MS: i64 = 5_000;
/// Texts that name unknown keys cause one reading in this time.
const BETWEEN_READINGS_MS: i64 = 1_000;
/// Whoever waits for that looks this often whether another has read meanwhile.
const LOOK_AGAIN_MS: i64 = 100;

/// The keys of an isolate.
pub(crate) struct KeyCell {
    secret: SigningRing,
    seal: RingSeal,
    held: RefCell<Held>,
    /// When the last reading began.
    reading_since: Cell<i64>,
}

struct Held {
    ring: Rc<SigningRing>,
    /// The ring as it is now.
    keys: Rc<SigningKeys>,
    /// When the ring is another, in seconds since 1970.
    changes_at: Option<i64>,
    /// When its reading began, in milliseconds since 1970.
    read_at: i64,
}

/// What the age of the keys asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing.
    Nothing,
    /// To read them again behind the answer.
    Behind,
    /// To read them again first.
    First,
}

impl KeyCell {
    /// Reads the stored keys for the first time.
    pub(crate) async fn read(
        env: &Env,
        secret: SigningRing,
        seal: RingSeal,
    ) -> Result<Self, Denial> {
        let read_at = clock::now_ms();
        let held = load(env, &secret, &seal, read_at).await?;
        Ok(Self {
            secret,
            seal,
            held: RefCell::new(held),
            reading_since: Cell::new(read_at),
        })
    }

    /// The keys as they are now. The caller has seen to it that they are not too
    /// old.
    pub(crate) fn keys(&self) -> Rc<SigningKeys> {
        let mut held = self.held.borrow_mut();
        let now = clock::now_seconds();
        if held.changes_at.is_some_and(|moment| moment <= now) {
            if let Some(keys) = held.ring.at(now) {
                held.keys = Rc::new(keys);
            }
            held.changes_at = held.ring.changes_after(now);
        }
        Rc::clone(&held.keys)
    }

    /// Every key with its times.
    pub(crate) fn ring(&self) -> Rc<SigningRing> {
        Rc::clone(&self.held.borrow().ring)
    }

    /// What new keys are sealed under.
    pub(crate) fn seal(&self) -> &RingSeal {
        &self.seal
    }

    /// What is to be done before, or behind, the next answer.
    pub(crate) fn due(&self) -> Due {
        let now = clock::now_ms();
        due(now - self.read_at(), now - self.reading_since.get())
    }

    /// Reads the stored keys again.
    pub(crate) async fn read_again(&self, env: &Env) -> Result<(), Denial> {
        let read_at = clock::now_ms();
        self.reading_since.set(read_at);
        let held = load(env, &self.secret, &self.seal, read_at).await?;
        // A reading that began later may have ended earlier, and knows more.
        if self.read_at() <= read_at {
            self.held.replace(held);
        }
        Ok(())
    }

    /// Makes sure that a signed text is not refused for naming a key that was made
    /// after the keys were read: then they are read again first, once a second at
    /// most.
    pub(crate) async fn meet(&self, env: &Env, text: &str) -> Result<(), Denial> {
        let arrived = clock::now_ms();
        while self.keys().is_unknown_key_of(text) && self.read_at() < arrived {
            let wait = BETWEEN_READINGS_MS - (clock::now_ms() - self.reading_since.get());
            match u64::try_from(wait.min(LOOK_AGAIN_MS)) {
                Ok(wait) if wait > 0 => Delay::from(Duration::from_millis(wait)).await,
                _ => self.read_again(env).await?,
            }
        }
        Ok(())
    }

    fn read_at(&self) -> i64 {
        self.held.borrow().read_at
    }
}

fn due(age: i64, reading_since: i64) -> Due {
    match age {
        _ if age >= MAXIMUM_AGE_MS => Due::First,
        _ if age >= REFRESH_AFTER_MS && reading_since >= READING_MS => Due::Behind,
        _ => Due::Nothing,
    }
}

async fn load(
    env: &Env,
    secret: &SigningRing,
    seal: &RingSeal,
    read_at: i64,
) -> Result<Held, Denial> {
    let unavailable = |reason: String| {
        let reason = format!("the signing keys were not read: {reason}");
        Denial::unavailable(Layer::Identity, reason)
    };
    let store = Store::bound(env).map_err(|error| unavailable(error.to_string()))?;
    let rows = load_signing_keys(&store, seal)
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    let (ring, unreadable) = secret.with_stored(rows, seal);
    for kid in unreadable {
        console_error!("signing key {kid} was stored under another LANGO_GATEWAY_KEY");
    }
    let now = read_at / 1_000;
    let keys = ring
        .at(now)
        .ok_or_else(|| unavailable("none is left that signs".to_owned()))?;
    Ok(Held {
        keys: Rc::new(keys),
        changes_at: ring.changes_after(now),
        ring: Rc::new(ring),
        read_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_again_before_they_are_too_old() {
        assert_eq!(due(0, 0), Due::Nothing);
        assert_eq!(due(REFRESH_AFTER_MS - 1, REFRESH_AFTER_MS), Due::Nothing);
        assert_eq!(due(REFRESH_AFTER_MS, READING_MS - 1), Due::Nothing);
        assert_eq!(due(REFRESH_AFTER_MS, READING_MS), Due::Behind);
        assert_eq!(due(MAXIMUM_AGE_MS, 0), Due::First);
        assert_eq!(due(i64::MAX, i64::MAX), Due::First);
    }
}
