//! A tenant that somebody else's signed text names.

use crate::{id::TenantId, scope::TenantScope};

/// A tenant that an assertion names whose signature is not verified yet. It is the
/// right to one thing: to read which keys that tenant trusts, in order to verify
/// that very assertion.
#[derive(Debug, Clone)]
pub struct ClaimedTenant(TenantId);

impl ClaimedTenant {
    /// The tenant that an assertion names.
    #[must_use]
    pub fn of_assertion(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// Which tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.0
    }

    /// The scope, once a key that this tenant trusts has verified the assertion. A
    /// test holds the tree to one caller.
    #[must_use]
    pub fn confirmed_by_its_keys(self) -> TenantScope {
        TenantScope::verified(self.0)
    }
}
