//! What a 401 or 403 tells a client, and for which resource of which deployment a
//! request is.

use lango_audit_log::Layer;
use lango_identity::Audience;
use lango_oauth::{Resource, Scope, Site, challenge_scope};

use crate::{denial::Denial, layers::transport::Received, settings::Settings};

/// What a 401 or 403 tells a client: where the metadata of the resource is (RFC
/// 9728 §5.1), and what to ask the user for (RFC 6750 §3).
#[derive(Clone, Default)]
pub(crate) struct Challenge {
    metadata: Option<String>,
}

/// Which resource a request is for, at which deployment.
pub(super) struct Place {
    pub(super) site: Option<Site>,
    resource: Resource,
}

impl Place {
    pub(super) fn of(received: &Received, settings: &Settings) -> Self {
        Self {
            site: settings.site(received.reached_at()),
            resource: match received.path() {
                "/mcp" => Resource::Mcp,
                _ => Resource::Origin,
            },
        }
    }

    pub(super) fn challenge(&self) -> Challenge {
        Challenge {
            metadata: self
                .site
                .as_ref()
                .map(|site| site.metadata_url(self.resource)),
        }
    }

    /// Whom an access token must be for. One for the whole deployment serves its
    /// MCP endpoint as well; one for the MCP endpoint serves that alone.
    pub(super) fn audiences(&self) -> Vec<Audience> {
        let Some(site) = &self.site else {
            return Vec::new();
        };
        let resources = match self.resource {
            Resource::Mcp => &[Resource::Mcp, Resource::Origin][..],
            Resource::Origin => &[Resource::Origin],
        };
        resources
            .iter()
            .map(|resource| Audience {
                issuer: site.issuer().to_owned(),
                audience: site.identifier(*resource),
            })
            .collect()
    }
}

impl Challenge {
    /// The 401 of a token that is no longer, or never was, in force. The same words
    /// for every reason: RFC 6750 §3.1 has one code for them all.
    pub(in crate::layers) fn invalid_token(&self, reason: &str) -> Denial {
        Denial::new(
            Layer::Identity,
            "invalid_token",
            401,
            "The bearer token is not valid here. Use an API key of this deployment that is in force, or sign in again.",
        )
        .with_header(
            "WWW-Authenticate",
            self.field(Some("invalid_token"), Some(challenge_scope())),
        )
        .because(reason)
    }

    /// Without a token there is nothing to be wrong with: no `error` (RFC 6750 §3).
    pub(super) fn missing_token(&self) -> Denial {
        Denial::new(
            Layer::Identity,
            "token_missing",
            401,
            "Sign in by OAuth, or send an API key as `Authorization: Bearer <key>`.",
        )
        .with_header(
            "WWW-Authenticate",
            self.field(None, Some(challenge_scope())),
        )
    }

    /// The field's value.
    pub(in crate::layers) fn field(&self, error: Option<&str>, scope: Option<Scope>) -> String {
        let mut field = r#"Bearer realm="lango""#.to_owned();
        let scope = scope.map(|scope| scope.to_string());
        let parameters = [
            ("error", error),
            ("resource_metadata", self.metadata.as_deref()),
            // Scopes are of use only to whoever can ask for them.
            (
                "scope",
                scope.as_deref().filter(|_| self.metadata.is_some()),
            ),
        ];
        for (name, value) in parameters {
            if let Some(value) = value {
                // None has a quote: codes, scopes, and an origin with a path.
                field.push_str(&format!(r#", {name}="{value}""#));
            }
        }
        field
    }
}
