//! Where the server is and how to sign in.

use std::time::Duration;

use lango_connector_kit::{CallError, CredentialError, Credentials};
use lango_connector_runtime::Call;
use lango_delegation::Application;
use lango_egress::{Destination, Egress};
use lango_mcp_upstream::{Endpoint, is_field_name};

use crate::delegated;

/// Fields that belong to HTTP, the protocol or the platform.
const RESERVED: [&str; 12] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "last-event-id",
    "origin",
    "te",
    "transfer-encoding",
    "upgrade",
    "via",
];
const RESERVED_PREFIXES: [&str; 4] = ["mcp-", "cf-", "sec-", "proxy-"];

/// The credentials, read into what they mean. Secrets are borrowed, so that the
/// runtime alone owns the plaintext.
pub(crate) struct Settings<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) authentication: Authentication<'a>,
    pub(crate) timeout: Duration,
}

/// How to sign in.
pub(crate) enum Authentication<'a> {
    None,
    Header {
        name: &'a str,
        value: &'a str,
    },
    /// With tokens: of a client of its own, or of the person who is signed in.
    Tokens {
        application: Application,
        secret: &'a str,
        destinations: Vec<Destination>,
    },
}

impl<'a> Settings<'a> {
    /// Reads them. Names the first field that does not fit and never its value.
    pub(crate) fn parse(
        credentials: &'a Credentials,
        egress: &Egress,
    ) -> Result<Self, CredentialError> {
        let fields = Fields {
            credentials,
            egress,
        };
        let endpoint = fields.endpoint("url")?;
        Ok(Self {
            authentication: fields.authentication(&endpoint)?,
            endpoint,
            timeout: fields.timeout()?,
        })
    }

    /// Where it leads: the places where tokens are asked for and allowed too.
    pub(crate) fn destinations(&self) -> Vec<Destination> {
        let of_tokens = match &self.authentication {
            Authentication::Tokens { destinations, .. } => destinations.as_slice(),
            _ => &[],
        };
        [self.endpoint.destination()]
            .into_iter()
            .chain(of_tokens)
            .cloned()
            .collect()
    }

    /// Whose tokens are needed, if any are.
    pub(crate) fn tokens(&self) -> Option<(&Application, &'a str)> {
        match &self.authentication {
            Authentication::Tokens {
                application,
                secret,
                ..
            } => Some((application, secret)),
            _ => None,
        }
    }

    /// Whom the upstream is called as, where that is not the connection itself.
    pub(crate) fn holder(&self, call: &Call<'_>) -> Result<String, CallError> {
        match self.tokens() {
            Some((application, _)) => call.tokens.holder(application),
            None => Ok(String::new()),
        }
    }
}

struct Fields<'a, 'b> {
    credentials: &'a Credentials,
    egress: &'b Egress,
}

impl<'a> Fields<'a, '_> {
    /// An empty text stands for a field that was left out.
    fn text(&self, name: &str) -> &'a str {
        self.credentials
            .get(name)
            .map_or("", |secret| secret.expose())
    }

    fn required(&self, name: &'static str) -> Result<&'a str, CredentialError> {
        Some(self.text(name))
            .filter(|text| !text.is_empty())
            .ok_or_else(|| CredentialError::new(name, "is missing"))
    }

    fn endpoint(&self, name: &'static str) -> Result<Endpoint, CredentialError> {
        Endpoint::parse(self.required(name)?, self.egress)
            .map_err(|error| CredentialError::new(name, error.problem()))
    }

    fn authentication(&self, resource: &Endpoint) -> Result<Authentication<'a>, CredentialError> {
        match self.text("authentication") {
            "none" => Ok(Authentication::None),
            "header" => self.header(),
            "client_credentials" => self.tokens(resource, None),
            "delegated" => {
                let allowed_at = self.endpoint("authorization_url")?;
                self.tokens(resource, Some(allowed_at))
            }
            _ => Err(CredentialError::new(
                "authentication",
                "is not none, header, client_credentials or delegated",
            )),
        }
    }

    fn header(&self) -> Result<Authentication<'a>, CredentialError> {
        let name = self.required("header_name")?;
        let lower = name.to_ascii_lowercase();
        let is_reserved = RESERVED.contains(&lower.as_str())
            || RESERVED_PREFIXES
                .iter()
                .any(|prefix| lower.starts_with(prefix));
        if !is_field_name(name) || is_reserved {
            return Err(CredentialError::new(
                "header_name",
                "is not a field that can be chosen",
            ));
        }
        let value = self.required("header_value")?;
        check_visible("header_value", value)?;
        Ok(Authentication::Header { name, value })
    }

    fn tokens(
        &self,
        resource: &Endpoint,
        authorization_endpoint: Option<Endpoint>,
    ) -> Result<Authentication<'a>, CredentialError> {
        let scope = self.text("scope");
        check_visible("scope", scope)?;
        let token_endpoint = self.endpoint("token_url")?;
        let destinations = [Some(&token_endpoint), authorization_endpoint.as_ref()]
            .into_iter()
            .flatten()
            .map(|endpoint| endpoint.destination().clone())
            .collect();
        let application = delegated::Fields {
            resource,
            token_endpoint,
            authorization_endpoint,
            issuer: self.text("issuer"),
            client_id: self.required("client_id")?,
            client_authentication: self.text("client_authentication"),
            scope,
            rules: self.text("token_rules"),
        }
        .application()?;
        Ok(Authentication::Tokens {
            application,
            secret: self.required("client_secret")?,
            destinations,
        })
    }

    fn timeout(&self) -> Result<Duration, CredentialError> {
        match self.text("timeout_seconds").parse() {
            Ok(seconds @ 1..=30) => Ok(Duration::from_secs(seconds)),
            _ => Err(CredentialError::new(
                "timeout_seconds",
                "is not a number from 1 to 30",
            )),
        }
    }
}

/// What a header field can carry, and no more than it.
fn check_visible(field: &'static str, text: &str) -> Result<(), CredentialError> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Ok(())
    } else {
        Err(CredentialError::new(
            field,
            "has characters that no header field can carry",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_delegation::GrantKind;
    use lango_egress::Networks;
    use lango_vault::Secret;

    fn credentials(changes: &[(&str, &str)]) -> Credentials {
        let defaults = [
            ("url", "https://mcp.example.com/mcp"),
            ("authentication", "none"),
            ("header_name", "Authorization"),
            ("client_authentication", "basic"),
            ("timeout_seconds", "30"),
        ];
        defaults
            .iter()
            .chain(changes)
            .map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())))
            .collect()
    }

    fn problem(changes: &[(&str, &str)]) -> Option<String> {
        let credentials = credentials(changes);
        Settings::parse(&credentials, &Egress::of_operator(Networks::public()))
            .err()
            .map(|error| error.field)
    }

    #[test]
    fn each_kind_of_authentication_is_read() {
        assert_eq!(problem(&[]), None);
        assert_eq!(
            problem(&[("authentication", "header"), ("header_value", "Bearer x")]),
            None
        );
        let client = [
            ("authentication", "client_credentials"),
            ("token_url", "https://auth.example.com/token"),
            ("client_id", "lango"),
            ("client_secret", "s"),
        ];
        let credentials = credentials(&client);
        let settings = Settings::parse(&credentials, &Egress::of_operator(Networks::public()))
            .ok()
            .unwrap();
        let (asked, secret) = settings.tokens().unwrap();
        assert_eq!(asked.token_endpoint, "https://auth.example.com/token");
        assert_eq!(
            asked.resource.as_deref(),
            Some("https://mcp.example.com/mcp")
        );
        assert_eq!((asked.grant, secret), (GrantKind::ClientCredentials, "s"));
    }

    #[test]
    fn delegation_needs_a_place_where_it_is_allowed() {
        let client = [
            ("authentication", "delegated"),
            ("token_url", "https://auth.example.com/token"),
            ("client_id", "lango"),
            ("client_secret", "s"),
        ];
        assert_eq!(problem(&client).as_deref(), Some("authorization_url"));
        let url = ("authorization_url", "https://auth.example.com/authorize");
        let complete: Vec<_> = client.into_iter().chain([url]).collect();
        assert_eq!(problem(&complete), None);
    }

    #[test]
    fn the_field_that_does_not_fit_is_named() {
        let header = ("authentication", "header");
        let client = ("authentication", "client_credentials");
        type Changes = &'static [(&'static str, &'static str)];
        let missing_value: Changes = &[("authentication", "header")];
        assert_eq!(problem(missing_value).as_deref(), Some("header_value"));
        for (change, field) in [
            (("url", "https://169.254.169.254/"), "url"),
            (("url", "http://mcp.example.com/"), "url"),
            (("url", ""), "url"),
            (("timeout_seconds", "0"), "timeout_seconds"),
            (("timeout_seconds", "31"), "timeout_seconds"),
            (("authentication", "basic"), "authentication"),
        ] {
            assert_eq!(problem(&[change]).as_deref(), Some(field), "{change:?}");
        }
        for name in [
            "Host",
            "Mcp-Session-Id",
            "cf-connecting-ip",
            "a b",
            "Content-Length",
        ] {
            let changes = [header, ("header_name", name), ("header_value", "x")];
            assert_eq!(problem(&changes).as_deref(), Some("header_name"), "{name}");
        }
        let injected = [header, ("header_value", "x\r\nHost: y")];
        assert_eq!(problem(&injected).as_deref(), Some("header_value"));
        let inside = [client, ("token_url", "https://localhost/token")];
        assert_eq!(problem(&inside).as_deref(), Some("token_url"));
        let no_id = [client, ("token_url", "https://auth.example.com/")];
        assert_eq!(problem(&no_id).as_deref(), Some("client_id"));
    }
}
