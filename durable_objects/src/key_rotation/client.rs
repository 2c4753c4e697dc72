//! The client of a tenant's [`KeyRotation`](super::KeyRotation) object.

use lango_identity::{PlatformScope, TenantId, TenantScope};
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "KEY_ROTATION";

pub(super) const PATH_START: &str = "/start";
pub(super) const PATH_STATE: &str = "/state";
pub(super) const PATH_ERASE: &str = "/erase";

/// Whether a pass is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationState {
    /// Since when, in milliseconds since 1970; `None` when there is nothing to do.
    pub since_ms: Option<i64>,
    /// What kept it from going on the last time; it is tried again.
    pub problem: Option<String>,
}

/// What moves one tenant's keys.
pub struct KeyRotationClient(Peer);

impl KeyRotationClient {
    /// Of the scope's own tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Self::named(env, scope.tenant())
    }

    /// Of any tenant, for the platform: having its keys moved shows nothing of it.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of_any(
        env: &Env,
        _scope: &PlatformScope,
        tenant: &TenantId,
    ) -> Result<Self, Unreachable> {
        Self::named(env, tenant)
    }

    fn named(env: &Env, tenant: &TenantId) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "KeyRotation", tenant.as_str()).map(Self)
    }

    /// Has a pass begin, or go on. It is durable with the answer.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub async fn start(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_START, &()).await
    }

    /// Whether a pass is under way.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn state(&self) -> Result<RotationState, Unreachable> {
        self.0.ask(PATH_STATE, &()).await
    }

    /// Ends whatever is under way: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}
