//! Everything that one key may be refused for, in one round trip.

use lango_admission::{ConnectionState, KeyState, Plan, Snapshot, TenantState};
use lango_identity::{KeyId, Role, TenantScope, TokenDigest};
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
struct ConnectionColumns {
    connection_id: String,
    connector: String,
    name: String,
    sealed: String,
    data_key: String,
}

/// Loads what the store says of a key; `None` when there is no such tenant.
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
        Statement::new(statements::SNAPSHOT_CONNECTIONS, [tenant.into()]),
    ];
    let mut results = sql.batch(&statements).await?.into_iter();
    let mut next = || results.next().unwrap_or_default();
    let mut tenants: Vec<TenantColumns> = next().decode()?;
    let mut keys: Vec<KeyColumns> = next().decode()?;
    let connections: Vec<ConnectionColumns> = next().decode()?;
    Ok(tenants.pop().map(|tenant| Snapshot {
        tenant: tenant.status,
        plan: tenant.plan,
        key: keys.pop().map(KeyColumns::into_state),
        connections: connections
            .into_iter()
            .map(ConnectionColumns::into_state)
            .collect(),
    }))
}

impl KeyColumns {
    fn into_state(self) -> KeyState {
        KeyState {
            digest: self.token_sha256,
            role: self.role,
            expires_at: self.expires_at,
            revoked: self.revoked_at.is_some(),
        }
    }
}

impl ConnectionColumns {
    fn into_state(self) -> ConnectionState {
        ConnectionState {
            connection_id: self.connection_id,
            connector: self.connector,
            name: self.name,
            data_key: self.data_key,
            sealed: self.sealed,
        }
    }
}
