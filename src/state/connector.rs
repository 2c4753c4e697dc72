//! The connector Workers, reached over service bindings.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use worker::{Env, Headers, Method, Request, RequestInit, wasm_bindgen::JsValue};
use zeroize::Zeroizing;

/// A connector's URL: the binding decides who is reached, not the host.
const ORIGIN: &str = "http://connector";

/// Why a connector could not be asked.
pub(crate) enum ConnectorError {
    /// This deployment has no Worker for it.
    NotDeployed,
    /// It refused the question, with a problem document that may be shown.
    Refused(u16, Value),
    /// It did not answer, or not in the answer's shape.
    Failed(String),
}

impl core::fmt::Display for ConnectorError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotDeployed => formatter.write_str("no connector Worker is bound"),
            Self::Refused(status, _) => write!(formatter, "the connector refused: {status}"),
            Self::Failed(reason) => write!(formatter, "the connector failed: {reason}"),
        }
    }
}

impl From<worker::Error> for ConnectorError {
    fn from(error: worker::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Asks the connector of a kind.
pub(crate) async fn ask<A: DeserializeOwned>(
    env: &Env,
    kind: &str,
    path: &str,
    question: &impl Serialize,
) -> Result<A, ConnectorError> {
    let body = serde_json::to_string(question)
        .map_err(|_| ConnectorError::Failed("the question is not JSON".to_owned()))?;
    ask_text(env, kind, path, &Zeroizing::new(body)).await
}

/// Asks with a body that is wiped afterwards: it may hold credentials.
pub(crate) async fn ask_text<A: DeserializeOwned>(
    env: &Env,
    kind: &str,
    path: &str,
    body: &Zeroizing<String>,
) -> Result<A, ConnectorError> {
    let binding = format!("CONNECTOR_{}", kind.to_uppercase());
    let service = env
        .service(&binding)
        .map_err(|_| ConnectorError::NotDeployed)?;
    let headers = Headers::new();
    headers.set("Content-Type", "application/json")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(Some(JsValue::from_str(body)));
    let request = Request::new_with_init(&format!("{ORIGIN}{path}"), &init)?;
    let mut response = service.fetch_request(request).await?;
    let status = response.status_code();
    let text = response.text().await?;
    if status != 200 {
        let problem = serde_json::from_str(&text).unwrap_or(Value::Null);
        return Err(ConnectorError::Refused(status, problem));
    }
    serde_json::from_str(&text)
        .map_err(|_| ConnectorError::Failed("its answer is not of the agreed shape".to_owned()))
}
