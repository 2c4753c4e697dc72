//! Clients: who asks. Their metadata, registered (RFC 7591) or published as a
//! Client ID Metadata Document.

use lango_identity::{Statement, StatementPurpose};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    error::{ErrorCode, OauthError},
    fetchable::FetchableUrl,
    redirect::RedirectUri,
};

/// More redirects than this make identifiers that no URL holds.
const MAXIMUM_REDIRECTS: usize = 8;
const MAXIMUM_NAME: usize = 80;
/// A registered client's identifier is a signed text.
const MAXIMUM_IDENTIFIER: usize = 4096;
const CODE_GRANT: &str = "authorization_code";
const ASSERTION_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How a client proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// It cannot keep a secret (`none`); PKCE protects it.
    None,
    /// HTTP Basic.
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
}

/// What a client says of itself, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// What people are shown; without invisible characters.
    pub name: String,
    /// Where answers may be sent; none for a client that only brings assertions.
    pub redirect_uris: Vec<RedirectUri>,
    /// How it proves itself.
    pub authentication: Authentication,
}

/// Why metadata was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Not JSON of the agreed form.
    #[error("The client's metadata is not JSON of the form that RFC 7591 gives it.")]
    Shape,
    /// No redirect, too many, or one that may not be.
    #[error(
        "redirect_uris must be one to eight URIs: https, http on loopback, or an application's own scheme."
    )]
    Redirects,
    /// A way to prove itself that this server does not have.
    #[error(
        "token_endpoint_auth_method must be none, client_secret_basic or client_secret_post (for a metadata document: none)."
    )]
    Authentication,
    /// It wants another grant.
    #[error("grant_types and response_types must be those that the server's metadata lists.")]
    Grants,
    /// The document names another client.
    #[error("client_id in the document must be the URL that it was fetched from.")]
    Identifier,
    /// Too much of it.
    #[error("The client's metadata is too long.")]
    Length,
}

/// The claims of a registered client's identifier: the registration itself, so
/// that a stranger's registration stores nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredClient {
    /// Random: two that say the same of themselves in one second are two clients,
    /// with secrets of their own.
    #[serde(rename = "jti")]
    pub id: String,
    /// What it said of itself.
    #[serde(flatten)]
    pub metadata: ClientMetadata,
}

impl Statement for RegisteredClient {
    const PURPOSE: StatementPurpose = StatementPurpose::new("lango-client");
}

/// How a request names its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientIdentifier {
    /// By the URL of its metadata document.
    Document(FetchableUrl),
    /// By what registration answered; not verified yet.
    Registered(String),
}

/// A client whose metadata is known to be its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// What it says of itself.
    pub metadata: ClientMetadata,
    /// The host that publishes its document. A registered client has none: nobody
    /// vouches for its name.
    pub published_by: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    client_name: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
    #[serde(default)]
    response_types: Option<Vec<String>>,
}

impl ClientIdentifier {
    /// Reads a `client_id`. `also` is a developer's own origin, on loopback.
    ///
    /// # Errors
    /// `invalid_client` when it is neither form.
    pub fn parse(text: &str, also: Option<&str>) -> Result<Self, OauthError> {
        let refuse = |description| Err(OauthError::new(ErrorCode::InvalidClient, description));
        if text.contains("://") {
            return match FetchableUrl::parse(text, also) {
                Ok(url) => Ok(Self::Document(url)),
                Err(_) => refuse("client_id is a URL from which no metadata document is fetched."),
            };
        }
        if text.is_empty() || text.len() > MAXIMUM_IDENTIFIER || !text.is_ascii() {
            return refuse("There is no such client: register again.");
        }
        Ok(Self::Registered(text.to_owned()))
    }
}

impl ClientMetadata {
    /// Reads a registration (RFC 7591 §2).
    ///
    /// # Errors
    /// [`MetadataError`] says what to change.
    pub fn registration(json: &[u8]) -> Result<Self, MetadataError> {
        // RFC 7591 §2: without a method it is HTTP Basic.
        let metadata =
            Wire::read(json)?.check(Authentication::ClientSecretBasic, "An assistant")?;
        let length: usize = metadata
            .redirect_uris
            .iter()
            .map(|uri| uri.as_str().len())
            .sum();
        // The identifier carries them in a URL.
        if length > 1024 {
            return Err(MetadataError::Length);
        }
        Ok(metadata)
    }

    /// Reads the document that was fetched from a URL.
    ///
    /// # Errors
    /// [`MetadataError`] says what to change.
    pub fn document(url: &FetchableUrl, json: &[u8]) -> Result<Self, MetadataError> {
        let wire = Wire::read(json)?;
        if wire.client_id.as_deref() != Some(url.as_str()) {
            return Err(MetadataError::Identifier);
        }
        let metadata = wire.check(Authentication::None, url.host())?;
        // A published document cannot hold a secret.
        if metadata.authentication != Authentication::None {
            return Err(MetadataError::Authentication);
        }
        Ok(metadata)
    }

    /// The registered redirect that a request may use.
    #[must_use]
    pub fn allows(&self, asked: &RedirectUri) -> bool {
        self.redirect_uris
            .iter()
            .any(|registered| registered.matches(asked))
    }
}

impl Wire {
    fn read(json: &[u8]) -> Result<Self, MetadataError> {
        // An array would be read as the fields in their order.
        let object: serde_json::Map<String, Value> =
            serde_json::from_slice(json).map_err(|_| MetadataError::Shape)?;
        serde_json::from_value(Value::Object(object)).map_err(|_| MetadataError::Shape)
    }

    fn check(self, default: Authentication, name: &str) -> Result<ClientMetadata, MetadataError> {
        let authentication = match self.token_endpoint_auth_method.as_deref() {
            None => default,
            Some("none") => Authentication::None,
            Some("client_secret_basic") => Authentication::ClientSecretBasic,
            Some("client_secret_post") => Authentication::ClientSecretPost,
            Some(_) => return Err(MetadataError::Authentication),
        };
        let grants = self
            .grant_types
            .unwrap_or_else(|| vec![CODE_GRANT.to_owned()]);
        let wants = |grant: &str| grants.iter().any(|wanted| wanted == grant);
        let responses = self.response_types.unwrap_or_default();
        if !(wants(CODE_GRANT) || wants(ASSERTION_GRANT))
            || responses.iter().any(|response| response != "code")
        {
            return Err(MetadataError::Grants);
        }
        if self.redirect_uris.len() > MAXIMUM_REDIRECTS
            || (wants(CODE_GRANT) && self.redirect_uris.is_empty())
        {
            return Err(MetadataError::Redirects);
        }
        let redirect_uris = self
            .redirect_uris
            .iter()
            .map(|uri| RedirectUri::parse(uri).map_err(|_| MetadataError::Redirects))
            .collect::<Result<_, _>>()?;
        Ok(ClientMetadata {
            name: readable(self.client_name.as_deref().unwrap_or_default(), name),
            redirect_uris,
            authentication,
        })
    }
}

/// A name that shows what it is: no control characters, and none that reorder or
/// hide text.
fn readable(name: &str, otherwise: &str) -> String {
    let misleads = |character: char| {
        character.is_control()
            || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}')
    };
    let shown: String = name
        .chars()
        .filter(|it| !misleads(*it))
        .take(MAXIMUM_NAME)
        .collect();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if shown.is_empty() {
        otherwise.to_owned()
    } else {
        shown
    }
}

impl Authentication {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

/// The answer to a registration (RFC 7591 §3.2.1). `secret` is for clients that
/// can keep one.
#[must_use]
pub fn registration_answer(
    id: &str,
    secret: Option<&str>,
    metadata: &ClientMetadata,
    issued_at: i64,
) -> Value {
    let mut answer = json!({
        "client_id": id,
        "client_id_issued_at": issued_at,
        "client_name": metadata.name,
        "redirect_uris": metadata.redirect_uris,
        "token_endpoint_auth_method": metadata.authentication.name(),
        "grant_types": if metadata.redirect_uris.is_empty() {
            vec![ASSERTION_GRANT]
        } else {
            vec![CODE_GRANT, "refresh_token", ASSERTION_GRANT]
        },
        "response_types": if metadata.redirect_uris.is_empty() { vec![] } else { vec!["code"] },
    });
    if let Some(secret) = secret {
        answer["client_secret"] = secret.into();
        answer["client_secret_expires_at"] = 0.into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn register(value: &Value) -> Result<ClientMetadata, MetadataError> {
        ClientMetadata::registration(value.to_string().as_bytes())
    }

    #[test]
    fn what_clients_send_is_taken() {
        let metadata = register(&json!({
            "client_name": "Claude",
            "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": "tool.read", "contacts": ["a@b.example"],
        }))
        .unwrap();
        assert_eq!(metadata.name, "Claude");
        assert_eq!(metadata.authentication, Authentication::None);
        let bare = register(&json!({ "redirect_uris": ["http://127.0.0.1/cb"] })).unwrap();
        assert_eq!(bare.authentication, Authentication::ClientSecretBasic);
        assert_eq!(bare.name, "An assistant");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let redirect = json!(["https://a.example/cb"]);
        for (value, error) in [
            (json!([]), MetadataError::Shape),
            (
                json!({ "redirect_uris": "https://a.example" }),
                MetadataError::Shape,
            ),
            (json!({}), MetadataError::Redirects),
            (
                json!({ "redirect_uris": ["javascript:alert(1)"] }),
                MetadataError::Redirects,
            ),
            (
                json!({ "redirect_uris": vec!["https://a.example/"; 9] }),
                MetadataError::Redirects,
            ),
            (
                json!({ "redirect_uris": redirect, "grant_types": ["password"] }),
                MetadataError::Grants,
            ),
            (
                json!({ "redirect_uris": redirect, "response_types": ["token"] }),
                MetadataError::Grants,
            ),
            (
                json!({ "redirect_uris": redirect, "token_endpoint_auth_method": "private_key_jwt" }),
                MetadataError::Authentication,
            ),
        ] {
            assert_eq!(register(&value), Err(error), "{value}");
        }
        let long = format!("https://a.example/{}", "x".repeat(400));
        let many: Vec<_> = (0..4).map(|number| format!("{long}{number}")).collect();
        assert_eq!(
            register(&json!({ "redirect_uris": many })),
            Err(MetadataError::Length)
        );
    }

    #[test]
    fn a_document_speaks_for_its_own_url_alone() {
        let url = FetchableUrl::parse("https://claude.ai/client.json", None).unwrap();
        let document = |id: &str, method: &str| {
            let value = json!({ "client_id": id, "redirect_uris": ["https://claude.ai/cb"], "token_endpoint_auth_method": method });
            ClientMetadata::document(&url, value.to_string().as_bytes())
        };
        assert_eq!(
            document("https://claude.ai/client.json", "none")
                .unwrap()
                .name,
            "claude.ai"
        );
        assert_eq!(
            document("https://other.example/client.json", "none"),
            Err(MetadataError::Identifier)
        );
        assert_eq!(
            document("https://claude.ai/client.json", "client_secret_post"),
            Err(MetadataError::Authentication)
        );
        assert_eq!(
            ClientMetadata::document(&url, b"<html>"),
            Err(MetadataError::Shape)
        );
    }

    #[test]
    fn names_cannot_hide_anything() {
        assert_eq!(readable("Cla\u{202e}ude\u{200b}\n  AI", "x"), "Claude AI");
        assert_eq!(readable("\u{200f} ", "host.example"), "host.example");
        assert_eq!(readable(&"a".repeat(200), "x").len(), MAXIMUM_NAME);
    }

    #[test]
    fn identifiers_are_urls_or_registrations() {
        let parse = |text| ClientIdentifier::parse(text, None);
        assert!(matches!(
            parse("https://claude.ai/c.json"),
            Ok(ClientIdentifier::Document(_))
        ));
        assert!(matches!(
            parse("eyJ.a.b"),
            Ok(ClientIdentifier::Registered(_))
        ));
        for text in [
            "",
            "http://claude.ai/c.json",
            "https://169.254.169.254/latest",
            "file:///etc/passwd",
            "é",
        ] {
            assert_eq!(
                parse(text).unwrap_err().code,
                ErrorCode::InvalidClient,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes: Vec<u8>, name in "\\PC{0,40}") {
            let _ = ClientMetadata::registration(&bytes);
            let value = json!({ "client_name": name, "redirect_uris": ["https://a.example/"] });
            let metadata = register(&value).unwrap();
            prop_assert!(!metadata.name.is_empty() && metadata.name.chars().all(|it| !it.is_control()));
        }
    }
}
