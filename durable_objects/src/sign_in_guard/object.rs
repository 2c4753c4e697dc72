//! The `SignInGuard` object: one account's attempts, its one-time code and the events
//! of its sign-ins, or one address's attempts.
//!
//! **Atomicity.** A step (load → pure step of `lango_sign_in` → save) is synchronous,
//! so of attempts at once each sees the ones before it, and the reply is held until
//! what it counted is durable (output gate): nobody gets more tries by asking faster,
//! nor by a crash. An attempt counts as failed before the gateway looks at it; what it
//! looks at happens outside this object, so that checking one account's password holds
//! nobody else up. An event is durable before it is answered and goes to the log by
//! the alarm, in order, repeated until it is taken.
//!
//! **Tables.** `state(only, state)`, `events(number, record)`: see `journal.rs`. When
//! everything is forgotten and the log was never told anything, they are deleted.
//!
//! **Messages.** `POST /begin`: `()` → `Result<Attempt, Locked>`. `POST /succeed`:
//! `()` → `()`. `POST /fail`: `Option<Noted>` → `()`. `POST /note`: `Noted` → `()`. `POST /issue-code`: `CodeDigest` →
//! `Result<(), Throttled>`. `POST /try-code`: `CodeDigest` → `CodeVerdict`.

use lango_identity::SignInGuardName;
use lango_sign_in::{BackOff, CodeDigest, CodeVerdict, Locked, Throttled};
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, State, console_error,
    durable_object,
};

use super::{
    client::{
        Attempt, Noted, PATH_BEGIN, PATH_FAIL, PATH_ISSUE_CODE, PATH_NOTE, PATH_SUCCEED,
        PATH_TRY_CODE,
    },
    journal::{Guarded, Journal},
};
use crate::{
    audit_log::AuditLogClient,
    exchange::{answer, question},
};

/// How long after an event the log is told, and how long until it is tried again.
const HAND_OVER_AFTER_MS: i64 = 1_000;
const RETRY_AFTER_MS: i64 = 5_000;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct SignInGuard {
    state: State,
    env: Env,
    name: Result<SignInGuardName, String>,
    journal: Journal,
}

impl DurableObject for SignInGuard {
    fn new(state: State, env: Env) -> Self {
        let name = state.id().name().unwrap_or_default();
        let name = SignInGuardName::of_running_object(&name).map_err(|error| error.to_string());
        let journal = Journal::new(state.storage().sql());
        Self {
            state,
            env,
            name,
            journal,
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_BEGIN => answer(&self.begin().await?),
            PATH_SUCCEED => answer(&self.succeed()?),
            PATH_FAIL => answer(&self.fail(question(&mut request).await?).await?),
            PATH_NOTE => answer(&self.note(&question(&mut request).await?).await?),
            PATH_ISSUE_CODE => answer(&self.issue_code(question(&mut request).await?).await?),
            PATH_TRY_CODE => answer(&self.try_code(question(&mut request).await?)?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.wind_up().await?;
        Response::empty()
    }
}

impl SignInGuard {
    async fn begin(&self) -> worker::Result<Result<Attempt, Locked>> {
        let (rules, now) = (self.rules()?, now_ms());
        let mut guarded = self.journal.load()?;
        let begun = guarded.attempts.begin(rules, now);
        if begun.is_ok() {
            self.journal.save(&guarded)?;
            self.wake_at(self.forgotten_at(&guarded)?).await?;
        }
        Ok(begun.map(|locks| Attempt { locks }))
    }

    fn succeed(&self) -> worker::Result<()> {
        let rules = self.rules()?;
        let mut guarded = self.journal.load()?;
        guarded.attempts.succeed(rules);
        self.journal.save(&guarded)
    }

    /// Writes for a known account and for an unknown one: neither is quicker.
    async fn fail(&self, noted: Option<Noted>) -> worker::Result<()> {
        if let Some(noted) = noted {
            return self.note(&noted).await;
        }
        let guarded = self.journal.load()?;
        self.journal.save(&guarded)?;
        self.wake_at(now_ms() + HAND_OVER_AFTER_MS).await
    }

    async fn note(&self, noted: &Noted) -> worker::Result<()> {
        if self.name()?.tenant().is_none() {
            return Err(failed("a guard without a tenant has no log"));
        }
        let now = now_ms();
        let call_id = format!("call_{}_{now}", self.name()?.digest());
        self.journal.note(noted, call_id, now)?;
        self.wake_at(now + HAND_OVER_AFTER_MS).await
    }

    async fn issue_code(&self, digest: CodeDigest) -> worker::Result<Result<(), Throttled>> {
        let mut guarded = self.journal.load()?;
        let issued = guarded.codes.issue(digest, now_ms());
        if issued.is_ok() {
            self.journal.save(&guarded)?;
            self.wake_at(self.forgotten_at(&guarded)?).await?;
        }
        Ok(issued)
    }

    fn try_code(&self, digest: CodeDigest) -> worker::Result<CodeVerdict> {
        let mut guarded = self.journal.load()?;
        let verdict = guarded.codes.try_code(digest, now_ms());
        self.journal.save(&guarded)?;
        Ok(verdict)
    }

    /// The alarm: the log, and the end of what nobody needs any more.
    async fn wind_up(&self) -> worker::Result<()> {
        let now = now_ms();
        if !self.tell_log().await? {
            return self.wake_at(now + RETRY_AFTER_MS).await;
        }
        let forgotten_at = self.forgotten_at(&self.journal.load()?)?;
        if forgotten_at > now {
            return self.wake_at(forgotten_at).await;
        }
        if self.journal.has_told()? {
            self.journal.forget_state()
        } else {
            self.state.storage().delete_all().await
        }
    }

    async fn tell_log(&self) -> worker::Result<bool> {
        let name = self.name()?;
        while let Some(batch) = self.journal.next_batch(name.digest())? {
            let Some(scope) = name.tenant() else {
                return Ok(true);
            };
            let sent = match AuditLogClient::of(&self.env, scope) {
                Ok(log) => log.append(&batch).await,
                Err(unreachable) => Err(unreachable),
            };
            if let Err(unreachable) = sent {
                console_error!("audit records wait: {unreachable}");
                return Ok(false);
            }
            self.journal.acknowledged(batch.number)?;
        }
        Ok(true)
    }

    fn forgotten_at(&self, guarded: &Guarded) -> worker::Result<i64> {
        let attempts = guarded.attempts.forgotten_at_ms(self.rules()?);
        Ok(attempts.max(guarded.codes.forgotten_at_ms()))
    }

    fn rules(&self) -> worker::Result<BackOff> {
        Ok(if self.name()?.is_address() {
            BackOff::ADDRESS
        } else {
            BackOff::ACCOUNT
        })
    }

    /// An earlier alarm stays: it will set the later one.
    async fn wake_at(&self, at_ms: i64) -> worker::Result<()> {
        let storage = self.state.storage();
        if let Some(set) = storage.get_alarm().await?
            && set > now_ms()
            && set <= at_ms
        {
            return Ok(());
        }
        let delay = u64::try_from(at_ms - now_ms()).unwrap_or(0);
        let delay = std::time::Duration::from_millis(delay);
        storage.set_alarm(ScheduledTime::from(delay)).await
    }

    fn name(&self) -> worker::Result<&SignInGuardName> {
        self.name
            .as_ref()
            .map_err(|error| failed(&format!("the guard cannot open: {error}")))
    }
}

fn failed(reason: &str) -> worker::Error {
    worker::Error::RustError(reason.to_owned())
}

fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}
