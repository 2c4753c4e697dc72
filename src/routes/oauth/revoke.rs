//! `POST /revoke` (RFC 7009): an assistant gives back what it was granted. With one
//! token the whole grant ends.

use lango_durable_objects::{OauthGrantClient, RevokedBy};
use lango_identity::{Audience, KeyGateName, TicketKind, Verified};
use lango_oauth::{ErrorCode, OauthError, Resource};
use worker::{Request, Response};

use super::{super::empty, client, refused, unavailable, visit::Visit};
use crate::{clock, denial::Denial, gateway::Gateway, layers::transport::Expectation};

const POST: Expectation<'_> = Expectation { methods: &["POST"] };

pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    let form = visit.form()?;
    for name in ["client_id", "token"] {
        gateway.meet(form.get(name)).await?;
    }
    let by_header = visit.head.authorization.is_some();
    let client_id = match client::prove(gateway, &visit, &form) {
        Ok(id) => id,
        Err(error) => return refused(&error, by_header),
    };
    let Some(token) = form.get("token") else {
        let error = OauthError::new(ErrorCode::InvalidRequest, "token is required.");
        return refused(&error, by_header);
    };
    // A token that is none is as good as revoked (RFC 7009 §2.2).
    if let Some(name) = grant_of(gateway, &visit, token) {
        OauthGrantClient::named(&gateway.env, &name, gateway.country.as_deref())
            .map_err(|error| unavailable(error.to_string()))?
            .revoke(&RevokedBy::Client(client_id))
            .await
            .map_err(|error| unavailable(error.to_string()))?;
    }
    empty(200)
}

/// The grant of a refresh or access token, while the token is one.
fn grant_of(gateway: &Gateway, visit: &Visit, token: &str) -> Option<KeyGateName> {
    let settings = &gateway.settings;
    let (keys, now) = (settings.signing_keys(), clock::now_seconds());
    let issuer = visit.site.issuer();
    if let Ok(ticket) = keys.verify_ticket(issuer, TicketKind::Refresh, token, now) {
        return Some(ticket.name().clone());
    }
    let audiences = [Resource::Mcp, Resource::Origin].map(|resource| Audience {
        issuer: issuer.to_owned(),
        audience: visit.site.identifier(resource),
    });
    match keys.verify_bearer(&settings.audience, &audiences, token, now) {
        Ok(Verified::Access(access)) => {
            Some(KeyGateName::new(access.scope(), access.grant().clone()))
        }
        _ => None,
    }
}
