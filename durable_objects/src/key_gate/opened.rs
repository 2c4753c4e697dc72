//! What one key's gate has in memory, and how it is loaded.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures_util::future::join;
use lango_admission::{GateState, Gcra, Group, MAXIMUM_AGE_MS, Snapshot};
use lango_identity::KeyGateName;
use lango_store::{load_snapshot, touch_key};
use worker::{Env, ScheduledTime, State, Storage, console_error};

use super::{guards::Guards, ledger::Ledger, object::now_ms, sessions::Sessions, turns::Waiting};
use crate::{
    erasure_key::ErasureKeyClient,
    repeats::Repeats,
    sql::{Store, counted_alarm},
};

/// How often the store is told when a key was used last, at most.
const LAST_USE_EVERY_MS: u64 = 60_000;

/// The gate, opened.
pub(super) struct Opened {
    pub(super) storage: Storage,
    pub(super) env: Env,
    /// Who waits for the turn after this one.
    pub(super) group: RefCell<Group<Waiting>>,
    pub(super) name: KeyGateName,
    pub(super) ledger: Ledger,
    pub(super) sessions: Sessions,
    pub(super) repeats: Repeats,
    pub(super) guards: Guards,
    pub(super) gate: RefCell<GateState>,
    pub(super) snapshot: RefCell<Option<Loaded>>,
    /// Counts `forget`s, so that a load begun before one is not kept.
    pub(super) generation: Cell<u64>,
    /// When the key was used last, and when the store was told so.
    pub(super) used_ms: Cell<u64>,
    pub(super) told_ms: Cell<u64>,
    /// A snapshot older than this is loaded again.
    pub(super) maximum_age_ms: u64,
    /// When the alarm goes off, as far as this instance knows.
    pub(super) alarm_ms: Cell<Option<u64>>,
}

/// A snapshot, and when it was loaded.
pub(super) struct Loaded {
    pub(super) snapshot: Snapshot,
    pub(super) at_ms: u64,
}

impl Opened {
    pub(super) fn new(state: &State, env: &Env) -> worker::Result<Self> {
        let name = state.id().name().unwrap_or_default();
        let name = KeyGateName::of_running_object(&name)
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        let storage = state.storage();
        let (ledger, taken) = Ledger::open(storage.sql(), name.key().as_str())?;
        let sessions = Sessions::open(storage.sql())?;
        let repeats = Repeats::open(storage.sql())?;
        let guards = Guards::open(&storage.sql(), now_ms())?;
        Ok(Self {
            storage,
            env: env.clone(),
            group: RefCell::default(),
            name,
            ledger,
            sessions,
            repeats,
            guards,
            gate: RefCell::new(GateState {
                taken,
                requests: Gcra::default(),
            }),
            snapshot: RefCell::new(None),
            generation: Cell::new(0),
            used_ms: Cell::new(0),
            told_ms: Cell::new(0),
            maximum_age_ms: maximum_age_ms(env)?,
            alarm_ms: Cell::new(None),
        })
    }

    pub(super) fn key_id(&self) -> &str {
        self.name.key().as_str()
    }

    /// Sets the alarm unless it goes off early enough anyway: one row written.
    pub(super) async fn wake_within(&self, delay_ms: u64) -> worker::Result<()> {
        let at_ms = now_ms() + delay_ms;
        if self.alarm_ms.get().is_some_and(|set| set <= at_ms) {
            return Ok(());
        }
        self.alarm_ms.set(Some(at_ms));
        counted_alarm();
        let delay = Duration::from_millis(delay_ms);
        self.storage.set_alarm(ScheduledTime::from(delay)).await
    }

    /// Loads the snapshot when it is missing or old. When that fails, the old one
    /// goes on until its age ends it, and then everything is refused.
    pub(super) async fn refresh(&self) {
        let is_fresh = |loaded: &Loaded| loaded.is_fresh(now_ms(), self.maximum_age_ms);
        while !self.snapshot.borrow().as_ref().is_some_and(is_fresh) {
            let generation = self.generation.get();
            let loaded = self.load().await;
            if generation != self.generation.get() {
                continue;
            }
            match loaded {
                Ok(snapshot) => {
                    let at_ms = now_ms();
                    *self.snapshot.borrow_mut() = Some(Loaded { snapshot, at_ms });
                }
                Err(error) => console_error!("the snapshot cannot be loaded: {error}"),
            }
            break;
        }
    }

    async fn load(&self) -> Result<Snapshot, String> {
        let scope = self.name.scope();
        let store = Store::bound(&self.env).map_err(|error| error.to_string())?;
        let erasure_key =
            ErasureKeyClient::of(&self.env, scope).map_err(|error| error.to_string())?;
        // At once: from afar each takes its time.
        let (snapshot, erasure_key) = join(
            load_snapshot(&store, scope, self.name.key()),
            erasure_key.get(),
        )
        .await;
        let erasure_key = erasure_key.map_err(|error| error.to_string())?;
        let mut snapshot = snapshot
            .map_err(|error| error.to_string())?
            .unwrap_or_else(Snapshot::of_no_tenant);
        for connection in &mut snapshot.connections {
            connection.erasure_key.clone_from(&erasure_key);
        }
        Ok(snapshot)
    }

    /// Tells the store when the key was used last, once a minute at most: one row.
    pub(super) async fn tell_last_use(&self) {
        let (used_ms, told_ms) = (self.used_ms.get(), self.told_ms.get());
        if used_ms < told_ms + LAST_USE_EVERY_MS {
            return;
        }
        let (Ok(store), Ok(at_ms)) = (Store::bound(&self.env), i64::try_from(used_ms)) else {
            return;
        };
        match touch_key(&store, self.name.scope(), self.name.key(), at_ms).await {
            Ok(()) => self.told_ms.set(used_ms),
            Err(error) => console_error!("a key's last use was not remembered: {error}"),
        }
    }

    pub(super) fn forget(&self) {
        self.generation.set(self.generation.get().wrapping_add(1));
        *self.snapshot.borrow_mut() = None;
    }
}

impl Loaded {
    pub(super) fn is_fresh(&self, now_ms: u64, maximum_age_ms: u64) -> bool {
        now_ms.saturating_sub(self.at_ms) < maximum_age_ms
    }
}

/// How old a snapshot may become. An operator can make it younger, never older: it
/// bounds how long a change can go unnoticed.
fn maximum_age_ms(env: &Env) -> worker::Result<u64> {
    let Ok(seconds) = env.var("LANGO_SNAPSHOT_SECONDS") else {
        return Ok(MAXIMUM_AGE_MS);
    };
    let seconds: Option<u64> = seconds.to_string().parse().ok();
    seconds
        .map(|seconds| seconds * 1_000)
        .filter(|age_ms| (1..=MAXIMUM_AGE_MS).contains(age_ms))
        .ok_or_else(|| {
            worker::Error::RustError("LANGO_SNAPSHOT_SECONDS must be from 1 to 60".to_owned())
        })
}
