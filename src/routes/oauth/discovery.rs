//! The metadata documents (RFC 8414, RFC 9728).

use lango_oauth::{Resource, Site, authorization_server, protected_resource};
use serde_json::Value;
use worker::{Request, Response};

use super::super::{incoming, json, no_such_thing};
use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::transport::{self, Expectation},
};

const GET: Expectation<'_> = Expectation { methods: &["GET"] };

/// `GET /.well-known/oauth-authorization-server`, and the same at
/// `/.well-known/openid-configuration`.
pub(super) fn server(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    document(request, gateway, authorization_server)
}

/// `GET /.well-known/oauth-protected-resource/mcp`.
pub(super) fn mcp(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    document(request, gateway, |site| {
        protected_resource(site, Resource::Mcp)
    })
}

/// `GET /.well-known/oauth-protected-resource`.
pub(super) fn origin(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    document(request, gateway, |site| {
        protected_resource(site, Resource::Origin)
    })
}

fn document(
    request: Request,
    gateway: &Gateway,
    write: impl Fn(&Site) -> Value,
) -> Result<Response, Denial> {
    let (head, _) = incoming::head(request)?;
    let reached_at = head.reached_at();
    transport::accept(head, GET, &gateway.settings.transport)?;
    let site = gateway
        .settings
        .site(&reached_at)
        .ok_or_else(|| no_such_thing("This deployment has no public address."))?;
    json(200, &write(&site))
}
