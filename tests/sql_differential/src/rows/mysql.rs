//! MariaDB has no row-level security: the reference is a login that sees views
//! with the condition alone.

use std::path::Path;

use anyhow::{Context as _, Result};
use lango_sql_guard::{Access, Dialect, Policy, Principal, PrincipalKind};
use mysql_async::{Conn, OptsBuilder, Row, Value, prelude::Queryable as _};
use serde_json::json;

use super::{Answer, Cells, Sides};
use crate::mysql::query::Table;

#[rustfmt::skip]
const EXPOSED: &[(&str, &[&str], &str)] = &[
    ("customers", &["id", "customer_number", "name", "city", "phone", "balance", "active", "born", "created_at", "tags", "data"],
     "customer_number"),
    ("orders", &["id", "customer_id", "customer_number", "total", "quantity", "status", "note", "document", "ordered_at", "opens", "made"],
     "customer_number"),
    ("Mixed Case", &["Id", "Customer Number", "select"], "Customer Number"),
];
const CUSTOMER: &str = "C-003";
/// Rows that a loose comparison would take for the customer's.
const ALMOST: &str = "\
INSERT INTO customers (id, customer_number, name) VALUES (101, 'c-003', 'Almost lower case'), (102, 'C-003 ', 'Almost trailing blank'),
 (103, 'Ç-003', 'Almost an accent')";

/// Both sides on one server.
pub(crate) struct Mariadb {
    access: Access,
    superuser: Conn,
    reader: Conn,
    hidden: Vec<String>,
}

impl Mariadb {
    /// Sets the rules up beside the scratch database.
    pub(crate) async fn prepare(folder: &Path) -> Result<Self> {
        let mut superuser = connect(folder, "root", "scratch").await?;
        superuser.query_drop(ALMOST).await?;
        superuser.query_drop("CREATE OR REPLACE DATABASE exposed CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci").await?;
        superuser
            .query_drop("CREATE OR REPLACE USER reader@localhost")
            .await?;
        superuser
            .query_drop("GRANT SELECT ON exposed.* TO reader@localhost")
            .await?;
        for (name, columns, key) in EXPOSED {
            let columns: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
            superuser
                .query_drop(format!(
                    "CREATE ALGORITHM = TEMPTABLE VIEW exposed.`{name}` AS SELECT {} FROM scratch.`{name}` WHERE HEX(`{key}`) = HEX('{CUSTOMER}')",
                    columns.join(", ")
                ))
                .await?;
        }
        let hidden = superuser
            .query(
                "SELECT name FROM customers WHERE BINARY customer_number <> 'C-003' AND LENGTH(name) > 10 UNION SELECT secret FROM customers WHERE secret IS NOT NULL
                 UNION SELECT email FROM customers WHERE email IS NOT NULL",
            )
            .await?;
        Ok(Self {
            access: access()?,
            reader: connect(folder, "reader", "exposed").await?,
            superuser,
            hidden,
        })
    }

    /// What queries are made of.
    pub(crate) fn tables(all: &[Table]) -> Vec<Table> {
        let name_of = |table: &Table| table.name.trim_matches('`').to_owned();
        let mut tables = Vec::new();
        for (name, visible, _) in EXPOSED {
            let Some(table) = all.iter().find(|table| name_of(table) == *name) else {
                continue;
            };
            let mut shown = table.clone();
            shown
                .columns
                .retain(|(column, _)| visible.contains(&column.trim_matches('`')));
            tables.extend([shown.clone(), shown.clone(), shown]);
            if *name == "customers" {
                tables.push(table.clone());
            }
        }
        tables.extend(
            all.iter()
                .find(|table| name_of(table) == "untouched")
                .cloned(),
        );
        tables
    }
}

fn access() -> Result<Access> {
    let tables: Vec<_> = EXPOSED
        .iter()
        .map(|(name, columns, key)| {
            json!({
                "table": name,
                "columns": columns,
                "rows": { "customer": format!("`{key}` = :principal.customer_number") },
            })
        })
        .collect();
    let policy = Policy::parse(&json!({ "tables": tables }), Dialect::Mysql)
        .map_err(|problem| anyhow::anyhow!("the policy: {problem}"))?;
    let principal = Principal {
        kind: PrincipalKind::Customer,
        id: "customer".to_owned(),
        role: None,
        customer_number: Some(CUSTOMER.to_owned()),
        allow_tables: None,
    };
    Access::of(Some(&policy), &principal, Dialect::Mysql, 500)
        .map_err(|refusal| anyhow::anyhow!("the access: {refusal}"))
}

async fn connect(folder: &Path, user: &str, database: &str) -> Result<Conn> {
    let options = OptsBuilder::default()
        .socket(Some(folder.join("mariadb.sock").display().to_string()))
        .user(Some(user))
        .db_name(Some(database));
    let mut session = Conn::new(options).await?;
    session
        .query_drop("SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', max_statement_time = 1")
        .await?;
    Ok(session)
}

async fn ask(session: &mut Conn, sql: &str) -> Result<Answer> {
    let rows: Result<Vec<Row>, _> = session.query(sql).await;
    match rows {
        Ok(rows) => Ok(Answer::Rows(rows.into_iter().map(cells).collect())),
        Err(mysql_async::Error::Server(problem)) => Ok(Answer::Failed(problem.message)),
        // No answer at all, which would be the same on both sides from here on.
        Err(problem) => Err(problem).with_context(|| format!("the session ended at: {sql}")),
    }
}

fn cells(row: Row) -> Cells {
    let text = |value: Value| match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true)),
    };
    row.unwrap().into_iter().map(text).collect()
}

impl Sides for Mariadb {
    fn access(&self) -> &Access {
        &self.access
    }

    async fn rewritten(&mut self, sql: &str) -> Result<Answer> {
        ask(&mut self.superuser, sql).await
    }

    async fn restricted(&mut self, sql: &str) -> Result<Answer> {
        ask(&mut self.reader, sql).await
    }

    async fn through_views(&mut self, sql: &str) -> Result<Answer> {
        ask(&mut self.reader, sql).await
    }

    async fn without_hidden_rows(&mut self, sql: &str) -> Result<Answer> {
        self.superuser
            .query_drop("SET foreign_key_checks = 0")
            .await?;
        self.superuser.query_drop("START TRANSACTION").await?;
        for (name, _, key) in EXPOSED {
            self.superuser
                .query_drop(format!(
                    "DELETE FROM scratch.`{name}` WHERE NOT HEX(`{key}`) <=> HEX('{CUSTOMER}')"
                ))
                .await?;
        }
        let answer = ask(&mut self.superuser, sql).await?;
        self.superuser.query_drop("ROLLBACK").await?;
        self.superuser
            .query_drop("SET foreign_key_checks = 1")
            .await?;
        Ok(answer)
    }

    fn hidden(&self) -> &[String] {
        &self.hidden
    }
}
