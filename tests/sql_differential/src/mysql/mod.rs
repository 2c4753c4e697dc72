//! A real MariaDB with a scratch database.

pub(crate) mod catalogue;
mod controls;
pub(crate) mod query;
mod state;
pub(crate) mod sweep;

use std::{
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use mysql_async::{Conn, OptsBuilder, Row, Value, prelude::Queryable as _};

use crate::compare::{Outcome, SECRET, Server, State, is_secret};

pub(crate) use controls::effects;

const SCRATCH: &str = include_str!("scratch.sql");
/// As the connector sets it for MariaDB.
const SESSION: &str = "SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', max_statement_time = 0.7";

/// The server, and who is signed in.
pub(crate) struct Mysql {
    name: String,
    folder: PathBuf,
    runner: Option<Conn>,
    observer: Conn,
    /// Sessions of other people, which nobody may end or interrupt.
    bystanders: Vec<Conn>,
}

impl Mysql {
    /// Signs in to the server of a scratch folder and fills its scratch database.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        remove_strangers(&folder.join("watched"));
        let secret = folder.join("watched/secret");
        std::fs::write(&secret, SECRET)?;
        chown(&secret, Some(std::fs::metadata(folder)?.uid()), None)?;
        let mut observer = connect(folder, None).await?;
        let version: Option<String> = observer.query_first("SELECT VERSION()").await?;
        let version = version.unwrap_or_default();
        fill(&mut observer).await?;
        let runner = runner(folder).await?;
        Ok(Self {
            name: format!("MariaDB {}", version.split('-').next().unwrap_or_default()),
            folder: folder.to_owned(),
            runner: Some(runner),
            observer,
            bystanders: bystanders(folder).await?,
        })
    }

    /// The session that looks on.
    pub(crate) fn observer(&mut self) -> &mut Conn {
        &mut self.observer
    }
}

impl Server for Mysql {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&mut self, sql: &str) -> Outcome {
        let Some(runner) = self.runner.as_mut() else {
            return Outcome::Failed("the session has ended".to_owned());
        };
        // `query` reads the first answer alone; what is left is read and dropped.
        let answer: Result<Vec<Row>, _> = runner.query(sql).await;
        match answer {
            Ok(rows) if rows.iter().any(shows_a_secret) => Outcome::ShowedASecret,
            Ok(_) => Outcome::Ran,
            Err(mysql_async::Error::Server(problem)) => {
                Outcome::Failed(format!("{} {}", problem.code, problem.message))
            }
            Err(problem) => {
                let ended = runner.ping().await.is_err();
                if ended {
                    self.runner = None;
                }
                Outcome::Failed(problem.to_string())
            }
        }
    }

    /// MySQL calls nothing that is not written as a call.
    async fn refused(&mut self, _: &str) -> Result<Option<String>> {
        Ok(None)
    }

    async fn state(&mut self) -> Result<State> {
        state::read(self).await
    }

    async fn reset(&mut self) -> Result<()> {
        if let Some(runner) = self.runner.take() {
            // Ended already by what it ran, perhaps.
            let _ = runner.disconnect().await;
        }
        for bystander in self.bystanders.drain(..) {
            // The same.
            let _ = bystander.disconnect().await;
        }
        remove_strangers(&self.folder.join("data/scratch"));
        fill(&mut self.observer).await?;
        self.runner = Some(runner(&self.folder).await?);
        self.bystanders = bystanders(&self.folder).await?;
        Ok(())
    }

    fn moves_by_itself(&self, _part: &str) -> bool {
        false
    }
}

fn shows_a_secret(row: &Row) -> bool {
    (0..row.len()).any(|column| match row.as_ref(column) {
        Some(Value::Bytes(value)) => is_secret(value),
        _ => false,
    })
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

async fn runner(folder: &Path) -> Result<Conn> {
    let mut runner = connect(folder, Some("scratch")).await?;
    runner.query_drop(SESSION).await?;
    Ok(runner)
}

/// One session that waits, and one in a transaction.
async fn bystanders(folder: &Path) -> Result<Vec<Conn>> {
    let mut sessions = Vec::new();
    for work in ["SELECT 1", "BEGIN"] {
        let mut session = connect(folder, Some("mysql")).await?;
        session.query_drop(work).await?;
        session.query_drop(format!("SELECT '{SECRET}'")).await?;
        sessions.push(session);
    }
    Ok(sessions)
}

/// Files that a statement wrote beside the tables would keep the database from
/// being dropped.
fn remove_strangers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_none() {
            // A folder, or gone already: dropping the database will say so.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

async fn fill(session: &mut Conn) -> Result<()> {
    for statement in statements(SCRATCH) {
        session
            .query_drop(&statement)
            .await
            .with_context(|| statement.clone())?;
    }
    Ok(())
}

/// A statement ends where a line does.
fn statements(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut statement = String::new();
    for line in text.lines().filter(|line| !line.starts_with("--")) {
        statement.push_str(line);
        statement.push('\n');
        if line.trim_end().ends_with(';') {
            all.push(statement.trim_end().trim_end_matches(';').to_owned());
            statement.clear();
        }
    }
    all
}

/// The tables and views of the scratch database, as queries see them.
pub(crate) async fn tables(session: &mut Conn) -> Result<Vec<query::Table>> {
    let rows: Vec<(String, String, String)> = session
        .query(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c \
             JOIN information_schema.tables t USING (table_schema, table_name) \
             WHERE c.table_schema = 'scratch' AND t.table_type <> 'SEQUENCE' ORDER BY c.table_name, c.ordinal_position",
        )
        .await?;
    let mut tables: Vec<query::Table> = Vec::new();
    for (table, column, kind) in rows {
        let name = catalogue::quoted(&table);
        if tables.last().is_none_or(|last| last.name != name) {
            tables.push(query::Table {
                name,
                columns: Vec::new(),
            });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push((catalogue::quoted(&column), kind));
        }
    }
    Ok(tables)
}
