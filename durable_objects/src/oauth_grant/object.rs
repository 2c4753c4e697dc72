//! The `OauthGrant` object: one grant, from its code to its end.
//!
//! **Atomicity.** A step (load → `lango_oauth::Grant` → save) is synchronous, so of
//! two requests with one code or one refresh token the second sees what the first
//! stored, and the reply is held until it is durable (output gate). What follows a
//! step in the store (the row of a new grant, its revocation) is awaited before the
//! reply; a revocation that did not reach the store is flagged with the step and
//! repeated by the alarm, so an ended grant never comes back. A grant that ended
//! while its row was being written is revoked right after.
//!
//! **Tables.** `state(only, state, to_end)`, `assertions(id, expires_at)`,
//! `events(number, record)`: see
//! `journal.rs`.
//!
//! **Messages.** `POST /issue`: `Issue` → `()`. `POST /redeem`: `Redeem` →
//! `Result<Terms, GrantRefusal>`. `POST /refresh`: `Refresh` → the same.
//! `POST /assert`: `Assert` → `Result<(), GrantRefusal>`. `POST /revoke`: `RevokedBy` → `bool`.
//! All of these say which country they are asked from. `POST /erase`: `()` → `()`, when
//! the tenant is erased. The alarm hands events to the log, repeats
//! a revocation, and forgets a grant that is over.

use lango_identity::KeyGateName;
use lango_oauth::{Grant, GrantEvent, GrantRefusal, Issue, Redeem, Refresh, Terms};
use lango_store::{NewGrant, insert_grant, renew_grant, revoke_grant};
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, State, console_error,
    durable_object,
};

use super::{
    client::{
        Asked, Assert, PATH_ASSERT, PATH_ERASE, PATH_ISSUE, PATH_REDEEM, PATH_REFRESH, PATH_REVOKE,
        RevokedBy,
    },
    journal::{By, Journal},
};
use crate::{
    audit_log::AuditLogClient,
    exchange::{answer, question},
    key_gate::KeyGateClient,
    sql::Store,
};

/// How long after an event the log is told, and how long until it is tried again.
const HAND_OVER_AFTER_MS: u64 = 1_000;
const RETRY_AFTER_MS: u64 = 5_000;

type Outcome = Result<Terms, GrantRefusal>;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct OauthGrant {
    state: State,
    env: Env,
    opened: Result<Opened, String>,
}

struct Opened {
    name: KeyGateName,
    journal: Journal,
}

impl DurableObject for OauthGrant {
    fn new(state: State, env: Env) -> Self {
        let opened = Opened::new(&state).map_err(|error| error.to_string());
        Self { state, env, opened }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_ISSUE => answer(&self.issue(question(&mut request).await?).await?),
            PATH_REDEEM => answer(&self.redeem(question(&mut request).await?).await?),
            PATH_REFRESH => answer(&self.refresh(question(&mut request).await?).await?),
            PATH_ASSERT => answer(&self.assert(question(&mut request).await?).await?),
            PATH_ERASE => answer(&self.erase().await?),
            PATH_REVOKE => answer(&self.revoke(question(&mut request).await?).await?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.wind_up().await?;
        Response::empty()
    }
}

impl OauthGrant {
    async fn issue(&self, asked: Asked<Issue>) -> worker::Result<()> {
        let opened = self.opened()?;
        let (issue, country) = (asked.ask, asked.country);
        if opened.journal.load()?.is_some() {
            return Err(worker::Error::RustError("a grant has one code".to_owned()));
        }
        let grant = Grant::issue(issue);
        opened.journal.save(&grant)?;
        opened.note(&grant.terms().principal, GrantEvent::Consented, country)?;
        self.wake_within(HAND_OVER_AFTER_MS).await
    }

    async fn redeem(&self, asked: Asked<Redeem>) -> worker::Result<Outcome> {
        let opened = self.opened()?;
        let (ask, country) = (asked.ask, asked.country);
        let now = ask.now;
        let outcome = opened.step(GrantEvent::Connected, country, |grant| grant.redeem(ask))?;
        if let Ok(terms) = &outcome
            && let Err(error) = self.register(opened, terms, now).await
        {
            // Without its row no token of the grant passes: better none at all.
            console_error!("a grant was not registered: {error}");
            if let Some(mut grant) = opened.journal.load()? {
                grant.revoke();
                opened.journal.save(&grant)?;
                opened.journal.set_to_end(true)?;
            }
            self.wake_within(HAND_OVER_AFTER_MS).await?;
            return Err(worker::Error::RustError(
                "the store did not answer".to_owned(),
            ));
        }
        self.after(opened, &outcome).await?;
        Ok(outcome)
    }

    async fn refresh(&self, asked: Asked<Refresh>) -> worker::Result<Outcome> {
        let opened = self.opened()?;
        let (ask, country) = (asked.ask, asked.country);
        let Some(mut grant) = opened.journal.load()? else {
            return Ok(Err(GrantRefusal::Invalid));
        };
        let outcome = grant.refresh(&ask);
        opened.journal.save(&grant)?;
        if outcome == Err(GrantRefusal::Reused) {
            opened.note(&grant.terms().principal, GrantEvent::Reused, country)?;
            opened.journal.set_to_end(true)?;
        }
        self.after(opened, &outcome).await?;
        Ok(outcome)
    }

    /// Takes an assertion: its row is renewed, and the gate reads it anew.
    async fn assert(&self, asked: Asked<Assert>) -> worker::Result<Result<(), GrantRefusal>> {
        let opened = self.opened()?;
        let (ask, country) = (asked.ask, asked.country);
        if !opened
            .journal
            .take_assertion(ask.id, ask.expires_at, ask.now)?
        {
            return Ok(Err(GrantRefusal::Invalid));
        }
        let failed = |error: String| worker::Error::RustError(error);
        let store = Store::bound(&self.env).map_err(|error| failed(error.to_string()))?;
        let grant = opened.row(&ask.terms, ask.now);
        let renewed = renew_grant(&store, opened.name.scope(), &grant)
            .await
            .map_err(|error| failed(error.to_string()))?;
        if renewed {
            KeyGateClient::named(&self.env, &opened.name)
                .map_err(|error| failed(error.to_string()))?
                .forget()
                .await
                .map_err(|error| failed(error.to_string()))?;
            opened.note(&ask.terms.principal, GrantEvent::Asserted, country)?;
        }
        self.wake_within(HAND_OVER_AFTER_MS).await?;
        Ok(if renewed {
            Ok(())
        } else {
            Err(GrantRefusal::Invalid)
        })
    }

    /// Ends the grant wherever it stands, whether or not this object still has
    /// anything of it.
    async fn revoke(&self, asked: Asked<RevokedBy>) -> worker::Result<bool> {
        let opened = self.opened()?;
        let (by, country) = (asked.ask, asked.country);
        let mut ended = false;
        let grant = opened.journal.load()?;
        if let RevokedBy::Client(client) = &by
            && grant
                .as_ref()
                .is_none_or(|grant| grant.terms().client_id != *client)
        {
            return Ok(false);
        }
        if let Some(mut grant) = grant {
            ended = grant.revoke();
            opened.journal.save(&grant)?;
            opened.journal.set_to_end(true)?;
            let principal = match &by {
                RevokedBy::Principal(principal) => principal,
                RevokedBy::Client(_) => &grant.terms().principal,
            };
            if ended {
                opened.note(principal, GrantEvent::Revoked, country)?;
            }
        }
        let in_store = self.end_in_store(opened).await?;
        self.wake_within(HAND_OVER_AFTER_MS).await?;
        Ok(ended || in_store)
    }

    /// Writes the row that admits the grant's tokens.
    async fn register(&self, opened: &Opened, terms: &Terms, now: i64) -> Result<(), String> {
        let store = Store::bound(&self.env).map_err(|error| error.to_string())?;
        insert_grant(&store, opened.name.scope(), &opened.row(terms, now))
            .await
            .map_err(|error| error.to_string())
    }

    /// What a step leaves to do outside this object.
    async fn after(&self, opened: &Opened, outcome: &Outcome) -> worker::Result<()> {
        if opened.journal.is_to_end()? {
            self.end_in_store(opened).await?;
        }
        let over_soon = outcome.is_err();
        self.wake_within(if over_soon { 0 } else { HAND_OVER_AFTER_MS })
            .await
    }

    /// Revokes the row and tells the gate, so that access tokens stop with their
    /// next call. Says whether there is a row. What fails is tried again.
    async fn end_in_store(&self, opened: &Opened) -> worker::Result<bool> {
        let now_ms = i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX);
        let (scope, key) = (opened.name.scope(), opened.name.key());
        let ended = async {
            let store = Store::bound(&self.env).map_err(|error| error.to_string())?;
            let there = revoke_grant(&store, scope, key, now_ms)
                .await
                .map_err(|error| error.to_string())?;
            let gate =
                KeyGateClient::named(&self.env, &opened.name).map_err(|it| it.to_string())?;
            gate.forget().await.map_err(|error| error.to_string())?;
            Ok::<_, String>(there)
        };
        match ended.await {
            Ok(there) => {
                opened.journal.set_to_end(false)?;
                Ok(there)
            }
            Err(error) => {
                console_error!("an ended grant waits: {error}");
                Ok(false)
            }
        }
    }

    /// The alarm: the log, the store, and the end.
    async fn wind_up(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        if opened.journal.is_to_end()? {
            self.end_in_store(opened).await?;
        }
        let told = self.tell_log(opened).await?;
        if !told || opened.journal.is_to_end()? {
            return self.wake_within(RETRY_AFTER_MS).await;
        }
        let asserted = opened.journal.forget_assertions(now_ms() / 1_000)?;
        let granted = opened.journal.load()?.map(|grant| grant.over_at());
        let over_at = asserted.max(granted).unwrap_or(0);
        let left_ms = over_at.saturating_mul(1_000) - now_ms();
        match u64::try_from(left_ms) {
            Ok(left_ms) if left_ms > 0 => self.wake_within(left_ms).await,
            _ => self.erase().await,
        }
    }

    async fn erase(&self) -> worker::Result<()> {
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // The tables went too; this instance may live on.
        Journal::open(storage.sql()).map(drop)
    }

    async fn tell_log(&self, opened: &Opened) -> worker::Result<bool> {
        let grant_id = opened.name.key().as_str();
        while let Some(batch) = opened.journal.next_batch(grant_id)? {
            let sent = match AuditLogClient::of(&self.env, opened.name.scope()) {
                Ok(log) => log.append(&batch).await,
                Err(unreachable) => Err(unreachable),
            };
            if let Err(unreachable) = sent {
                console_error!("audit records wait: {unreachable}");
                return Ok(false);
            }
            opened.journal.acknowledged(batch.number)?;
        }
        Ok(true)
    }

    async fn wake_within(&self, delay_ms: u64) -> worker::Result<()> {
        let delay = std::time::Duration::from_millis(delay_ms);
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await
    }

    fn opened(&self) -> worker::Result<&Opened> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the grant cannot open: {error}")))
    }
}

impl Opened {
    fn new(state: &State) -> worker::Result<Self> {
        let name = state.id().name().unwrap_or_default();
        let name = KeyGateName::of_running_object(&name)
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        let journal = Journal::open(state.storage().sql())?;
        Ok(Self { name, journal })
    }

    /// One step of the state machine, with no `await`.
    fn step(
        &self,
        success: GrantEvent,
        country: Option<String>,
        take: impl FnOnce(&mut Grant) -> Outcome,
    ) -> worker::Result<Outcome> {
        let Some(mut grant) = self.journal.load()? else {
            return Ok(Err(GrantRefusal::Invalid));
        };
        let outcome = take(&mut grant);
        self.journal.save(&grant)?;
        let principal = &grant.terms().principal;
        match &outcome {
            Ok(_) => self.note(principal, success, country)?,
            Err(GrantRefusal::Reused) => {
                self.note(principal, GrantEvent::Reused, country)?;
                self.journal.set_to_end(true)?;
            }
            Err(_) => {}
        }
        Ok(outcome)
    }

    fn row(&self, terms: &Terms, now: i64) -> NewGrant {
        NewGrant {
            grant_id: self.name.key().clone(),
            principal_id: terms.principal.clone(),
            client_id: terms.client_id.clone(),
            client_name: terms.client_name.clone(),
            permissions: terms.scope.permissions(),
            connections: terms.connections.clone(),
            created_at: now * 1_000,
            expires_at: terms.expires_at,
        }
    }

    fn note(
        &self,
        principal: &str,
        event: GrantEvent,
        country: Option<String>,
    ) -> worker::Result<()> {
        let by = By { principal, country };
        self.journal
            .note(self.name.key().as_str(), by, event, now_ms())
    }
}

fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}
