//! The token request (RFC 6749 §4.1.3, §6; RFC 7523), how a client proves itself,
//! and the answer.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lango_identity::IssuedToken;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{
    error::{ErrorCode, OauthError},
    parameters::Parameters,
    pkce::CodeVerifier,
    scope::Scope,
};

const ASSERTION_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A secret that came with a request.
pub struct Secret(Zeroizing<String>);

/// How a request names its client, and what it proves it with.
pub struct ClientCredentials {
    /// The `client_id`.
    pub id: String,
    /// The secret, from a client that has one.
    pub secret: Option<Secret>,
}

/// What is asked of the token endpoint.
pub enum TokenRequest {
    /// Tokens for a code.
    Code {
        /// The code.
        code: Secret,
        /// Proves that it was this client's request.
        verifier: CodeVerifier,
        /// As in the authorization request, where it is said at all (OAuth 2.1
        /// §10.1 leaves it out).
        redirect_uri: Option<String>,
    },
    /// New tokens for a refresh token.
    Refresh {
        /// The refresh token.
        token: Secret,
        /// Fewer rights than before, for this access token alone.
        scope: Option<Scope>,
    },
    /// A token for what another issuer asserts (RFC 7523).
    Assertion {
        /// The signed assertion.
        assertion: Secret,
        /// The rights asked for.
        scope: Option<Scope>,
    },
}

impl Secret {
    /// Takes a secret in.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The secret, for whoever verifies it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is this text; in constant time.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl TokenRequest {
    /// Reads the form.
    ///
    /// # Errors
    /// `invalid_request` or `unsupported_grant_type`.
    pub fn parse(form: &Parameters) -> Result<Self, OauthError> {
        let required = |name: &str, description| {
            form.get(name)
                .map(Secret::new)
                .ok_or(OauthError::new(ErrorCode::InvalidRequest, description))
        };
        let scope = || {
            form.get("scope")
                .map(|scope| Scope::asked(Some(scope)))
                .transpose()
        };
        match form.get("grant_type") {
            Some("authorization_code") => Ok(Self::Code {
                code: required("code", "code is required.")?,
                verifier: CodeVerifier::parse(form.get("code_verifier"))?,
                redirect_uri: form.get("redirect_uri").map(str::to_owned),
            }),
            Some("refresh_token") => Ok(Self::Refresh {
                token: required("refresh_token", "refresh_token is required.")?,
                scope: scope()?,
            }),
            Some(ASSERTION_GRANT) => Ok(Self::Assertion {
                assertion: required("assertion", "assertion is required.")?,
                scope: scope()?,
            }),
            Some(_) => Err(OauthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token or jwt-bearer.",
            )),
            None => Err(OauthError::new(
                ErrorCode::InvalidRequest,
                "grant_type is required.",
            )),
        }
    }
}

impl ClientCredentials {
    /// Reads them from the `Authorization` field or from the form, not from both
    /// (RFC 6749 §2.3).
    ///
    /// # Errors
    /// `invalid_request` or `invalid_client`.
    pub fn parse(authorization: Option<&str>, form: &Parameters) -> Result<Self, OauthError> {
        let in_form = form.get("client_secret").map(Secret::new);
        let Some(authorization) = authorization else {
            let id = form.get("client_id").ok_or(OauthError::new(
                ErrorCode::InvalidRequest,
                "client_id is required.",
            ))?;
            return Ok(Self {
                id: id.to_owned(),
                secret: in_form,
            });
        };
        let credentials = basic_credentials(authorization)?;
        let contradicts = form.get("client_id").is_some_and(|id| id != credentials.id);
        if in_form.is_some() || contradicts {
            let description =
                "Authenticate in the Authorization field or in the form, not in both.";
            return Err(OauthError::new(ErrorCode::InvalidRequest, description));
        }
        Ok(credentials)
    }
}

/// Reads HTTP Basic with RFC 6749's form encoding (§2.3.1).
///
/// # Errors
/// `invalid_client` when it is something else.
pub fn basic_credentials(authorization: &str) -> Result<ClientCredentials, OauthError> {
    let refused = OauthError::new(
        ErrorCode::InvalidClient,
        "The Authorization field must be HTTP Basic with client_id and client_secret.",
    );
    let read = || {
        let (scheme, encoded) = authorization.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 8192 {
            return None;
        }
        let bytes = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
        let (id, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        Some(ClientCredentials {
            id: form_decoded(id)?,
            secret: Some(Secret(Zeroizing::new(form_decoded(secret)?)))
                .filter(|it| !it.0.is_empty()),
        })
    };
    read().ok_or(refused)
}

/// A single value, decoded as a form's.
fn form_decoded(text: &str) -> Option<String> {
    // `&` and `=` would be separators; in a value they stand encoded.
    if text.contains(['&', '=']) {
        return Some(text.to_owned());
    }
    let pair = format!("v={text}");
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    Some(value.into_owned())
}

/// The successful answer (RFC 6749 §5.1).
#[must_use]
pub fn token_answer(
    access_token: &IssuedToken,
    lifetime_seconds: i64,
    refresh_token: Option<&IssuedToken>,
    scope: Scope,
) -> Value {
    let mut answer = json!({
        "access_token": access_token.expose(),
        "token_type": "Bearer",
        "expires_in": lifetime_seconds,
        "scope": scope,
    });
    if let Some(token) = refresh_token {
        answer["refresh_token"] = token.expose().into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(text: &str) -> Parameters {
        Parameters::parse(text.as_bytes()).unwrap()
    }

    fn refusal(text: &str) -> ErrorCode {
        TokenRequest::parse(&form(text)).err().unwrap().code
    }

    #[test]
    fn the_three_grants_are_read() {
        let verifier = "a".repeat(43);
        let code =
            format!("grant_type=authorization_code&code=c&code_verifier={verifier}&redirect_uri=x");
        assert!(matches!(
            TokenRequest::parse(&form(&code)),
            Ok(TokenRequest::Code { .. })
        ));
        let refresh = "grant_type=refresh_token&refresh_token=r&scope=tool.read";
        assert!(matches!(
            TokenRequest::parse(&form(refresh)),
            Ok(TokenRequest::Refresh { scope: Some(_), .. })
        ));
        let assertion = format!(
            "grant_type={}&assertion=a",
            ASSERTION_GRANT.replace(':', "%3A")
        );
        assert!(matches!(
            TokenRequest::parse(&form(&assertion)),
            Ok(TokenRequest::Assertion { .. })
        ));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "grant_type=authorization_code&code=c",
            "grant_type=refresh_token",
            "grant_type=authorization_code&code_verifier=short&code=c",
        ] {
            assert_eq!(refusal(text), ErrorCode::InvalidRequest, "{text}");
        }
        for grant in ["password", "client_credentials", "implicit"] {
            assert_eq!(
                refusal(&format!("grant_type={grant}")),
                ErrorCode::UnsupportedGrantType
            );
        }
        assert_eq!(
            refusal("grant_type=refresh_token&refresh_token=r&scope=nothing"),
            ErrorCode::InvalidScope
        );
    }

    #[test]
    fn a_client_proves_itself_in_one_place() {
        let basic =
            |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let read = |authorization: Option<&str>, text: &str| {
            ClientCredentials::parse(authorization, &form(text))
        };
        let credentials = read(Some(&basic("a%3Ab", "s%25")), "").unwrap();
        assert_eq!(credentials.id, "a:b");
        assert!(credentials.secret.unwrap().is("s%"));
        let posted = read(None, "client_id=a&client_secret=s").unwrap();
        assert!(posted.id == "a" && posted.secret.unwrap().is("s"));
        assert!(read(None, "client_id=a").unwrap().secret.is_none());
        for (authorization, text) in [
            (Some(basic("a", "s")), "client_id=a&client_secret=s"),
            (Some(basic("a", "s")), "client_id=b"),
            (None, ""),
        ] {
            let code = read(authorization.as_deref(), text).err().unwrap().code;
            assert_eq!(code, ErrorCode::InvalidRequest, "{text}");
        }
        for authorization in ["Bearer x", "Basic", "Basic !", "Basic YQ=="] {
            assert_eq!(
                read(Some(authorization), "").err().unwrap().code,
                ErrorCode::InvalidClient
            );
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,80}", bytes: Vec<u8>) {
            let _ = basic_credentials(&text);
            let _ = basic_credentials(&format!("Basic {}", STANDARD.encode(&bytes)));
            if let Ok(form) = Parameters::parse(text.as_bytes()) {
                let _ = TokenRequest::parse(&form);
            }
        }
    }
}
