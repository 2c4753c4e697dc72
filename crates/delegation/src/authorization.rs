//! Where a person is sent, and what comes back with them.

use url::Url;
use zeroize::Zeroizing;

use crate::{Application, Verifier};

/// Longer codes fit no address.
const LONGEST_CODE: usize = 4 * 1024;

/// The address at which a person allows an application to act for them. `None` if the
/// application has no authorization endpoint, or its text is no URL.
#[must_use]
pub fn authorization_url(
    application: &Application,
    verifier: &Verifier,
    state: &str,
    redirect_uri: &str,
) -> Option<String> {
    let mut url = Url::parse(application.authorization_endpoint.as_deref()?).ok()?;
    let profile = application.profile.profile();
    // What the endpoint brings itself stays (Sage has a filter there), and is not
    // said twice.
    let own: Vec<String> = url
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &application.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", state)
            .append_pair("code_challenge", &verifier.challenge())
            .append_pair("code_challenge_method", "S256");
        if !application.scope.is_empty() {
            query.append_pair("scope", &application.scope);
        }
        if let Some(resource) = &application.resource {
            query.append_pair("resource", resource);
        }
        for (name, value) in profile.authorization_parameters {
            if !own.iter().any(|known| known == name) {
                query.append_pair(name, value);
            }
        }
    }
    Some(url.into())
}

/// What the authorization server sent the browser back with.
#[derive(Debug)]
pub struct Callback {
    /// `state`.
    pub state: String,
    /// `iss` (RFC 9207).
    pub issuer: Option<String>,
    /// `code`, or `error`.
    pub outcome: Result<Code, String>,
}

/// A code. It is not shown.
pub struct Code(Zeroizing<String>);

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// No `state`, one twice, or neither `code` nor `error`.
    #[error("the answer of the authorization server is not complete")]
    Shape,
    /// `iss` is another server than the one that was asked.
    #[error("the answer comes from another authorization server than the one that was asked")]
    Issuer,
}

impl Callback {
    /// Reads the query of the redirect.
    ///
    /// # Errors
    /// [`CallbackError::Shape`].
    pub fn parse(query: &str) -> Result<Self, CallbackError> {
        let mut found: [Option<String>; 4] = [const { None }; 4];
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let index = match &*name {
                "state" => 0,
                "iss" => 1,
                "code" => 2,
                "error" => 3,
                _ => continue,
            };
            // Said twice, nobody knows which one another reader would take.
            if found[index].replace(value.into_owned()).is_some() {
                return Err(CallbackError::Shape);
            }
        }
        let [state, issuer, code, error] = found;
        let outcome = match (code, error) {
            (Some(code), None) if (1..=LONGEST_CODE).contains(&code.len()) => {
                Ok(Code(Zeroizing::new(code)))
            }
            (None, Some(error)) => Err(word(error)),
            _ => return Err(CallbackError::Shape),
        };
        Ok(Self {
            state: state
                .filter(|it| !it.is_empty())
                .ok_or(CallbackError::Shape)?,
            issuer,
            outcome,
        })
    }
}

impl Application {
    /// Whether an answer comes from the server that was asked. Where the issuer is
    /// known, a server that names itself must be it; that one which names itself
    /// nowhere is told from others by the address that it is sent to alone.
    ///
    /// # Errors
    /// [`CallbackError::Issuer`].
    pub fn check_issuer(&self, issuer: Option<&str>) -> Result<(), CallbackError> {
        match (&self.issuer, issuer) {
            (Some(known), Some(said)) if known == said => Ok(()),
            (Some(_), _) => Err(CallbackError::Issuer),
            // Nobody knows what it should be: then it must at least be of the same
            // place as the endpoint.
            (None, Some(said)) => {
                let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
                let endpoint = self.authorization_endpoint.as_deref().and_then(origin);
                let token = origin(&self.token_endpoint);
                let said = origin(said);
                if said.is_some() && (said == endpoint || said == token) {
                    Ok(())
                } else {
                    Err(CallbackError::Issuer)
                }
            }
            (None, None) => Ok(()),
        }
    }
}

impl Code {
    /// The text, for the token endpoint alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Code {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Code")
    }
}

/// It is shown, and comes from outside.
fn word(error: String) -> String {
    let fits = (1..=64).contains(&error.len())
        && error
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if fits {
        error
    } else {
        "an error of its own".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientAuthentication, GrantKind, ProfileName};

    fn application(profile: ProfileName) -> Application {
        Application {
            grant: GrantKind::AuthorizationCode,
            token_endpoint: "https://auth.example/token".to_owned(),
            authorization_endpoint: Some("https://auth.example/authorize?filter=own".to_owned()),
            issuer: None,
            client_id: "lango".to_owned(),
            client_authentication: ClientAuthentication::Basic,
            scope: "a b".to_owned(),
            resource: None,
            profile,
        }
    }

    #[test]
    fn a_person_is_sent_with_a_challenge_and_a_state() {
        let verifier = Verifier::of(&Zeroizing::new([0; 32]));
        let url = |profile| {
            authorization_url(
                &application(profile),
                &verifier,
                "s&1",
                "https://gate.example/connect/callback",
            )
            .unwrap()
        };
        assert_eq!(
            url(ProfileName::Sage),
            format!(
                "https://auth.example/authorize?filter=own&response_type=code&client_id=lango\
                 &redirect_uri=https%3A%2F%2Fgate.example%2Fconnect%2Fcallback&state=s%261\
                 &code_challenge={}&code_challenge_method=S256&scope=a+b",
                verifier.challenge()
            )
        );
        assert!(url(ProfileName::Zoho).ends_with("&access_type=offline&prompt=consent"));
        assert!(!url(ProfileName::Standard).contains(verifier.expose()));
    }

    #[test]
    fn an_answer_is_read_and_nothing_is_taken_twice() {
        let read = Callback::parse("code=c&state=s&iss=https%3A%2F%2Fauth.example").unwrap();
        assert_eq!(read.state, "s");
        assert_eq!(read.issuer.as_deref(), Some("https://auth.example"));
        assert_eq!(read.outcome.unwrap().expose(), "c");
        let denied =
            Callback::parse("error=access_denied&state=s&error_description=%3Cb%3E").unwrap();
        assert_eq!(denied.outcome.unwrap_err(), "access_denied");
        let hostile = Callback::parse("error=%3Cscript%3E&state=s").unwrap();
        assert_eq!(hostile.outcome.unwrap_err(), "an error of its own");
        for query in [
            "",
            "code=c",
            "state=s",
            "code=&state=s",
            "code=c&state=",
            "code=c&code=d&state=s",
            "code=c&state=s&state=t",
            "code=c&error=e&state=s",
        ] {
            assert_eq!(
                Callback::parse(query).unwrap_err(),
                CallbackError::Shape,
                "{query}"
            );
        }
    }

    #[test]
    fn another_issuer_is_not_taken() {
        let unknown = application(ProfileName::Standard);
        assert!(unknown.check_issuer(None).is_ok());
        assert!(
            unknown
                .check_issuer(Some("https://auth.example/tenant"))
                .is_ok()
        );
        for other in [
            "https://evil.example",
            "https://auth.example:8443",
            "auth.example",
            "",
        ] {
            assert_eq!(
                unknown.check_issuer(Some(other)),
                Err(CallbackError::Issuer)
            );
        }
        let known = Application {
            issuer: Some("https://auth.example/tenant".to_owned()),
            ..unknown
        };
        assert!(
            known
                .check_issuer(Some("https://auth.example/tenant"))
                .is_ok()
        );
        for other in [
            None,
            Some("https://auth.example"),
            Some("https://auth.example/other"),
        ] {
            assert_eq!(known.check_issuer(other), Err(CallbackError::Issuer));
        }
    }
}
