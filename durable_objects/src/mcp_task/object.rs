//! The `McpTask` object: one task, from its creation until its time to live is
//! over.
//!
//! **Atomicity.** Each message loads the one row, takes a pure step of
//! `lango_mcp_state::Task`, and stores it, with no `await` in between; the reply
//! is held until the row is durable (output gate).
//!
//! **Tables.** `task(only, content)`: one row, JSON.
//!
//! **Messages.** `POST /create`: `NewTask` → `Task`. `POST /get`: `()` →
//! `Option<Task>`. `POST /report`: `RoundReport` → `()`. `POST /deliver`: answers
//! → `Option<Delivered>`. `POST /resume`: the identifier of an approval →
//! `Option<Round>`. `POST /cancel`: `()` → `bool`. `POST
//! /until-cancelled`: `()` → `bool`, once it has ended. The alarm deletes
//! everything.

use std::time::Duration;

use lango_mcp_state::{NewTask, Task};
use serde::Deserialize;
use tokio::sync::Notify;
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, SqlStorage, State, durable_object,
};

use super::client::{
    PATH_CANCEL, PATH_CREATE, PATH_DELIVER, PATH_GET, PATH_REPORT, PATH_RESUME,
    PATH_UNTIL_CANCELLED, RoundReport,
};
use crate::exchange::{answer, question};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS task (
      only    INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      content TEXT NOT NULL
    ) STRICT;
";

/// See the module's documentation.
#[durable_object(alarm)]
pub struct McpTask {
    state: State,
    sql: SqlStorage,
    changed: Notify,
}

#[derive(Deserialize)]
struct Row {
    content: String,
}

impl DurableObject for McpTask {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        Self {
            state,
            sql,
            changed: Notify::new(),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_CREATE => answer(&self.create(question(&mut request).await?).await?),
            PATH_GET => answer(&self.load()?),
            PATH_REPORT => {
                let report: RoundReport = question(&mut request).await?;
                let step = |task: &mut Task| {
                    task.report(report.round, report.report, now_ms());
                    task.clone()
                };
                // A call that is held again is kept for longer.
                if let Some(task) = self.step(step)?.filter(|task| task.awaits().is_some()) {
                    self.set_alarm(&task).await?;
                }
                answer(&())
            }
            PATH_DELIVER => {
                let answers = question(&mut request).await?;
                answer(&self.step(|task| task.deliver(answers, now_ms()))?)
            }
            PATH_RESUME => {
                let approval: String = question(&mut request).await?;
                let resumed = self.step(|task| task.resume(&approval, now_ms()))?;
                answer(&resumed.flatten())
            }
            PATH_CANCEL => answer(&self.step(|task| task.cancel(now_ms()))?.is_some()),
            PATH_UNTIL_CANCELLED => answer(&self.until_cancelled().await?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.state.storage().delete_all().await?;
        Response::empty()
    }
}

impl McpTask {
    async fn create(&self, new: NewTask) -> worker::Result<Task> {
        self.sql.exec(SCHEMA, None)?;
        let task = Task::new(new, now_ms());
        self.store(&task)?;
        self.set_alarm(&task).await?;
        Ok(task)
    }

    /// It is deleted when its time is over.
    async fn set_alarm(&self, task: &Task) -> worker::Result<()> {
        let delay = Duration::from_millis(task.ends_at_ms().saturating_sub(now_ms()));
        let alarm = ScheduledTime::from(delay);
        self.state.storage().set_alarm(alarm).await
    }

    /// `None` when there is no task.
    fn step<T>(&self, step: impl FnOnce(&mut Task) -> T) -> worker::Result<Option<T>> {
        let Some(mut task) = self.load()? else {
            return Ok(None);
        };
        let result = step(&mut task);
        self.store(&task)?;
        self.changed.notify_waiters();
        Ok(Some(result))
    }

    async fn until_cancelled(&self) -> worker::Result<bool> {
        loop {
            let changed = self.changed.notified();
            match self.load()? {
                Some(task) if !task.has_ended() => {}
                task => return Ok(task.is_some_and(|task| task.is_cancelled())),
            }
            changed.await;
        }
    }

    /// An object that was only asked has no table: nothing is stored for a name
    /// that somebody made up.
    fn load(&self) -> worker::Result<Option<Task>> {
        let table = "SELECT name AS content FROM sqlite_master WHERE name = 'task'";
        if self.rows(table)?.is_empty() {
            return Ok(None);
        }
        self.rows("SELECT content FROM task WHERE only = 1")?
            .first()
            .map(|row| serde_json::from_str(&row.content))
            .transpose()
            .map_err(Into::into)
    }

    fn store(&self, task: &Task) -> worker::Result<()> {
        self.sql.exec(
            "INSERT OR REPLACE INTO task (only, content) VALUES (1, ?1)",
            vec![serde_json::to_string(task)?.into()],
        )?;
        Ok(())
    }

    fn rows(&self, sql: &str) -> worker::Result<Vec<Row>> {
        self.sql.exec(sql, None)?.to_array()
    }
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}
