//! Where a database is, and whether the connection to it is encrypted: the fields
//! `host`, `port` and `tls` of a connection's credentials.

use lango_connector_kit::{CredentialError, Credentials};
use lango_egress::{Destination, Egress, EgressError, HostPort, Security};

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A host that may be connected to.
    pub destination: Destination,
    /// Whether the connection is encrypted.
    pub tls: Tls,
}

/// Whether a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Or there is no connection.
    Require,
    /// Where the server offers it. Somebody on the way can take the offer out.
    Prefer,
    /// Never.
    Disable,
}

impl Server {
    /// Reads the fields, and asks whether the host may be connected to.
    ///
    /// # Errors
    /// [`CredentialError`] names the first field that does not fit, never its value.
    pub fn parse(credentials: &Credentials, egress: &Egress) -> Result<Self, CredentialError> {
        let tls = parse_tls(field(credentials, "tls")?)?;
        let port = parse_port(field(credentials, "port")?)?;
        let host = field(credentials, "host")?;
        Ok(Self {
            destination: destination(host, port, tls, egress)?,
            tls,
        })
    }
}

/// A field's text. Protocols that end texts with a zero byte cannot carry one inside.
///
/// # Errors
/// [`CredentialError`] if it is missing or has a zero byte.
pub fn text_without_zero<'a>(
    credentials: &'a Credentials,
    name: &'static str,
) -> Result<&'a str, CredentialError> {
    let text = field(credentials, name)?;
    if text.contains('\0') {
        return Err(CredentialError::new(name, "has a zero byte"));
    }
    Ok(text)
}

fn field<'a>(credentials: &'a Credentials, name: &'static str) -> Result<&'a str, CredentialError> {
    credentials
        .get(name)
        .map(|secret| secret.expose())
        .ok_or_else(|| CredentialError::new(name, "is missing"))
}

fn destination(
    host: &str,
    port: u16,
    tls: Tls,
    egress: &Egress,
) -> Result<Destination, CredentialError> {
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
            ("user", "reader"),
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
        let server = Server::parse(&credentials("host", "[fd12::1]"), &egress()).unwrap();
        assert_eq!(server.destination.host().to_string(), "[fd12::1]:5432");
        assert_eq!(server.tls, Tls::Require);
    }

    #[test]
    fn only_the_operator_lets_it_go_without_tls() {
        for tls in ["prefer", "disable"] {
            let error = |host: &str| {
                let mut credentials = credentials("tls", tls);
                credentials.insert("host".to_owned(), Secret::new(host.to_owned()));
                Server::parse(&credentials, &egress()).err()
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
            ("tls", "verify-full"),
        ] {
            let error = Server::parse(&credentials(field, value), &egress()).unwrap_err();
            assert_eq!(error.field, field, "{value:?}");
        }
        let error = text_without_zero(&credentials("user", "a\0b"), "user").unwrap_err();
        assert_eq!(error.field, "user");
    }

    #[test]
    fn a_missing_field_is_never_a_default() {
        let mut credentials = credentials("", "");
        credentials.remove("tls");
        let error = Server::parse(&credentials, &egress()).unwrap_err();
        assert_eq!(error, CredentialError::new("tls", "is missing"));
    }
}
