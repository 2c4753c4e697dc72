//! The rows of one tenant's watch. Every function is synchronous: what one event writes
//! commits together.

use lango_anomaly::{Alert, AlertPolicy, Memory};
use lango_audit_log::tree::Frontier;
use lango_metrics::{Channel, Delivery, Totals};
use serde::{Deserialize, Serialize};
use worker::{SqlStorage, SqlStorageValue};

use super::{
    client::{AlertsPage, CheckState, DeliveryState, StoredAlert, StoredAlertPolicy},
    secrets::Secrets,
};
use crate::sql::integer;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS watch (
      only  INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      state TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS policy (
      only     INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      document TEXT NOT NULL,
      version  INTEGER NOT NULL,
      secrets  TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS memories (
      subject  TEXT NOT NULL PRIMARY KEY,
      memory   TEXT NOT NULL,
      last_day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS alerts (
      id    INTEGER NOT NULL PRIMARY KEY,
      alert TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS deliveries (
      alert    INTEGER NOT NULL,
      channel  TEXT NOT NULL,
      target   TEXT NOT NULL,
      state    TEXT NOT NULL DEFAULT 'waiting',
      attempts INTEGER NOT NULL DEFAULT 0,
      next_ms  INTEGER NOT NULL,
      problem  TEXT,
      PRIMARY KEY (alert, channel, target)
    ) STRICT, WITHOUT ROWID;
";
/// How many alerts are kept.
const MOST_ALERTS: u64 = 1_000;
/// After how many days nobody is remembered who was not seen.
const FORGOTTEN_AFTER_DAYS: i64 = 180;

/// Where the watch is. Its JSON is stored.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Watch {
    /// The tree over everything that was read.
    pub(super) frontier: Frontier,
    /// Up to which index records were taken in: after the watch began anew, more than
    /// was read.
    pub(super) taken: u64,
    /// What was counted.
    pub(super) totals: Totals,
    /// When that was last reported, and whether there is more since.
    pub(super) reported_ms: i64,
    pub(super) is_unreported: bool,
    /// The last check.
    pub(super) check: CheckState,
    /// When an alert about a check was last raised.
    pub(super) check_raised_ms: Option<i64>,
    /// The day on which what is old was last deleted.
    pub(super) swept_day: i64,
}

/// A delivery that is due.
#[derive(Deserialize)]
pub(super) struct Due {
    pub(super) alert: u64,
    pub(super) channel: Channel,
    pub(super) target: String,
    pub(super) attempts: u32,
}

/// How an attempt ended.
pub(super) enum Ended {
    Delivered,
    /// When it is tried again; `None` when it is not.
    Failed {
        next_ms: Option<i64>,
        problem: String,
    },
}

#[derive(Deserialize)]
struct StateRow {
    state: String,
}

#[derive(Deserialize)]
struct PolicyRow {
    document: String,
    version: i64,
    secrets: String,
}

#[derive(Deserialize)]
struct MemoryRow {
    memory: String,
}

#[derive(Deserialize)]
struct AlertRow {
    id: u64,
    alert: String,
}

#[derive(Deserialize)]
struct DeliveryRow {
    channel: Channel,
    state: String,
    attempts: u32,
    problem: Option<String>,
}

#[derive(Deserialize)]
struct Time {
    at_ms: Option<i64>,
}

pub(super) struct Rows {
    sql: SqlStorage,
}

impl Rows {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    pub(super) fn watch(&self) -> worker::Result<Watch> {
        let rows: Vec<StateRow> = self.read("SELECT state FROM watch", vec![])?;
        match rows.first() {
            Some(row) => Ok(serde_json::from_str(&row.state)?),
            None => Ok(Watch::default()),
        }
    }

    pub(super) fn set_watch(&self, watch: &Watch) -> worker::Result<()> {
        self.write(
            "INSERT INTO watch (only, state) VALUES (1, ?1) \
             ON CONFLICT (only) DO UPDATE SET state = excluded.state",
            vec![serde_json::to_string(watch)?.into()],
        )
    }

    pub(super) fn policy(&self) -> worker::Result<(StoredAlertPolicy, Secrets)> {
        let rows: Vec<PolicyRow> =
            self.read("SELECT document, version, secrets FROM policy", vec![])?;
        let Some(row) = rows.first() else {
            return Ok((StoredAlertPolicy::default(), Secrets::default()));
        };
        let policy = AlertPolicy::parse(&row.document)
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        let version = row.version;
        let stored = StoredAlertPolicy { policy, version };
        Ok((stored, serde_json::from_str(&row.secrets)?))
    }

    pub(super) fn set_policy(
        &self,
        stored: &StoredAlertPolicy,
        secrets: &Secrets,
    ) -> worker::Result<()> {
        let version = u64::try_from(stored.version).unwrap_or_default();
        self.write(
            "INSERT INTO policy (only, document, version, secrets) VALUES (1, ?1, ?2, ?3) \
             ON CONFLICT (only) DO UPDATE SET document = excluded.document, \
             version = excluded.version, secrets = excluded.secrets",
            vec![
                serde_json::to_string(&stored.policy)?.into(),
                integer(version)?,
                serde_json::to_string(secrets)?.into(),
            ],
        )
    }

    /// What is remembered of somebody. What cannot be read is learnt anew.
    pub(super) fn memory(&self, subject: &str) -> worker::Result<Memory> {
        let rows: Vec<MemoryRow> = self.read(
            "SELECT memory FROM memories WHERE subject = ?1",
            vec![subject.into()],
        )?;
        let stored = rows.first().map(|row| serde_json::from_str(&row.memory));
        Ok(stored.and_then(Result::ok).unwrap_or_default())
    }

    pub(super) fn set_memory(&self, subject: &str, memory: &Memory) -> worker::Result<()> {
        self.write(
            "INSERT INTO memories (subject, memory, last_day) VALUES (?1, ?2, ?3) \
             ON CONFLICT (subject) DO UPDATE SET memory = excluded.memory, \
             last_day = excluded.last_day",
            vec![
                subject.into(),
                serde_json::to_string(memory)?.into(),
                SqlStorageValue::try_from_i64(memory.last_day())?,
            ],
        )
    }

    /// Writes an alert down, with everybody whom it goes to.
    pub(super) fn raise(
        &self,
        alert: &Alert,
        policy: &AlertPolicy,
        now_ms: i64,
    ) -> worker::Result<u64> {
        let rows: Vec<AlertRow> = self.read(
            "INSERT INTO alerts (alert) VALUES (?1) RETURNING id, alert",
            vec![serde_json::to_string(alert)?.into()],
        )?;
        let id = rows.first().map_or(0, |row| row.id);
        let webhooks = policy.webhook.iter().map(|url| (Channel::Webhook, url));
        let telephones = policy.whatsapp.iter().map(|to| (Channel::Whatsapp, to));
        for (channel, target) in webhooks.chain(telephones) {
            self.write(
                "INSERT INTO deliveries (alert, channel, target, next_ms) VALUES (?1, ?2, ?3, ?4)",
                vec![
                    integer(id)?,
                    channel.name().into(),
                    target.as_str().into(),
                    SqlStorageValue::try_from_i64(now_ms)?,
                ],
            )?;
        }
        Ok(id)
    }

    pub(super) fn list(&self, below: Option<u64>, limit: u32) -> worker::Result<AlertsPage> {
        let below = below.unwrap_or((1 << 53) - 1);
        let rows: Vec<AlertRow> = self.read(
            "SELECT id, alert FROM alerts WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            vec![integer(below)?, integer(u64::from(limit) + 1)?],
        )?;
        let has_more = rows.len() > limit as usize;
        let shown = rows.into_iter().take(limit as usize);
        let alerts = shown
            .map(|row| self.stored(&row))
            .collect::<worker::Result<Vec<_>>>()?;
        let next = alerts.last().map(|last| last.id).filter(|_| has_more);
        Ok(AlertsPage { alerts, next })
    }

    pub(super) fn alert(&self, id: u64) -> worker::Result<Option<StoredAlert>> {
        let rows: Vec<AlertRow> = self.read(
            "SELECT id, alert FROM alerts WHERE id = ?1",
            vec![integer(id)?],
        )?;
        rows.first().map(|row| self.stored(row)).transpose()
    }

    fn stored(&self, row: &AlertRow) -> worker::Result<StoredAlert> {
        let deliveries: Vec<DeliveryRow> = self.read(
            "SELECT channel, state, attempts, problem FROM deliveries WHERE alert = ?1",
            vec![integer(row.id)?],
        )?;
        let deliveries = deliveries.into_iter().map(|row| DeliveryState {
            channel: row.channel,
            state: row.state,
            attempts: row.attempts,
            problem: row.problem,
        });
        Ok(StoredAlert {
            id: row.id,
            alert: serde_json::from_str(&row.alert)?,
            deliveries: deliveries.collect(),
        })
    }

    pub(super) fn due(&self, now_ms: i64, count: u32) -> worker::Result<Vec<Due>> {
        self.read(
            "SELECT alert, channel, target, attempts FROM deliveries \
             WHERE state = 'waiting' AND next_ms <= ?1 ORDER BY next_ms LIMIT ?2",
            vec![
                SqlStorageValue::try_from_i64(now_ms)?,
                integer(u64::from(count))?,
            ],
        )
    }

    pub(super) fn next_due_ms(&self) -> worker::Result<Option<i64>> {
        let rows: Vec<Time> = self.read(
            "SELECT min(next_ms) AS at_ms FROM deliveries WHERE state = 'waiting'",
            vec![],
        )?;
        Ok(rows.first().and_then(|row| row.at_ms))
    }

    /// Writes down how an attempt ended; what is counted of it.
    pub(super) fn attempted(&self, due: &Due, ended: &Ended) -> worker::Result<Delivery> {
        let (state, next_ms, problem, counted) = match ended {
            Ended::Delivered => ("delivered", 0, None, Delivery::Delivered),
            Ended::Failed {
                next_ms: Some(next_ms),
                problem,
            } => ("waiting", *next_ms, Some(problem), Delivery::Retried),
            Ended::Failed { problem, .. } => ("given_up", 0, Some(problem), Delivery::GivenUp),
        };
        self.write(
            "UPDATE deliveries SET state = ?4, attempts = attempts + 1, next_ms = ?5, \
             problem = ?6 WHERE alert = ?1 AND channel = ?2 AND target = ?3",
            vec![
                integer(due.alert)?,
                due.channel.name().into(),
                due.target.as_str().into(),
                state.into(),
                SqlStorageValue::try_from_i64(next_ms)?,
                problem.map_or(SqlStorageValue::Null, |text| text.as_str().into()),
            ],
        )?;
        Ok(counted)
    }

    /// Deletes what is old.
    pub(super) fn sweep(&self, day: i64) -> worker::Result<()> {
        let oldest = SqlStorageValue::try_from_i64(day - FORGOTTEN_AFTER_DAYS)?;
        self.write("DELETE FROM memories WHERE last_day < ?1", vec![oldest])?;
        let kept = "SELECT id FROM alerts ORDER BY id DESC LIMIT 1 OFFSET ?1";
        let of_deliveries = format!("DELETE FROM deliveries WHERE alert <= ({kept})");
        let of_alerts = format!("DELETE FROM alerts WHERE id <= ({kept})");
        self.write(&of_deliveries, vec![integer(MOST_ALERTS)?])?;
        self.write(&of_alerts, vec![integer(MOST_ALERTS)?])
    }

    fn read<T: serde::de::DeserializeOwned>(
        &self,
        text: &str,
        values: Vec<SqlStorageValue>,
    ) -> worker::Result<Vec<T>> {
        self.sql.exec(text, values)?.to_array()
    }

    fn write(&self, text: &str, values: Vec<SqlStorageValue>) -> worker::Result<()> {
        self.sql.exec(text, values).map(drop)
    }
}
