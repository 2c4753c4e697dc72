//! An assistant, the person whom it asks, and the browser between them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use regex_lite::Regex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Account, PASSWORD, dev, http};

/// A client as it has registered, with what it remembers of its request.
pub(crate) struct Assistant {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect: String,
    pub(crate) verifier: String,
}

/// Somebody who has signed in.
pub(crate) struct Person {
    cookie: String,
}

/// A page that a browser was shown.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) headers: http::HeaderMap,
}

/// What is ticked on the consent page beyond what it proposes.
#[derive(Default, Clone, Copy)]
pub(crate) struct Choice<'a> {
    pub(crate) tick: &'a [&'a str],
    pub(crate) untick: &'a [&'a str],
    pub(crate) all_connections: bool,
}

struct Input {
    kind: String,
    name: String,
    value: String,
    checked: bool,
}

/// The challenge of a verifier (RFC 7636).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The query of the URL that an answer redirects to, as pairs.
pub(crate) fn query_of(location: &str) -> std::collections::BTreeMap<String, String> {
    Url::parse(location)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

/// What a token says.
pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Posts a form to the token endpoint.
pub(crate) async fn tokens(form: &[(&str, &str)]) -> (u16, Value) {
    let response = http()
        .post(format!("{}/token", dev().url))
        .form(form)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
    (response.status().as_u16(), response.json().await.unwrap())
}

impl Assistant {
    /// A public client that listens on loopback.
    pub(crate) async fn register() -> Self {
        Self::register_with(json!({ "token_endpoint_auth_method": "none" })).await
    }

    /// A client with more or other metadata.
    pub(crate) async fn register_with(more: Value) -> Self {
        let mut metadata = json!({
            "client_name": "Test assistant",
            "redirect_uris": ["http://127.0.0.1/callback"],
        });
        metadata
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let response = http()
            .post(format!("{}/register", dev().url))
            .json(&metadata)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 201);
        let registered: Value = response.json().await.unwrap();
        Self {
            id: registered["client_id"].as_str().unwrap().to_owned(),
            secret: registered["client_secret"].as_str().map(str::to_owned),
            redirect: "http://127.0.0.1:50123/callback".to_owned(),
            verifier: "v".repeat(64),
        }
    }

    /// The path of an authorization request; `change` replaces, adds, or with an
    /// empty value removes parameters.
    pub(crate) fn request(&self, change: &[(&str, &str)]) -> String {
        let challenge = challenge(&self.verifier);
        let resource = dev().mcp_url.clone();
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("state", "a state & more"),
            ("resource", &resource),
        ];
        for (name, value) in change {
            pairs.retain(|(known, _)| known != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!("/authorize?{query}")
    }

    /// Redeems a code as the client that it was made for.
    pub(crate) async fn redeem(&self, code: &str) -> (u16, Value) {
        self.redeem_with(code, &[]).await
    }

    /// The same with other parameters.
    pub(crate) async fn redeem_with(&self, code: &str, change: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect),
            ("code_verifier", &self.verifier),
            ("client_id", &self.id),
        ];
        if let Some(secret) = &self.secret {
            form.push(("client_secret", secret));
        }
        for (name, value) in change {
            form.retain(|(known, _)| known != name);
            if !value.is_empty() {
                form.push((name, value));
            }
        }
        tokens(&form).await
    }

    /// Takes new tokens.
    pub(crate) async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", &self.id),
        ];
        if let Some(secret) = &self.secret {
            form.push(("client_secret", secret));
        }
        form.extend(more);
        tokens(&form).await
    }

    /// The whole way: asked for, allowed, redeemed.
    pub(crate) async fn connect(&self, person: &Person, scope: &str, choice: Choice<'_>) -> Value {
        let code = person
            .allow(&self.request(&[("scope", scope)]), choice)
            .await;
        let (status, body) = self.redeem(&code).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

impl Person {
    /// Signs in as a user.
    pub(crate) async fn sign_in(tenant: &str, principal: &str) -> Self {
        let response = http()
            .post(format!("{}/sign-in", dev().url))
            .header("Origin", &dev().url)
            .form(&[("tenant", tenant), ("principal", principal)])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 303);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
        }
    }

    /// Somebody who signs in on the page, with a password.
    pub(crate) async fn with_password(account: &Account) -> Self {
        let response = http()
            .post(format!("{}/sign-in", dev().url))
            .header("Origin", &dev().url)
            .form(&[
                ("tenant", account.tenant.as_str()),
                ("email", &account.email),
                ("password", PASSWORD),
            ])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 303);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
        }
    }

    /// A user of the demo.
    pub(crate) async fn of_demo(role: &str) -> Self {
        Self::sign_in(&dev().tenant_id, &dev().users[role]).await
    }

    /// Nobody yet.
    pub(crate) fn stranger() -> Self {
        Self {
            cookie: "other=1".to_owned(),
        }
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Page {
        let request = http()
            .get(format!("{}{path}", dev().url))
            .header("Cookie", &self.cookie);
        Page::of(request.send().await.unwrap()).await
    }

    /// Sends a form, from a page of some origin.
    pub(crate) async fn send(
        &self,
        path: &str,
        form: &[(String, String)],
        origin: Option<&str>,
    ) -> Page {
        let mut request = http()
            .post(format!("{}{path}", dev().url))
            .header("Cookie", &self.cookie)
            .form(form);
        if let Some(origin) = origin {
            request = request.header("Origin", origin);
        }
        Page::of(request.send().await.unwrap()).await
    }

    /// Allows what a request asks for and gives the code.
    pub(crate) async fn allow(&self, request: &str, choice: Choice<'_>) -> String {
        let page = self.open(request).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let answer = self
            .send("/authorize", &page.consent(choice), Some(&dev().url))
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let query = query_of(answer.location());
        query
            .get("code")
            .unwrap_or_else(|| panic!("{query:?}"))
            .clone()
    }
}

impl Page {
    async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    /// Where it sends the browser.
    pub(crate) fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    /// The fields that a browser would send when “Allow” is pressed.
    pub(crate) fn consent(&self, choice: Choice<'_>) -> Vec<(String, String)> {
        let form = self.text.split("action=\"/authorize\"").nth(1).unwrap();
        let form = form.split("</form>").next().unwrap();
        let mut fields = vec![("decision".to_owned(), "allow".to_owned())];
        for input in inputs(form) {
            let names = |list: &[&str]| {
                list.iter()
                    .any(|name| input.name.ends_with(&format!(".{name}")))
            };
            let sent = match input.kind.as_str() {
                "hidden" => true,
                "radio" => (input.value == "all") == choice.all_connections,
                _ => (input.checked || names(choice.tick)) && !names(choice.untick),
            };
            if sent {
                fields.push((input.name, input.value));
            }
        }
        fields
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let found = inputs(&self.text).into_iter().find(|it| it.name == name);
        found.unwrap_or_else(|| panic!("{}", self.text)).value
    }
}

fn inputs(html: &str) -> Vec<Input> {
    let tag = Regex::new("<input ([^>]*)>").unwrap();
    let attribute = |tag: &str, name: &str| {
        let pattern = Regex::new(&format!("{name}=\"([^\"]*)\"")).unwrap();
        let value = pattern.captures(tag).map(|found| found[1].to_owned());
        value.unwrap_or_default().replace("&amp;", "&")
    };
    tag.captures_iter(html)
        .map(|found| Input {
            kind: attribute(&found[1], "type"),
            name: attribute(&found[1], "name"),
            value: attribute(&found[1], "value"),
            checked: found[1].ends_with("checked"),
        })
        .collect()
}
