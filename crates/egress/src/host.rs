//! A host and a port, in one normal form.

use std::{fmt, net::IpAddr, str::FromStr};

use url::Host;

use crate::address;

/// RFC 1035, section 2.3.4.
const LONGEST_NAME: usize = 253;

/// A host and a port: what an allow-list has, and what is compared with it. Two ways of
/// writing the same address (`127.1`, `0x7f.0.0.1`) are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    host: Host,
    port: u16,
}

/// Why a text names no host and port, as the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.problem())]
pub enum HostError {
    /// No name or address.
    Host,
    /// No port behind the last colon.
    Port,
}

impl HostError {
    /// The end of a sentence that begins with the field; it never has a value.
    #[must_use]
    pub const fn problem(self) -> &'static str {
        match self {
            Self::Host => "is not a host name or an address",
            Self::Port => "does not end with a colon and a port from 1 to 65535",
        }
    }
}

impl HostPort {
    /// A host as a credential or a URL names it: a name, an IPv4 address, or an IPv6
    /// address with or without brackets.
    ///
    /// # Errors
    /// [`HostError`].
    pub fn new(host: &str, port: u16) -> Result<Self, HostError> {
        if port == 0 {
            return Err(HostError::Port);
        }
        Ok(Self {
            host: parse_host(host)?,
            port,
        })
    }

    /// The host, an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The name; `None` for an address.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    /// The address that is reached; `None` for a name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address::reached(address.into())),
        }
    }
}

fn parse_host(text: &str) -> Result<Host, HostError> {
    if text.len() > LONGEST_NAME + 1 {
        return Err(HostError::Host);
    }
    let parsed = match text.parse::<std::net::Ipv6Addr>() {
        Ok(address) => Host::Ipv6(address),
        Err(_) => {
            Host::parse(text.strip_suffix('.').unwrap_or(text)).map_err(|_| HostError::Host)?
        }
    };
    match &parsed {
        Host::Domain(name) if !is_name(name) => Err(HostError::Host),
        _ => Ok(parsed),
    }
}

/// Letters, digits, hyphens and underscores between dots: what resolvers take, and
/// nothing that means something elsewhere.
fn is_name(name: &str) -> bool {
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= LONGEST_NAME && name.split('.').all(fits)
}

impl FromStr for HostPort {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let (host, port) = text.rsplit_once(':').ok_or(HostError::Port)?;
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port
            .parse()
            .ok()
            .filter(|_| is_number)
            .ok_or(HostError::Port)?;
        // An IPv6 address without brackets would end in what looks like a port.
        if host.contains(':') && !host.starts_with('[') {
            return Err(HostError::Host);
        }
        Self::new(host, port)
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> Result<String, HostError> {
        text.parse::<HostPort>().map(|host| host.to_string())
    }

    #[test]
    fn one_host_has_one_form() {
        for (text, form) in [
            ("DB.Example.com:5432", "db.example.com:5432"),
            ("db.example.com.:5432", "db.example.com:5432"),
            ("127.1:80", "127.0.0.1:80"),
            ("0x7f.0.0.1:80", "127.0.0.1:80"),
            ("2130706433:80", "127.0.0.1:80"),
            ("[::1]:80", "[::1]:80"),
            ("[0:0::1]:80", "[::1]:80"),
            ("１２７.0.0.1:80", "127.0.0.1:80"),
            ("db_1:5432", "db_1:5432"),
        ] {
            assert_eq!(normal(text), Ok(form.to_owned()), "{text}");
        }
        assert_eq!(HostPort::new("::1", 80).unwrap().to_string(), "[::1]:80");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["db", "db:", "db:0", "db:65536", "db:+1", "db: 80", ""] {
            assert_eq!(normal(text), Err(HostError::Port), "{text}");
        }
        for text in [
            ":80",
            "a b:80",
            "user@db:80",
            "db/x:80",
            "::1:80",
            "a..b:80",
            "*:80",
            "db?:80",
            "[::1:80",
            "1.2.3.4.5:80",
            "a%:80",
        ] {
            assert_eq!(normal(text), Err(HostError::Host), "{text}");
        }
        assert!(HostPort::new(&"a.".repeat(200), 80).is_err());
    }

    proptest! {
        #[test]
        fn the_normal_form_is_its_own(text in "[a-zA-Z0-9._:\\[\\]-]{0,40}") {
            if let Ok(host) = text.parse::<HostPort>() {
                prop_assert_eq!(host.to_string().parse::<HostPort>(), Ok(host));
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in ".{0,300}") {
            let _ = text.parse::<HostPort>();
        }
    }
}
