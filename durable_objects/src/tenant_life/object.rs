//! The `TenantLife` object: tells the objects of one tenant what has changed, and ends
//! them when the tenant is erased.
//!
//! **Atomicity.** The store decides: this object reads the tenant's row and never keeps
//! it. Whom it has to tell are rows before it tells them, and each row goes when its
//! object has answered, so nothing is forgotten in a crash; being told twice harms
//! nobody. An erasure writes down the names of the objects first, then deletes the
//! store's rows in one transaction, which does nothing for a tenant that was reopened,
//! and only then tells the objects.
//!
//! **Tables.** `changed(only)`, `told(what, id)`, `erased(only, in_store)`: see
//! [`super::work`]. `tenant_rate(only, taken)`: see [`super::rate`].
//!
//! **Messages.** `POST /changed`: `()` → `()`, once every gate in force was told, or an
//! alarm is set to tell the rest. `POST /share`: `ShareAsk` → `Shares`. The alarm tells, and erases when the time has come.

use futures_util::{StreamExt as _, stream};
use lango_audit_log::{Actor, Intent, Outcome, Record, Subject};
use lango_connector_kit::{Forget, PATH_FORGET};
use lango_identity::{KeyGateName, TenantScope};
use lango_store::{
    Page, TenantRow, all_objects, erase_tenant, list_connections, objects_in_force, own_tenant,
};
use lango_tenancy::{Life, TenantState};
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, State, console_error,
    durable_object,
};

use super::{
    client::{PATH_CHANGED, PATH_SHARE},
    rate,
    work::{Told, What, Work},
};
use crate::{
    alerts::AlertsClient,
    announcements::AnnouncementsClient,
    audit_log::{AuditLogClient, PlatformLogClient},
    audit_stream::AuditStreamClient,
    connector::ConnectorClient,
    erasure_key::ErasureKeyClient,
    exchange::{Unreachable, answer, question},
    key_gate::KeyGateClient,
    key_rotation::KeyRotationClient,
    oauth_grant::OauthGrantClient,
    sql::Store,
};

/// How many objects are told in one event, and how many of them at once. The platform
/// bounds the first at a thousand.
const TOLD_AT_ONCE: u32 = 500;
const CONCURRENTLY: usize = 16;
/// How long to wait before telling again who did not answer.
const RETRY_AFTER_MS: i64 = 5_000;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct TenantLife {
    state: State,
    env: Env,
    opened: Result<Opened, String>,
}

struct Opened {
    scope: TenantScope,
    work: Work,
}

impl DurableObject for TenantLife {
    fn new(state: State, env: Env) -> Self {
        let opened = Opened::new(&state).map_err(|error| error.to_string());
        Self { state, env, opened }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_CHANGED => answer(&self.changed().await?),
            PATH_SHARE => {
                let sql = self.state.storage().sql();
                let now_ms = Date::now().as_millis();
                let ask = question(&mut request).await?;
                answer(&rate::share(&sql, ask, now_ms)?)
            }
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.go_on().await?;
        Response::empty()
    }
}

impl TenantLife {
    /// The alarm is set before anything can fail: what fails is tried again.
    async fn changed(&self) -> worker::Result<()> {
        self.opened()?.work.set_changed()?;
        self.wake_at(now_ms() + RETRY_AFTER_MS).await?;
        self.go_on().await
    }

    /// Tells who is to be told, erases what is to be erased, and sets the alarm for what
    /// is left.
    async fn go_on(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        let store = self.store()?;
        let row = own_tenant(&store, &opened.scope).await.map_err(failed)?;
        let due_at = self.erase_if_due(opened, row.as_ref()).await?;
        if opened.work.is_changed()? {
            let objects = objects_in_force(&store, &opened.scope, now_ms() / 1_000)
                .await
                .map_err(failed)?;
            opened.work.add_changed(&objects)?;
        }
        if row.is_none_or(|row| row.status != TenantState::Active) {
            // Who may not act hears of no more changes.
            self.close_streams(opened).await;
        }
        if !self.tell(opened).await? {
            return self.wake_at(now_ms() + RETRY_AFTER_MS).await;
        }
        if !opened.work.next(1)?.is_empty() {
            return self.wake_at(now_ms()).await;
        }
        if opened.work.erasure()? == Some(true) {
            return self.end(opened).await;
        }
        match due_at {
            Some(at_ms) => self.wake_at(at_ms).await,
            None => self.state.storage().delete_alarm().await,
        }
    }

    /// Deletes the store's rows when the time has come; otherwise says when that is.
    async fn erase_if_due(
        &self,
        opened: &Opened,
        row: Option<&TenantRow>,
    ) -> worker::Result<Option<i64>> {
        let life = row.map(TenantRow::life).transpose().map_err(failed)?;
        let Some(Life::Closed { erase_at, .. }) = life else {
            // Reopened, or erased already.
            if !matches!(life, Some(Life::Erased { .. })) {
                opened.work.drop_erasure()?;
            } else if opened.work.erasure()? == Some(false) {
                opened.work.set_erased_in_store()?;
            }
            return Ok(None);
        };
        let now_ms = now_ms();
        if now_ms < erase_at {
            return Ok(Some(erase_at));
        }
        let store = self.store()?;
        self.forget_tokens(opened, &store).await?;
        let objects = all_objects(&store, &opened.scope).await.map_err(failed)?;
        opened.work.add_erasure(&objects)?;
        if erase_tenant(&store, &opened.scope, now_ms)
            .await
            .map_err(failed)?
        {
            opened.work.set_erased_in_store()?;
        } else {
            opened.work.drop_erasure()?;
        }
        Ok(None)
    }

    /// Has each connector forget the tokens of the tenant's connections. One that does not
    /// answer holds nothing up: what it keeps is sealed, and its key goes with the rows.
    async fn forget_tokens(&self, opened: &Opened, store: &Store) -> worker::Result<()> {
        let connections = list_connections(store, &opened.scope, &Page::whole())
            .await
            .map_err(failed)?
            .items;
        let tenant = opened.scope.tenant().as_str();
        for row in connections {
            let connector = ConnectorClient {
                env: &self.env,
                kind: &row.connector,
                tenant,
                connection: &row.connection_id,
                call_id: "",
            };
            let forget = Forget {
                tenant: tenant.to_owned(),
                connection: row.connection_id.clone(),
                principal: None,
            };
            if let Err(error) = connector.ask::<bool>(PATH_FORGET, &forget).await {
                console_error!("tokens were not forgotten: {error}");
            }
        }
        Ok(())
    }

    /// Tells some of those that are to be told; `false` when one did not answer.
    async fn tell(&self, opened: &Opened) -> worker::Result<bool> {
        let told = opened.work.next(TOLD_AT_ONCE)?;
        let answers: Vec<_> = stream::iter(told)
            .map(|told| async move {
                let answered = self.tell_one(opened, &told).await;
                (told, answered)
            })
            .buffer_unordered(CONCURRENTLY)
            .collect()
            .await;
        let mut all = true;
        for (told, answered) in answers {
            match answered {
                Ok(()) => opened.work.done(&told)?,
                Err(unreachable) => {
                    console_error!("a tenant's change waits: {unreachable}");
                    all = false;
                }
            }
        }
        Ok(all)
    }

    async fn tell_one(&self, opened: &Opened, told: &Told) -> Result<(), Unreachable> {
        let name = KeyGateName::new(opened.scope.clone(), told.id.clone());
        match told.what {
            What::Forget => KeyGateClient::named(&self.env, &name)?.forget().await,
            What::EraseGate => KeyGateClient::named(&self.env, &name)?.erase().await,
            What::EraseGrant => {
                OauthGrantClient::named(&self.env, &name, None)?
                    .erase()
                    .await
            }
        }
    }

    /// The objects named after keys are gone; those named after the tenant follow, and
    /// this one last.
    async fn end(&self, opened: &Opened) -> worker::Result<()> {
        let ended = async {
            // First: with it, what backups have of the tenant's credentials is unreadable.
            ErasureKeyClient::of(&self.env, &opened.scope)?
                .erase()
                .await?;
            KeyRotationClient::of(&self.env, &opened.scope)?
                .erase()
                .await?;
            AuditStreamClient::of(&self.env, &opened.scope)?
                .erase()
                .await?;
            // Before the log: what watches it would find it shorter.
            AlertsClient::of(&self.env, &opened.scope)?.erase().await?;
            AuditLogClient::of(&self.env, &opened.scope)?
                .erase()
                .await?;
            AnnouncementsClient::of(&self.env, &opened.scope)?
                .erase()
                .await?;
            self.log_erasure(opened).await
        };
        if let Err(unreachable) = ended.await {
            console_error!("an erasure waits: {unreachable}");
            return self.wake_at(now_ms() + RETRY_AFTER_MS).await;
        }
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // The tables went too; this instance may live on.
        Work::open(storage.sql()).map(drop)
    }

    /// After a crash it may be logged again, under the same name.
    async fn log_erasure(&self, opened: &Opened) -> Result<(), Unreachable> {
        let tenant = opened.scope.tenant().as_str();
        PlatformLogClient::bound(&self.env)?
            .log(&Record {
                key_id: "platform".to_owned(),
                at_ms: now_ms(),
                intent: Intent {
                    call_id: format!("call_erase_{tenant}"),
                    principal: "platform".to_owned(),
                    actor: Some(Actor::PlatformAdmin),
                    country: None,
                    subject: Subject::Action {
                        action: "tenant.erase".to_owned(),
                        target: Some(tenant.to_owned()),
                    },
                },
                outcome: Outcome::succeeded(0),
            })
            .await
    }

    async fn close_streams(&self, opened: &Opened) {
        let closed = match AnnouncementsClient::of(&self.env, &opened.scope) {
            Ok(streams) => streams.erase().await,
            Err(unreachable) => Err(unreachable),
        };
        if let Err(unreachable) = closed {
            console_error!("streams of a tenant end at their own time: {unreachable}");
        }
    }

    async fn wake_at(&self, at_ms: i64) -> worker::Result<()> {
        let delay = u64::try_from(at_ms - now_ms()).unwrap_or(0);
        let delay = std::time::Duration::from_millis(delay);
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await
    }

    fn store(&self) -> worker::Result<Store> {
        Store::bound(&self.env).map_err(failed)
    }

    fn opened(&self) -> worker::Result<&Opened> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the object cannot open: {error}")))
    }
}

impl Opened {
    fn new(state: &State) -> worker::Result<Self> {
        let name = state.id().name().unwrap_or_default();
        Ok(Self {
            scope: TenantScope::of_running_object(&name).map_err(failed)?,
            work: Work::open(state.storage().sql())?,
        })
    }
}

fn failed(error: impl core::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}

fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}
