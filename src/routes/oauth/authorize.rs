//! `/authorize`: a person is asked whether an assistant may act for them.

use lango_oauth::{
    AuthorizationRefusal, AuthorizationRequest, ErrorCode, OauthError, Parameters, Prompt,
    error_redirect,
};
use worker::{Method, Request, Response};

use super::{client, consent, entry_pages, pages, see_other, session, sign_in, visit::Visit};
use crate::{denial::Denial, gateway::Gateway, layers::transport::Expectation};

const METHODS: Expectation<'_> = Expectation {
    methods: &["GET", "POST"],
};

pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let decides = request.method() == Method::Post;
    let visit = Visit::receive_form(request, gateway, METHODS).await?;
    if decides {
        consent::decide(gateway, &visit).await
    } else {
        ask(gateway, &visit).await
    }
}

/// Nothing is redirected before client and redirect are known to belong together
/// (RFC 6749 §4.1.2.1): until then errors are pages.
async fn ask(gateway: &Gateway, visit: &Visit) -> Result<Response, Denial> {
    let parameters = match Parameters::parse(visit.query().as_bytes()) {
        Ok(parameters) => parameters,
        Err(error) => return pages::error(400, &error.to_string()),
    };
    let Some(client_id) = parameters.get("client_id") else {
        return pages::error(400, "The request names no client (client_id).");
    };
    gateway.meet(Some(client_id)).await?;
    let client = match client::find(gateway, &visit.site, client_id).await {
        Ok(client) => client,
        Err(error) => return pages::error(400, error.description),
    };
    let request = match AuthorizationRequest::parse(&parameters, &client, &visit.site) {
        Ok(request) => request,
        Err(AuthorizationRefusal::Page(error)) => return pages::error(400, error.description),
        Err(AuthorizationRefusal::Redirect { location, .. }) => return see_other(&location),
    };
    if request.prompt == Prompt::None {
        let description = "The user has to be asked.";
        let error = OauthError::new(ErrorCode::LoginRequired, description);
        let state = request.state.as_deref();
        let location = error_redirect(&request.redirect_uri, state, &visit.site, &error);
        return see_other(&location);
    }
    match session::signed_in(gateway, visit).await? {
        Some(signed_in) => consent::ask(gateway, visit, &signed_in, client, request).await,
        // Browsers keep a strict cookie back when another site leads here.
        None if visit.is_from_elsewhere => entry_pages::once_more(&visit.here()),
        None => sign_in::page(gateway, visit.query(), Some(&client.metadata.name)).await,
    }
}
