//! Where a webhook may lead.

use lango_egress::{Egress, HostPort, Networks, Security};
use url::Url;

const LONGEST: usize = 2_000;

/// An https URL on the public Internet, as far as its text says: what its name resolves
/// to is the platform's to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

/// Why a URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not https, or with a user, a password or a fragment.
    #[error("must be an https URL without user, password and fragment, of at most 2000 bytes")]
    Form,
    /// Inside some network.
    #[error("must lead to a host on the public Internet")]
    Host,
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let url = Url::parse(text).map_err(|_| TargetError::Form)?;
        let is_plain = url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && text.len() <= LONGEST;
        if !is_plain {
            return Err(TargetError::Form);
        }
        let host = url.host_str().ok_or(TargetError::Form)?;
        let port = url.port_or_known_default().ok_or(TargetError::Form)?;
        let host = HostPort::new(host, port).map_err(|_| TargetError::Host)?;
        Egress::of_operator(Networks::public())
            .permit(host, Security::Tls)
            .map_err(|_| TargetError::Host)?;
        Ok(Self(url))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its origin, such as `https://alerts.example.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_lead_to_the_internet_over_tls() {
        for fine in [
            "https://alerts.example.com/lango?team=7",
            "https://example.co.ke:8443/",
            "https://41.90.1.1/hook",
        ] {
            assert_eq!(Target::parse(fine).unwrap().as_str(), fine);
        }
        let target = Target::parse("https://a.example.com:8443/x").unwrap();
        assert_eq!(target.origin(), "https://a.example.com:8443");
    }

    #[test]
    fn nothing_inside_a_network_is_reached() {
        for inside in [
            "https://localhost/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://10.0.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://metadata.google.internal/",
            "https://router/",
            "https://db.internal/",
        ] {
            assert_eq!(Target::parse(inside), Err(TargetError::Host), "{inside}");
        }
        for odd in [
            "",
            "hook",
            "http://example.com/",
            "ftp://example.com/",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://example.com/#part",
            "javascript:alert(1)",
        ] {
            assert_eq!(Target::parse(odd), Err(TargetError::Form), "{odd}");
        }
        let long = format!("https://example.com/{}", "a".repeat(2_000));
        assert_eq!(Target::parse(&long), Err(TargetError::Form));
    }
}
