//! Two databases of one MariaDB.

use std::path::Path;

use anyhow::{Context as _, Result};
use lango_sql_guard::Dialect;
use mysql_async::{Conn, OptsBuilder, Row, prelude::Queryable as _};

use crate::Pair;

const TABLES: &str = include_str!("tables.sql");
/// As the connector sets it for MariaDB.
const SESSION: &str = "SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'";

pub(crate) struct Mariadb {
    name: String,
    pair: [Conn; 2],
}

impl Mariadb {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let mut administrator = connect(folder, None).await?;
        let version: Option<String> = administrator.query_first("SELECT VERSION()").await?;
        let mut pair = Vec::new();
        for (database, hidden) in [("one", 0), ("other", 1)] {
            for statement in [
                "DROP DATABASE IF EXISTS {d}",
                "CREATE DATABASE {d} CHARACTER SET utf8mb4",
            ] {
                administrator
                    .query_drop(statement.replace("{d}", database))
                    .await?;
            }
            let mut session = connect(folder, Some(database)).await?;
            for statement in filled(TABLES, hidden).split(";\n") {
                let statement = statement.trim();
                if !statement.is_empty() {
                    session
                        .query_drop(statement)
                        .await
                        .with_context(|| statement.to_owned())?;
                }
            }
            session
                .query_drop("ANALYZE TABLE orders, people, details")
                .await?;
            session.query_drop(SESSION).await?;
            pair.push(session);
        }
        let pair = pair.try_into().ok().context("two databases")?;
        let version = version.unwrap_or_default();
        Ok(Self {
            name: format!("MariaDB {}", version.split('-').next().unwrap_or_default()),
            pair,
        })
    }
}

impl Pair for Mariadb {
    fn name(&self) -> &str {
        &self.name
    }

    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    async fn run(&mut self, sql: &str) -> [String; 2] {
        let [one, other] = &mut self.pair;
        [answer(one, sql).await, answer(other, sql).await]
    }
}

/// The warnings of a statement tell as much as its error would.
async fn answer(session: &mut Conn, sql: &str) -> String {
    let answer: Result<Vec<Row>, _> = session.query(sql).await;
    match answer {
        Ok(rows) => {
            let mut rows: Vec<String> = rows
                .into_iter()
                .map(|row| format!("{:?}", row.unwrap()))
                .collect();
            rows.sort();
            let warnings: Result<Vec<Row>, _> = session.query("SHOW WARNINGS").await;
            let warnings = warnings.unwrap_or_default();
            rows.extend(
                warnings
                    .into_iter()
                    .map(|row| format!("{:?}", row.unwrap())),
            );
            rows.join("\n")
        }
        Err(error) => format!("error {error}"),
    }
}

/// The tables with what is hidden in the one database or in the other.
pub(crate) fn filled(tables: &str, hidden: usize) -> String {
    let mut filled = String::new();
    for (index, part) in tables.split(['<', '>']).enumerate() {
        if index % 2 == 0 {
            filled.push_str(part);
        } else {
            filled.push_str(part.split('|').nth(hidden).unwrap_or_default());
        }
    }
    filled
}

async fn connect(folder: &Path, database: Option<&str>) -> Result<Conn> {
    let socket = folder.join("mariadb.sock").display().to_string();
    let options = OptsBuilder::default()
        .socket(Some(socket))
        .user(Some("root"))
        .db_name(database);
    Conn::new(options)
        .await
        .with_context(|| format!("cannot sign in to MariaDB in {}", folder.display()))
}
