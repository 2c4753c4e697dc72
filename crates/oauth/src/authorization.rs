//! The authorization request (RFC 6749 §4.1.1, OAuth 2.1 §4.1.1), and where its
//! answer goes.

use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    error::{ErrorCode, OauthError},
    parameters::Parameters,
    pkce::CodeChallenge,
    redirect::RedirectUri,
    scope::Scope,
    site::{Resource, Site},
};

/// Longer states are refused: they travel in a URL.
const MAXIMUM_STATE: usize = 2048;

/// A request whose client and redirect are right. It is what a person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes; it is one of the client's.
    pub redirect_uri: RedirectUri,
    /// What only the client's own verifier fits.
    pub challenge: CodeChallenge,
    /// The rights asked for.
    pub scope: Scope,
    /// What for.
    pub resource: Resource,
    /// The client's own, returned unread.
    pub state: Option<String>,
    /// Whether the person may be asked.
    pub prompt: Prompt,
}

/// The `prompt` parameter, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Ask: every connection of an assistant is consented to.
    Ask,
    /// Do not ask: then there is no answer but an error.
    None,
}

/// Why there is nothing to ask.
#[derive(Debug)]
pub enum AuthorizationRefusal {
    /// The client or its redirect is not right: the person is told, and nobody is
    /// redirected anywhere (RFC 6749 §4.1.2.1).
    Page(OauthError),
    /// The client is told, at its own redirect.
    Redirect {
        /// Where the browser goes.
        location: String,
        /// Why.
        error: OauthError,
    },
}

impl AuthorizationRequest {
    /// Reads the request of a client that is known already.
    ///
    /// # Errors
    /// [`AuthorizationRefusal`]: where to say what.
    pub fn parse(
        parameters: &Parameters,
        client: &Client,
        site: &Site,
    ) -> Result<Self, AuthorizationRefusal> {
        let redirect_uri = redirect(parameters, client).map_err(AuthorizationRefusal::Page)?;
        let state = parameters.get("state").map(str::to_owned);
        match Self::rest(parameters, client, site, &redirect_uri) {
            Ok(request) => Ok(request),
            Err(error) => {
                let state = state.filter(|state| state.len() <= MAXIMUM_STATE);
                let location = error_redirect(&redirect_uri, state.as_deref(), site, &error);
                Err(AuthorizationRefusal::Redirect { location, error })
            }
        }
    }

    fn rest(
        parameters: &Parameters,
        client: &Client,
        site: &Site,
        redirect_uri: &RedirectUri,
    ) -> Result<Self, OauthError> {
        let refuse = |code, description| Err(OauthError::new(code, description));
        match parameters.get("response_type") {
            Some("code") => {}
            None => return refuse(ErrorCode::InvalidRequest, "response_type is required."),
            Some(_) => {
                return refuse(
                    ErrorCode::UnsupportedResponseType,
                    "response_type must be code.",
                );
            }
        }
        if parameters
            .get("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return refuse(ErrorCode::InvalidRequest, "response_mode must be query.");
        }
        if parameters.get("request").is_some() || parameters.get("request_uri").is_some() {
            return refuse(
                ErrorCode::InvalidRequest,
                "Request objects are not taken here.",
            );
        }
        let state = parameters.get("state").map(str::to_owned);
        if state
            .as_ref()
            .is_some_and(|state| state.len() > MAXIMUM_STATE)
        {
            return refuse(ErrorCode::InvalidRequest, "state is too long.");
        }
        Ok(Self {
            client_id: client.id.clone(),
            redirect_uri: redirect_uri.clone(),
            challenge: CodeChallenge::parse(
                parameters.get("code_challenge"),
                parameters.get("code_challenge_method"),
            )?,
            scope: Scope::asked(parameters.get("scope"))?,
            resource: site.resource(parameters.resources())?,
            state,
            prompt: match parameters.get("prompt") {
                Some("none") => Prompt::None,
                _ => Prompt::Ask,
            },
        })
    }
}

fn redirect(parameters: &Parameters, client: &Client) -> Result<RedirectUri, OauthError> {
    let refuse = |description| OauthError::new(ErrorCode::InvalidRequest, description);
    let asked = match (
        parameters.get("redirect_uri"),
        client.metadata.redirect_uris.as_slice(),
    ) {
        (Some(asked), _) => asked,
        (None, [only]) => only.as_str(),
        (None, _) => return Err(refuse("redirect_uri is required.")),
    };
    RedirectUri::parse(asked)
        .ok()
        .filter(|asked| client.metadata.allows(asked))
        .ok_or(refuse(
            "redirect_uri is not one that this client has registered.",
        ))
}

/// Where the browser goes with a code (RFC 6749 §4.1.2, RFC 9207).
#[must_use]
pub fn success_redirect(request: &AuthorizationRequest, site: &Site, code: &str) -> String {
    answer(
        &request.redirect_uri,
        request.state.as_deref(),
        site,
        &[("code", code)],
    )
}

/// Where the browser goes with an error (RFC 6749 §4.1.2.1, RFC 9207).
#[must_use]
pub fn error_redirect(
    redirect_uri: &RedirectUri,
    state: Option<&str>,
    site: &Site,
    error: &OauthError,
) -> String {
    let pairs = [
        ("error", error.code.name()),
        ("error_description", error.description),
    ];
    answer(redirect_uri, state, site, &pairs)
}

fn answer(
    redirect_uri: &RedirectUri,
    state: Option<&str>,
    site: &Site,
    pairs: &[(&str, &str)],
) -> String {
    let mut url = redirect_uri.url().clone();
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(pairs);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", site.issuer());
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::{Authentication, ClientMetadata};

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn client() -> Client {
        Client {
            id: "client".to_owned(),
            metadata: ClientMetadata {
                name: "Claude".to_owned(),
                redirect_uris: vec![RedirectUri::parse("https://claude.ai/cb?fixed=1").unwrap()],
                authentication: Authentication::None,
            },
            published_by: None,
        }
    }

    fn site() -> Site {
        Site::parse("https://g.example").unwrap()
    }

    fn good() -> Vec<(&'static str, &'static str)> {
        vec![
            ("response_type", "code"),
            ("client_id", "client"),
            ("redirect_uri", "https://claude.ai/cb?fixed=1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", "tool.read"),
            ("state", "s p&c=e"),
            ("resource", "https://g.example/mcp"),
        ]
    }

    fn parse(pairs: &[(&str, &str)]) -> Result<AuthorizationRequest, AuthorizationRefusal> {
        let text = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        AuthorizationRequest::parse(
            &Parameters::parse(text.as_bytes()).unwrap(),
            &client(),
            &site(),
        )
    }

    fn with(name: &str, value: Option<&'static str>) -> Vec<(&'static str, &'static str)> {
        let mut pairs = good();
        let place = pairs.iter().position(|(known, _)| *known == name).unwrap();
        match value {
            Some(value) => pairs[place].1 = value,
            None => drop(pairs.remove(place)),
        }
        pairs
    }

    #[test]
    fn the_answer_goes_where_it_was_registered_with_state_and_issuer() {
        let request = parse(&good()).unwrap();
        assert_eq!(
            success_redirect(&request, &site(), "c"),
            "https://claude.ai/cb?fixed=1&code=c&state=s+p%26c%3De&iss=https%3A%2F%2Fg.example"
        );
    }

    #[test]
    fn without_a_right_redirect_nobody_is_redirected() {
        for redirect in [
            "https://attacker.example/",
            "https://claude.ai/cb",
            "javascript:alert(1)",
            "//x",
        ] {
            let refusal = parse(&with("redirect_uri", Some(redirect))).unwrap_err();
            assert!(
                matches!(refusal, AuthorizationRefusal::Page(_)),
                "{redirect}"
            );
        }
        assert!(
            parse(&with("redirect_uri", None)).is_ok(),
            "the client has one only"
        );
    }

    #[test]
    fn the_client_is_told_what_is_wrong() {
        for (name, value, code) in [
            (
                "response_type",
                Some("token"),
                ErrorCode::UnsupportedResponseType,
            ),
            ("response_type", None, ErrorCode::InvalidRequest),
            ("code_challenge", None, ErrorCode::InvalidRequest),
            (
                "code_challenge_method",
                Some("plain"),
                ErrorCode::InvalidRequest,
            ),
            ("code_challenge_method", None, ErrorCode::InvalidRequest),
            (
                "resource",
                Some("https://other.example/mcp"),
                ErrorCode::InvalidTarget,
            ),
            ("scope", Some("key.manage_all"), ErrorCode::InvalidScope),
        ] {
            let refusal = parse(&with(name, value)).unwrap_err();
            let AuthorizationRefusal::Redirect { error, location } = refusal else {
                panic!("{name}: a page");
            };
            assert_eq!(error.code, code, "{name}");
            assert!(
                location.starts_with("https://claude.ai/cb?fixed=1&error="),
                "{location}"
            );
            assert!(
                location.ends_with("&state=s+p%26c%3De&iss=https%3A%2F%2Fg.example"),
                "{location}"
            );
        }
    }

    proptest! {
        #[test]
        fn an_answer_never_leaves_the_redirect(state in "\\PC{0,60}", code in "\\PC{0,60}") {
            let mut request = parse(&good()).unwrap();
            request.state = Some(state.clone());
            let answer = url::Url::parse(&success_redirect(&request, &site(), &code)).unwrap();
            prop_assert_eq!(answer.origin().ascii_serialization(), "https://claude.ai");
            let pairs: Vec<(String, String)> = answer.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs.len(), 4);
            prop_assert_eq!(&pairs[1].1, &code);
            prop_assert_eq!(&pairs[2].1, &state);
        }
    }
}
