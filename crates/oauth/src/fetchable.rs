//! Which URLs the gateway may fetch because a stranger named them: a Client ID
//! Metadata Document. The name's addresses are the runtime's to check, after
//! resolving it (`docs/THREATS.md`); here stands what the text alone can say.

use url::{Host, Url};

const MAXIMUM_LENGTH: usize = 512;

/// Names that lead into a network of one's own (RFC 6761, RFC 6762, RFC 8375,
/// RFC 9476, and names in common private use).
const PRIVATE_SUFFIXES: [&str; 16] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "test",
    "example",
    "invalid",
    "onion",
    "alt",
    "localdomain",
    "arpa",
];

/// An https URL of a public name, without anything that could mislead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchableUrl(Url);

/// Why a URL is not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchableUrlError {
    /// Not https, or not written as its parser writes it.
    #[error("It must be an https URL, written without detours.")]
    Shape,
    /// It has a user, a password, a fragment, a port, or no path.
    #[error("It must have a path, and no user, password, fragment or port.")]
    Parts,
    /// Its host is an address or a name that is not public.
    #[error("Its host must be a public name.")]
    Host,
}

impl FetchableUrl {
    /// Reads a URL. `also` is an origin that this deployment fetches from although
    /// its name is not public: a developer's own, on loopback alone.
    ///
    /// # Errors
    /// [`FetchableUrlError`] says what is wrong with it.
    pub fn parse(text: &str, also: Option<&str>) -> Result<Self, FetchableUrlError> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(FetchableUrlError::Shape);
        }
        let url = Url::parse(text).map_err(|_| FetchableUrlError::Shape)?;
        // Dot segments, upper-case hosts, numeric addresses in odd bases,
        // backslashes: what reads differently is refused, not repaired.
        if url.scheme() != "https" || url.as_str() != text {
            return Err(FetchableUrlError::Shape);
        }
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.port().is_none()
            && url.path() != "/";
        if !bare {
            return Err(FetchableUrlError::Parts);
        }
        let is_also = also.is_some_and(|also| url.origin().ascii_serialization() == also);
        if !is_also && !is_public(&url) {
            return Err(FetchableUrlError::Host);
        }
        Ok(Self(url))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Its host, which people see.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

/// No client needs an address for its identifier, and each is one more way to a
/// machine that nobody meant: not even global addresses are taken.
fn is_public(url: &Url) -> bool {
    let Some(Host::Domain(name)) = url.host() else {
        return false;
    };
    let is_under = |suffix: &str| {
        name.strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    name.contains('.') && !name.ends_with('.') && !PRIVATE_SUFFIXES.into_iter().any(is_under)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> Option<FetchableUrlError> {
        FetchableUrl::parse(text, None).err()
    }

    #[test]
    fn documents_of_public_clients_are_fetched() {
        for text in [
            "https://claude.ai/oauth/mcp-oauth-client-metadata",
            "https://vscode.dev/oauth/client-metadata.json",
            "https://client.example.co.ke/a?v=2",
        ] {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_and_private_names_are_not() {
        for host in [
            "169.254.169.254",
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "100.64.0.1",
            "0.0.0.0",
            "8.8.8.8",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fd00::1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2606:4700::1]",
            "localhost",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "intranet",
            "db",
            "nas.home.arpa",
            "x.lan",
            "a.test",
            "claude.ai.",
        ] {
            let text = format!("https://{host}/client.json");
            assert!(refusal(&text).is_some(), "{text}");
        }
    }

    #[test]
    fn urls_that_read_differently_than_they_are_used_are_not() {
        for text in [
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://0177.0.0.1/x",
            "https://127.1/x",
            "https://claude.ai/a/../b",
            "https://CLAUDE.ai/x",
            "https://claude.ai\\@10.0.0.1/x",
            "http://claude.ai/x",
            "ftp://claude.ai/x",
            "//claude.ai/x",
            "claude.ai/x",
            "",
            "https:claude.ai/x",
            "https://claude.ai:443/x",
            "https://①②⑦.⓪.⓪.①/x",
            "https://claude.ai",
            "https://claude.ai/\tx",
        ] {
            assert_eq!(refusal(text), Some(FetchableUrlError::Shape), "{text}");
        }
        for text in [
            "https://user@claude.ai/x",
            "https://:pw@claude.ai/x",
            "https://claude.ai/x#f",
            "https://claude.ai:8443/x",
            "https://claude.ai/",
        ] {
            assert_eq!(refusal(text), Some(FetchableUrlError::Parts), "{text}");
        }
        assert!(refusal(&format!("https://claude.ai/{}", "x".repeat(600))).is_some());
    }

    #[test]
    fn a_developers_own_origin_is_one_origin() {
        let own = Some("https://assistant.test");
        assert!(FetchableUrl::parse("https://assistant.test/c.json", own).is_ok());
        for text in [
            "https://other.test/c.json",
            "http://assistant.test/c.json",
            "https://x.assistant.test/c.json",
            "https://127.0.0.1/c.json",
        ] {
            assert!(FetchableUrl::parse(text, own).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_a_public_https_name(text in "https?://[a-z0-9.:@\\[\\]/#?-]{0,60}") {
            if let Ok(url) = FetchableUrl::parse(&text, None) {
                prop_assert_eq!(url.as_str(), &text);
                prop_assert!(text.starts_with("https://"));
                prop_assert!(url.host().contains('.'));
                prop_assert!(url.host().parse::<std::net::IpAddr>().is_err());
            }
        }
    }
}
