//! The `Metrics` object: one for the deployment; the totals that each tenant's `Alerts`
//! object has counted from the log, and how far the archive of each log is.
//!
//! **Atomicity.** A report replaces the tenant's row: it has everything so far, so one that
//! is lost, repeated or late by one changes nothing in the end. Retiring moves a row's
//! numbers to those of nobody in synchronous statements with no `await` between them.
//!
//! **Tables.** `reports(tenant, totals)`; `retired(only, totals)`; `archives(tenant,
//! figures)`: what is left of an archive when its tenant is erased is in no number.
//!
//! **Messages.** `POST /report`: `Report` → `()`. `POST /report-archive`: `ReportArchive` →
//! `()`. `POST /retire`: a tenant → `()`. `POST
//! /counted`: whether by tenant → `Counted`.

use lango_metrics::{ArchiveFigures, Totals};
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, SqlStorage, State, durable_object};

use super::client::{
    Counted, PATH_COUNTED, PATH_REPORT, PATH_REPORT_ARCHIVE, PATH_RETIRE, Report, ReportArchive,
};
use crate::exchange::{answer, question};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS reports (
      tenant TEXT NOT NULL PRIMARY KEY,
      totals TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS archives (
      tenant  TEXT NOT NULL PRIMARY KEY,
      figures TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS retired (
      only   INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
      totals TEXT NOT NULL
    ) STRICT;
";

/// See the module's documentation.
#[durable_object]
pub struct Metrics {
    sql: SqlStorage,
    created: Result<(), String>,
}

#[derive(Deserialize)]
struct Row {
    tenant: String,
    totals: String,
}

#[derive(Deserialize)]
struct Numbers {
    totals: String,
}

#[derive(Deserialize)]
struct Figures {
    figures: String,
}

impl DurableObject for Metrics {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        let created = sql.exec(SCHEMA, None).map(drop);
        Self {
            created: created.map_err(|error| error.to_string()),
            sql,
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        self.created.clone().map_err(worker::Error::RustError)?;
        match request.path().as_str() {
            PATH_REPORT => answer(&self.report(&question(&mut request).await?)?),
            PATH_REPORT_ARCHIVE => answer(&self.report_archive(&question(&mut request).await?)?),
            PATH_RETIRE => answer(&self.retire(&question::<String>(&mut request).await?)?),
            PATH_COUNTED => answer(&self.counted(question(&mut request).await?)?),
            _ => Response::error("no such message", 404),
        }
    }
}

impl Metrics {
    fn report(&self, report: &Report) -> worker::Result<()> {
        let totals = serde_json::to_string(&report.totals)?;
        self.sql.exec(
            "INSERT INTO reports (tenant, totals) VALUES (?1, ?2) \
             ON CONFLICT (tenant) DO UPDATE SET totals = excluded.totals",
            vec![report.tenant.as_str().into(), totals.into()],
        )?;
        Ok(())
    }

    fn report_archive(&self, report: &ReportArchive) -> worker::Result<()> {
        let figures = serde_json::to_string(&report.figures)?;
        self.sql.exec(
            "INSERT INTO archives (tenant, figures) VALUES (?1, ?2) \
             ON CONFLICT (tenant) DO UPDATE SET figures = excluded.figures",
            vec![report.tenant.as_str().into(), figures.into()],
        )?;
        Ok(())
    }

    fn retire(&self, tenant: &str) -> worker::Result<()> {
        let archive = "DELETE FROM archives WHERE tenant = ?1";
        self.sql.exec(archive, vec![tenant.into()])?;
        let gone: Vec<Numbers> = self
            .sql
            .exec(
                "DELETE FROM reports WHERE tenant = ?1 RETURNING totals",
                vec![tenant.into()],
            )?
            .to_array()?;
        let Some(gone) = gone.first() else {
            return Ok(());
        };
        let mut totals = self.retired()?;
        totals.merge(&serde_json::from_str(&gone.totals)?);
        self.sql.exec(
            "INSERT INTO retired (only, totals) VALUES (1, ?1) \
             ON CONFLICT (only) DO UPDATE SET totals = excluded.totals",
            vec![serde_json::to_string(&totals)?.into()],
        )?;
        Ok(())
    }

    fn counted(&self, by_tenant: bool) -> worker::Result<Counted> {
        let mut counted = Counted {
            totals: self.retired()?,
            ..Counted::default()
        };
        let rows = self
            .sql
            .exec("SELECT tenant, totals FROM reports", None)?
            .next::<Row>();
        for row in rows {
            let row = row?;
            let totals: Totals = serde_json::from_str(&row.totals)?;
            counted.totals.merge(&totals);
            counted.tenants += 1;
            if by_tenant {
                let received = totals.received();
                counted
                    .received_by_tenant
                    .insert(row.tenant.clone(), received);
                counted.by_tenant.insert(row.tenant, totals.records());
            }
        }
        let rows = self
            .sql
            .exec("SELECT figures FROM archives", None)?
            .next::<Figures>();
        for row in rows {
            let figures: ArchiveFigures = serde_json::from_str(&row?.figures)?;
            counted.archives.add(&figures);
        }
        Ok(counted)
    }

    fn retired(&self) -> worker::Result<Totals> {
        let rows: Vec<Numbers> = self
            .sql
            .exec("SELECT totals FROM retired", None)?
            .to_array()?;
        match rows.first() {
            Some(row) => Ok(serde_json::from_str(&row.totals)?),
            None => Ok(Totals::default()),
        }
    }
}
