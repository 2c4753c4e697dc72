//! `/admin/v1/connections/{id}/sql-policy`: what of a connected database may be seen, and
//! by whom.

use lango_api::{SetSqlPolicy, SqlPolicyView, Timestamp, TriedSql, TrySqlPolicy};
use lango_audit_log::Layer;
use lango_connector_kit::{Dialect, Principal};
use lango_durable_objects::Store;
use lango_identity::{ConnectionId, TenantScope};
use lango_sql_guard::{CheckedQuery, Policy, PolicyError, Refusal, check_within};
use lango_store::{SqlPolicyRow, load_connection, load_sql_policy, store_sql_policy};
use serde_json::Value;
use worker::Response;

use super::{
    call::{Call, stale, store, store_failed, tagged},
    connections::no_such_connection,
    pushing::push_to_gates,
};
use crate::{
    catalogue::Catalogue, clock, denial::Denial, gateway::Done, layers::screening::MAX_ROWS, sql,
};

/// The schema changes with the code alone.
const SCHEMA_VERSION: i64 = 1;

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let permitted = call.look().await?;
    let found = Found::read(&store(gateway)?, permitted.scope(), target).await?;
    tagged(&view(&found.row)?, found.row.version)
}

pub(super) async fn schema(call: Call<'_>) -> Result<Response, Denial> {
    call.look().await?;
    tagged(&Policy::schema(), SCHEMA_VERSION)
}

/// Every gate is told, so that it holds for the next call.
pub(super) async fn set(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (SetSqlPolicy { policy }, precondition) = (call.body()?, call.if_match()?);
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    let after = call
        .act("sql_policy.set", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let found = Found::read(&store, scope, target).await?;
            precondition.check(found.row.version)?;
            let document = policy.map(|policy| parsed(&policy, found.dialect));
            let mut after = SqlPolicyRow {
                document: document.transpose()?.map(|it| it.shown().to_string()),
                changed_by: permitted.principal().to_owned(),
                changed_at: clock::now_ms(),
                version: found.row.version,
            };
            after.version = store_sql_policy(&store, scope, &found.connection, &after)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            push_to_gates(gateway, &store, scope).await?;
            let (before, shown) = (view(&found.row)?, view(&after)?);
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    tagged(&view(&after)?, after.version)
}

/// Nothing is run, and the database is not asked.
pub(super) async fn attempt(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: TrySqlPolicy = call.body()?;
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let permitted = call.look().await?;
    let found = Found::read(&store(gateway)?, permitted.scope(), target).await?;
    let policy = match (&wanted.policy, &found.row.document) {
        (Some(policy), _) => Some(parsed(policy, found.dialect)?),
        (None, Some(stored)) => Some(parsed(&document(stored)?, found.dialect)?),
        (None, None) => None,
    };
    let caller = Principal {
        kind: wanted.principal.kind,
        id: wanted.principal.id,
        role: wanted.principal.role,
        customer_number: wanted.principal.customer_number,
        allow_tables: wanted.principal.allow_tables,
    };
    let checked = sql::access(policy.as_ref(), &caller, found.dialect, MAX_ROWS)
        .and_then(|access| check_within(&wanted.sql, &access));
    super::json(200, &tried(checked))
}

/// A connection to a database, and the policy that it has.
struct Found {
    connection: ConnectionId,
    dialect: Dialect,
    row: SqlPolicyRow,
}

impl Found {
    async fn read(
        store: &Store,
        scope: &TenantScope,
        connection: Option<ConnectionId>,
    ) -> Result<Self, Denial> {
        let connection = connection.ok_or_else(no_such_connection)?;
        let kind = load_connection(store, scope, &connection)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(no_such_connection)?
            .connector;
        let dialect = Catalogue::shipped()
            .connector(&kind)
            .and_then(|connector| connector.manifest().sql_dialect())
            .ok_or_else(no_database)?;
        let row = load_sql_policy(store, scope, &connection)
            .await
            .map_err(|error| store_failed(&error))?;
        Ok(Self {
            connection,
            dialect,
            row: row.unwrap_or_else(never_set),
        })
    }
}

fn never_set() -> SqlPolicyRow {
    SqlPolicyRow {
        document: None,
        changed_by: String::new(),
        changed_at: 0,
        version: 0,
    }
}

fn view(row: &SqlPolicyRow) -> Result<SqlPolicyView, Denial> {
    let is_set = row.version > 0;
    Ok(SqlPolicyView {
        policy: row.document.as_deref().map(document).transpose()?,
        changed_by: is_set.then(|| row.changed_by.clone()),
        changed_at: is_set.then(|| Timestamp::from_millis(row.changed_at)),
    })
}

fn document(stored: &str) -> Result<Value, Denial> {
    serde_json::from_str(stored)
        .map_err(|_| Denial::internal("a stored SQL policy is not readable"))
}

fn parsed(policy: &Value, dialect: Dialect) -> Result<Policy, Denial> {
    Policy::parse(policy, sql::of(dialect)).map_err(|error| unfit(&error))
}

fn unfit(error: &PolicyError) -> Denial {
    let detail = format!("Correct the policy: {error}.");
    Denial::new(Layer::Screening, "sql_policy", 422, detail)
        .with_member("member", error.member.clone())
}

fn no_database() -> Denial {
    let detail = "This connection is no SQL database: there is nothing that a policy could say.";
    Denial::new(Layer::Screening, "sql_policy", 422, detail)
}

fn tried(checked: Result<CheckedQuery, Refusal>) -> TriedSql {
    match checked {
        Ok(checked) => TriedSql {
            allowed: true,
            sql: Some(checked.sql().to_owned()),
            tables: checked.tables().to_vec(),
            error: None,
        },
        Err(refusal) => TriedSql {
            allowed: false,
            sql: None,
            tables: Vec::new(),
            error: Some(sql::told(&refusal)),
        },
    }
}
