//! A system that acts as whoever is signed in, and people who connect their account.

use serde_json::{Value, json};

use super::{Account, Dev, PASSWORD, Tenant, World, dev, http, tenant::Key, tool_call};

/// A tenant with such a system, whose tools are approved.
pub(crate) struct Delegated {
    pub(crate) tenant: Tenant,
    pub(crate) world: World,
    pub(crate) connection: String,
    /// Where tools are called.
    mcp_url: String,
    /// An administrator who has connected their account.
    pub(crate) first: Individual,
}

/// Somebody with a browser and a key of their own.
pub(crate) struct Individual {
    pub(crate) account: Account,
    pub(crate) browser: Browser,
    pub(crate) key: Key,
}

/// A browser that is signed in.
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
    url: String,
}

impl Browser {
    /// Signs somebody in.
    pub(crate) async fn of(url: &str, account: &Account) -> Self {
        let response = http()
            .post(format!("{url}/auth/v1/browser-session"))
            .json(&account.login(PASSWORD))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let body: Value = response.json().await.unwrap();
        Self {
            cookie,
            csrf: body["csrf_token"].as_str().unwrap().to_owned(),
            url: url.to_owned(),
        }
    }

    /// A request of one of this site's own pages.
    pub(crate) fn request(&self, method: ::http::Method, path: &str) -> reqwest::RequestBuilder {
        http()
            .request(method, format!("{}{path}", self.url))
            .header("Cookie", &self.cookie)
            .header("X-CSRF-Token", &self.csrf)
            .header("Origin", &self.url)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = self.request(::http::Method::GET, path);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        let request = self.request(::http::Method::POST, path).json(body);
        request.send().await.unwrap()
    }

    /// Opens a page that another site has led to, and the one that follows it.
    pub(crate) async fn arrive(&self, url: &str) -> (u16, String) {
        let response = http()
            .get(url)
            .header("Cookie", &self.cookie)
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        (status, response.text().await.unwrap())
    }
}

/// Credentials of a system of this world that acts as people.
pub(crate) fn delegated_credentials(world: &World, rules: &str) -> Value {
    json!({
        "url": world.url("delegated/new-json"), "authentication": "delegated",
        "authorization_url": world.url("authorize"), "token_url": world.url("token"),
        "client_id": "lango", "client_secret": "s3cret", "token_rules": rules,
    })
}

impl Delegated {
    /// A system with these rules, in a world where `whoami` says as whom it was called.
    pub(crate) async fn new(rules: &str) -> Self {
        Self::on(dev(), rules).await
    }

    /// The same on another stack.
    pub(crate) async fn on(dev: &Dev, rules: &str) -> Self {
        let world = World::new();
        let whoami = json!({ "name": "whoami", "description": "Who?", "inputSchema": { "type": "object", "properties": {} } });
        world.change(json!({ "extra": [whoami] })).await;
        let tenant = Tenant::create_on(&dev.url, &dev.platform_admin, "enterprise").await;
        let credentials = delegated_credentials(&world, rules);
        let connection = tenant.connect_as("mcp", "up", credentials).await;
        let first = Individual::new(&tenant, "admin").await;
        let delegated = Self {
            tenant,
            world,
            connection,
            mcp_url: dev.mcp_url.clone(),
            first,
        };
        delegated.connect(&delegated.first).await;
        delegated.approve().await;
        delegated
    }

    /// Somebody else of the tenant.
    pub(crate) async fn person(&self, role: &str) -> Individual {
        Individual::new(&self.tenant, role).await
    }

    pub(crate) fn connect_path(&self) -> String {
        format!("/auth/v1/connections/{}/connect", self.connection)
    }

    /// Where somebody is to go.
    pub(crate) async fn begin(&self, browser: &Browser) -> String {
        let response = browser.post(&self.connect_path(), &json!({})).await;
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
        body["authorization_url"].as_str().unwrap().to_owned()
    }

    /// What the authorization server sends them back with.
    pub(crate) async fn allow(&self, authorization_url: &str) -> String {
        let response = http().get(authorization_url).send().await.unwrap();
        assert_eq!(response.status(), 302, "{}", response.text().await.unwrap());
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Somebody connects their account.
    pub(crate) async fn connect(&self, person: &Individual) {
        let url = self.begin(&person.browser).await;
        let back = self.allow(&url).await;
        let (status, page) = person.browser.arrive(&back).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("Your account is connected"), "{page}");
    }

    /// Changes the authorization server.
    pub(crate) async fn rules(&self, rules: Value) {
        self.world.change(json!({ "authorization": rules })).await;
    }

    /// No access token holds any more: the next call needs another one.
    pub(crate) async fn end_access(&self) {
        self.world.change(json!({ "end_access": true })).await;
    }

    /// What the authorization server has seen.
    pub(crate) async fn seen(&self) -> Value {
        self.world.seen().await["authorization"].take()
    }

    /// Calls a tool as somebody.
    pub(crate) async fn call(&self, key: &str, tool: &str) -> Value {
        let answer = self.try_call(key, tool).await;
        answer.unwrap().json().await.unwrap()
    }

    /// The same where the stack may be gone before it answers.
    pub(crate) async fn try_call(
        &self,
        key: &str,
        tool: &str,
    ) -> reqwest::Result<reqwest::Response> {
        http()
            .post(&self.mcp_url)
            .bearer_auth(key)
            .json(&tool_call(&format!("up__{tool}"), json!({})))
            .send()
            .await
    }

    /// As whom a person's calls arrive.
    pub(crate) async fn whoami(&self, person: &Individual) -> String {
        text(&self.call(&person.key.token, "whoami").await)
    }

    /// Everybody who has connected, as an administrator sees it.
    pub(crate) async fn accounts(&self) -> Value {
        let path = format!("connections/{}/accounts", self.connection);
        self.tenant.get(&path).await
    }

    async fn approve(&self) {
        let path =
            |action: &str| format!("/admin/v1/connections/{}/tools/{action}", self.connection);
        let refreshed = self.first.browser.post(&path("refresh"), &json!({})).await;
        let status = refreshed.status();
        let listed: Value = refreshed.json().await.unwrap();
        assert_eq!(status, 200, "{listed}");
        let tools: Vec<_> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| {
                json!({
                    "name": tool["name"], "sha256": tool["sha256"],
                    "access": "read", "class": "documents",
                })
            })
            .collect();
        let body = json!({ "tools": tools });
        let approved = self.first.browser.post(&path("approve"), &body).await;
        assert_eq!(approved.status(), 200, "{}", approved.text().await.unwrap());
    }
}

impl Individual {
    pub(crate) async fn new(tenant: &Tenant, role: &str) -> Self {
        let account = tenant.register(role).await;
        let invitation = tenant.invite(&account).await;
        let set = json!({ "invitation": invitation["invitation"], "new": PASSWORD });
        let password = http()
            .post(format!("{}/auth/v1/password", tenant.url()))
            .json(&set);
        assert_eq!(password.send().await.unwrap().status(), 204);
        let browser = Browser::of(tenant.url(), &account).await;
        let own = json!({ "name": "own", "role": role, "own": true });
        let issued = browser.post("/admin/v1/keys", &own).await;
        let status = issued.status();
        let issued: Value = issued.json().await.unwrap();
        assert_eq!(status, 201, "{issued}");
        let key = Key {
            key_id: issued["key_id"].as_str().unwrap().to_owned(),
            token: issued["token"].as_str().unwrap().to_owned(),
        };
        Self {
            account,
            browser,
            key,
        }
    }
}

/// The words of a result.
pub(crate) fn text(body: &Value) -> String {
    body["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("{body}"))
        .to_owned()
}
