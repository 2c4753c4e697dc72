//! The client of a tenant's [`Alerts`](super::Alerts) object.

use lango_anomaly::{Alert, AlertPolicy};
use lango_identity::TenantScope;
use lango_metrics::Channel;
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "ALERTS";

pub(super) const PATH_APPENDED: &str = "/appended";
pub(super) const PATH_LIST: &str = "/list";
pub(super) const PATH_POLICY: &str = "/policy";
pub(super) const PATH_SET_POLICY: &str = "/set-policy";
pub(super) const PATH_NEW_SECRET: &str = "/new-secret";
pub(super) const PATH_TEST: &str = "/test";
pub(super) const PATH_CHECK: &str = "/check";
pub(super) const PATH_NOT_ARCHIVED: &str = "/not-archived";
pub(super) const PATH_ERASE: &str = "/erase";

/// Which alerts: so many of those below an identifier.
#[derive(Serialize, Deserialize)]
pub(super) struct Below {
    pub(super) id: Option<u64>,
    pub(super) limit: u32,
}

/// A policy in place of the one of a version.
#[derive(Serialize, Deserialize)]
pub(super) struct SetPolicy {
    pub(super) policy: AlertPolicy,
    pub(super) version: i64,
}

/// An archive that does not go on.
#[derive(Serialize, Deserialize)]
pub(super) struct NotArchived {
    pub(super) code: String,
    pub(super) position: u64,
    pub(super) failures: u32,
}

/// An alert, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredAlert {
    /// Its number, from 1.
    pub id: u64,
    /// What it says.
    pub alert: Alert,
    /// What became of each delivery.
    pub deliveries: Vec<DeliveryState>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryState {
    /// What carries it.
    pub channel: Channel,
    /// `waiting`, `delivered` or `given_up`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong the last time, in words of the code's own.
    pub problem: Option<String>,
}

/// Alerts, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AlertsPage {
    /// The alerts.
    pub alerts: Vec<StoredAlert>,
    /// Below which one the next page begins.
    pub next: Option<u64>,
}

/// A policy with its version: 0 when it was never set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StoredAlertPolicy {
    /// The policy.
    pub policy: AlertPolicy,
    /// How often it was set.
    pub version: i64,
}

/// What the last check of the log has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckState {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// At which size of the log.
    pub size: u64,
    /// What does not verify; `None` when everything does.
    pub problem: Option<String>,
}

/// What watches one tenant's log.
pub struct AlertsClient(Peer);

impl AlertsClient {
    /// Of the scope's own tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Self::named(env, scope.tenant().as_str())
    }

    /// Of the tenant whose log asks: objects are named alike.
    pub(crate) fn of_log(env: &Env, log: &str) -> Result<Self, Unreachable> {
        Self::named(env, log)
    }

    fn named(env: &Env, tenant: &str) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "Alerts", tenant).map(Self)
    }

    /// The log has something new. What it is, is read soon.
    ///
    /// # Errors
    /// [`Unreachable`]: it is read with what comes next.
    pub(crate) async fn appended(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_APPENDED, &()).await
    }

    /// The log is not archived: why, how far it is, and how many times in a row it failed.
    ///
    /// # Errors
    /// [`Unreachable`]; it may or may not be raised.
    pub(crate) async fn not_archived(
        &self,
        code: &str,
        position: u64,
        failures: u32,
    ) -> Result<(), Unreachable> {
        let code = code.to_owned();
        let not_archived = NotArchived {
            code,
            position,
            failures,
        };
        self.0.ask(PATH_NOT_ARCHIVED, &not_archived).await
    }

    /// Alerts below a number, newest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn list(&self, id: Option<u64>, limit: u32) -> Result<AlertsPage, Unreachable> {
        self.0.ask(PATH_LIST, &Below { id, limit }).await
    }

    /// The policy in force.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn policy(&self) -> Result<StoredAlertPolicy, Unreachable> {
        self.0.ask(PATH_POLICY, &()).await
    }

    /// Sets the policy in place of the one of a version; `None` when another is in force.
    ///
    /// # Errors
    /// [`Unreachable`]; it may or may not be set.
    pub async fn set_policy(
        &self,
        policy: &AlertPolicy,
        version: i64,
    ) -> Result<Option<i64>, Unreachable> {
        let policy = policy.clone();
        self.0
            .ask(PATH_SET_POLICY, &SetPolicy { policy, version })
            .await
    }

    /// Makes the webhook's next secret, and says the random number that it is made of.
    /// The one before signs for another day.
    ///
    /// # Errors
    /// [`Unreachable`]; it may or may not be made.
    pub async fn new_secret(&self) -> Result<[u8; 32], Unreachable> {
        self.0.ask(PATH_NEW_SECRET, &()).await
    }

    /// Raises a test alert.
    ///
    /// # Errors
    /// [`Unreachable`]; it may or may not be raised.
    pub async fn test(&self) -> Result<StoredAlert, Unreachable> {
        self.0.ask(PATH_TEST, &()).await
    }

    /// Checks the log's newest checkpoint now, or has the watch begin anew.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn check(&self, begin_anew: bool) -> Result<CheckState, Unreachable> {
        self.0.ask(PATH_CHECK, &begin_anew).await
    }

    /// Deletes everything: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}
