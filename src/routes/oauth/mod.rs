//! OAuth for assistants: Lango as an authorization server and as a resource
//! server (the resource side is layer 2's).
//!
//! In scope: the metadata documents, registration, `/authorize` and its pages,
//! `/token`, `/revoke`, the page on which a user sees their assistants, and the one to
//! which they come back from a system in which they have connected their account.
//! Out of scope: what is right and what is not (`crates/oauth`), signatures
//! (`crates/identity`), and what becomes of a grant (the `OauthGrant` object).

mod assertion;
mod assistants;
mod authorize;
mod client;
mod connected;
mod consent;
mod discovery;
mod document;
mod entry_pages;
mod pages;
mod password;
mod register;
mod revoke;
mod session;
mod sign_in;
mod signature;
mod standing;
mod token;
mod visit;

use std::rc::Rc;

use lango_audit_log::Layer;
use lango_oauth::{ErrorCode, OauthError};
use worker::{Request, Response};

use crate::{denial::Denial, gateway::Gateway, problem};

/// Whether a path is one of OAuth's.
pub(super) fn is_route(path: &[&str]) -> bool {
    matches!(
        path,
        ["authorize"
            | "token"
            | "register"
            | "revoke"
            | "sign-in"
            | "sign-out"
            | "assistants"
            | "password"]
            | ["sign-in", "code" | "verify"]
            | ["assistants", _, "disconnect"]
            | ["connect", "callback"]
            | [".well-known", "oauth-protected-resource"]
            | [".well-known", "oauth-protected-resource", "mcp"]
            | [
                ".well-known",
                "oauth-authorization-server" | "openid-configuration"
            ]
    )
}

/// Answers one of them.
pub(super) async fn route(
    path: &[&str],
    request: Request,
    gateway: &Rc<Gateway>,
) -> Result<Response, Denial> {
    match path {
        [".well-known", "oauth-protected-resource"] => discovery::origin(request, gateway),
        [".well-known", "oauth-protected-resource", _] => discovery::mcp(request, gateway),
        [".well-known", _] => discovery::server(request, gateway),
        ["authorize"] => authorize::answer(request, gateway).await,
        ["token"] => token::answer(request, gateway).await,
        ["register"] => register::answer(request, gateway).await,
        ["revoke"] => revoke::answer(request, gateway).await,
        ["sign-in"] => sign_in::answer(request, gateway).await,
        ["sign-in", "code"] => sign_in::send_code(request, gateway).await,
        ["sign-in", _] => sign_in::verify_code(request, gateway).await,
        ["password"] => password::answer(request, gateway).await,
        ["sign-out"] => sign_in::out(request, gateway).await,
        ["connect", _] => connected::answer(request, gateway).await,
        ["assistants"] => assistants::page(request, gateway).await,
        ["assistants", grant, _] => assistants::disconnect(request, gateway, grant).await,
        _ => Err(super::no_such_thing("There is nothing at this path.")),
    }
}

/// An error in OAuth's own form. Its line in the log says what the answer says.
fn refused(error: &OauthError, by_header: bool) -> Result<Response, Denial> {
    super::log(
        &Denial::new(Layer::Identity, error.code.name(), error.code.status(), "")
            .because(error.description),
    );
    let response = super::json(error.code.status(), &error.body())?;
    if error.code == ErrorCode::InvalidClient && by_header {
        // RFC 6749 §5.2.
        response
            .headers()
            .set("WWW-Authenticate", r#"Basic realm="lango""#)
            .map_err(|error| failed(&error))?;
    }
    Ok(response)
}

/// Sends a browser on.
fn see_other(location: &str) -> Result<Response, Denial> {
    problem::see_other(location).map_err(|error| failed(&error))
}

fn failed(error: &worker::Error) -> Denial {
    Denial::internal(error.to_string())
}

fn unavailable(reason: impl Into<String>) -> Denial {
    Denial::unavailable(Layer::Identity, reason)
}
