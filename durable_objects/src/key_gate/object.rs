//! The `KeyGate` object: one key, answered in one hop.
//!
//! **Atomicity.** All decisions of a turn and their row are made between two `await`s by
//! synchronous code, and turns of one key are led one after the other: so decisions are
//! serial and commit with the rate they were made under, and with the approvals that
//! they use up. Whoever arrives while a turn is being made durable waits in memory,
//! undecided, for the next: a crash loses what nobody was answered. Every reply is held
//! until its row is durable (output gate): an intent that was answered survives a crash.
//! A share of the tenant's limit is taken before the turn decides; a crash in between
//! loses the share, never the limit. A snapshot that is being loaded while the gate is
//! told to forget is not kept.
//!
//! **Tables.** `journal(number, turn)`: a row for each turn, until the log has taken over
//! what it says. `journal_head(only, head)`: the batch on its way, unchanged until it is
//! acknowledged. What they mean is pure: [`lango_admission::Journal`].
//! `sessions(session, notes, expires_at)`: see [`super::sessions`].
//! `repeats(key_sha256, request_sha256, at_ms, answer)`: see [`crate::repeats`].
//! `origins(call_id, at_ms, seen)`: see [`super::origins`].
//! `pseudonyms(token, kind, print, sealed, expires_at)` and
//! `pseudonym_numbers(kind, last)`: see [`super::pseudonyms`].
//! `approved_calls(approval_id, call_id, call, answer, kept_until)`: see
//! [`super::approvals`].
//!
//! **Messages.** `POST /admit`: `Ask` → `Answer`. `POST /settle`: `Settlement` →
//! `()`. `POST /forget`: `()` → `()`. `POST /note`: `SessionNote` → `()`. `POST /answered`: `Answered` →
//! `()`. `POST /earlier`: SHA-256 of an idempotency key → `Option<Earlier>`. `POST /keep`:
//! `ApprovedAnswer` → `()`. `POST /kept`: an approval → the sealed answer or none. `POST
//! /erase`: `()` → `()`, when the tenant is erased. The alarm hands finished records over.

use std::rc::Rc;

use lango_admission::{Answer, Ask, GateState, SETTLE_AFTER_MS, SessionNote};
use worker::{Date, DurableObject, Env, Request, Response, State, console_error, durable_object};

use super::{
    client::{
        PATH_ADMIT, PATH_ANSWERED, PATH_EARLIER, PATH_ERASE, PATH_FORGET, PATH_KEEP, PATH_KEPT,
        PATH_NOTE, PATH_SETTLE,
    },
    opened::Opened,
    sessions::Sessions,
};
use crate::{
    audit_log::AuditLogClient,
    exchange::{answer, question},
    repeats::Repeats,
};

/// Finished records wait this long for company before they are handed over.
pub(super) const HAND_OVER_AFTER_MS: u64 = 1_000;
/// How long to wait before handing over again when the log did not answer.
const RETRY_AFTER_MS: u64 = 5_000;
/// See the module's documentation.
#[durable_object(alarm)]
pub struct KeyGate {
    state: State,
    env: Env,
    opened: Result<Rc<Opened>, String>,
}

impl DurableObject for KeyGate {
    fn new(state: State, env: Env) -> Self {
        let opened = Opened::new(&state, &env)
            .map(Rc::new)
            .map_err(|error| error.to_string());
        Self { state, env, opened }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_ADMIT => answer(&self.admit(question(&mut request).await?).await?),
            PATH_SETTLE => answer(&self.opened()?.settle(question(&mut request).await?).await?),
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
            PATH_KEEP => {
                let kept = question(&mut request).await?;
                answer(&self.opened()?.guards.approvals.keep(&kept)?)
            }
            PATH_KEPT => {
                let approval: String = question(&mut request).await?;
                let approvals = &self.opened()?.guards.approvals;
                answer(&approvals.kept(&approval, now_ms())?)
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
        opened.refresh().await;
        opened.admit(ask).await
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
        opened.ledger.reset()?;
        *opened.gate.borrow_mut() = GateState::default();
        Sessions::open(storage.sql())?;
        Repeats::open(storage.sql())?;
        opened.guards.reset(now_ms())
    }

    /// Sends finished records to the log until there are none.
    async fn hand_over(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        opened.alarm_ms.set(None);
        opened.settle_overdue(now_ms())?;
        opened.guards.prune(now_ms())?;
        opened.tell_last_use().await;
        let log = AuditLogClient::of(&self.env, opened.name.scope());
        loop {
            let taken = opened.gate.borrow().taken.clone();
            let Some(batch) = opened.ledger.outbox(opened.key_id(), &taken)? else {
                break;
            };
            let sent = match &log {
                Ok(log) => log.append(&batch).await,
                Err(unreachable) => Err(unreachable.clone()),
            };
            if let Err(unreachable) = sent {
                console_error!("audit records wait: {unreachable}");
                return opened.wake_within(RETRY_AFTER_MS).await;
            }
            let taken = opened.gate.borrow().taken.clone();
            opened.ledger.acknowledged(&taken)?;
        }
        if opened.ledger.open_calls() > 0 {
            opened.wake_within(SETTLE_AFTER_MS).await?;
        }
        Ok(())
    }

    fn opened(&self) -> worker::Result<&Rc<Opened>> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the gate cannot open: {error}")))
    }
}

pub(super) fn now_ms() -> u64 {
    Date::now().as_millis()
}
