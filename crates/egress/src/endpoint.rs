//! The one way to something that can be connected to.

use crate::{
    host::HostPort,
    networks::{Networks, Place},
};

/// Where one connection may connect to.
#[derive(Debug, Clone)]
pub struct Egress {
    networks: Networks,
    /// `None`: wherever the operator allows.
    allowed: Option<Vec<HostPort>>,
}

/// Proof: this host may be connected to in this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    host: HostPort,
    security: Security,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// By TLS, or not at all: there is no connection without it.
    Tls,
    /// Perhaps not.
    Plaintext,
}

/// Why a host may not be connected to, as the end of a sentence. Where this can be
/// changed is said, because whoever reads it is not always who can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.problem())]
pub enum EgressError {
    /// It is not in the connection's list.
    NotAllowed,
    /// An address or name inside some network.
    NotPublic,
    /// Addresses where clouds answer questions about themselves.
    LinkLocal,
    /// It would be spoken to without TLS.
    Plaintext,
}

impl EgressError {
    /// The end of a sentence that begins with the field; it never has a value.
    #[must_use]
    pub const fn problem(self) -> &'static str {
        match self {
            Self::NotAllowed => "is not one of the connection's allowed_hosts",
            Self::NotPublic => {
                "is not on the public Internet, and the operator has not named it as a private network"
            }
            Self::LinkLocal => "is link-local, where nothing is ever asked",
            Self::Plaintext => {
                "must require TLS: the operator has not allowed connections without it"
            }
        }
    }
}

impl Egress {
    /// What the operator allows, within what the connection allows.
    #[must_use]
    pub fn new(networks: Networks, allowed: Option<Vec<HostPort>>) -> Self {
        Self { networks, allowed }
    }

    /// Wherever the operator allows: for a connection whose list is still to be made.
    #[must_use]
    pub fn of_operator(networks: Networks) -> Self {
        Self::new(networks, None)
    }

    /// Decides about a host.
    ///
    /// # Errors
    /// [`EgressError`].
    pub fn permit(&self, host: HostPort, security: Security) -> Result<Destination, EgressError> {
        let place = self.networks.place(&host);
        match place {
            Place::LinkLocal => return Err(EgressError::LinkLocal),
            Place::Elsewhere => return Err(EgressError::NotPublic),
            Place::Internet | Place::Named => {}
        }
        let is_protected =
            security == Security::Tls || (place == Place::Named && self.networks.takes_plaintext());
        if !is_protected {
            return Err(EgressError::Plaintext);
        }
        match &self.allowed {
            Some(allowed) if !allowed.contains(&host) => Err(EgressError::NotAllowed),
            _ => Ok(Destination { host, security }),
        }
    }
}

impl Destination {
    /// The host and the port.
    #[must_use]
    pub fn host(&self) -> &HostPort {
        &self.host
    }

    /// How it is to be connected to.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::networks::NetworksError;

    fn decide(networks: &Networks, host: &str, security: Security) -> Option<EgressError> {
        let host: HostPort = format!("{host}:443").parse().unwrap();
        Egress::of_operator(networks.clone())
            .permit(host, security)
            .err()
    }

    fn inside() -> Networks {
        Networks::parse("127.0.0.0/8, ::1, 10.20.0.0/16,erp, .corp", "private").unwrap()
    }

    #[test]
    fn the_internet_may_be_connected_to_over_tls() {
        for host in ["db.example.com", "41.90.1.1", "[2c0f:fe38::1]", "a.co.ke"] {
            assert_eq!(
                decide(&Networks::public(), host, Security::Tls),
                None,
                "{host}"
            );
            for networks in [Networks::public(), inside()] {
                let refused = decide(&networks, host, Security::Plaintext);
                assert_eq!(refused, Some(EgressError::Plaintext), "{host}");
            }
        }
    }

    #[test]
    fn hosts_inside_a_network_may_not() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "db.internal",
            "router",
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:10.1.2.3]",
            "[64:ff9b::a00:1]",
            "[2002:7f00:1::]",
            "[fd12:3456::1]",
            "[2001:db8::1]",
        ] {
            let refused = decide(&Networks::public(), host, Security::Tls);
            assert_eq!(refused, Some(EgressError::NotPublic), "{host}");
        }
    }

    #[test]
    fn what_the_configuration_names_may_be_connected_to() {
        for host in [
            "127.0.0.1",
            "[::1]",
            "[::ffff:10.20.1.2]",
            "10.20.255.1",
            "erp",
            "ERP.",
            "db.corp",
        ] {
            for security in [Security::Tls, Security::Plaintext] {
                assert_eq!(decide(&inside(), host, security), None, "{host}");
            }
        }
        for host in [
            "10.21.0.1",
            "192.168.1.1",
            "localhost",
            "corp",
            "crm",
            "db.erp.internal",
        ] {
            let refused = decide(&inside(), host, Security::Tls);
            assert_eq!(refused, Some(EgressError::NotPublic), "{host}");
        }
        let with_tls = Networks::parse("10.20.0.0/16", "refuse").unwrap();
        assert_eq!(decide(&with_tls, "10.20.0.1", Security::Tls), None);
        let refused = decide(&with_tls, "10.20.0.1", Security::Plaintext);
        assert_eq!(refused, Some(EgressError::Plaintext));
    }

    #[test]
    fn nobody_asks_what_a_cloud_says_of_itself() {
        let everything =
            Networks::parse("10.0.0.0/8,.internal,.google.internal", "private").unwrap();
        for host in [
            "169.254.169.254",
            "[::ffff:169.254.169.254]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "metadata.google.internal",
            "2852039166",
        ] {
            for networks in [Networks::public(), everything.clone()] {
                let refused = decide(&networks, host, Security::Tls);
                assert_eq!(refused, Some(EgressError::LinkLocal), "{host}");
            }
        }
        for entry in [
            "169.254.0.0/16",
            "169.254.169.254",
            "fe80::/10",
            "metadata.google.internal",
        ] {
            let refused = Networks::parse(entry, "");
            assert_eq!(refused, Err(NetworksError::LinkLocal(entry.to_owned())));
        }
    }

    #[test]
    fn a_configuration_that_is_not_understood_is_refused() {
        for entry in ["10.0.0.0/33", "a b", "*", "db:5432", "."] {
            let refused = Networks::parse(entry, "");
            assert_eq!(refused, Err(NetworksError::Entry(entry.to_owned())));
        }
        assert_eq!(Networks::parse("", "yes"), Err(NetworksError::Plaintext));
    }

    #[test]
    fn a_connection_reaches_its_own_hosts_alone() {
        let allowed = vec!["db.example.com:5432".parse().unwrap()];
        let egress = Egress::new(Networks::public(), Some(allowed));
        let permit = |text: &str| egress.permit(text.parse().unwrap(), Security::Tls).err();
        assert_eq!(permit("DB.example.com:5432"), None);
        for other in [
            "db.example.com:5433",
            "evil.example.com:5432",
            "41.90.1.1:5432",
        ] {
            assert_eq!(permit(other), Some(EgressError::NotAllowed), "{other}");
        }
        let nowhere = Egress::new(Networks::public(), Some(Vec::new()));
        let refused = nowhere.permit("db.example.com:5432".parse().unwrap(), Security::Tls);
        assert_eq!(refused.err(), Some(EgressError::NotAllowed));
    }

    proptest! {
        /// A list never widens what the operator allows.
        #[test]
        fn a_list_only_narrows(a: u8, b: u8, c: u8, d: u8, port in 1u16..) {
            let host: HostPort = format!("{a}.{b}.{c}.{d}:{port}").parse().unwrap();
            let listed = Egress::new(inside(), Some(vec![host.clone()]));
            for security in [Security::Tls, Security::Plaintext] {
                prop_assert_eq!(
                    listed.permit(host.clone(), security).is_ok(),
                    Egress::of_operator(inside()).permit(host.clone(), security).is_ok()
                );
            }
        }
    }
}
