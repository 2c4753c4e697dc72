//! `POST /register`: dynamic client registration (RFC 7591). The answer is the
//! registration itself, signed: nothing is stored for a stranger.

use lango_identity::{IssuedToken, KeyId, LONGEST_LIFE_SECONDS};
use lango_oauth::{
    Authentication, ClientMetadata, ErrorCode, MetadataError, OauthError, RegisteredClient,
    registration_answer,
};
use worker::{Request, Response};

use super::{super::json, refused, visit::Visit};
use crate::{clock, denial::Denial, gateway::Gateway, layers::transport::Expectation};

const POST: Expectation<'_> = Expectation { methods: &["POST"] };

/// A client that comes back later registers again.
const LASTS_SECONDS: i64 = LONGEST_LIFE_SECONDS;

pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive(request, gateway, POST).await?;
    let metadata = match ClientMetadata::registration(&visit.body) {
        Ok(metadata) => metadata,
        Err(error) => return refused(&described(error), false),
    };
    let now = clock::now_seconds();
    let keys = gateway.settings.signing_keys();
    let registered = RegisteredClient {
        id: KeyId::from_random(clock::random()?).as_str().to_owned(),
        metadata: metadata.clone(),
    };
    let id = keys
        .sign_statement(visit.site.issuer(), &registered, now + LASTS_SECONDS)
        .map_err(|error| Denial::internal(error.to_string()))?;
    let secret = match metadata.authentication {
        Authentication::None => None,
        _ => Some(keys.client_secret(id.expose())),
    };
    let secret = secret.as_ref().map(IssuedToken::expose);
    json(
        201,
        &registration_answer(id.expose(), secret, &metadata, now),
    )
}

fn described(error: MetadataError) -> OauthError {
    let (code, description) = match error {
        MetadataError::Redirects => (
            ErrorCode::InvalidRedirectUri,
            "redirect_uris must be one to eight URIs: https, http on loopback, or an application's own scheme.",
        ),
        MetadataError::Authentication => (
            ErrorCode::InvalidClientMetadata,
            "token_endpoint_auth_method must be none, client_secret_basic or client_secret_post.",
        ),
        MetadataError::Grants => (
            ErrorCode::InvalidClientMetadata,
            "grant_types and response_types must be those that the server's metadata lists.",
        ),
        MetadataError::Length => (
            ErrorCode::InvalidClientMetadata,
            "The metadata is too long.",
        ),
        MetadataError::Shape | MetadataError::Identifier => (
            ErrorCode::InvalidClientMetadata,
            "The metadata must be JSON of the form that RFC 7591 gives it.",
        ),
    };
    OauthError::new(code, description)
}
