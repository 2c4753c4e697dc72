//! A tenant that is named before anything is verified.

use crate::{id::TenantId, scope::TenantScope};

/// A tenant that somebody names who is not verified yet. It is the right to one thing:
/// to read what verifies them. For an assertion, which keys that tenant trusts; for
/// somebody who signs in, the one account that they name.
#[derive(Debug, Clone)]
pub struct ClaimedTenant(TenantId);

impl ClaimedTenant {
    /// The tenant that an assertion names.
    #[must_use]
    pub fn of_assertion(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// The tenant that somebody signs in to.
    #[must_use]
    pub fn of_sign_in(tenant: TenantId) -> Self {
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

    /// The scope, once somebody has shown the password or the code of an account of
    /// this tenant. A test holds the tree to one caller.
    #[must_use]
    pub fn confirmed_by_sign_in(self) -> TenantScope {
        TenantScope::verified(self.0)
    }
}
