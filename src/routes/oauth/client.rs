//! Who asks: a client found by its identifier, and proven at the endpoints that
//! hand tokens out.

use lango_oauth::{
    Authentication, Client, ClientCredentials, ClientIdentifier, ErrorCode, OauthError, Parameters,
    RegisteredClient, Site,
};

use super::{document, visit::Visit};
use crate::{clock, gateway::Gateway};

/// Finds a client, fetching its metadata document where that is what it names.
pub(super) async fn find(gateway: &Gateway, site: &Site, id: &str) -> Result<Client, OauthError> {
    let also = gateway.settings.development.client_origin.as_deref();
    match ClientIdentifier::parse(id, also)? {
        ClientIdentifier::Registered(id) => registered(gateway, site, id),
        ClientIdentifier::Document(url) => {
            let metadata = document::metadata(gateway, &url).await?;
            Ok(Client {
                id: url.as_str().to_owned(),
                metadata,
                published_by: Some(url.host().to_owned()),
            })
        }
    }
}

/// The client of a token or revocation request, proven as it has registered.
/// Returns its identifier.
pub(super) fn prove(
    gateway: &Gateway,
    visit: &Visit,
    form: &Parameters,
) -> Result<String, OauthError> {
    let credentials = ClientCredentials::parse(visit.head.authorization.as_deref(), form)?;
    let also = gateway.settings.development.client_origin.as_deref();
    match ClientIdentifier::parse(&credentials.id, also)? {
        // A published document has no secret: what binds its codes and tokens to it
        // is PKCE, so there is nothing in it to be fetched for.
        ClientIdentifier::Document(_) => match credentials.secret {
            None => Ok(credentials.id),
            Some(_) => Err(wrong_secret()),
        },
        ClientIdentifier::Registered(id) => {
            let client = registered(gateway, &visit.site, id)?;
            let is_proven = match (client.metadata.authentication, &credentials.secret) {
                (Authentication::None, secret) => secret.is_none(),
                (_, Some(secret)) => gateway
                    .settings
                    .signing_keys()
                    .is_client_secret(&client.id, secret.expose()),
                (_, None) => false,
            };
            if is_proven {
                Ok(client.id)
            } else {
                Err(wrong_secret())
            }
        }
    }
}

fn registered(gateway: &Gateway, site: &Site, id: String) -> Result<Client, OauthError> {
    let registered: RegisteredClient = gateway
        .settings
        .signing_keys()
        .verify_statement(site.issuer(), &id, clock::now_seconds())
        .map_err(|_| {
            let description = "There is no such client: register again.";
            OauthError::new(ErrorCode::InvalidClient, description)
        })?;
    Ok(Client {
        id,
        metadata: registered.metadata,
        published_by: None,
    })
}

fn wrong_secret() -> OauthError {
    OauthError::new(
        ErrorCode::InvalidClient,
        "The client did not prove itself as it has registered.",
    )
}
