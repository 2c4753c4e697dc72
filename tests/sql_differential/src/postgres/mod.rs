//! A real PostgreSQL with a scratch database.

pub(crate) mod catalogue;
mod controls;
pub(crate) mod query;
pub(crate) mod review;
mod state;
pub(crate) mod sweep;
pub(crate) mod values;

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use lango_connector_postgres::{Names, owners_code};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::compare::{Outcome, SECRET, Server, State, is_secret};

pub(crate) use controls::effects;

const SCRATCH: &str = include_str!("scratch.sql");
/// As the connector sets it.
const SEARCH_PATH: &str = "pg_catalog, \"$user\", public, pg_temp";

/// The server, and who is signed in.
pub(crate) struct Postgres {
    name: String,
    folder: PathBuf,
    runner: Client,
    observer: Client,
    administrator: Client,
    /// Sessions of other people, which nobody may end or interrupt.
    bystanders: Vec<Client>,
}

impl Postgres {
    /// Signs in to the server of a scratch folder and fills its scratch database.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let administrator = connect(folder, "postgres").await?;
        let version: String = administrator
            .query_one("SHOW server_version", &[])
            .await?
            .get(0);
        administrator
            .batch_execute("DROP DATABASE IF EXISTS scratch WITH (FORCE)")
            .await?;
        administrator
            .batch_execute("DROP DATABASE IF EXISTS scratch_template WITH (FORCE)")
            .await?;
        administrator
            .batch_execute("CREATE DATABASE scratch_template")
            .await?;
        // In the file that statements of the generator name, seen from the data folder.
        std::fs::write(folder.join("watched/secret"), SECRET)?;
        std::os::unix::fs::chown(
            folder.join("watched/secret"),
            Some(std::fs::metadata(folder)?.uid()),
            None,
        )?;
        let template = connect(folder, "scratch_template").await?;
        template
            .batch_execute(SCRATCH)
            .await
            .context("scratch.sql")?;
        install_extensions(&template).await?;
        template.batch_execute("VACUUM FREEZE ANALYZE").await?;
        drop(template);
        administrator.batch_execute("CHECKPOINT").await?;
        let bystanders = bystanders(folder).await?;
        let (runner, observer) = open_scratch(&administrator, folder).await?;
        Ok(Self {
            name: format!(
                "PostgreSQL {}",
                version.split_whitespace().next().unwrap_or_default()
            ),
            folder: folder.to_owned(),
            runner,
            observer,
            administrator,
            bystanders,
        })
    }

    /// The session that looks on.
    pub(crate) fn observer(&self) -> &Client {
        &self.observer
    }
}

impl Server for Postgres {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&mut self, sql: &str) -> Outcome {
        match self.runner.simple_query(sql).await {
            Ok(messages) if messages.iter().any(shows_a_secret) => Outcome::ShowedASecret,
            Ok(_) => Outcome::Ran,
            Err(error) => Outcome::Failed(match error.as_db_error() {
                Some(problem) => format!("{} {}", problem.code().code(), problem.message()),
                None => error.to_string(),
            }),
        }
    }

    async fn refused(&mut self, sql: &str) -> Result<Option<String>> {
        let reached = owners_code::reached(&self.observer, sql, Names::OfTheLogin).await?;
        Ok(reached.map(|reached| format!("the connector refuses {reached:?}")))
    }

    async fn state(&mut self) -> Result<State> {
        state::read(self).await
    }

    async fn reset(&mut self) -> Result<()> {
        self.bystanders = bystanders(&self.folder).await?;
        (self.runner, self.observer) = open_scratch(&self.administrator, &self.folder).await?;
        // What the sessions that ended have to say is written by now.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(())
    }

    /// The server writes a note of running transactions after others have
    /// written, at most every 15 seconds.
    fn moves_by_itself(&self, part: &str) -> bool {
        part == "write-ahead log"
    }
}

fn shows_a_secret(message: &SimpleQueryMessage) -> bool {
    match message {
        SimpleQueryMessage::Row(row) => (0..row.len())
            .filter_map(|column| row.get(column))
            .any(|value| is_secret(value.as_bytes())),
        _ => false,
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

/// All that the server brings along: their functions too are part of what it knows.
async fn install_extensions(client: &Client) -> Result<()> {
    let rows = client
        .query(
            "SELECT name::text FROM pg_catalog.pg_available_extensions WHERE installed_version IS NULL \
             AND name NOT LIKE '%plpython%' AND name NOT LIKE '%plperl%' AND name NOT LIKE '%pltcl%' \
             AND name <> 'pg_stat_statements' ORDER BY 1",
            &[],
        )
        .await?;
    for row in rows {
        let name: String = row.get(0);
        // One that needs a library this server lacks is left out.
        let _ = client
            .batch_execute(&format!(
                "CREATE EXTENSION IF NOT EXISTS {} SCHEMA public CASCADE",
                catalogue::quoted(&name)
            ))
            .await;
    }
    Ok(())
}

/// One session that waits, and one that is at work.
async fn bystanders(folder: &Path) -> Result<Vec<Client>> {
    let mut sessions = Vec::new();
    for work in ["SELECT 1", "BEGIN"] {
        let session = connect(folder, "postgres").await?;
        session
            .batch_execute(&format!(
                "SET application_name = 'bystander'; {work}; SELECT '{SECRET}'"
            ))
            .await?;
        sessions.push(session);
    }
    Ok(sessions)
}

/// Loads what extensions' functions are made of, so that the settings which a
/// library brings along are there from the start.
async fn load_libraries(client: &Client) -> Result<()> {
    let rows = client
        .query(
            "SELECT DISTINCT probin FROM pg_catalog.pg_proc WHERE probin IS NOT NULL ORDER BY 1",
            &[],
        )
        .await?;
    for row in rows {
        let library: String = row.get(0);
        // One that cannot be loaded now cannot be loaded by a statement either.
        let _ = client.batch_execute(&format!("LOAD '{library}'")).await;
    }
    Ok(())
}

async fn open_scratch(administrator: &Client, folder: &Path) -> Result<(Client, Client)> {
    administrator
        .batch_execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = 'scratch'",
        )
        .await?;
    administrator
        .batch_execute("DROP DATABASE IF EXISTS scratch WITH (FORCE)")
        .await?;
    administrator
        .batch_execute("CREATE DATABASE scratch TEMPLATE scratch_template")
        .await?;
    let runner = connect(folder, "scratch").await?;
    runner
        .batch_execute(&format!(
            "SET search_path = {SEARCH_PATH}; SET statement_timeout = '700ms'; SET client_min_messages = error; \
             SET temp_file_limit = '64MB'"
        ))
        .await?;
    load_libraries(&runner).await?;
    let observer = connect(folder, "scratch").await?;
    observer
        .batch_execute("SET search_path = pg_catalog; SET application_name = 'observer'")
        .await?;
    Ok((runner, observer))
}

/// The tables and views of the scratch database, as queries see them.
pub(crate) async fn tables(client: &Client) -> Result<Vec<query::Table>> {
    let rows = client
        .query(
            "SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum), \
             array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum) \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm') AND NOT EXISTS \
             (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') GROUP BY 1 ORDER BY 1",
            &[],
        )
        .await?;
    let table = |row: &tokio_postgres::Row| {
        let (names, kinds): (Vec<String>, Vec<String>) = (row.get(1), row.get(2));
        let columns = names.iter().map(|name| catalogue::quoted(name)).zip(kinds);
        query::Table {
            name: catalogue::quoted(row.get(0)),
            columns: columns.collect(),
        }
    };
    Ok(rows.iter().map(table).collect())
}
