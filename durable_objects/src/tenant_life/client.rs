//! The client of a tenant's [`TenantLife`](super::TenantLife) object.

use lango_admission::{ShareAsk, Shares};
use lango_identity::{PlatformScope, TenantId, TenantScope};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "TENANT_LIFE";

pub(super) const PATH_CHANGED: &str = "/changed";
pub(super) const PATH_SHARE: &str = "/share";

/// One tenant's life.
pub struct TenantLifeClient(Peer);

impl TenantLifeClient {
    /// Of the scope's own tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Self::named(env, scope.tenant())
    }

    /// Of any tenant, for the platform: telling that it has changed shows nothing of it.
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
        Peer::named(env, BINDING, "TenantLife", tenant.as_str()).map(Self)
    }

    /// The tenant's row, settings or features have changed in the store. When this is
    /// answered, every gate in force has heard of it, or is told again until it has.
    ///
    /// # Errors
    /// [`Unreachable`]: the age of snapshots bounds the delay.
    pub async fn changed(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_CHANGED, &()).await
    }

    /// Shares of the limit on all keys of the tenant, for calls that came at once.
    ///
    /// # Errors
    /// [`Unreachable`]: the calls must be refused.
    pub(crate) async fn share(&self, ask: &ShareAsk) -> Result<Shares, Unreachable> {
        self.0.ask(PATH_SHARE, ask).await
    }
}
