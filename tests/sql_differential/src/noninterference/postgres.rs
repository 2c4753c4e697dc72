//! Two databases of one PostgreSQL.

use std::path::Path;

use anyhow::{Context as _, Result};
use lango_sql_guard::Dialect;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::Pair;

/// What both have. `<one|other>` differs.
const TABLES: &str = include_str!("tables.sql");

/// What the business has written, and tells more than a policy does.
const OWNERS_FUNCTIONS: &str = "
CREATE FUNCTION told(orders) RETURNS text LANGUAGE sql AS 'SELECT string_agg(value, '','') FROM public.secrets';
CREATE FUNCTION told(text) RETURNS text LANGUAGE sql AS 'SELECT string_agg(value, '','') FROM public.secrets';
CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT string_agg(value, '','') FROM public.secrets';
";

pub(crate) struct Postgres {
    name: String,
    pair: [Client; 2],
}

impl Postgres {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let administrator = connect(folder, "postgres").await?;
        let version: String = administrator
            .query_one("SHOW server_version", &[])
            .await?
            .get(0);
        let mut pair = Vec::new();
        for (database, hidden) in [("one", 0), ("other", 1)] {
            for statement in [
                "DROP DATABASE IF EXISTS {d} WITH (FORCE)",
                "CREATE DATABASE {d}",
            ] {
                administrator
                    .batch_execute(&statement.replace("{d}", database))
                    .await?;
            }
            let client = connect(folder, database).await?;
            client
                .batch_execute(&super::mariadb::filled(TABLES, hidden))
                .await
                .context("tables.sql")?;
            client
                .batch_execute(OWNERS_FUNCTIONS)
                .await
                .context("functions")?;
            // The path is the connector's, for whoever may not see everything.
            client
                .batch_execute(
                    "ANALYZE; SET statement_timeout = '10s'; SET search_path = pg_catalog, pg_temp",
                )
                .await?;
            pair.push(client);
        }
        let pair = pair.try_into().ok().context("two databases")?;
        let version = version.split_whitespace().next().unwrap_or_default();
        Ok(Self {
            name: format!("PostgreSQL {version}"),
            pair,
        })
    }
}

impl Pair for Postgres {
    fn name(&self) -> &str {
        &self.name
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn run(&mut self, sql: &str) -> [String; 2] {
        let [one, other] = &self.pair;
        [answer(one, sql).await, answer(other, sql).await]
    }
}

async fn answer(client: &Client, sql: &str) -> String {
    match client.simple_query(sql).await {
        Ok(messages) => {
            let mut rows: Vec<String> = messages.iter().filter_map(row).collect();
            rows.sort();
            rows.join("\n")
        }
        Err(error) => match error.as_db_error() {
            Some(problem) => format!("error {:?} {:?}", problem.message(), problem.hint()),
            None => format!("error {error}"),
        },
    }
}

fn row(message: &SimpleQueryMessage) -> Option<String> {
    match message {
        SimpleQueryMessage::Row(row) => {
            let values: Vec<Option<&str>> = (0..row.len()).map(|index| row.get(index)).collect();
            Some(format!("{values:?}"))
        }
        _ => None,
    }
}

async fn connect(folder: &Path, database: &str) -> Result<Client> {
    let mut config = Config::new();
    config
        .host_path(folder)
        .port(5432)
        .user("postgres")
        .dbname(database);
    let (client, connection) = config
        .connect(NoTls)
        .await
        .with_context(|| format!("cannot sign in to {database} in {}", folder.display()))?;
    tokio::spawn(connection);
    Ok(client)
}
