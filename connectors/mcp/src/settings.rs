//! Where the server is and how to sign in.

use std::time::Duration;

use lango_connector_kit::{CredentialError, Credentials};
use lango_egress::{Destination, Egress};
use lango_mcp_upstream::{ClientAuthentication, ClientCredentials, Endpoint, is_field_name};

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
    Client {
        token_endpoint: Endpoint,
        id: &'a str,
        secret: &'a str,
        scope: &'a str,
        authentication: ClientAuthentication,
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
        Ok(Self {
            endpoint: fields.endpoint("url")?,
            authentication: fields.authentication()?,
            timeout: fields.timeout()?,
        })
    }

    /// Where it leads.
    pub(crate) fn destinations(&self) -> Vec<Destination> {
        let token_endpoint = match &self.authentication {
            Authentication::Client { token_endpoint, .. } => Some(token_endpoint),
            _ => None,
        };
        [&self.endpoint]
            .into_iter()
            .chain(token_endpoint)
            .map(|endpoint| endpoint.destination().clone())
            .collect()
    }

    /// What a token is asked for with, where one is needed.
    pub(crate) fn client_credentials(&self) -> Option<(&Endpoint, ClientCredentials<'_>)> {
        let Authentication::Client {
            token_endpoint,
            id,
            secret,
            scope,
            authentication,
        } = &self.authentication
        else {
            return None;
        };
        let credentials = ClientCredentials {
            id,
            secret,
            scope,
            resource: self.endpoint.as_str(),
            authentication: *authentication,
        };
        Some((token_endpoint, credentials))
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

    fn authentication(&self) -> Result<Authentication<'a>, CredentialError> {
        match self.text("authentication") {
            "none" => Ok(Authentication::None),
            "header" => self.header(),
            "client_credentials" => self.client(),
            _ => Err(CredentialError::new(
                "authentication",
                "is not none, header or client_credentials",
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

    fn client(&self) -> Result<Authentication<'a>, CredentialError> {
        let scope = self.text("scope");
        check_visible("scope", scope)?;
        Ok(Authentication::Client {
            token_endpoint: self.endpoint("token_url")?,
            id: self.required("client_id")?,
            secret: self.required("client_secret")?,
            scope,
            authentication: match self.text("client_authentication") {
                "basic" => ClientAuthentication::Basic,
                "post" => ClientAuthentication::Post,
                _ => {
                    return Err(CredentialError::new(
                        "client_authentication",
                        "is not basic or post",
                    ));
                }
            },
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
        let (endpoint, asked) = settings.client_credentials().unwrap();
        assert_eq!(endpoint.as_str(), "https://auth.example.com/token");
        assert_eq!(asked.resource, "https://mcp.example.com/mcp");
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
