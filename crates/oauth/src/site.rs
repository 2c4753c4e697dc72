//! The deployment's own identity: its issuer, its endpoints, its resources.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{ErrorCode, OauthError};

/// An origin that is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is https://host or, on loopback, http://host:port, without a path")]
pub struct SiteError;

/// The origin under which clients reach this deployment: its issuer (RFC 8414).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    origin: String,
}

/// What a token can be for (RFC 8707, RFC 9728).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// The MCP endpoint: `{origin}/mcp`.
    Mcp,
    /// All of the deployment's interfaces: `{origin}`.
    Origin,
}

impl Site {
    /// Reads an origin.
    ///
    /// # Errors
    /// [`SiteError`] when it has more than scheme, host and port, or is http
    /// anywhere but on loopback.
    pub fn parse(origin: &str) -> Result<Self, SiteError> {
        let url = Url::parse(origin).map_err(|_| SiteError)?;
        let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
        if !secure || url.origin().ascii_serialization() != origin {
            return Err(SiteError);
        }
        Ok(Self {
            origin: origin.to_owned(),
        })
    }

    /// The issuer, which is the origin.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.origin
    }

    /// Whether it is reached by TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The identifier of a resource.
    #[must_use]
    pub fn identifier(&self, resource: Resource) -> String {
        self.url(resource.path())
    }

    /// The URL of a resource's metadata (RFC 9728 §3.1).
    #[must_use]
    pub fn metadata_url(&self, resource: Resource) -> String {
        format!(
            "{}/.well-known/oauth-protected-resource{}",
            self.origin,
            resource.path()
        )
    }

    /// Which resource a request names. Without one it is the MCP endpoint: that is
    /// what assistants are for, and the smaller of the two.
    ///
    /// # Errors
    /// `invalid_target` (RFC 8707 §2) when it is another's, or two at once.
    pub fn resource(&self, asked: &[String]) -> Result<Resource, OauthError> {
        let refused = OauthError::new(
            ErrorCode::InvalidTarget,
            "resource must be this server's own, as its metadata says it.",
        );
        match asked {
            [] => Ok(Resource::Mcp),
            [one] => [Resource::Mcp, Resource::Origin]
                .into_iter()
                .find(|resource| {
                    // A URL without a path and the same with a slash are one
                    // (RFC 3986 §6.2.3); clients send either.
                    let identifier = self.identifier(*resource);
                    *one == identifier || one.strip_suffix('/') == Some(&identifier)
                })
                .ok_or(refused),
            _ => Err(refused),
        }
    }
}

impl Resource {
    const fn path(self) -> &'static str {
        match self {
            Self::Mcp => "/mcp",
            Self::Origin => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_or_loopback() {
        for origin in [
            "https://gateway.example.com",
            "http://127.0.0.1:8787",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert_eq!(Site::parse(origin).unwrap().issuer(), origin);
        }
        for origin in [
            "http://gateway.example.com",
            "https://gateway.example.com/",
            "https://g.example/x",
            "https://u@g.example",
            "https://G.example",
            "urn:lango",
            "",
            "https://g.example:443",
        ] {
            assert!(Site::parse(origin).is_err(), "{origin}");
        }
    }

    #[test]
    fn only_its_own_resources_are_named() {
        let site = Site::parse("https://g.example").unwrap();
        let resource = |asked: &[&str]| {
            let asked: Vec<_> = asked.iter().map(|one| (*one).to_owned()).collect();
            site.resource(&asked).map_err(|error| error.code)
        };
        assert_eq!(resource(&[]), Ok(Resource::Mcp));
        assert_eq!(resource(&["https://g.example/mcp"]), Ok(Resource::Mcp));
        assert_eq!(resource(&["https://g.example/mcp/"]), Ok(Resource::Mcp));
        assert_eq!(resource(&["https://g.example"]), Ok(Resource::Origin));
        assert_eq!(resource(&["https://g.example/"]), Ok(Resource::Origin));
        for other in [
            "https://other.example/mcp",
            "http://g.example/mcp",
            "https://g.example/mcp2",
            "",
            "https://g.example/mcp#x",
            "https://g.example//",
        ] {
            assert_eq!(resource(&[other]), Err(ErrorCode::InvalidTarget), "{other}");
        }
        assert!(resource(&["https://g.example", "https://g.example/mcp"]).is_err());
    }
}
