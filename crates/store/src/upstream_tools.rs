//! Tools of other MCP servers: what they said last, and what was approved of it.

use lango_admission::Allowance;
use lango_connector_kit::{Access, ConnectorClass};
use lango_identity::{ConnectionId, TenantScope};
use serde::{Deserialize, Serialize};

use crate::{
    port::{Rows, Sql, Statement, StoreError, Value, run},
    quotas::Quota,
    statements,
};

/// A tool as its server has just defined it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTool {
    /// The server's own name for it.
    pub name: String,
    /// Its definition (JSON).
    pub definition: String,
    /// Digest of the definition.
    pub sha256: String,
}

/// A tool as the store has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamToolRow {
    /// The server's own name for it.
    pub name: String,
    /// Its definition as the server sent it last (JSON).
    pub definition: String,
    /// Digest of that.
    pub sha256: String,
    /// In milliseconds since 1970.
    pub seen_at: i64,
    /// The definition that was approved (JSON).
    pub approved_definition: Option<String>,
    /// Digest of that.
    pub approved_sha256: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// In milliseconds since 1970.
    pub approved_at: Option<i64>,
    /// What calling it can change, as it was approved.
    pub access: Option<Access>,
    /// Which kind of system it speaks to, as it was approved.
    pub class: Option<ConnectorClass>,
}

/// What an administrator says of one definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The tool.
    pub name: String,
    /// Digest of the definition that was looked at.
    pub sha256: String,
    /// What calling it can change.
    pub access: Access,
    /// Which kind of system it speaks to.
    pub class: ConnectorClass,
}

/// The tools of a connection, by name.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn list_upstream_tools(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
) -> Result<Vec<UpstreamToolRow>, StoreError> {
    let values = of(scope, connection);
    run(sql, Statement::new(statements::LIST_UPSTREAM_TOOLS, values))
        .await
        .and_then(Rows::decode)
}

/// Takes down what a server has now, in one transaction: what is new or different
/// is not approved by it, and what is gone loses its approval.
///
/// # Errors
/// [`StoreError`]; a constraint when the connection is gone.
pub async fn record_upstream_tools(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
    seen: &[SeenTool],
    of_plan: Allowance,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut statements: Vec<_> = seen
        .iter()
        .map(|tool| {
            let rest = [
                tool.name.as_str().into(),
                tool.definition.as_str().into(),
                tool.sha256.as_str().into(),
                now_ms.into(),
            ];
            let values = of(scope, connection).into_iter().chain(rest);
            Statement::new(statements::RECORD_UPSTREAM_TOOL, values)
        })
        .collect();
    let values = of(scope, connection).into_iter().chain([now_ms.into()]);
    statements.push(Statement::new(statements::FORGET_UPSTREAM_TOOLS, values));
    statements.push(Quota::StoredBytes.guard(scope, of_plan, now_ms));
    sql.batch(&statements).await?;
    Ok(())
}

/// Approves definitions, and gives the names of those whose definition is still
/// the one that was looked at.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn approve_upstream_tools(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
    approvals: &[Approval],
    by: &str,
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    let statements: Vec<_> = approvals
        .iter()
        .map(|approval| {
            let rest = [
                approval.name.as_str().into(),
                approval.sha256.as_str().into(),
                word(approval.access)?,
                word(approval.class)?,
                by.into(),
                now_ms.into(),
            ];
            let values = of(scope, connection).into_iter().chain(rest);
            Ok(Statement::new(statements::APPROVE_UPSTREAM_TOOL, values))
        })
        .collect::<Result<_, StoreError>>()?;
    names(sql, &statements).await
}

/// Takes approvals back, and gives the names of the tools that there are.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn withdraw_upstream_tools(
    sql: &impl Sql,
    scope: &TenantScope,
    connection: &ConnectionId,
    tools: &[String],
) -> Result<Vec<String>, StoreError> {
    let statements: Vec<_> = tools
        .iter()
        .map(|name| {
            let values = of(scope, connection)
                .into_iter()
                .chain([name.as_str().into()]);
            Statement::new(statements::WITHDRAW_UPSTREAM_TOOL, values)
        })
        .collect();
    names(sql, &statements).await
}

async fn names(sql: &impl Sql, statements: &[Statement]) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let mut names = Vec::new();
    for rows in sql.batch(statements).await? {
        let rows: Vec<Named> = rows.decode()?;
        names.extend(rows.into_iter().map(|row| row.name));
    }
    Ok(names)
}

fn of(scope: &TenantScope, connection: &ConnectionId) -> [Value; 2] {
    [scope.tenant().as_str().into(), connection.as_str().into()]
}

/// The word that a unit variant is written as.
fn word(variant: impl Serialize) -> Result<Value, StoreError> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => Ok(Value::Text(word)),
        _ => Err(StoreError::Row("a variant is no word".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::sealed_connection;
    use crate::{
        delete_connection, load_snapshot,
        sqlite::{Sqlite, connection, key, tenant},
    };

    fn seen(name: &str, sha256: &str) -> SeenTool {
        SeenTool {
            name: name.into(),
            definition: format!("definition {sha256}"),
            sha256: sha256.into(),
        }
    }

    fn approval(name: &str, sha256: &str) -> Approval {
        Approval {
            name: name.into(),
            sha256: sha256.into(),
            access: Access::Write,
            class: ConnectorClass::Crm,
        }
    }

    struct World {
        sql: Sqlite,
        scope: TenantScope,
        connection: ConnectionId,
    }

    impl World {
        fn new() -> Self {
            let sql = Sqlite::migrated();
            let scope = tenant(&sql, 1);
            let connection = connection(&sql, &scope, 3, true).unwrap();
            Self {
                sql,
                scope,
                connection,
            }
        }

        fn record(&self, tools: &[SeenTool], now_ms: i64) {
            let (scope, connection) = (&self.scope, &self.connection);
            block_on(record_upstream_tools(
                &self.sql,
                scope,
                connection,
                tools,
                lango_admission::Plan::Starter.allowance(),
                now_ms,
            ))
            .unwrap();
        }

        fn approve(&self, scope: &TenantScope, approvals: &[Approval]) -> Vec<String> {
            let by = "p_7";
            let approved =
                approve_upstream_tools(&self.sql, scope, &self.connection, approvals, by, 50);
            block_on(approved).unwrap()
        }

        fn list(&self) -> Vec<UpstreamToolRow> {
            block_on(list_upstream_tools(
                &self.sql,
                &self.scope,
                &self.connection,
            ))
            .unwrap()
        }
    }

    #[test]
    fn a_change_keeps_what_was_approved_beside_it() {
        let world = World::new();
        world.record(&[seen("a", "1"), seen("b", "1")], 10);
        assert!(
            world
                .list()
                .iter()
                .all(|tool| tool.approved_sha256.is_none())
        );
        assert_eq!(
            world.approve(&world.scope, &[approval("a", "1"), approval("b", "2")]),
            ["a"]
        );
        world.record(&[seen("a", "2"), seen("b", "1")], 20);
        let tools = world.list();
        assert_eq!(tools[0].sha256, "2");
        assert_eq!(tools[0].approved_sha256.as_deref(), Some("1"));
        assert_eq!(
            tools[0].approved_definition.as_deref(),
            Some("definition 1")
        );
        assert_eq!(
            (tools[0].access, tools[0].class),
            (Some(Access::Write), Some(ConnectorClass::Crm))
        );
        assert_eq!(
            tools[1].approved_sha256, None,
            "another definition was looked at"
        );
    }

    #[test]
    fn a_tool_that_was_gone_is_new_again() {
        let world = World::new();
        world.record(&[seen("a", "1")], 10);
        world.approve(&world.scope, &[approval("a", "1")]);
        world.record(&[], 20);
        assert_eq!(world.list(), []);
        world.record(&[seen("a", "1")], 30);
        assert_eq!(world.list()[0].approved_sha256, None);
    }

    #[test]
    fn an_approval_is_taken_back() {
        let world = World::new();
        world.record(&[seen("a", "1")], 10);
        world.approve(&world.scope, &[approval("a", "1")]);
        let (sql, scope) = (&world.sql, &world.scope);
        let tools = ["a".to_owned(), "z".to_owned()];
        let withdrawn = block_on(withdraw_upstream_tools(
            sql,
            scope,
            &world.connection,
            &tools,
        ));
        assert_eq!(withdrawn.unwrap(), ["a"]);
        let tool = world.list().remove(0);
        assert_eq!((tool.approved_sha256, tool.access), (None, None));
    }

    #[test]
    fn snapshots_have_what_was_approved_and_go_with_the_connection() {
        let world = World::new();
        let (sql, scope) = (&world.sql, &world.scope);
        let key = key(sql, scope, 2);
        world.record(&[seen("a", "1"), seen("b", "1")], 10);
        world.approve(scope, &[approval("a", "1")]);
        let tools = || {
            block_on(load_snapshot(sql, scope, &key))
                .unwrap()
                .unwrap()
                .upstream_tools
        };
        assert_eq!(tools().len(), 1);
        assert!(tools()[0].is_approved());
        world.record(&[seen("a", "2")], 20);
        assert!(!tools()[0].is_approved());
        block_on(delete_connection(sql, scope, &world.connection)).unwrap();
        assert!(tools().is_empty());
    }

    #[test]
    fn another_tenant_sees_and_changes_nothing() {
        let world = World::new();
        let theirs = tenant(&world.sql, 9);
        world.record(&[seen("a", "1")], 10);
        assert!(world.approve(&theirs, &[approval("a", "1")]).is_empty());
        let sql = &world.sql;
        block_on(async {
            let id = &world.connection;
            assert!(sealed_connection(sql, &theirs, id).await.unwrap().is_none());
            assert!(
                list_upstream_tools(sql, &theirs, id)
                    .await
                    .unwrap()
                    .is_empty()
            );
            assert!(
                record_upstream_tools(
                    sql,
                    &theirs,
                    id,
                    &[seen("b", "1")],
                    lango_admission::Plan::Starter.allowance(),
                    20
                )
                .await
                .is_err()
            );
            record_upstream_tools(
                sql,
                &theirs,
                id,
                &[],
                lango_admission::Plan::Starter.allowance(),
                99,
            )
            .await
            .unwrap();
            let ours = sealed_connection(sql, &world.scope, id)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (ours.sealed.as_str(), ours.data_key.as_str()),
                ("sealed", "wrapped")
            );
        });
        assert_eq!(world.list().len(), 1);
    }
}
