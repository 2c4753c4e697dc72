//! Everything that one key may be refused for, in one round trip.

use lango_admission::{
    ConnectionState, KeyState, Plan, Registered, Slug, Snapshot, TenantState, UpstreamToolState,
};
use lango_identity::{KeyId, PermissionSet, Role, TenantScope, TokenDigest};
use serde::Deserialize;

use crate::{
    port::{Sql, Statement, StoreError},
    statements,
};

#[derive(Deserialize)]
struct TenantColumns {
    plan: Plan,
    status: TenantState,
}

#[derive(Deserialize)]
struct KeyColumns {
    role: Role,
    token_sha256: TokenDigest,
    expires_at: i64,
    revoked_at: Option<i64>,
}

#[derive(Deserialize)]
struct GrantColumns {
    role: Role,
    suspended_at: Option<i64>,
    permissions: String,
    connections: Option<String>,
    expires_at: i64,
    revoked_at: Option<i64>,
}

#[derive(Deserialize)]
struct ConnectionColumns {
    connection_id: String,
    connector: String,
    slug: Slug,
    name: String,
    sealed: String,
    data_key: String,
}

/// Loads what the store says of a key, or of a grant, which has a key's
/// identifier; `None` when there is no such tenant.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable:
/// the caller must refuse then.
pub async fn load_snapshot(
    sql: &impl Sql,
    scope: &TenantScope,
    key: &KeyId,
) -> Result<Option<Snapshot>, StoreError> {
    let tenant = scope.tenant().as_str();
    let statements = [
        Statement::new(statements::SNAPSHOT_TENANT, [tenant.into()]),
        Statement::new(
            statements::SNAPSHOT_KEY,
            [tenant.into(), key.as_str().into()],
        ),
        Statement::new(
            statements::SNAPSHOT_GRANT,
            [tenant.into(), key.as_str().into()],
        ),
        Statement::new(statements::SNAPSHOT_CONNECTIONS, [tenant.into()]),
        Statement::new(statements::SNAPSHOT_UPSTREAM_TOOLS, [tenant.into()]),
    ];
    let mut results = sql.batch(&statements).await?.into_iter();
    let mut next = || results.next().unwrap_or_default();
    let mut tenants: Vec<TenantColumns> = next().decode()?;
    let mut keys: Vec<KeyColumns> = next().decode()?;
    let mut grants: Vec<GrantColumns> = next().decode()?;
    let connections: Vec<ConnectionColumns> = next().decode()?;
    let upstream_tools: Vec<UpstreamToolState> = next().decode()?;
    let key = match keys.pop() {
        Some(key) => Some(key.into_state()),
        None => grants.pop().map(GrantColumns::into_state).transpose()?,
    };
    Ok(tenants.pop().map(|tenant| Snapshot {
        tenant: tenant.status,
        plan: tenant.plan,
        key,
        upstream_tools,
        connections: connections
            .into_iter()
            .map(ConnectionColumns::into_state)
            .collect(),
    }))
}

impl KeyColumns {
    fn into_state(self) -> KeyState {
        KeyState {
            registered: Registered::Key(self.token_sha256),
            role: self.role,
            expires_at: self.expires_at,
            revoked: self.revoked_at.is_some(),
        }
    }
}

impl GrantColumns {
    /// A right that this version does not know makes the row unreadable, so that
    /// nothing is granted by mistake.
    fn into_state(self) -> Result<KeyState, StoreError> {
        let unreadable = |error: serde_json::Error| StoreError::Row(error.to_string());
        let permissions: PermissionSet =
            serde_json::from_str(&self.permissions).map_err(unreadable)?;
        let connections: Option<Vec<String>> = self
            .connections
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(unreadable)?;
        Ok(KeyState {
            registered: Registered::Grant {
                permissions,
                connections,
            },
            role: self.role,
            expires_at: self.expires_at,
            revoked: self.revoked_at.is_some() || self.suspended_at.is_some(),
        })
    }
}

impl ConnectionColumns {
    fn into_state(self) -> ConnectionState {
        ConnectionState {
            connection_id: self.connection_id,
            connector: self.connector,
            slug: self.slug,
            name: self.name,
            data_key: self.data_key,
            sealed: self.sealed,
        }
    }
}
