//! `GET /admin/v1/audit`: the tenant's log, newest first, paged.

use chrono::{DateTime, SecondsFormat};
use lango_audit_log::{Cursor, Entry, Layer, Limit, Page};
use lango_durable_objects::{AuditLogClient, Unreachable};
use serde_json::{Value, json};
use worker::Response;

use super::{call::Call, json as json_answer};
use crate::denial::Denial;

pub(super) async fn page(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (before, limit) = (call.query("cursor")?, call.query("limit")?);
    let permitted = call.look().await?;
    let (before, limit) = place(before, limit)?;
    let unavailable = |error: Unreachable| Denial::unavailable(Layer::Release, error.to_string());
    let log = AuditLogClient::of(&gateway.env, permitted.scope()).map_err(unavailable)?;
    answer(log.page(before, limit).await.map_err(unavailable)?)
}

/// Which page of a log is asked for.
pub(super) fn place(
    before: Option<String>,
    limit: Option<String>,
) -> Result<(Cursor, Limit), Denial> {
    let limit = Limit::parse(limit.as_deref()).map_err(|error| invalid(&error.to_string()))?;
    let before = Cursor::parse(before.as_deref()).map_err(|error| invalid(&error.to_string()))?;
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

/// An entry as it is shown: with its time in RFC 3339.
pub(super) fn shown(entry: Entry) -> Result<Value, Denial> {
    let time = DateTime::from_timestamp_millis(entry.record.at_ms)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true));
    let mut shown =
        serde_json::to_value(entry).map_err(|error| Denial::internal(error.to_string()))?;
    if let Some(members) = shown.as_object_mut() {
        members.remove("at_ms");
        members.insert("time".to_owned(), time.into());
    }
    Ok(shown)
}

fn invalid(detail: &str) -> Denial {
    Denial::new(
        Layer::Transport,
        "query",
        400,
        format!("Correct the query: {detail}."),
    )
}
