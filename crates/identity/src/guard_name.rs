//! Names of the objects that guard sign-ins.

use crate::{
    claimed::ClaimedTenant,
    id::{IdError, TenantId},
    scope::TenantScope,
};

/// The name of a `SignInGuard` object: one for each account, and one for each address
/// that attempts come from. The last part is a keyed digest: no name says whose it is.
///
/// The namespace is bound to the gateway alone, and a name with a tenant is made only
/// of one that the store has, so an object may take its own name as a verified
/// identity: it may write to that tenant's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInGuardName {
    place: Place,
    digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Tenant(TenantScope),
    Address,
    Platform,
    Nobody,
}

const ADDRESS: &str = "address";
const PLATFORM: &str = "platform";
const NOBODY: &str = "nobody";

impl SignInGuardName {
    /// An account of a tenant that the store has found.
    #[must_use]
    pub fn of_account(tenant: &ClaimedTenant, digest: String) -> Self {
        let place = Place::Tenant(TenantScope::verified(tenant.tenant().clone()));
        Self { place, digest }
    }

    /// Somebody of a tenant who is signed in.
    #[must_use]
    pub fn of_signed_in(scope: &TenantScope, digest: String) -> Self {
        let place = Place::Tenant(scope.clone());
        Self { place, digest }
    }

    /// A network address.
    #[must_use]
    pub fn of_address(digest: String) -> Self {
        let place = Place::Address;
        Self { place, digest }
    }

    /// Somebody who runs the platform.
    #[must_use]
    pub fn of_platform(digest: String) -> Self {
        let place = Place::Platform;
        Self { place, digest }
    }

    /// An account of a tenant that there is not: counted like any other.
    #[must_use]
    pub fn of_nobody(digest: String) -> Self {
        let place = Place::Nobody;
        Self { place, digest }
    }

    /// Reads the name that the runtime says an object has. Only a Durable Object may
    /// call this, with its own name: a test holds the rest of the tree to it.
    ///
    /// # Errors
    /// [`IdError`] when it is not a name that is made here.
    pub fn of_running_object(name: &str) -> Result<Self, IdError> {
        let (place, digest) = name.split_once('/').unwrap_or((name, ""));
        let place = match place {
            ADDRESS => Place::Address,
            PLATFORM => Place::Platform,
            NOBODY => Place::Nobody,
            tenant => Place::Tenant(TenantScope::verified(TenantId::parse(tenant)?)),
        };
        let digest = digest.to_owned();
        Ok(Self { place, digest })
    }

    /// The tenant whose log hears of it, where there is one.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantScope> {
        match &self.place {
            Place::Tenant(scope) => Some(scope),
            _ => None,
        }
    }

    /// Whether it guards an address, behind which many may sit.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.place == Place::Address
    }

    /// The last part, which is nobody's name.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl core::fmt::Display for SignInGuardName {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let place = match &self.place {
            Place::Tenant(scope) => scope.tenant().as_str(),
            Place::Address => ADDRESS,
            Place::Platform => PLATFORM,
            Place::Nobody => NOBODY,
        };
        write!(formatter, "{place}/{}", self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RANDOM_LENGTH;

    #[test]
    fn names_read_back_and_never_meet() {
        let tenant = ClaimedTenant::of_sign_in(TenantId::from_random([1; RANDOM_LENGTH]));
        let digest = || "ab12".to_owned();
        let names = [
            SignInGuardName::of_account(&tenant, digest()),
            SignInGuardName::of_address(digest()),
            SignInGuardName::of_platform(digest()),
            SignInGuardName::of_nobody(digest()),
        ];
        for (index, name) in names.iter().enumerate() {
            let text = name.to_string();
            assert_eq!(SignInGuardName::of_running_object(&text).as_ref(), Ok(name));
            assert!(
                names
                    .iter()
                    .skip(index + 1)
                    .all(|other| other.to_string() != text)
            );
            assert_eq!(name.tenant().is_some(), index == 0);
        }
        assert!(SignInGuardName::of_running_object("somebody/ab").is_err());
    }
}
