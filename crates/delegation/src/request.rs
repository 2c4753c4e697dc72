//! What is sent to a token endpoint.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use crate::{Application, ClientAuthentication, RequestForm};

/// What a token is asked for with.
pub enum Grant<'a> {
    /// The client itself.
    ClientCredentials,
    /// A code that a person's consent has made.
    Code {
        /// The code.
        code: &'a str,
        /// The PKCE verifier.
        verifier: &'a str,
        /// As in the authorization request.
        redirect_uri: &'a str,
    },
    /// A refresh token.
    Refresh(&'a str),
}

/// A request to a token endpoint. Its texts hold secrets.
pub struct TokenRequest {
    /// Where to.
    pub url: Zeroizing<String>,
    /// The form to post; `None` for `GET`.
    pub form: Option<Zeroizing<String>>,
    /// The `Authorization` field.
    pub authorization: Option<Zeroizing<String>>,
}

impl TokenRequest {
    /// The request of an application.
    #[must_use]
    pub fn new(application: &Application, secret: &str, grant: &Grant<'_>) -> Self {
        let profile = application.profile.profile();
        let is_get = profile.form == RequestForm::Get;
        let mut form = Serializer::new(String::new());
        append_grant(&mut form, application, grant);
        let by_header = is_get || application.client_authentication == ClientAuthentication::Basic;
        if !by_header {
            form.append_pair("client_id", &application.client_id);
            form.append_pair("client_secret", secret);
        }
        let form = Zeroizing::new(form.finish());
        let authorization = by_header.then(|| basic(&application.client_id, secret, is_get));
        if is_get {
            let url = with_query(&application.token_endpoint, &form);
            return Self {
                url,
                form: None,
                authorization,
            };
        }
        Self {
            url: Zeroizing::new(application.token_endpoint.clone()),
            form: Some(form),
            authorization,
        }
    }
}

fn append_grant(form: &mut Serializer<'_, String>, application: &Application, grant: &Grant<'_>) {
    match grant {
        Grant::ClientCredentials => {
            form.append_pair("grant_type", "client_credentials");
            if !application.scope.is_empty() {
                form.append_pair("scope", &application.scope);
            }
        }
        Grant::Code {
            code,
            verifier,
            redirect_uri,
        } => {
            form.append_pair("grant_type", "authorization_code");
            form.append_pair("code", code);
            form.append_pair("redirect_uri", redirect_uri);
            form.append_pair("code_verifier", verifier);
        }
        // Without a scope: what the person has allowed, no less.
        Grant::Refresh(token) => {
            form.append_pair("grant_type", "refresh_token");
            form.append_pair("refresh_token", token);
        }
    }
    if let Some(resource) = &application.resource {
        form.append_pair("resource", resource);
    }
}

/// RFC 6749, section 2.3.1: both parts are form-encoded first. Servers that are asked
/// with `GET` are older than that, and take them as they are.
fn basic(id: &str, secret: &str, as_they_are: bool) -> Zeroizing<String> {
    let encoded = |text: &str| {
        Zeroizing::new(if as_they_are {
            text.to_owned()
        } else {
            byte_serialize(text.as_bytes()).collect::<String>()
        })
    };
    let pair = Zeroizing::new(format!("{}:{}", *encoded(id), *encoded(secret)));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

fn with_query(endpoint: &str, query: &str) -> Zeroizing<String> {
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    Zeroizing::new(format!("{endpoint}{joint}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GrantKind, ProfileName};

    fn application() -> Application {
        Application {
            grant: GrantKind::ClientCredentials,
            token_endpoint: "https://auth.example/token".to_owned(),
            authorization_endpoint: None,
            issuer: None,
            client_id: "lango:1".to_owned(),
            client_authentication: ClientAuthentication::Basic,
            scope: "tools".to_owned(),
            resource: Some("https://mcp.example/".to_owned()),
            profile: ProfileName::Standard,
        }
    }

    #[test]
    fn the_secret_goes_where_it_is_to_go() {
        let asked = TokenRequest::new(&application(), "s & p", &Grant::ClientCredentials);
        assert_eq!(
            asked.form.unwrap().as_str(),
            "grant_type=client_credentials&scope=tools&resource=https%3A%2F%2Fmcp.example%2F"
        );
        // lango%3A1:s+%26+p
        assert_eq!(
            asked.authorization.unwrap().as_str(),
            "Basic bGFuZ28lM0ExOnMrJTI2K3A="
        );
        let by_post = Application {
            client_authentication: ClientAuthentication::Post,
            ..application()
        };
        let asked = TokenRequest::new(&by_post, "s & p", &Grant::Refresh("r"));
        assert_eq!(
            asked.form.unwrap().as_str(),
            "grant_type=refresh_token&refresh_token=r&resource=https%3A%2F%2Fmcp.example%2F\
             &client_id=lango%3A1&client_secret=s+%26+p"
        );
        assert!(asked.authorization.is_none());
    }

    #[test]
    fn a_code_goes_with_its_verifier() {
        let code = Grant::Code {
            code: "c/1",
            verifier: "v",
            redirect_uri: "https://gate.example/connect/callback",
        };
        let asked = TokenRequest::new(&application(), "s", &code);
        assert_eq!(
            asked.form.unwrap().as_str(),
            "grant_type=authorization_code&code=c%2F1&redirect_uri=https%3A%2F%2Fgate.example%2Fconnect%2Fcallback\
             &code_verifier=v&resource=https%3A%2F%2Fmcp.example%2F"
        );
    }

    #[test]
    fn daraja_is_asked_with_get() {
        let daraja = Application {
            profile: ProfileName::Daraja,
            scope: String::new(),
            resource: None,
            token_endpoint: "https://api.example/oauth/v1/generate".to_owned(),
            client_id: "key".to_owned(),
            ..application()
        };
        let asked = TokenRequest::new(&daraja, "se+cret", &Grant::ClientCredentials);
        assert_eq!(
            asked.url.as_str(),
            "https://api.example/oauth/v1/generate?grant_type=client_credentials"
        );
        assert!(asked.form.is_none());
        assert_eq!(
            asked.authorization.unwrap().as_str(),
            "Basic a2V5OnNlK2NyZXQ="
        );
    }
}
