//! Everything that one key may be refused for, in one round trip.

use lango_admission::{
    AddressRanges, ConnectionState, Holder, KeyState, Plan, Registered, Slug, Snapshot,
    UpstreamToolState,
};
use lango_identity::{
    Authority, CUSTOMER_PERMISSIONS, KeyId, PermissionSet, PrincipalKind, Reach, RoleName,
    TenantScope, TokenDigest,
};
use lango_tenancy::TenantState;
use serde::Deserialize;

use crate::{
    audit::AuditPolicyRow,
    guard::guard_state,
    json,
    limits::stored,
    port::{Sql, Statement, StoreError},
    residency::{PromiseColumns, StoredPromise},
    settings::{FlagColumns, switched},
    statements,
};

/// Loads what the store says of a key, or of a grant or a session, which have a
/// key's identifier; `None` when there is no such tenant, or it was erased.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable:
/// the caller must refuse then.
pub async fn load_snapshot(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyId,
) -> Result<Option<Snapshot>, StoreError> {
    let of_tenant = |text| Statement::new(text, [scope.tenant().as_str().into()]);
    let of_key = |text| {
        let values = [scope.tenant().as_str().into(), key.as_str().into()];
        Statement::new(text, values)
    };
    let statements = [
        of_tenant(statements::SNAPSHOT_TENANT),
        of_tenant(statements::tenancy::LIST_FLAGS),
        of_key(statements::SNAPSHOT_KEY),
        of_key(statements::SNAPSHOT_GRANT),
        of_key(statements::SNAPSHOT_SESSION),
        of_tenant(statements::connections::SNAPSHOT_CONNECTIONS),
        of_tenant(statements::SNAPSHOT_UPSTREAM_TOOLS),
        of_tenant(statements::residency::LOAD_PROMISE),
        of_tenant(statements::guard::LOAD_POLICY),
        of_tenant(statements::guard::SNAPSHOT_TRUSTED),
        of_key(statements::guard::SNAPSHOT_APPROVALS),
        of_tenant(statements::audit::LOAD_POLICY),
        of_tenant(statements::limits::LOAD),
    ];
    let mut results = sql.batch(&statements).await?.into_iter();
    let mut next = || results.next().unwrap_or_default();
    let mut tenants: Vec<TenantColumns> = next().decode()?;
    let flags: Vec<FlagColumns> = next().decode()?;
    let mut keys: Vec<KeyColumns> = next().decode()?;
    let mut grants: Vec<GrantColumns> = next().decode()?;
    let mut sessions: Vec<SessionColumns> = next().decode()?;
    let connections: Vec<ConnectionColumns> = next().decode()?;
    let upstream_tools: Vec<UpstreamToolState> = next().decode()?;
    let mut promises: Vec<PromiseColumns> = next().decode()?;
    let guard = guard_state(next(), next(), next())?;
    let mut audit: Vec<AuditPolicyRow> = next().decode()?;
    let limits = stored(&next())?.in_force();
    let key = match (keys.pop(), grants.pop(), sessions.pop()) {
        (Some(key), _, _) => Some(key.into_state()?),
        (None, Some(grant), _) => Some(grant.into_state()?),
        (None, None, Some(session)) => Some(session.into_state()?),
        (None, None, None) => None,
    };
    Ok(tenants.pop().map(|tenant| Snapshot {
        exists: true,
        tenant: tenant.status,
        plan: tenant.plan,
        limits,
        flags: switched(flags).collect(),
        key,
        upstream_tools,
        guard,
        audit: audit.pop().unwrap_or_default().policy,
        residency: promises
            .pop()
            .map(|row| StoredPromise::from(row).promise)
            .unwrap_or_default(),
        connections: connections
            .into_iter()
            .map(ConnectionColumns::into_state)
            .collect(),
    }))
}

#[derive(Deserialize)]
struct TenantColumns {
    plan: Plan,
    status: TenantState,
}

/// What a user's role and restrictions let them do.
#[derive(Deserialize)]
struct UserColumns {
    role: RoleName,
    #[serde(deserialize_with = "json::optional_column")]
    role_permissions: Option<PermissionSet>,
    #[serde(deserialize_with = "json::optional_column")]
    user_connections: Option<Vec<String>>,
    #[serde(deserialize_with = "json::optional_column")]
    allow_tables: Option<Vec<String>>,
    suspended_at: Option<i64>,
}

#[derive(Deserialize)]
struct KeyColumns {
    principal_id: String,
    role: Option<RoleName>,
    #[serde(deserialize_with = "json::optional_column")]
    role_permissions: Option<PermissionSet>,
    #[serde(deserialize_with = "json::optional_column")]
    permissions: Option<PermissionSet>,
    #[serde(deserialize_with = "json::optional_column")]
    connections: Option<Vec<String>>,
    #[serde(deserialize_with = "json::optional_column")]
    address_ranges: Option<AddressRanges>,
    token_sha256: TokenDigest,
    expires_at: i64,
    revoked_at: Option<i64>,
    user_role: Option<RoleName>,
    #[serde(deserialize_with = "json::optional_column")]
    user_role_permissions: Option<PermissionSet>,
    #[serde(deserialize_with = "json::optional_column")]
    user_connections: Option<Vec<String>>,
    #[serde(deserialize_with = "json::optional_column")]
    allow_tables: Option<Vec<String>>,
    suspended_at: Option<i64>,
}

#[derive(Deserialize)]
struct GrantColumns {
    principal_id: String,
    #[serde(flatten)]
    user: UserColumns,
    #[serde(deserialize_with = "json::column")]
    permissions: PermissionSet,
    #[serde(deserialize_with = "json::optional_column")]
    connections: Option<Vec<String>>,
    expires_at: i64,
    revoked_at: Option<i64>,
}

#[derive(Deserialize)]
struct SessionColumns {
    user_id: Option<String>,
    customer_id: Option<String>,
    admin_id: Option<String>,
    expires_at: i64,
    revoked_at: Option<i64>,
    role: Option<RoleName>,
    #[serde(deserialize_with = "json::optional_column")]
    role_permissions: Option<PermissionSet>,
    #[serde(deserialize_with = "json::optional_column")]
    user_connections: Option<Vec<String>>,
    #[serde(deserialize_with = "json::optional_column")]
    allow_tables: Option<Vec<String>>,
    suspended_at: Option<i64>,
    customer_number: Option<String>,
    customer_suspended_at: Option<i64>,
    #[serde(deserialize_with = "json::optional_column")]
    support_permissions: Option<PermissionSet>,
    support_expires_at: Option<i64>,
    support_revoked_at: Option<i64>,
}

#[derive(Deserialize)]
struct ConnectionColumns {
    connection_id: String,
    connector: String,
    slug: Slug,
    name: String,
    #[serde(deserialize_with = "json::optional_column")]
    allowed_hosts: Option<Vec<String>>,
    sealed: String,
    data_key: String,
    sql_policy: Option<String>,
}

/// What a role may do. A tenant's own role that is not stored makes the row
/// unreadable: nobody is let in by a role that nobody knows.
fn permissions_of(
    role: &RoleName,
    stored: Option<PermissionSet>,
) -> Result<PermissionSet, StoreError> {
    match role.built_in() {
        Some(role) => Ok(role.permissions()),
        None => stored.ok_or_else(|| StoreError::Row(format!("there is no role {role}"))),
    }
}

impl UserColumns {
    fn authority(&self) -> Result<Authority, StoreError> {
        Ok(Authority {
            permissions: permissions_of(&self.role, self.role_permissions)?,
            connections: Reach::of(self.user_connections.as_deref()),
            tables: Reach::of(self.allow_tables.as_deref()),
        })
    }

    fn holder(self, principal: String) -> Result<Holder, StoreError> {
        Ok(Holder {
            principal,
            kind: PrincipalKind::Employee,
            authority: self.authority()?,
            role: Some(self.role),
            customer_number: None,
        })
    }
}

impl KeyColumns {
    /// A key of a user's own is bounded by what the user may now.
    fn into_state(self) -> Result<KeyState, StoreError> {
        let user = self.user_role.map(|role| UserColumns {
            role,
            role_permissions: self.user_role_permissions,
            user_connections: self.user_connections,
            allow_tables: self.allow_tables,
            suspended_at: self.suspended_at,
        });
        let permissions = match (&self.role, self.permissions) {
            (_, Some(permissions)) => permissions,
            (Some(role), None) => permissions_of(role, self.role_permissions)?,
            (None, None) => PermissionSet::NONE,
        };
        let own = Authority {
            permissions,
            connections: Reach::of(self.connections.as_deref()),
            tables: Reach::All,
        };
        let authority = match &user {
            Some(user) => own.bounded_by(&user.authority()?),
            None => own,
        };
        let is_suspended = user.is_some_and(|user| user.suspended_at.is_some());
        Ok(KeyState {
            registered: Registered::Key(self.token_sha256),
            holder: Holder {
                principal: self.principal_id,
                kind: PrincipalKind::Employee,
                role: self.role,
                authority,
                customer_number: None,
            },
            address_ranges: self.address_ranges.unwrap_or_default(),
            expires_at: self.expires_at,
            revoked: self.revoked_at.is_some() || is_suspended,
        })
    }
}

impl GrantColumns {
    fn into_state(self) -> Result<KeyState, StoreError> {
        let revoked = self.revoked_at.is_some() || self.user.suspended_at.is_some();
        Ok(KeyState {
            registered: Registered::Grant {
                permissions: self.permissions,
                connections: self.connections,
            },
            holder: self.user.holder(self.principal_id)?,
            address_ranges: AddressRanges::default(),
            expires_at: self.expires_at,
            revoked,
        })
    }
}

impl SessionColumns {
    fn into_state(self) -> Result<KeyState, StoreError> {
        let mut expires_at = self.expires_at;
        let mut ended = self.revoked_at.is_some();
        let holder = if let (Some(principal), Some(role)) = (self.user_id, self.role) {
            ended |= self.suspended_at.is_some();
            let user = UserColumns {
                role,
                role_permissions: self.role_permissions,
                user_connections: self.user_connections,
                allow_tables: self.allow_tables,
                suspended_at: self.suspended_at,
            };
            user.holder(principal)?
        } else if let (Some(principal), Some(number)) = (self.customer_id, self.customer_number) {
            ended |= self.customer_suspended_at.is_some();
            outsider(
                principal,
                PrincipalKind::Customer,
                CUSTOMER_PERMISSIONS,
                Some(number),
            )
        } else if let (Some(admin), Some(permissions)) = (self.admin_id, self.support_permissions) {
            ended |= self.support_revoked_at.is_some();
            expires_at = expires_at.min(self.support_expires_at.unwrap_or(0));
            outsider(admin, PrincipalKind::Support, permissions, None)
        } else {
            return Err(StoreError::Row("a session is nobody's".to_owned()));
        };
        Ok(KeyState {
            registered: Registered::Session,
            holder,
            address_ranges: AddressRanges::default(),
            expires_at,
            revoked: ended,
        })
    }
}

fn outsider(
    principal: String,
    kind: PrincipalKind,
    permissions: PermissionSet,
    customer_number: Option<String>,
) -> Holder {
    Holder {
        principal,
        kind,
        role: None,
        authority: Authority {
            permissions,
            ..Authority::ALL
        },
        customer_number,
    }
}

impl ConnectionColumns {
    fn into_state(self) -> ConnectionState {
        ConnectionState {
            connection_id: self.connection_id,
            connector: self.connector,
            slug: self.slug,
            name: self.name,
            allowed_hosts: self.allowed_hosts,
            data_key: self.data_key,
            sealed: self.sealed,
            sql_policy: self.sql_policy,
            erasure_key: None,
        }
    }
}
