//! The connector Workers, reached over service bindings.

use futures_util::StreamExt as _;
use lango_connector_kit::{CallAnswer, FRAMES_MEDIA_TYPE, Frame};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use worker::{
    ByteStream, Env, Headers, Method, Request, RequestInit, Response, wasm_bindgen::JsValue,
};
use zeroize::Zeroizing;

/// A connector's URL: the binding decides who is reached, not the host.
const ORIGIN: &str = "http://connector";

/// No frame is larger, in bytes: a result has its own bound in the connector.
const FRAME_LIMIT: usize = 2 << 20;

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

/// A connector's answer, frame by frame. One that has nothing to say before its
/// answer gives it whole: that is a stream of one frame.
pub(crate) enum Frames {
    Whole(Option<CallAnswer>),
    Lines { body: ByteStream, read: Vec<u8> },
}

/// Asks the connector of a kind for frames.
pub(crate) async fn ask_for_frames(
    env: &Env,
    kind: &str,
    path: &str,
    question: &impl Serialize,
) -> Result<Frames, ConnectorError> {
    let body = Zeroizing::new(
        serde_json::to_string(question)
            .map_err(|_| ConnectorError::Failed("the question is not JSON".to_owned()))?,
    );
    let mut response = send(env, kind, path, &body).await?;
    let media_type = response.headers().get("Content-Type")?.unwrap_or_default();
    if media_type == FRAMES_MEDIA_TYPE {
        return Ok(Frames::Lines {
            body: response.stream()?,
            read: Vec::new(),
        });
    }
    Ok(Frames::Whole(Some(parse(&response.text().await?)?)))
}

impl Frames {
    /// The next frame; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, ConnectorError> {
        match self {
            Self::Whole(answer) => Ok(answer.take().map(Frame::Answer)),
            Self::Lines { body, read } => loop {
                if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = read.drain(..=end).collect();
                    return serde_json::from_slice(&line)
                        .map(Some)
                        .map_err(|_| ConnectorError::Failed("a frame is not readable".to_owned()));
                }
                match body.next().await {
                    Some(_) if read.len() > FRAME_LIMIT => {
                        return Err(ConnectorError::Failed("a frame is too large".to_owned()));
                    }
                    Some(chunk) => read.extend_from_slice(&chunk?),
                    None => return Ok(None),
                }
            },
        }
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
    parse(&send(env, kind, path, body).await?.text().await?)
}

async fn send(
    env: &Env,
    kind: &str,
    path: &str,
    body: &Zeroizing<String>,
) -> Result<Response, ConnectorError> {
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
    if status == 200 {
        return Ok(response);
    }
    let problem = serde_json::from_str(&response.text().await?).unwrap_or(Value::Null);
    Err(ConnectorError::Refused(status, problem))
}

fn parse<A: DeserializeOwned>(text: &str) -> Result<A, ConnectorError> {
    serde_json::from_str(text)
        .map_err(|_| ConnectorError::Failed("its answer is not of the agreed shape".to_owned()))
}
