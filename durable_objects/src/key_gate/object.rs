//! The `KeyGate` object: one key, answered in one hop.
//!
//! **Atomicity.** A decision and the intent's row are made between two `await`s
//! by synchronous code, so decisions on one key are serial and commit with the
//! rate they were made under, and with the approval that they use up. The reply is held until the row is durable
//! (output gate): an intent that was answered survives a crash. A snapshot that
//! is being loaded while the gate is told to forget is not kept.
//!
//! **Tables.** `ledger(call_id, at_ms, intent, outcome, calls_due_us)`: what the
//! log has not taken over yet. `outbox(number, call_ids, calls_due_us)`: the
//! batch on its way, unchanged until it is acknowledged.
//! `sessions(session, notes, expires_at)`: see [`super::sessions`].
//! `repeats(key_sha256, request_sha256, at_ms, answer)`: see [`crate::repeats`].
//! `origins(call_id, at_ms, seen)`: see [`super::origins`].
//! `pseudonyms(token, kind, print, sealed, expires_at)` and
//! `pseudonym_numbers(kind, last)`: see [`super::pseudonyms`].
//! `used_approvals(approval_id, call_id, expires_at)`: see [`super::approvals`].
//!
//! **Messages.** `POST /admit`: `Ask` → `Answer`. `POST /settle`: `Settlement` →
//! `()`. `POST /forget`: `()` → `()`. `POST /note`: `SessionNote` → `()`. `POST /answered`: `Answered` →
//! `()`. `POST /earlier`: SHA-256 of an idempotency key → `Option<Earlier>`. `POST /erase`: `()` → `()`, when the tenant is erased. The alarm hands finished records over.

use std::cell::{Cell, RefCell};

use futures_util::future::join;
use lango_admission::{
    Answer, Ask, Facts, Gate, GateState, Gcra, GuardState, MAXIMUM_AGE_MS, SETTLE_AFTER_MS,
    SessionNote, Settled, Settlement, Snapshot,
};
use lango_identity::KeyGateName;
use lango_store::{load_snapshot, touch_key};
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, State, console_error,
    durable_object,
};

use super::{
    client::{
        PATH_ADMIT, PATH_ANSWERED, PATH_EARLIER, PATH_ERASE, PATH_FORGET, PATH_NOTE, PATH_SETTLE,
    },
    guards::Guards,
    ledger::Ledger,
    sessions::Sessions,
};
use crate::{
    audit_log::AuditLogClient,
    erasure_key::ErasureKeyClient,
    exchange::{answer, question},
    repeats::Repeats,
    sql::Store,
};

/// Finished records wait this long for company before they are handed over.
const HAND_OVER_AFTER_MS: u64 = 1_000;
/// How long to wait before handing over again when the log did not answer.
const RETRY_AFTER_MS: u64 = 5_000;
/// How often the store is told when a key was used last, at most.
const LAST_USE_EVERY_MS: u64 = 60_000;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct KeyGate {
    state: State,
    env: Env,
    opened: Result<Opened, String>,
}

struct Opened {
    name: KeyGateName,
    ledger: Ledger,
    sessions: Sessions,
    repeats: Repeats,
    guards: Guards,
    gate: RefCell<GateState>,
    snapshot: RefCell<Option<Loaded>>,
    /// Counts `forget`s, so that a load begun before one is not kept.
    generation: Cell<u64>,
    /// When the key was used last, and when the store was told so.
    used_ms: Cell<u64>,
    told_ms: Cell<u64>,
    /// A snapshot older than this is loaded again.
    maximum_age_ms: u64,
    /// When the alarm goes off, as far as this instance knows.
    alarm_ms: Cell<Option<u64>>,
}

struct Loaded {
    snapshot: Snapshot,
    at_ms: u64,
}

impl DurableObject for KeyGate {
    fn new(state: State, env: Env) -> Self {
        let opened = Opened::new(&state, &env).map_err(|error| error.to_string());
        Self { state, env, opened }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_ADMIT => answer(&self.admit(question(&mut request).await?).await?),
            PATH_SETTLE => answer(&self.settle(question(&mut request).await?).await?),
            PATH_FORGET => answer(&self.opened()?.forget()),
            PATH_ERASE => answer(&self.erase().await?),
            PATH_NOTE => answer(&self.note(&question(&mut request).await?)?),
            PATH_ANSWERED => {
                let answered = question(&mut request).await?;
                answer(&self.opened()?.repeats.answered(&answered)?)
            }
            PATH_EARLIER => {
                let key: String = question(&mut request).await?;
                answer(&self.opened()?.repeats.earlier(&key, now_ms())?)
            }
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.hand_over().await?;
        Response::empty()
    }
}

impl KeyGate {
    async fn admit(&self, ask: Ask) -> worker::Result<Answer> {
        let opened = self.opened()?;
        opened.refresh(&self.env).await;
        let (answer, recorded) = opened.decide(ask, now_ms())?;
        if matches!(answer, Answer::Admitted(_)) {
            opened.used_ms.set(now_ms());
        }
        if recorded {
            self.wake_within(SETTLE_AFTER_MS).await?;
        }
        Ok(answer)
    }

    async fn settle(&self, settlement: Settlement) -> worker::Result<Settled> {
        let opened = self.opened()?;
        opened.ledger.settle(&settlement)?;
        let settled = opened.remember(settlement, now_ms())?;
        self.wake_within(HAND_OVER_AFTER_MS).await?;
        Ok(settled)
    }

    fn note(&self, note: &SessionNote) -> worker::Result<()> {
        self.opened()?.sessions.note(note, now_ms())
    }

    /// Nothing is left of the key, and nothing is handed over any more.
    async fn erase(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        opened.forget();
        opened.alarm_ms.set(None);
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // The tables went too; this instance may live on.
        Ledger::open(storage.sql())?;
        Sessions::open(storage.sql())?;
        Repeats::open(storage.sql())?;
        opened.guards.reset(now_ms())
    }

    /// Sends finished records to the log until there are none.
    async fn hand_over(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        opened.alarm_ms.set(None);
        opened.ledger.settle_overdue(now_ms())?;
        opened.guards.prune(now_ms())?;
        opened.tell_last_use(&self.env).await;
        let log = AuditLogClient::of(&self.env, opened.name.scope());
        let key_id = opened.name.key().as_str();
        loop {
            let calls = opened.gate.borrow().calls;
            let Some(outbox) = opened.ledger.outbox(key_id, calls)? else {
                break;
            };
            let sent = match &log {
                Ok(log) => log.append(&outbox.batch).await,
                Err(unreachable) => Err(unreachable.clone()),
            };
            if let Err(unreachable) = sent {
                console_error!("audit records wait: {unreachable}");
                return self.wake_within(RETRY_AFTER_MS).await;
            }
            opened.ledger.acknowledged(&outbox)?;
        }
        if opened.ledger.has_open()? {
            self.wake_within(SETTLE_AFTER_MS).await?;
        }
        Ok(())
    }

    /// Sets the alarm unless it goes off early enough anyway: one row written.
    async fn wake_within(&self, delay_ms: u64) -> worker::Result<()> {
        let opened = self.opened()?;
        let at_ms = now_ms() + delay_ms;
        if opened.alarm_ms.get().is_some_and(|set| set <= at_ms) {
            return Ok(());
        }
        opened.alarm_ms.set(Some(at_ms));
        let delay = std::time::Duration::from_millis(delay_ms);
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await
    }

    fn opened(&self) -> worker::Result<&Opened> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the gate cannot open: {error}")))
    }
}

impl Opened {
    fn new(state: &State, env: &Env) -> worker::Result<Self> {
        let name = state.id().name().unwrap_or_default();
        let name = KeyGateName::of_running_object(&name)
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        let ledger = Ledger::open(state.storage().sql())?;
        let sessions = Sessions::open(state.storage().sql())?;
        let repeats = Repeats::open(state.storage().sql())?;
        let guards = Guards::open(&state.storage().sql(), now_ms())?;
        let calls = ledger.calls()?;
        Ok(Self {
            name,
            ledger,
            sessions,
            repeats,
            guards,
            gate: RefCell::new(GateState {
                calls,
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

    /// Decides and records, with no `await`. Says whether a row was written.
    fn decide(&self, ask: Ask, now_ms: u64) -> worker::Result<(Answer, bool)> {
        let snapshot = self.snapshot.borrow();
        let fresh = snapshot
            .as_ref()
            .filter(|loaded| loaded.is_fresh(now_ms, self.maximum_age_ms));
        let mut gate = self.gate.borrow_mut();
        let once = ask.once.clone();
        let earlier = match &once {
            Some(once) => self.repeats.earlier(&once.key_sha256, now_ms)?,
            None => None,
        };
        let facts = Facts {
            snapshot: fresh.map(|loaded| &loaded.snapshot),
            session: self.sessions.of(ask.session.as_deref()),
            earlier: earlier.as_ref(),
        };
        let arguments = ask.arguments.clone();
        let mut decision = Gate::decide(&mut gate, facts, ask, now_ms);
        if let Some((intent, outcome)) = &decision.record {
            self.ledger
                .record(intent, outcome.as_ref(), now_ms, gate.calls)?;
        }
        if let (Some(arguments), Answer::Admitted(admission), Some((intent, _)), Some(loaded)) =
            (&arguments, &mut decision.answer, &decision.record, fresh)
        {
            let state = &loaded.snapshot.guard;
            let call_id = &intent.call_id;
            admission.arguments = self
                .guards
                .recall(arguments, admission, state, call_id, now_ms)?;
        }
        if let (Some(once), Answer::Admitted(_)) = (&once, &decision.answer) {
            self.repeats.begun(once, now_ms)?;
        }
        Ok((decision.answer, decision.record.is_some()))
    }

    /// Remembers what a call brought, by the policy as it was loaded last.
    fn remember(&self, settlement: Settlement, now_ms: u64) -> worker::Result<Settled> {
        let snapshot = self.snapshot.borrow();
        let by_default = GuardState::default();
        let state = snapshot
            .as_ref()
            .map_or(&by_default, |loaded| &loaded.snapshot.guard);
        self.guards.remember(settlement, state, now_ms)
    }

    /// Loads the snapshot when it is missing or old. When that fails, the old one
    /// goes on until its age ends it, and then everything is refused.
    async fn refresh(&self, env: &Env) {
        let is_fresh = |loaded: &Loaded| loaded.is_fresh(now_ms(), self.maximum_age_ms);
        while !self.snapshot.borrow().as_ref().is_some_and(is_fresh) {
            let generation = self.generation.get();
            let loaded = self.load(env).await;
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

    async fn load(&self, env: &Env) -> Result<Snapshot, String> {
        let scope = self.name.scope();
        let store = Store::bound(env).map_err(|error| error.to_string())?;
        let erasure_key = ErasureKeyClient::of(env, scope).map_err(|error| error.to_string())?;
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
    async fn tell_last_use(&self, env: &Env) {
        let (used_ms, told_ms) = (self.used_ms.get(), self.told_ms.get());
        if used_ms < told_ms + LAST_USE_EVERY_MS {
            return;
        }
        let (Ok(store), Ok(at_ms)) = (Store::bound(env), i64::try_from(used_ms)) else {
            return;
        };
        match touch_key(&store, self.name.scope(), self.name.key(), at_ms).await {
            Ok(()) => self.told_ms.set(used_ms),
            Err(error) => console_error!("a key's last use was not remembered: {error}"),
        }
    }

    fn forget(&self) {
        self.generation.set(self.generation.get().wrapping_add(1));
        *self.snapshot.borrow_mut() = None;
    }
}

impl Loaded {
    fn is_fresh(&self, now_ms: u64, maximum_age_ms: u64) -> bool {
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

fn now_ms() -> u64 {
    Date::now().as_millis()
}
