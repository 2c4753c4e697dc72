//! What somebody names who is not verified yet: a tenant in another's signed text, a
//! tenant that support is asked for or that somebody signs in to, a platform admin who signs in.

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

    /// The tenant that a platform admin asks to be let into.
    #[must_use]
    pub fn of_support_request(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// The scope, once a support grant of this tenant was found to be in force. A test
    /// holds the tree to one caller.
    #[must_use]
    pub fn confirmed_by_its_support_grant(self) -> TenantScope {
        TenantScope::verified(self.0)
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

/// Somebody who says that they run the platform. It is the right to look up what is
/// needed to find out, and no more.
#[derive(Debug, Clone, Copy)]
pub struct ClaimedAdmin {
    _claimed: (),
}

impl ClaimedAdmin {
    /// Whoever signs in, or shows a token.
    #[must_use]
    pub fn of_sign_in() -> Self {
        Self { _claimed: () }
    }
}
