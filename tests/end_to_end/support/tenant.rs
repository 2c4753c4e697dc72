//! A tenant of a test's own: its rates and its log are nobody else's.

use serde_json::{Value, json};

use super::{dev, http, until};

/// A fresh tenant with its first admin key.
pub(crate) struct Tenant {
    pub(crate) tenant_id: String,
    pub(crate) admin: String,
    url: String,
}

/// A key as it was issued.
pub(crate) struct Key {
    pub(crate) key_id: String,
    pub(crate) token: String,
}

impl Tenant {
    /// A tenant without connections.
    pub(crate) async fn create(plan: &str) -> Self {
        Self::create_on(&dev().url, &dev().platform_admin, plan).await
    }

    /// The same on another stack.
    pub(crate) async fn create_on(url: &str, platform_admin: &str, plan: &str) -> Self {
        let response = http()
            .post(format!("{url}/platform/v1/tenants"))
            .bearer_auth(platform_admin)
            .json(&json!({ "name": "Test", "plan": plan }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 201);
        let created: Value = response.json().await.unwrap();
        Self {
            tenant_id: created["tenant_id"].as_str().unwrap().to_owned(),
            admin: created["admin_key"]["token"].as_str().unwrap().to_owned(),
            url: url.to_owned(),
        }
    }

    /// The same tenant where the stack has moved to another address.
    pub(crate) fn on(self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self
        }
    }

    /// Where its stack is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A tenant with the demo database and the fixtures connected.
    pub(crate) async fn connected(plan: &str) -> Self {
        let tenant = Self::create(plan).await;
        tenant
            .connect("postgres", database(&dev().database_url))
            .await;
        tenant
            .connect("fixtures", json!({ "token": "right" }))
            .await;
        tenant
    }

    /// A request to a route of administration, with the admin key.
    pub(crate) fn admin(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        http()
            .request(method, format!("{}/admin/v1/{path}", self.url))
            .bearer_auth(&self.admin)
    }

    /// What a route of administration shows.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.admin(http::Method::GET, path).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Changes what is at a path, at the version that is read there.
    pub(crate) async fn change(
        &self,
        method: http::Method,
        path: &str,
        read_at: &str,
        body: Value,
    ) -> reqwest::Response {
        let read = self.admin(http::Method::GET, read_at).send().await.unwrap();
        assert_eq!(read.status(), 200, "{read_at}");
        let etag = read.headers()["etag"].clone();
        self.admin(method, path)
            .header("If-Match", etag)
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    /// Changes some members of what is at a path.
    pub(crate) async fn patch(&self, path: &str, body: Value) -> reqwest::Response {
        self.change(http::Method::PATCH, path, path, body).await
    }

    /// Gives an employee another role.
    pub(crate) async fn assign(&self, user: &str, role: &str) -> reqwest::Response {
        let (path, read_at) = (format!("users/{user}/role"), format!("users/{user}"));
        let body = json!({ "role": role });
        self.change(http::Method::PUT, &path, &read_at, body).await
    }

    /// Creates something and gives what is answered.
    pub(crate) async fn create_at(&self, path: &str, body: Value) -> Value {
        let request = self.admin(http::Method::POST, path).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let created: Value = response.json().await.unwrap();
        assert_eq!(status, 201, "{path}: {created}");
        created
    }

    /// Connects a system and gives the connection's identifier.
    pub(crate) async fn connect(&self, connector: &str, credentials: Value) -> String {
        let body = json!({ "connector": connector, "name": "main", "credentials": credentials });
        self.connect_with(body).await
    }

    /// Connects a system under a slug.
    pub(crate) async fn connect_as(
        &self,
        connector: &str,
        slug: &str,
        credentials: Value,
    ) -> String {
        let body = json!({
            "connector": connector, "name": slug, "slug": slug, "credentials": credentials,
        });
        self.connect_with(body).await
    }

    async fn connect_with(&self, body: Value) -> String {
        let response = self
            .admin(http::Method::POST, "connections")
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = response.status();
        let created: Value = response.json().await.unwrap();
        assert_eq!(status, 201, "{created}");
        created["connection_id"].as_str().unwrap().to_owned()
    }

    /// The first connection of a kind.
    pub(crate) async fn connection_of(&self, connector: &str) -> String {
        let connections = self.get("connections").await;
        let of_kind = |one: &&Value| one["connector"] == connector;
        let connection = connections["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(of_kind);
        let id = &connection.expect("a connection of this kind")["connection_id"];
        id.as_str().unwrap().to_owned()
    }

    /// Where the policy of its PostgreSQL database is.
    pub(crate) async fn sql_policy_path(&self) -> String {
        let connection = self.connection_of("postgres").await;
        format!("connections/{connection}/sql-policy")
    }

    /// Says what of its PostgreSQL database may be seen.
    pub(crate) async fn show_of_database(&self, policy: Value) {
        let path = self.sql_policy_path().await;
        let body = json!({ "policy": policy });
        let set = self.change(http::Method::PUT, &path, &path, body).await;
        assert_eq!(set.status(), 200, "{:?}", set.text().await);
    }

    /// Issues a key of a role.
    pub(crate) async fn key(&self, role: &str) -> Key {
        self.key_with(json!({ "name": role, "role": role })).await
    }

    /// Issues a key of these wishes.
    pub(crate) async fn key_with(&self, body: Value) -> Key {
        let issued = self.create_at("keys", body).await;
        Key {
            key_id: issued["key_id"].as_str().unwrap().to_owned(),
            token: issued["token"].as_str().unwrap().to_owned(),
        }
    }

    /// Registers a user and gives their identifier.
    pub(crate) async fn user(&self, role: &str) -> String {
        let body = json!({ "name": format!("A {role}"), "role": role });
        let created = self.create_at("users", body).await;
        created["user_id"].as_str().unwrap().to_owned()
    }

    /// The whole log, newest first, once it has a number of entries: records
    /// are handed over a moment after the call.
    pub(crate) async fn log(&self, at_least: usize) -> Vec<Value> {
        self.log_until(|entries| entries.len() >= at_least).await
    }

    /// The whole log, newest first, once it says what is waited for.
    pub(crate) async fn log_until(&self, says: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        until("the log says it", async || {
            let entries = self.whole_log().await;
            says(&entries).then_some(entries)
        })
        .await
    }

    async fn whole_log(&self) -> Vec<Value> {
        let (mut entries, mut before) = (Vec::new(), String::new());
        loop {
            let path = format!("audit?limit=200{before}");
            let page: Value = self.get(&path).await;
            entries.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => before = format!("&cursor={next}"),
                None => return entries,
            }
        }
    }
}

/// Credentials of a connection from a database's URL.
pub(crate) fn database(url: &str) -> Value {
    let url = url::Url::parse(url).unwrap();
    json!({
        "host": url.host_str().unwrap(),
        "port": url.port().unwrap_or(5432).to_string(),
        "database": url.path().trim_start_matches('/'),
        "user": url.username(),
        "password": url.password().unwrap(),
        "tls": "prefer",
    })
}
