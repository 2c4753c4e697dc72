//! The gateway's HTTP API, as its own tools use it.

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// A gateway and the key with which it is asked.
pub(crate) struct Api {
    client: Client,
    url: String,
    token: Zeroizing<String>,
}

/// The answer to the creation of a tenant.
#[derive(Deserialize)]
pub(crate) struct CreatedTenant {
    pub(crate) tenant_id: String,
    pub(crate) admin_key: IssuedKey,
}

/// A new API key. Its token is shown this once.
#[derive(Serialize, Deserialize)]
pub(crate) struct IssuedKey {
    pub(crate) key_id: String,
    #[serde(default)]
    pub(crate) role: Option<String>,
    pub(crate) token: Zeroizing<String>,
    /// In whatever form the gateway says it; for people alone.
    #[serde(default)]
    pub(crate) expires_at: Value,
}

/// The first platform admin, and the key that came with them.
#[derive(Deserialize)]
pub(crate) struct Bootstrapped {
    pub(crate) admin: CreatedAdmin,
    pub(crate) key: IssuedPlatformKey,
}

/// A new platform admin.
#[derive(Deserialize)]
pub(crate) struct CreatedAdmin {
    pub(crate) admin_id: String,
}

/// A new platform key. Its token is shown this once.
#[derive(Deserialize)]
pub(crate) struct IssuedPlatformKey {
    pub(crate) token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct PlatformTokens {
    access_token: Zeroizing<String>,
}

/// A new user.
#[derive(Deserialize)]
pub(crate) struct CreatedUser {
    pub(crate) user_id: String,
}

/// A new connection.
#[derive(Deserialize)]
pub(crate) struct CreatedConnection {
    pub(crate) connection_id: String,
}

impl Api {
    /// Nothing is sent yet.
    pub(crate) fn new(url: &str, token: &str) -> Result<Self> {
        Ok(Self {
            // What a proxy of the system would see is none of its business.
            client: Client::builder().no_proxy().build()?,
            url: url.trim_end_matches('/').to_owned(),
            token: Zeroizing::new(token.to_owned()),
        })
    }

    /// Another key at the same gateway.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            client: self.client.clone(),
            url: self.url.clone(),
            token: Zeroizing::new(token.to_owned()),
        }
    }

    /// Whether the gateway answers at all.
    pub(crate) async fn is_alive(&self) -> bool {
        let answer = self
            .client
            .get(format!("{}/healthz", self.url))
            .send()
            .await;
        answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    /// Makes the first platform admin; needs the token for that.
    pub(crate) async fn bootstrap(
        &self,
        name: &str,
        email: &str,
        password: &str,
    ) -> Result<Bootstrapped> {
        let body = json!({ "name": name, "email": email, "password": password });
        self.post("/platform/v1/bootstrap", &body).await
    }

    /// Whether the token is a platform admin's and in force.
    pub(crate) async fn runs_platform(&self) -> Result<bool> {
        let path = "/platform/v1/keys?limit=1";
        let answer = self.send(Method::GET, path, None).await?;
        Ok(answer.status() == StatusCode::OK)
    }

    /// Signs in as a platform admin; `None` when nobody has that address and password.
    pub(crate) async fn sign_in_to_platform(
        &self,
        email: &str,
        password: &str,
    ) -> Result<Option<Zeroizing<String>>> {
        let body = json!({ "email": email, "password": password });
        let answer = self
            .send(Method::POST, "/platform/v1/sign-in", Some(&body))
            .await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        let tokens: PlatformTokens = read(answer).await?;
        Ok(Some(tokens.access_token))
    }

    /// Makes a key of the platform admin's own.
    pub(crate) async fn issue_platform_key(&self, name: &str) -> Result<IssuedPlatformKey> {
        self.post("/platform/v1/keys", &json!({ "name": name }))
            .await
    }

    /// Creates a tenant; needs a platform admin.
    pub(crate) async fn create_tenant(&self, name: &str, plan: &str) -> Result<CreatedTenant> {
        self.post(
            "/platform/v1/tenants",
            &json!({ "name": name, "plan": plan }),
        )
        .await
    }

    /// Issues a key.
    pub(crate) async fn issue_key(
        &self,
        name: &str,
        role: &str,
        expires_in_days: Option<u32>,
    ) -> Result<IssuedKey> {
        let mut body = json!({ "name": name, "role": role });
        if let Some(days) = expires_in_days {
            body["expires_in_days"] = json!(days);
        }
        self.post("/admin/v1/keys", &body).await
    }

    /// Every key of the tenant, without tokens; `None` when the own key is not
    /// in force (any more).
    pub(crate) async fn keys(&self) -> Result<Option<Vec<Value>>> {
        let answer = self.send(Method::GET, "/admin/v1/keys", None).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        items(answer).await.map(Some)
    }

    /// Registers a user.
    pub(crate) async fn create_user(&self, name: &str, role: &str) -> Result<CreatedUser> {
        self.post("/admin/v1/users", &json!({ "name": name, "role": role }))
            .await
    }

    /// Creates a connection; the gateway has the credentials sealed.
    pub(crate) async fn create_connection(
        &self,
        connector: &str,
        name: &str,
        slug: &str,
        credentials: &Value,
    ) -> Result<CreatedConnection> {
        let body = json!({
            "connector": connector, "name": name, "slug": slug, "credentials": credentials,
        });
        self.post("/admin/v1/connections", &body).await
    }

    /// Every connection of the tenant.
    pub(crate) async fn connections(&self) -> Result<Vec<Value>> {
        items(
            self.send(Method::GET, "/admin/v1/connections", None)
                .await?,
        )
        .await
    }

    /// Asks for the tools of a connection to another MCP server, or decides about
    /// them.
    pub(crate) async fn upstream_tools(
        &self,
        connection: &str,
        action: &str,
        body: &Value,
    ) -> Result<Value> {
        let path = format!("/admin/v1/connections/{connection}/tools/{action}");
        self.post(&path, body).await
    }

    /// Deletes a connection.
    pub(crate) async fn delete_connection(&self, connection: &str) -> Result<()> {
        self.delete(&format!("/admin/v1/connections/{connection}"))
            .await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T> {
        read(self.send(Method::POST, path, Some(body)).await?).await
    }

    async fn delete(&self, path: &str) -> Result<()> {
        let answer = self.send(Method::DELETE, path, None).await?;
        refuse_problem(answer).await.map(drop)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if !self.token.is_empty() {
            request = request.bearer_auth(self.token.as_str());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request
            .send()
            .await
            .with_context(|| format!("no answer from the gateway at {}", self.url))
    }
}

async fn items(answer: Response) -> Result<Vec<Value>> {
    let mut page: Value = read(answer).await?;
    match page["items"].take() {
        Value::Array(items) => Ok(items),
        _ => bail!("the gateway's list has no items"),
    }
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T> {
    let answer = refuse_problem(answer).await?;
    answer
        .json()
        .await
        .context("the gateway's answer is not what was expected")
}

/// Turns a problem document (RFC 9457) into an error of one sentence.
async fn refuse_problem(answer: Response) -> Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let path = answer.url().path().to_owned();
    let problem: Value = answer.json().await.unwrap_or_default();
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let words: Vec<_> = [text("title"), text("detail")]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    bail!("{path}: {}: {}", status.as_u16(), words.join(": "))
}
