//! The tenant scope: proof that a tenant's name came from a verified identity.

use crate::id::{IdError, KeyId, TenantId};

/// The right to touch one tenant's rows.
///
/// It comes only from a verified token ([`crate::VerifiedKey::scope`]), from the
/// name of a Durable Object that the gateway addressed with one
/// ([`KeyGateName`]), or from a platform admin who is creating that very tenant
/// ([`PlatformScope::provision`]). Every store function for a tenant's table
/// takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    tenant: TenantId,
}

impl TenantScope {
    pub(crate) fn verified(tenant: TenantId) -> Self {
        Self { tenant }
    }

    /// The scope of the tenant that an object is named after, which the gateway
    /// addressed with it.
    ///
    /// Only a Durable Object may call this, with its own name: a test holds the rest
    /// of the tree to it.
    ///
    /// # Errors
    /// [`IdError`] when it is not the name of a tenant.
    pub fn of_running_object(name: &str) -> Result<Self, IdError> {
        TenantId::parse(name).map(Self::verified)
    }

    /// Which tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}

/// The right to run the platform: to create and list tenants, not to see what
/// is in them.
#[derive(Debug, Clone)]
pub struct PlatformScope {
    _verified: (),
}

impl PlatformScope {
    pub(crate) fn verified() -> Self {
        Self { _verified: () }
    }

    /// The scope of a tenant that is being created, for its first rows.
    #[must_use]
    pub fn provision(&self, new_tenant: TenantId) -> TenantScope {
        TenantScope::verified(new_tenant)
    }
}

/// The name of a `KeyGate` object: one per tenant and key.
///
/// Names are made from a [`TenantScope`] alone, and the namespace is bound to
/// the gateway alone, so an object may take its own name as a verified identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGateName {
    scope: TenantScope,
    key: KeyId,
}

impl KeyGateName {
    /// The name of the object that answers for this key.
    #[must_use]
    pub fn new(scope: TenantScope, key: KeyId) -> Self {
        Self { scope, key }
    }

    /// Reads the name that the runtime says an object has.
    ///
    /// Only a Durable Object may call this, with its own name: a test holds the
    /// rest of the tree to it.
    ///
    /// # Errors
    /// [`IdError`] when it is not a name that [`Self::new`] makes.
    pub fn of_running_object(name: &str) -> Result<Self, IdError> {
        let (tenant, key) = name.split_once('/').unwrap_or((name, ""));
        Ok(Self {
            scope: TenantScope::verified(TenantId::parse(tenant)?),
            key: KeyId::parse(key)?,
        })
    }

    /// The tenant that the key belongs to.
    #[must_use]
    pub fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &KeyId {
        &self.key
    }
}

impl core::fmt::Display for KeyGateName {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{}/{}", self.scope.tenant, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RANDOM_LENGTH;

    #[test]
    fn an_objects_name_reads_back() {
        let name = KeyGateName::new(
            TenantScope::verified(TenantId::from_random([1; RANDOM_LENGTH])),
            KeyId::from_random([2; RANDOM_LENGTH]),
        );
        assert_eq!(KeyGateName::of_running_object(&name.to_string()), Ok(name));
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "/", "t_a", "t_a/", "k_a/t_a", "t_a/k_a/k_b", "t_a/k_a "] {
            assert!(KeyGateName::of_running_object(name).is_err(), "{name}");
        }
    }
}
