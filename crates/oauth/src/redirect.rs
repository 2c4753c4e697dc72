//! Where an answer may be sent (RFC 6749 §3.1.2, RFC 8252, OAuth 2.1 §2.3).

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longer ones are refused: they travel in the client's identifier.
const MAXIMUM_LENGTH: usize = 512;

/// Schemes of desktop applications that have no dot in them. RFC 8252 §7.1 asks
/// for reverse domain names; these are in use without. Everything else without a
/// dot is refused: a browser gives meaning to some (`javascript`, `data`, `intent`).
const APPLICATION_SCHEMES: [&str; 6] = [
    "claude",
    "cursor",
    "vscode",
    "vscode-insiders",
    "windsurf",
    "zed",
];

/// A URI that a client has registered, or that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri {
    text: String,
    url: Url,
}

/// Why a redirect was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Not an absolute URI, or too long, or with characters that no URI has.
    #[error("A redirect URI must be an absolute URI of at most 512 ASCII characters.")]
    Shape,
    /// It has a fragment, a user or a password.
    #[error("A redirect URI must have no fragment, user or password.")]
    Parts,
    /// Its scheme or host is not one to send an answer to.
    #[error("A redirect URI must be https, http on loopback, or an application's own scheme.")]
    Target,
}

impl RedirectUri {
    /// Reads a redirect URI.
    ///
    /// # Errors
    /// [`RedirectUriError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        // The parser drops tabs and newlines, and takes a backslash for a slash:
        // what is compared and shown must be what is used.
        let clean = text.len() <= MAXIMUM_LENGTH
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !clean {
            return Err(RedirectUriError::Shape);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriError::Shape)?;
        if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::Parts);
        }
        let allowed = match url.scheme() {
            "https" => url.host_str().is_some_and(is_plain_host),
            "http" => is_loopback(&url),
            scheme => scheme.contains('.') || APPLICATION_SCHEMES.contains(&scheme),
        };
        if !allowed {
            return Err(RedirectUriError::Target);
        }
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }

    /// Whether this registered URI is the one that a request asks for: equal as
    /// text (RFC 6749 §3.1.2.3 by simple string comparison), but for the port of
    /// a loopback address, which an application picks when it runs (RFC 8252
    /// §7.3).
    #[must_use]
    pub fn matches(&self, asked: &Self) -> bool {
        if self.text == asked.text {
            return true;
        }
        is_loopback(&self.url)
            && is_loopback(&asked.url)
            && without_port(&self.url) == without_port(&asked.url)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URI, to add an answer to.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where it leads, in words for the person who is asked to consent.
    #[must_use]
    pub fn destination(&self) -> String {
        if is_loopback(&self.url) {
            let place = &self.url[url::Position::BeforeHost..url::Position::AfterPort];
            return format!("an application on this computer ({place})");
        }
        match self.url.host_str() {
            Some(host) if self.url.scheme() == "https" => host.to_owned(),
            _ => format!("the application that opens {}: links", self.url.scheme()),
        }
    }

    /// What a page's `form-action` must name so that a browser follows the answer.
    #[must_use]
    pub fn form_action(&self) -> String {
        match self.url.scheme() {
            "https" | "http" => self.url.origin().ascii_serialization(),
            scheme => format!("{scheme}:"),
        }
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(redirect: RedirectUri) -> Self {
        redirect.text
    }
}

/// The parser takes hosts with `;` and `'` in them. No such host is registered
/// anywhere, and a page's policy is made of hosts.
fn is_plain_host(host: &str) -> bool {
    host.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

fn without_port(url: &Url) -> Option<Url> {
    let mut url = url.clone();
    url.set_port(None).ok()?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn clients_in_use_can_register_theirs() {
        for text in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://chatgpt.com/connector_platform_oauth_redirect",
            "http://127.0.0.1:33418/",
            "http://localhost:3118/callback",
            "http://[::1]:9/cb",
            "cursor://anysphere.cursor-retrieval/oauth/callback",
            "com.example.app:/oauth",
        ] {
            assert_eq!(uri(text).as_str(), text);
        }
    }

    #[test]
    fn what_a_browser_would_run_or_leak_is_refused() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "intent://x#Intent;end",
            "about:blank",
            "blob:https://x",
            "http://claude.ai/cb",
            "http://10.0.0.1/cb",
            "http://localhost.attacker.example/",
            "https://user@claude.ai/",
            "https://claude.ai/#f",
            "/callback",
            "claude.ai/cb",
            "",
            "https://",
            "https://claude.ai\\@attacker.example/",
            "https://claude.ai/\ncb",
            "https://claude.ai/é",
            "https://claude.ai/ cb",
        ] {
            assert!(RedirectUri::parse(text).is_err(), "{text:?}");
        }
        assert!(RedirectUri::parse(&format!("https://a.example/{}", "x".repeat(600))).is_err());
    }

    #[test]
    fn matching_is_exact() {
        let registered = uri("https://claude.ai/api/mcp/auth_callback");
        assert!(registered.matches(&registered.clone()));
        for other in [
            "https://claude.ai/api/mcp/auth_callback/",
            "https://claude.ai/api/mcp/auth_callback?x=1",
            "https://claude.ai/api/mcp/auth_callbac",
            "https://claude.ai:8443/api/mcp/auth_callback",
            "https://claude.ai.attacker.example/api/mcp/auth_callback",
            "https://claude.ai/api/mcp/../mcp/auth_callback",
            "https://CLAUDE.ai/api/mcp/auth_callback",
        ] {
            assert!(!registered.matches(&uri(other)), "{other}");
        }
    }

    #[test]
    fn only_the_port_of_loopback_is_free() {
        let registered = uri("http://127.0.0.1/callback");
        assert!(registered.matches(&uri("http://127.0.0.1:50321/callback")));
        for other in [
            "http://127.0.0.1:50321/other",
            "http://localhost:50321/callback",
            "http://[::1]:50321/callback",
            "https://127.0.0.1:50321/callback",
            "http://127.0.0.1:50321/callback?x=1",
        ] {
            assert!(!registered.matches(&uri(other)), "{other}");
        }
        let secure = uri("https://app.example/callback");
        assert!(!secure.matches(&uri("https://app.example:444/callback")));
    }

    #[test]
    fn people_see_where_it_leads() {
        assert_eq!(uri("https://claude.ai/cb").destination(), "claude.ai");
        assert_eq!(
            uri("http://127.0.0.1:1/cb").destination(),
            "an application on this computer (127.0.0.1:1)"
        );
        assert_eq!(
            uri("cursor://x/cb").destination(),
            "the application that opens cursor: links"
        );
        assert_eq!(
            uri("https://claude.ai/cb").form_action(),
            "https://claude.ai"
        );
        assert_eq!(
            uri("http://127.0.0.1:1/cb").form_action(),
            "http://127.0.0.1:1"
        );
        assert_eq!(uri("cursor://x/cb").form_action(), "cursor:");
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_reads_back(text in "\\PC{0,80}") {
            if let Ok(redirect) = RedirectUri::parse(&text) {
                prop_assert_eq!(redirect.as_str(), &text);
                prop_assert!(redirect.matches(&RedirectUri::parse(&text).unwrap()));
            }
        }

        #[test]
        fn a_policy_cannot_be_ended_by_a_redirect(text in "(https|http|cursor)://[!-~]{0,60}") {
            if let Ok(redirect) = RedirectUri::parse(&text) {
                prop_assert!(!redirect.form_action().contains([';', ',', ' ', '\'']), "{}", redirect.form_action());
            }
        }
    }
}
