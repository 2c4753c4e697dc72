//! `GET /admin/v1/audit`: the tenant's log, newest first, paged.

use chrono::{DateTime, SecondsFormat};
use lango_audit_log::{Cursor, Entry, Layer, Limit};
use lango_durable_objects::AuditLogClient;
use lango_identity::Permission;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::{Request, Response};

use super::json;
use crate::{denial::Denial, gateway::Gateway, layers::transport::Expectation};

const GET: Expectation = Expectation { methods: &["GET"] };

#[derive(Deserialize)]
struct Query {
    limit: Option<String>,
    before: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    items: Vec<Value>,
    next: Option<String>,
}

pub(super) async fn page(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let query = request.query::<Query>();
    let identified = gateway.receive(request, GET).await?;
    let permitted = gateway.look(identified, Permission::AuditView).await?;
    let query = query.map_err(|_| invalid("limit and before stand once each"))?;
    let limit =
        Limit::parse(query.limit.as_deref()).map_err(|error| invalid(&error.to_string()))?;
    let before =
        Cursor::parse(query.before.as_deref()).map_err(|error| invalid(&error.to_string()))?;
    let unavailable = |error: lango_durable_objects::Unreachable| {
        Denial::unavailable(Layer::Release, error.to_string())
    };
    let log = AuditLogClient::of(&gateway.env, permitted.scope()).map_err(unavailable)?;
    let page = log.page(before, limit).await.map_err(unavailable)?;
    let items = page
        .entries
        .into_iter()
        .map(shown)
        .collect::<Result<_, _>>()?;
    json(
        200,
        &Answer {
            items,
            next: page.next,
        },
    )
}

/// An entry as it is shown: with its time in RFC 3339.
fn shown(entry: Entry) -> Result<Value, Denial> {
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
