//! Where the key-encryption keys come from.
//!
//! On Cloudflare they are the Worker's secret: another one is another version of the
//! Worker. Plain workerd reads its configuration once, so there the connector is bound to
//! a folder that has its own keys alone and reads them anew, so that a rotation needs no
//! restart.

use std::cell::RefCell;

use lango_vault::{KeyRing, Secret};
use worker::{Date, Env};
use zeroize::Zeroizing;

use crate::problem::Problem;

/// The secret that holds the key-encryption keys.
const KEY_RING_SECRET: &str = "LANGO_KEY_ENCRYPTION_KEYS";
/// The folder that holds them instead, as a service, and the file in it.
const KEY_RING_FOLDER: &str = "LANGO_KEY_ENCRYPTION_FOLDER";
const KEY_RING_FILE: &str = "http://folder/key-encryption-keys.json";
/// How long what was read from the folder is used: a new key is known everywhere after so
/// many milliseconds.
const READ_AGAIN_AFTER_MS: u64 = 1_000;
/// What a file of keys may have, in bytes.
const LENGTH_LIMIT: usize = 64 << 10;

struct Read {
    json: Secret,
    at_ms: u64,
}

thread_local! {
    // An isolate has one connector and one folder for its whole life.
    static READ: RefCell<Option<Read>> = const { RefCell::new(None) };
}

/// The keys. A secret is read for each request, so that the keys live no longer than it.
pub(crate) async fn key_ring(env: &Env) -> Result<KeyRing, Problem> {
    if let Ok(secret) = env.secret(KEY_RING_SECRET) {
        return parsed(&Zeroizing::new(secret.to_string()));
    }
    let now_ms = Date::now().as_millis();
    let is_fresh = |read: &Read| now_ms.saturating_sub(read.at_ms) < READ_AGAIN_AFTER_MS;
    let known = READ.with_borrow(|read| {
        let fresh = read.as_ref().filter(|read| is_fresh(read));
        fresh.map(|read| parsed(read.json.expose()))
    });
    if let Some(ring) = known {
        return ring;
    }
    let json = read_file(env).await?;
    // One that is not valid is not remembered: the next request reads it again.
    let ring = parsed(json.expose())?;
    READ.set(Some(Read {
        json,
        at_ms: now_ms,
    }));
    Ok(ring)
}

async fn read_file(env: &Env) -> Result<Secret, Problem> {
    let unreadable = |_| Problem::internal("The key-encryption keys cannot be read.");
    let folder = env
        .service(KEY_RING_FOLDER)
        .map_err(|_| Problem::internal("LANGO_KEY_ENCRYPTION_KEYS is not set."))?;
    let mut file = folder
        .fetch(KEY_RING_FILE, None)
        .await
        .map_err(unreadable)?;
    if file.status_code() != 200 {
        return Err(Problem::internal("The key-encryption keys are not there."));
    }
    let json = Secret::new(file.text().await.map_err(unreadable)?);
    if json.expose().len() > LENGTH_LIMIT {
        return Err(Problem::internal("The file of keys is too large."));
    }
    Ok(json)
}

fn parsed(json: &str) -> Result<KeyRing, Problem> {
    KeyRing::parse(json).map_err(|_| Problem::internal("LANGO_KEY_ENCRYPTION_KEYS is not valid."))
}
