//! Which URLs may be asked.

use lango_egress::{Destination, Egress, EgressError, HostPort, Security};
use url::Url;

/// Longer ones are no endpoints.
const LONGEST: usize = 2048;

/// A URL that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    destination: Destination,
}

/// Why a URL may not be asked, as the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.problem())]
pub enum EndpointError {
    /// Not a URL of a sensible length.
    NotAUrl,
    /// Neither https nor, where that is allowed, http.
    Scheme,
    /// It would put a password where logs and errors may show it.
    UserInfo,
    /// A fragment is never sent.
    Fragment,
    /// Its host may not be connected to.
    Host(EgressError),
}

impl EndpointError {
    /// The end of a sentence that begins with the field; it never has a value.
    #[must_use]
    pub const fn problem(self) -> &'static str {
        match self {
            Self::NotAUrl => "is not a URL of at most 2048 characters",
            Self::Scheme => "does not start with https://",
            Self::UserInfo => "has a user name or password; use the credential fields",
            Self::Fragment => "has a fragment",
            Self::Host(EgressError::NotPublic) => {
                "names a host that is not on the public Internet, and the operator has not named it as a private network"
            }
            Self::Host(EgressError::LinkLocal) => {
                "names a link-local address, which is never asked"
            }
            Self::Host(EgressError::NotAllowed) => {
                "names a host that is not one of the connection's allowed_hosts"
            }
            Self::Host(EgressError::Plaintext) => {
                "must start with https://: the operator has not allowed connections without TLS"
            }
        }
    }
}

impl Endpoint {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`EndpointError`] says what is wrong with it.
    pub fn parse(text: &str, egress: &Egress) -> Result<Self, EndpointError> {
        if text.len() > LONGEST {
            return Err(EndpointError::NotAUrl);
        }
        let url = Url::parse(text.trim()).map_err(|_| EndpointError::NotAUrl)?;
        let security = match url.scheme() {
            "https" => Security::Tls,
            "http" => Security::Plaintext,
            _ => return Err(EndpointError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(EndpointError::Fragment);
        }
        let host = host_of(&url).ok_or(EndpointError::NotAUrl)?;
        let destination = egress.permit(host, security).map_err(EndpointError::Host)?;
        Ok(Self {
            url: url.into(),
            destination,
        })
    }

    /// The URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Where it leads.
    #[must_use]
    pub fn destination(&self) -> &Destination {
        &self.destination
    }
}

fn host_of(url: &Url) -> Option<HostPort> {
    HostPort::new(url.host_str()?, url.port_or_known_default()?).ok()
}

#[cfg(test)]
mod tests {
    use lango_egress::Networks;

    use super::*;

    fn public() -> Egress {
        Egress::of_operator(Networks::public())
    }

    fn inside() -> Egress {
        let networks = Networks::parse("127.0.0.0/8,10.0.0.0/8,::1,erp", "private");
        Egress::of_operator(networks.unwrap())
    }

    fn error(text: &str, egress: &Egress) -> Option<EndpointError> {
        Endpoint::parse(text, egress).err()
    }

    #[test]
    fn public_endpoints_may_be_asked() {
        for text in [
            "https://mcp.example.com/mcp",
            "https://mcp.example.co.ke:8443/a?b=c",
            "https://41.90.1.1/mcp",
            "https://[2c0f:fe38::1]/mcp",
            "HTTPS://MCP.Example.com",
        ] {
            assert_eq!(error(text, &public()), None, "{text}");
        }
        let endpoint = Endpoint::parse("HTTPS://MCP.Example.com", &public()).unwrap();
        assert_eq!(endpoint.as_str(), "https://mcp.example.com/");
    }

    #[test]
    fn hosts_inside_a_network_may_not() {
        for text in [
            "https://localhost/mcp",
            "https://LOCALHOST./mcp",
            "https://a.localhost/mcp",
            "https://printer.local/",
            "https://db.internal",
            "https://router",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://0.0.0.0/",
            "https://10.0.0.1/",
            "https://172.31.255.255/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://192.0.2.1/",
            "https://198.18.0.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:10.1.2.3]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd12:3456::1]/",
            "https://[2001:db8::1]/",
            "https://１２７.0.0.1/",
        ] {
            assert_eq!(
                error(text, &public()),
                Some(EndpointError::Host(EgressError::NotPublic)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_deployment_inside_a_network_may_ask_it() {
        for text in [
            "http://127.0.0.1:3000/mcp",
            "http://erp/mcp",
            "https://10.0.0.1/",
            "http://[::1]:1/",
        ] {
            assert_eq!(error(text, &inside()), None, "{text}");
        }
        assert_eq!(
            error("http://erp.example.com", &inside()),
            Some(EndpointError::Host(EgressError::Plaintext))
        );
    }

    #[test]
    fn what_a_cloud_says_about_itself_is_never_asked() {
        for text in [
            "http://169.254.169.254/latest/meta-data",
            "http://[::ffff:169.254.169.254]/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://metadata.google.internal/",
            "http://2852039166/",
        ] {
            assert_eq!(
                error(text, &inside()),
                Some(EndpointError::Host(EgressError::LinkLocal)),
                "{text}"
            );
        }
        assert!(error("https://169.254.169.254/", &public()).is_some());
    }

    #[test]
    fn the_form_is_strict() {
        let refused = |text| error(text, &public());
        assert_eq!(refused("mcp.example.com"), Some(EndpointError::NotAUrl));
        assert_eq!(refused("ftp://example.com"), Some(EndpointError::Scheme));
        assert_eq!(refused("file:///etc/passwd"), Some(EndpointError::Scheme));
        assert_eq!(
            refused("https://u:p@example.com"),
            Some(EndpointError::UserInfo)
        );
        assert_eq!(
            refused("https://u@example.com"),
            Some(EndpointError::UserInfo)
        );
        assert_eq!(
            refused("https://example.com/#a"),
            Some(EndpointError::Fragment)
        );
        let long = format!("https://example.com/{}", "a".repeat(LONGEST));
        assert_eq!(refused(&long), Some(EndpointError::NotAUrl));
    }
}
