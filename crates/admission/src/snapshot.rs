//! Everything a key may be refused for, as the store last said it.

use lango_connector_kit::{Access, CallerKind, ConnectorClass, Principal};
use lango_identity::{Authority, Permission, PermissionSet, PrincipalKind, RoleName, TokenDigest};
use lango_residency::Promise;
use lango_tenancy::{AuditPolicy, FlagSet, TenantState};
use lango_vault::ErasureKeyText;
use serde::{Deserialize, Serialize};

use crate::{
    address::AddressRanges, guarded::GuardState, limits::CallLimits, message::Credential,
    plan::Plan, tool_name::Slug,
};

/// A snapshot older than this is loaded again before the next decision. It
/// bounds how long a revocation can go unnoticed when its push fails.
pub const MAXIMUM_AGE_MS: u64 = 60_000;

/// What the store says of a key, its tenant and its tenant's connections.
#[derive(Clone)]
pub struct Snapshot {
    /// Whether there is such a tenant. What nobody has is not recorded for anybody:
    /// a token that outlives an erased tenant leaves no trace of it.
    pub exists: bool,
    /// The tenant's state.
    pub tenant: TenantState,
    /// The tenant's plan.
    pub plan: Plan,
    /// The limits that it has beside its plan's.
    pub limits: CallLimits,
    /// The features that are on for it.
    pub flags: FlagSet,
    /// The key, unless the store has none of that name in this tenant.
    pub key: Option<KeyState>,
    /// The tenant's connections, in the order of their slugs.
    pub connections: Vec<ConnectionState>,
    /// What the tenant is promised about where its calls run.
    pub residency: Promise,
    /// The tools of the tenant's upstream servers, in the order of their names.
    pub upstream_tools: Vec<UpstreamToolState>,
    /// What the tenant wants of the guards, and what they go by.
    pub guard: GuardState,
    /// What the tenant wants of its audit log.
    pub audit: AuditPolicy,
}

impl Snapshot {
    /// What the store says of a tenant that it does not have: no key of it is
    /// known.
    #[must_use]
    pub fn of_no_tenant() -> Self {
        Self {
            exists: false,
            tenant: TenantState::Closed,
            plan: Plan::Free,
            limits: CallLimits::default(),
            flags: FlagSet::DEFAULT,
            key: None,
            connections: Vec::new(),
            residency: Promise::default(),
            upstream_tools: Vec::new(),
            guard: GuardState::default(),
            audit: AuditPolicy::default(),
        }
    }
}

/// What the store says of a key, or of what a user has granted an assistant.
#[derive(Debug, Clone)]
pub struct KeyState {
    /// What it is, and what a token must show to be taken for it.
    pub registered: Registered,
    /// Who acts with it, and what they may do.
    pub holder: Holder,
    /// From where a key may be used; empty for anywhere.
    pub address_ranges: AddressRanges,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
    /// Whether it has been revoked, or its user suspended.
    pub revoked: bool,
}

/// Who acts with a key, and their rights as the store has them now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Their identifier.
    pub principal: String,
    /// Which kind of principal.
    pub kind: PrincipalKind,
    /// The role in force: the key's, or the user's; none for permissions of the
    /// key's own, and for customers.
    pub role: Option<RoleName>,
    /// Their rights: the role's, or the key's own, never beyond those of the user
    /// whose key it is.
    pub authority: Authority,
    /// The number that a customer is bound to.
    pub customer_number: Option<String>,
}

/// The kinds of registration.
#[derive(Debug, Clone)]
pub enum Registered {
    /// An API key, and the digest of the one token that was issued for it.
    Key(TokenDigest),
    /// What a user has granted an assistant; its access tokens are short-lived
    /// and not registered one by one.
    Grant {
        /// What the user has allowed. The user's role bounds it.
        permissions: PermissionSet,
        /// The connections that the user has allowed; `None` for all.
        connections: Option<Vec<String>>,
    },
    /// Somebody has signed in; their access tokens are short-lived and not
    /// registered one by one.
    Session,
}

/// A connected system, its credentials sealed.
#[derive(Clone)]
pub struct ConnectionState {
    /// The connection's identifier.
    pub connection_id: String,
    /// The kind of connector that serves it.
    pub connector: String,
    /// What tells it apart in tool names.
    pub slug: Slug,
    /// The tenant's name for it.
    pub name: String,
    /// Where it may connect to, each `host:port`; `None` for wherever its credentials
    /// say, as before there were such lists.
    pub allowed_hosts: Option<Vec<String>>,
    /// The wrapped data key: JSON that only the connector reads.
    pub data_key: String,
    /// The sealed fields: JSON that only the connector can open.
    pub sealed: String,
    /// What of a database may be seen: the policy's JSON, which the gateway reads.
    pub sql_policy: Option<String>,
    /// The tenant's erasure key, which the gateway carries and does nothing with.
    pub erasure_key: Option<ErasureKeyText>,
}

/// A tool of an upstream server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamToolState {
    /// The connection of the server.
    pub connection_id: String,
    /// The server's own name for it.
    pub name: String,
    /// Its definition as the server sent it last: JSON.
    pub definition: String,
    /// Digest of the definition.
    pub sha256: String,
    /// Digest of the definition that an administrator has approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_sha256: Option<String>,
    /// What calling it can change, as the administrator said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Which kind of system it speaks to, as the administrator said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ConnectorClass>,
}

impl KeyState {
    /// What a credential may do as this key; `None` when it is not this key's.
    ///
    /// What is registered decides, not the token. A grant allows no more than its
    /// user may, and its token no more than the grant.
    #[must_use]
    pub fn permissions(&self, credential: &Credential) -> Option<PermissionSet> {
        let held = self.holder.authority.permissions;
        match (&self.registered, credential) {
            (Registered::Key(registered), Credential::Key { digest }) => {
                (registered == digest).then_some(held)
            }
            (
                Registered::Grant {
                    permissions: granted,
                    ..
                },
                Credential::Grant { permissions },
            ) => Some(held.intersection(*granted).intersection(*permissions)),
            (Registered::Session, Credential::Session { principal, kind }) => {
                // The session is somebody's: a token of anybody else is not its own.
                let is_theirs = *principal == self.holder.principal && *kind == self.holder.kind;
                is_theirs.then_some(held)
            }
            _ => None,
        }
    }

    /// Whether it may use the connection.
    #[must_use]
    pub fn may_use(&self, connection_id: &str) -> bool {
        let is_granted = match &self.registered {
            Registered::Grant {
                connections: Some(allowed),
                ..
            } => allowed.iter().any(|id| id == connection_id),
            _ => true,
        };
        is_granted && self.holder.authority.connections.contains(connection_id)
    }
}

impl Holder {
    /// For whom a tool is called; `None` for a kind that calls none.
    #[must_use]
    pub fn caller(&self) -> Option<Principal> {
        let kind = match self.kind {
            PrincipalKind::Employee => CallerKind::Employee,
            PrincipalKind::Customer => CallerKind::Customer,
            PrincipalKind::Support | PrincipalKind::PlatformAdmin => return None,
        };
        Some(Principal {
            kind,
            id: self.principal.clone(),
            role: self.role.as_ref().map(ToString::to_string),
            customer_number: self.customer_number.clone(),
            allow_tables: self.authority.tables.listed(),
        })
    }
}

/// Whether permissions let anything be changed behind a connector. A key that
/// cannot need not wait for its outcome to be recorded before it is answered.
#[must_use]
pub(crate) fn may_change(permissions: PermissionSet) -> bool {
    permissions.contains(Permission::ToolWrite) || permissions.contains(Permission::ToolMoney)
}
