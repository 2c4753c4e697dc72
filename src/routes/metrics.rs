//! `GET /metrics`: the numbers of the deployment, as Prometheus reads them. Closed unless
//! the operator has set a token.

use lango_audit_log::Layer;
use lango_durable_objects::MetricsClient;
use lango_metrics::{CONTENT_TYPE, Scrape};
use worker::{Headers, Request, Response};

use super::incoming;
use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::transport::{self, Expectation},
};

const GET: Expectation<'_> = Expectation { methods: &["GET"] };

pub(super) async fn scrape(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let authorization = request.headers().get("Authorization").ok().flatten();
    let (head, _) = incoming::head(request)?;
    transport::accept(head, GET, &gateway.settings.transport)?;
    let settings = &gateway.settings.metrics;
    let token = settings
        .token
        .as_ref()
        .ok_or_else(|| super::no_such_thing("There is nothing at this path."))?;
    if !token.is_shown_by(authorization.as_deref()) {
        let detail = "Show the operator's token of metrics: Authorization: Bearer.";
        return Err(Denial::new(Layer::Identity, "metrics_token", 401, detail));
    }
    let counted = match MetricsClient::bound(&gateway.env) {
        Ok(metrics) => metrics.counted(settings.names_tenants).await,
        Err(unreachable) => Err(unreachable),
    };
    let counted =
        counted.map_err(|error| Denial::unavailable(Layer::Release, error.to_string()))?;
    let scrape = Scrape {
        totals: counted.totals,
        tenants: counted.tenants,
        by_tenant: counted.by_tenant,
        archives: counted.archives,
        received_by_tenant: counted.received_by_tenant,
    };
    respond(&scrape.text()).map_err(|error| Denial::internal(error.to_string()))
}

fn respond(text: &str) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("Content-Type", CONTENT_TYPE)?;
    headers.set("Cache-Control", "no-store")?;
    Ok(Response::ok(text)?.with_headers(headers))
}
