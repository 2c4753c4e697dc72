//! `GET /platform/v1/audit`: the platform's log, newest first, paged.

use lango_audit_log::Layer;
use lango_durable_objects::{PlatformLogClient, Unreachable};
use worker::Response;

use super::PlatformCall;
use crate::{denial::Denial, routes::audit};

pub(in crate::routes) async fn page(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let (before, limit) = audit::place(call.query("cursor")?, call.query("limit")?)?;
    let unavailable = |error: Unreachable| Denial::unavailable(Layer::Release, error.to_string());
    let log = PlatformLogClient::bound(&call.gateway.env).map_err(unavailable)?;
    let page = log
        .page(call.scope(), before, limit)
        .await
        .map_err(unavailable)?;
    audit::answer(page)
}
