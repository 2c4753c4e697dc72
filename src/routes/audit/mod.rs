//! `/admin/v1/audit`: the tenant's log, newest first, searched and paged.

mod archive;
mod asked;
mod export;
mod policy;
mod proofs;

use chrono::{DateTime, SecondsFormat};
use lango_audit_log::{Cursor, Entry, Layer, Limit, LoggedEntry, Page};
use lango_durable_objects::{AuditLogClient, Unreachable};
use lango_identity::TenantScope;
use serde_json::{Value, json};
use worker::{Env, Response};

use super::{call::Call, json as json_answer};
use crate::denial::Denial;

pub(super) use self::{
    archive::read as archive,
    export::export,
    policy::{erase, read as read_policy, set as set_policy},
    proofs::{checkpoint, consistency, inclusion, keys},
};

pub(super) async fn search(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let query = asked::search(call.query_pairs());
    let permitted = call.look().await?;
    let query = query?;
    if query.is_filtered() {
        asked::require_search(permitted.plan())?;
    }
    let log = log(&gateway.env, permitted.scope())?;
    let found = log.search(&query).await.map_err(unavailable)?;
    let items = found
        .entries
        .into_iter()
        .map(shown_logged)
        .collect::<Result<Vec<_>, _>>()?;
    json_answer(
        200,
        &json!({ "items": items, "next": found.next.map(Cursor::text) }),
    )
}

/// Which page of a log is asked for.
pub(super) fn place(
    before: Option<String>,
    limit: Option<String>,
) -> Result<(Cursor, Limit), Denial> {
    let limit = Limit::parse(limit.as_deref()).map_err(|error| invalid(&error))?;
    let before = Cursor::parse(before.as_deref()).map_err(|error| invalid(&error))?;
    Ok((before, limit))
}

/// A page as it is shown.
pub(super) fn answer(page: Page) -> Result<Response, Denial> {
    let items = page
        .entries
        .into_iter()
        .map(shown)
        .collect::<Result<Vec<_>, _>>()?;
    json_answer(200, &json!({ "items": items, "next": page.next }))
}

/// The same of what the log gives out. Of an entry whose content was pruned its place is
/// left, and its hash.
fn shown_logged(entry: LoggedEntry) -> Result<Value, Denial> {
    let record = entry
        .record()
        .map_err(|error| Denial::internal(error.to_string()))?;
    let LoggedEntry { index, hash, .. } = entry;
    match record {
        Some(record) => shown(Entry { index, record }),
        None => Ok(json!({ "index": index, "leaf_hash": hash.to_string() })),
    }
}

/// An entry as it is shown: with its time in RFC 3339.
pub(super) fn shown(entry: Entry) -> Result<Value, Denial> {
    let time = time(entry.record.at_ms);
    let mut shown =
        serde_json::to_value(entry).map_err(|error| Denial::internal(error.to_string()))?;
    if let Some(members) = shown.as_object_mut() {
        members.remove("at_ms");
        members.insert("time".to_owned(), time.into());
    }
    Ok(shown)
}

/// RFC 3339.
fn time(at_ms: i64) -> Option<String> {
    DateTime::from_timestamp_millis(at_ms)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn log(env: &Env, scope: &TenantScope) -> Result<AuditLogClient, Denial> {
    AuditLogClient::of(env, scope).map_err(unavailable)
}

fn unavailable(error: Unreachable) -> Denial {
    Denial::unavailable(Layer::Release, error.to_string())
}

fn invalid(detail: &impl core::fmt::Display) -> Denial {
    Denial::new(
        Layer::Transport,
        "query",
        400,
        format!("Correct the query: {detail}."),
    )
}
