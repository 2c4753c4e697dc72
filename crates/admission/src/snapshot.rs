//! Everything a key may be refused for, as the store last said it.

use lango_identity::{Permission, PermissionSet, Role, TokenDigest};
use serde::{Deserialize, Serialize};

use crate::plan::Plan;

/// A snapshot older than this is loaded again before the next decision. It
/// bounds how long a revocation can go unnoticed when its push fails.
pub const MAXIMUM_AGE_MS: u64 = 60_000;

/// What the store says of a key, its tenant and its tenant's connections.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The tenant's state.
    pub tenant: TenantState,
    /// The tenant's plan.
    pub plan: Plan,
    /// The key, unless the store has none of that name in this tenant.
    pub key: Option<KeyState>,
    /// The tenant's connections.
    pub connections: Vec<ConnectionState>,
}

impl Snapshot {
    /// What the store says of a tenant that it does not have: no key of it is
    /// known.
    #[must_use]
    pub fn of_no_tenant() -> Self {
        Self {
            tenant: TenantState::Closed,
            plan: Plan::Free,
            key: None,
            connections: Vec::new(),
        }
    }
}

/// Whether a tenant may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantState {
    /// It may.
    Active,
    /// Not until it is reactivated.
    Suspended,
    /// Never again.
    Closed,
}

/// What the store says of a key.
#[derive(Debug, Clone)]
pub struct KeyState {
    /// Digest of the one token that was issued for it.
    pub digest: TokenDigest,
    /// The role in force.
    pub role: Role,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
    /// Whether it has been revoked.
    pub revoked: bool,
}

/// A connected system, its credentials sealed.
#[derive(Debug, Clone)]
pub struct ConnectionState {
    /// The connection's identifier.
    pub connection_id: String,
    /// The kind of connector that serves it.
    pub connector: String,
    /// The tenant's name for it.
    pub name: String,
    /// The wrapped data key: JSON that only the connector reads.
    pub data_key: String,
    /// The sealed fields: JSON that only the connector can open.
    pub sealed: String,
}

/// A word that is not a tenant's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant is active, suspended or closed")]
pub struct UnknownTenantState;

impl core::str::FromStr for TenantState {
    type Err = UnknownTenantState;

    fn from_str(name: &str) -> Result<Self, UnknownTenantState> {
        match name {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            "closed" => Ok(Self::Closed),
            _ => Err(UnknownTenantState),
        }
    }
}

impl KeyState {
    /// What the key may do. The registered role decides, not the token's.
    #[must_use]
    pub fn permissions(&self) -> PermissionSet {
        self.role.permissions()
    }

    /// Whether it can change anything behind a connector. A key that cannot
    /// need not wait for its outcome to be recorded before it is answered.
    #[must_use]
    pub fn may_change(&self) -> bool {
        let permissions = self.permissions();
        permissions.contains(Permission::ToolWrite) || permissions.contains(Permission::ToolMoney)
    }
}
