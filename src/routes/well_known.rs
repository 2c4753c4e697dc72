//! What needs no key: the public keys, and whether the gateway is up.

use worker::{Request, Response};

use super::{incoming, json};
use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::transport::{self, Expectation},
};

const GET: Expectation<'_> = Expectation { methods: &["GET"] };

/// `GET /.well-known/jwks.json`: the public halves of the signing keys
/// (RFC 7517).
pub(super) fn jwks(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let (head, _) = incoming::head(request)?;
    transport::accept(head, GET, &gateway.settings.transport)?;
    let keys: serde_json::Value =
        serde_json::from_str(&gateway.settings.signing_keys().public_json())
            .map_err(|error| Denial::internal(error.to_string()))?;
    json(200, &keys)
}

/// `GET /healthz`: the gateway runs and its settings are readable.
pub(super) fn health(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let (head, _) = incoming::head(request)?;
    transport::accept(head, GET, &gateway.settings.transport)?;
    json(200, &serde_json::json!({ "status": "ok" }))
}
