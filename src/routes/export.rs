//! `GET /admin/v1/export`: what a tenant takes with it, also while it is closed: its
//! configuration without secrets, and its audit log. One line of JSON a thing, read
//! page by page, so that its size costs no memory. The last line says that it is whole.

use futures_util::stream;
use lango_audit_log::{Entry, LoggedEntry};
use lango_durable_objects::{AlertsClient, AuditLogClient, Store};
use lango_identity::TenantScope;
use lango_store::{EXPORT_SECTIONS, export_section, own_tenant};
use serde_json::{Value, json};
use worker::{Env, Response};

use super::{
    audit::shown,
    call::{Call, store, store_failed, unknown},
    platform::tenants::view,
};
use crate::{clock, denial::Denial, gateway::Done, problem};

/// How many entries of the log are read at once.
const ENTRIES: u32 = 200;

pub(super) async fn export(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    call.act_while_closed("tenant.export", async |permitted| {
        let scope = permitted.scope();
        let row = own_tenant(&store(gateway)?, scope)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(|| unknown("tenant"))?;
        let mut head = serde_json::to_value(view(row)).unwrap_or_default();
        head["exported_at"] = lango_api::Timestamp::from_millis(clock::now_ms())
            .to_string()
            .into();
        let export = Export {
            env: gateway.env.clone(),
            scope: scope.clone(),
            lines: 0,
            place: Place::Head(head),
        };
        let response = problem::json_lines(stream::try_unfold(export, Export::next))
            .map_err(|error| Denial::internal(error.to_string()))?;
        Ok(Done::without_change(response))
    })
    .await
}

/// An export on its way.
struct Export {
    env: Env,
    scope: TenantScope,
    lines: u64,
    place: Place,
}

/// What comes next.
enum Place {
    Head(Value),
    /// Rows of a section, behind an identifier.
    Rows(usize, String),
    /// What raises alerts, which the tenant's `Alerts` object holds.
    AlertPolicy,
    /// Entries of the log, from an index on.
    Entries(u64),
    End,
    Over,
}

impl Export {
    /// Some lines, and the rest.
    async fn next(mut self) -> worker::Result<Option<(Vec<u8>, Self)>> {
        let place = std::mem::replace(&mut self.place, Place::Over);
        let (lines, place) = match place {
            Place::Head(head) => (vec![line("tenant", &head)], Place::Rows(0, String::new())),
            Place::Rows(section, after) => self.rows(section, &after).await?,
            Place::AlertPolicy => (vec![self.alert_policy().await?], Place::Entries(0)),
            Place::Entries(index) => self.entries(index).await?,
            Place::End => {
                let end = json!({ "lines": self.lines });
                (vec![line("end", &end)], Place::Over)
            }
            Place::Over => return Ok(None),
        };
        self.lines += lines.len() as u64;
        self.place = place;
        Ok(Some((lines.concat().into_bytes(), self)))
    }

    async fn rows(&self, section: usize, after: &str) -> worker::Result<(Vec<String>, Place)> {
        let Some(kind) = EXPORT_SECTIONS.get(section) else {
            return Ok((Vec::new(), Place::AlertPolicy));
        };
        let store = Store::bound(&self.env).map_err(failed)?;
        let page = export_section(&store, &self.scope, *kind, after)
            .await
            .map_err(failed)?;
        let lines = page.rows.iter().map(|row| line(kind.kind, row)).collect();
        let place = match page.next {
            Some(after) => Place::Rows(section, after),
            None => Place::Rows(section + 1, String::new()),
        };
        Ok((lines, place))
    }

    /// Without the secrets that its webhook is signed with.
    async fn alert_policy(&self) -> worker::Result<String> {
        let stored = AlertsClient::of(&self.env, &self.scope)
            .map_err(failed)?
            .policy()
            .await
            .map_err(failed)?;
        let value = json!({ "alert_policy": stored.policy, "version": stored.version });
        Ok(line("alert_policy", &value))
    }

    async fn entries(&self, index: u64) -> worker::Result<(Vec<String>, Place)> {
        let entries = AuditLogClient::of(&self.env, &self.scope)
            .map_err(failed)?
            .above(index, ENTRIES)
            .await
            .map_err(failed)?;
        let place = match entries.last() {
            Some(last) if entries.len() == ENTRIES as usize => Place::Entries(last.index + 1),
            _ => Place::End,
        };
        let lines = entries
            .iter()
            .filter_map(|entry| audit_line(entry).transpose());
        Ok((lines.collect::<worker::Result<_>>()?, place))
    }
}

/// Nothing of an entry whose content was pruned.
fn audit_line(logged: &LoggedEntry) -> worker::Result<Option<String>> {
    let Some(record) = logged.record().map_err(failed)? else {
        return Ok(None);
    };
    let index = logged.index;
    let entry = shown(Entry { index, record }).map_err(|denial| failed(denial.detail))?;
    Ok(Some(line("audit_entry", &entry)))
}

fn line(kind: &str, value: &Value) -> String {
    format!("{}\n", json!({ "kind": kind, "value": value }))
}

fn failed(error: impl core::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}
