//! Which URLs may be asked.
//!
//! This holds what a URL says of itself. What its name resolves to is known
//! only to the platform: Cloudflare's Workers reach public addresses alone, and
//! plain workerd is given a network service that filters resolved addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Longer ones are no endpoints.
const LONGEST: usize = 2048;

/// What an operator lets connectors reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Networks {
    /// The Internet, over https.
    Public,
    /// The operator's own networks as well, over http too: for a deployment
    /// inside them.
    Private,
}

/// A URL that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
}

/// Why a URL may not be asked, as the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL of a sensible length.
    #[error("is not a URL of at most 2048 characters")]
    NotAUrl,
    /// Neither https nor, where that is allowed, http.
    #[error("does not start with https://")]
    Scheme,
    /// It would put a password where logs and errors may show it.
    #[error("has a user name or password; use the credential fields")]
    UserInfo,
    /// A fragment is never sent.
    #[error("has a fragment")]
    Fragment,
    /// An address or name inside some network.
    #[error("names a host that is not on the public Internet")]
    NotPublic,
    /// Addresses where clouds answer questions about themselves.
    #[error("names a link-local address, which is never asked")]
    LinkLocal,
}

impl Endpoint {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`EndpointError`] says what is wrong with it.
    pub fn parse(text: &str, networks: Networks) -> Result<Self, EndpointError> {
        if text.len() > LONGEST {
            return Err(EndpointError::NotAUrl);
        }
        let url = Url::parse(text.trim()).map_err(|_| EndpointError::NotAUrl)?;
        match (url.scheme(), networks) {
            ("https", _) | ("http", Networks::Private) => {}
            _ => return Err(EndpointError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(EndpointError::Fragment);
        }
        check_host(url.host().ok_or(EndpointError::NotAUrl)?, networks)?;
        Ok(Self { url: url.into() })
    }

    /// The URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }
}

fn check_host(host: Host<&str>, networks: Networks) -> Result<(), EndpointError> {
    let address: IpAddr = match host {
        Host::Domain(name) => return check_name(name, networks),
        Host::Ipv4(address) => address.into(),
        Host::Ipv6(address) => embedded(address).map_or(address.into(), Into::into),
    };
    if is_link_local(address) {
        return Err(EndpointError::LinkLocal);
    }
    if networks == Networks::Public && !is_public(address) {
        return Err(EndpointError::NotPublic);
    }
    Ok(())
}

/// Names that only mean something inside a network (RFC 6761, RFC 6762, and
/// what clouds use), and names without a dot.
fn check_name(name: &str, networks: Networks) -> Result<(), EndpointError> {
    const INSIDE: [&str; 9] = [
        "localhost",
        "local",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "arpa",
    ];
    let name = name.strip_suffix('.').unwrap_or(name);
    // The name under which a cloud's machines ask about themselves.
    if name == "metadata.google.internal" {
        return Err(EndpointError::LinkLocal);
    }
    let Some((_, last)) = name.rsplit_once('.') else {
        return match networks {
            Networks::Public => Err(EndpointError::NotPublic),
            Networks::Private => Ok(()),
        };
    };
    if networks == Networks::Public && INSIDE.contains(&last) {
        return Err(EndpointError::NotPublic);
    }
    Ok(())
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, 6to4
/// (RFC 3056), NAT64 (RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let halves = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(halves(high, low))
        }
        [0x2002, high, low, ..] => Some(halves(high, low)),
        _ => None,
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        // fd00:ec2::/32 is where one cloud answers its machines over IPv6.
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            first & 0xffc0 == 0xfe80 || (first == 0xfd00 && second == 0x0ec2)
        }
    }
}

/// Whether an address is one of the public Internet, by the special-purpose
/// registries of IANA.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let special = a == 0
                || a >= 224
                || address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_documentation()
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19));
            !special
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            // 2000::/3 without documentation, Teredo, ORCHID and benchmarking.
            first & 0xe000 == 0x2000
                && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
                && first != 0x3fff
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, networks: Networks) -> Option<EndpointError> {
        Endpoint::parse(text, networks).err()
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
            assert_eq!(error(text, Networks::Public), None, "{text}");
        }
        let endpoint = Endpoint::parse("HTTPS://MCP.Example.com", Networks::Public).unwrap();
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
                error(text, Networks::Public),
                Some(EndpointError::NotPublic),
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
            assert_eq!(error(text, Networks::Private), None, "{text}");
        }
        assert_eq!(
            error("http://erp.example.com", Networks::Public),
            Some(EndpointError::Scheme)
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
                error(text, Networks::Private),
                Some(EndpointError::LinkLocal),
                "{text}"
            );
        }
        assert!(error("https://169.254.169.254/", Networks::Public).is_some());
    }

    #[test]
    fn the_form_is_strict() {
        let public = |text| error(text, Networks::Public);
        assert_eq!(public("mcp.example.com"), Some(EndpointError::NotAUrl));
        assert_eq!(public("ftp://example.com"), Some(EndpointError::Scheme));
        assert_eq!(public("file:///etc/passwd"), Some(EndpointError::Scheme));
        assert_eq!(
            public("https://u:p@example.com"),
            Some(EndpointError::UserInfo)
        );
        assert_eq!(
            public("https://u@example.com"),
            Some(EndpointError::UserInfo)
        );
        assert_eq!(
            public("https://example.com/#a"),
            Some(EndpointError::Fragment)
        );
        let long = format!("https://example.com/{}", "a".repeat(LONGEST));
        assert_eq!(public(&long), Some(EndpointError::NotAUrl));
    }
}
