//! Where the database is and how to sign in.

use lango_connector_kit::{CredentialError, Credentials};
use lango_egress::{Destination, Egress, EgressError, HostPort, Security};

/// The credentials, read into what they mean. Borrowed, so that the runtime
/// alone owns the plaintext.
pub(crate) struct Settings<'a> {
    pub(crate) destination: Destination,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) tls: Tls,
}

/// Whether the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Or there is no connection.
    Require,
    /// Where the server offers it. Somebody on the way can take the offer out.
    Prefer,
    /// Never.
    Disable,
}

impl<'a> Settings<'a> {
    /// Reads them. Names the first field that does not fit and never its value.
    pub(crate) fn parse(
        credentials: &'a Credentials,
        egress: &Egress,
    ) -> Result<Self, CredentialError> {
        let field = |name: &'static str| {
            credentials
                .get(name)
                .map(|secret| secret.expose())
                .ok_or_else(|| CredentialError::new(name, "is missing"))
        };
        let tls = parse_tls(field("tls")?)?;
        Ok(Self {
            destination: destination(field("host")?, field("port")?, tls, egress)?,
            database: parse_text("database", field("database")?)?,
            user: parse_text("user", field("user")?)?,
            password: parse_text("password", field("password")?)?,
            tls,
        })
    }
}

fn destination(
    host: &str,
    port: &str,
    tls: Tls,
    egress: &Egress,
) -> Result<Destination, CredentialError> {
    let port = parse_port(port)?;
    let host =
        HostPort::new(host, port).map_err(|error| CredentialError::new("host", error.problem()))?;
    let security = match tls {
        Tls::Require => Security::Tls,
        // Somebody on the way can take the server's offer out.
        Tls::Prefer | Tls::Disable => Security::Plaintext,
    };
    egress.permit(host, security).map_err(|error| {
        let field = match error {
            EgressError::Plaintext => "tls",
            _ => "host",
        };
        CredentialError::new(field, error.problem())
    })
}

fn parse_port(port: &str) -> Result<u16, CredentialError> {
    match port.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(CredentialError::new(
            "port",
            "is not a number from 1 to 65535",
        )),
    }
}

/// PostgreSQL's messages end texts with a zero byte.
fn parse_text<'a>(field: &'static str, text: &'a str) -> Result<&'a str, CredentialError> {
    if text.contains('\0') {
        return Err(CredentialError::new(field, "has a zero byte"));
    }
    Ok(text)
}

fn parse_tls(tls: &str) -> Result<Tls, CredentialError> {
    match tls {
        "require" => Ok(Tls::Require),
        "prefer" => Ok(Tls::Prefer),
        "disable" => Ok(Tls::Disable),
        _ => Err(CredentialError::new(
            "tls",
            "is not require, prefer or disable",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_egress::Networks;
    use lango_vault::Secret;

    fn credentials(changed: &str, value: &str) -> Credentials {
        [
            ("host", "db.example.com"),
            ("port", "5432"),
            ("database", "shop"),
            ("user", "reader"),
            ("password", "hunter2"),
            ("tls", "require"),
        ]
        .into_iter()
        .map(|(name, default)| {
            let value = if name == changed { value } else { default };
            (name.to_owned(), Secret::new(value.to_owned()))
        })
        .collect()
    }

    fn egress() -> Egress {
        Egress::of_operator(Networks::parse("fd12::/16", "private").unwrap())
    }

    #[test]
    fn reads_what_fits() {
        let credentials = credentials("host", "[fd12::1]");
        let settings = Settings::parse(&credentials, &egress()).ok().unwrap();
        assert_eq!(settings.destination.host().to_string(), "[fd12::1]:5432");
        assert_eq!(settings.tls, Tls::Require);
    }

    #[test]
    fn only_the_operator_lets_it_go_without_tls() {
        for tls in ["prefer", "disable"] {
            let error = |host: &str| {
                let mut credentials = credentials("tls", tls);
                credentials.insert("host".to_owned(), Secret::new(host.to_owned()));
                Settings::parse(&credentials, &egress()).err()
            };
            assert_eq!(error("db.example.com").unwrap().field, "tls");
            assert_eq!(error("fd12::1"), None);
        }
    }

    #[test]
    fn names_the_field_that_does_not() {
        for (field, value) in [
            ("host", ""),
            ("host", "db.example.com/x"),
            ("host", "user@db"),
            ("host", "db example"),
            ("host", "127.0.0.1"),
            ("host", "localhost"),
            ("port", "0"),
            ("port", "65536"),
            ("port", "-1"),
            ("port", " 5432"),
            ("database", "a\0b"),
            ("user", "a\0b"),
            ("password", "a\0b"),
            ("tls", "verify-full"),
        ] {
            let error = Settings::parse(&credentials(field, value), &egress())
                .err()
                .unwrap();
            assert_eq!(error.field, field, "{value:?}");
        }
    }

    #[test]
    fn a_missing_field_is_never_a_default() {
        let mut credentials = credentials("", "");
        credentials.remove("tls");
        let error = Settings::parse(&credentials, &egress()).err().unwrap();
        assert_eq!(error, CredentialError::new("tls", "is missing"));
    }
}
