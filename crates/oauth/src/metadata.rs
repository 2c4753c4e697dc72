//! The documents that clients discover everything with.

use serde_json::{Value, json};

use crate::{
    scope::{Scope, grantable},
    site::{Resource, Site},
};

/// Metadata of the authorization server (RFC 8414), which doubles as the answer at
/// `openid-configuration` for clients that look there alone. It is no OpenID
/// provider: there are no ID tokens.
#[must_use]
pub fn authorization_server(site: &Site) -> Value {
    json!({
        "issuer": site.issuer(),
        "authorization_endpoint": site.url("/authorize"),
        "token_endpoint": site.url("/token"),
        "registration_endpoint": site.url("/register"),
        "revocation_endpoint": site.url("/revoke"),
        "jwks_uri": site.url("/.well-known/jwks.json"),
        "scopes_supported": scopes(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        "authorization_grant_profiles_supported": ["urn:ietf:params:oauth:grant-profile:id-jag"],
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
        "protected_resources": [
            site.identifier(Resource::Mcp),
            site.identifier(Resource::Origin),
        ],
    })
}

/// Metadata of a protected resource (RFC 9728).
#[must_use]
pub fn protected_resource(site: &Site, resource: Resource) -> Value {
    json!({
        "resource": site.identifier(resource),
        "resource_name": "Lango",
        "authorization_servers": [site.issuer()],
        "jwks_uri": site.url("/.well-known/jwks.json"),
        "scopes_supported": scopes(),
        "bearer_methods_supported": ["header"],
    })
}

const METHODS: [&str; 3] = ["none", "client_secret_basic", "client_secret_post"];

fn scopes() -> Vec<&'static str> {
    Scope::of(grantable()).names()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_name_one_issuer() {
        let site = Site::parse("https://g.example").unwrap();
        let server = authorization_server(&site);
        assert_eq!(server["issuer"], "https://g.example");
        assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
        for (resource, identifier) in [
            (Resource::Mcp, "https://g.example/mcp"),
            (Resource::Origin, "https://g.example"),
        ] {
            let document = protected_resource(&site, resource);
            assert_eq!(document["resource"], identifier);
            assert_eq!(
                document["authorization_servers"],
                json!(["https://g.example"])
            );
        }
        assert_eq!(
            site.metadata_url(Resource::Mcp),
            "https://g.example/.well-known/oauth-protected-resource/mcp"
        );
    }
}
