//! Requests of whoever runs the platform.

use serde_json::{Value, json};

use super::{Dev, dev, http};

/// Whoever runs a stack's platform, with one token.
pub(crate) struct Platform {
    url: String,
    token: String,
}

/// A platform admin of a test's own.
pub(crate) struct Admin {
    pub(crate) admin_id: String,
    pub(crate) email: String,
    pub(crate) password: String,
}

impl Platform {
    /// With the key of the stack that `scripts/test` started.
    pub(crate) fn own() -> Self {
        Self::of(dev())
    }

    /// With the key of another stack.
    pub(crate) fn of(dev: &Dev) -> Self {
        Self {
            url: dev.url.clone(),
            token: dev.platform_admin.clone(),
        }
    }

    /// With another token.
    pub(crate) fn with(token: &str) -> Self {
        Self {
            url: dev().url.clone(),
            token: token.to_owned(),
        }
    }

    /// A request to a route of the platform.
    pub(crate) fn ask(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        let request = http().request(method, format!("{}/platform/v1/{path}", self.url));
        if self.token.is_empty() {
            return request;
        }
        request.bearer_auth(&self.token)
    }

    /// What a route shows.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.ask(http::Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// Posts a body and gives the whole answer.
    pub(crate) async fn post(&self, path: &str, body: Value) -> reqwest::Response {
        let request = self.ask(http::Method::POST, path).json(&body);
        request.send().await.unwrap()
    }

    /// Posts a body and gives what is answered with this status.
    pub(crate) async fn posted(&self, path: &str, body: Value, status: u16) -> Value {
        let response = self.post(path, body).await;
        let found = response.status();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(found, status, "{path}: {answer}");
        answer
    }

    /// Changes something from the version in which it is now.
    pub(crate) async fn change(&self, path: &str, body: Value) -> reqwest::Response {
        let read = self.ask(http::Method::GET, path).send().await.unwrap();
        let version = read.headers()["etag"].clone();
        let change = self.ask(http::Method::PATCH, path);
        let change = change.header("If-Match", version).json(&body);
        change.send().await.unwrap()
    }

    /// Registers an admin.
    pub(crate) async fn admin(&self) -> Admin {
        let password = "kilimo bora shambani".to_owned();
        let email = format!("admin-{}@example.com", unique());
        let body = json!({ "name": "Chebet Rono", "email": email, "password": password });
        let created = self.posted("admins", body, 201).await;
        Admin {
            admin_id: created["admin_id"].as_str().unwrap().to_owned(),
            email,
            password,
        }
    }

    /// The newest entries of the platform's log about something.
    pub(crate) async fn log_of(&self, target: &str) -> Vec<Value> {
        let page = self.get("audit?limit=200").await;
        let entries = page["items"].as_array().unwrap().iter();
        entries
            .filter(|entry| entry["target"] == target)
            .cloned()
            .collect()
    }
}

impl Admin {
    /// Signs in.
    pub(crate) async fn sign_in(&self) -> Value {
        let body = json!({ "email": self.email, "password": self.password });
        Platform::with("").posted("sign-in", body, 200).await
    }

    /// The same, with an access token to go on with.
    pub(crate) async fn signed_in(&self) -> Platform {
        let tokens = self.sign_in().await;
        Platform::with(tokens["access_token"].as_str().unwrap())
    }
}

fn unique() -> String {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
