//! The connector Workers, reached over service bindings. Each request is enclosed: see
//! `lango_connector_kit::Enclosed`.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use futures_util::StreamExt as _;
use lango_connector_kit::{
    CallAnswer, ENVELOPE_FIELD, Enclosed, EnvelopeKey, FRAMES_MEDIA_TYPE, Frame, RESIDENCY_FIELD,
    STATUS_NOT_RESIDENT,
};
use lango_identity::GatewayKey;
use lango_residency::{Evidence, Placement};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use worker::{
    ByteStream, Date, Env, Headers, Method, Request, RequestInit, Response, wasm_bindgen::JsValue,
};
use zeroize::Zeroizing;

/// A connector's URL: the binding decides who is reached, not the host.
const ORIGIN: &str = "http://connector";
const GATEWAY_KEY_SECRET: &str = "LANGO_GATEWAY_KEY";

/// No frame is larger, in bytes: a result has its own bound in the connector.
const FRAME_LIMIT: usize = 2 << 20;

/// The connector of a kind, asked about one connection of a tenant.
#[derive(Clone, Copy)]
pub struct ConnectorClient<'a> {
    /// The gateway's environment.
    pub env: &'a Env,
    /// The kind.
    pub kind: &'a str,
    /// The tenant; empty for what concerns none.
    pub tenant: &'a str,
    /// The connection; empty for what concerns none.
    pub connection: &'a str,
    /// Identifies the call in the audit log; empty where there is none.
    pub call_id: &'a str,
}

/// Why a connector could not be asked.
#[derive(Debug)]
pub enum ConnectorError {
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

impl ConnectorError {
    /// What a connector saw that would not serve where it is.
    #[must_use]
    pub fn not_resident(&self) -> Option<Evidence> {
        match self {
            Self::Refused(STATUS_NOT_RESIDENT, problem) => {
                serde_json::from_value(problem.get("evidence")?.clone()).ok()
            }
            _ => None,
        }
    }
}

/// A connector that has begun to answer.
pub struct Heard {
    /// What shows where it runs.
    pub evidence: Evidence,
    /// Its answer.
    pub frames: Frames,
}

/// A connector's answer, frame by frame. One that has nothing to say before its
/// answer gives it whole: that is a stream of one frame.
pub enum Frames {
    /// An answer without anything before it.
    Whole(Option<CallAnswer>),
    /// A stream, a frame a line.
    Lines {
        /// What is still to come.
        body: ByteStream,
        /// What is not a whole line yet.
        read: Vec<u8>,
    },
}

impl Frames {
    /// The next frame; `None` at the end.
    ///
    /// # Errors
    /// [`ConnectorError`] when the stream breaks off or cannot be read.
    pub async fn next(&mut self) -> Result<Option<Frame>, ConnectorError> {
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

thread_local! {
    // An isolate has one environment for its whole life.
    static KEYS: RefCell<BTreeMap<String, Rc<EnvelopeKey>>> = const { RefCell::new(BTreeMap::new()) };
}

impl ConnectorClient<'_> {
    /// Asks for frames.
    ///
    /// # Errors
    /// [`ConnectorError`].
    pub async fn ask_for_frames(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<Heard, ConnectorError> {
        let mut response = self.send(path, &written(question)?).await?;
        let evidence = evidence(&response)?;
        let media_type = response.headers().get("Content-Type")?.unwrap_or_default();
        if media_type == FRAMES_MEDIA_TYPE {
            let frames = Frames::Lines {
                body: response.stream()?,
                read: Vec::new(),
            };
            return Ok(Heard { evidence, frames });
        }
        let frames = Frames::Whole(Some(parse(&response.text().await?)?));
        Ok(Heard { evidence, frames })
    }

    /// Asks.
    ///
    /// # Errors
    /// [`ConnectorError`].
    pub async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<A, ConnectorError> {
        self.ask_text(path, &written(question)?).await
    }

    /// Asks with a body that is wiped afterwards: it may hold credentials.
    ///
    /// # Errors
    /// [`ConnectorError`].
    pub async fn ask_text<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &Zeroizing<String>,
    ) -> Result<A, ConnectorError> {
        parse(&self.send(path, body).await?.text().await?)
    }

    async fn send(&self, path: &str, body: &Zeroizing<String>) -> Result<Response, ConnectorError> {
        let binding = format!("CONNECTOR_{}", self.kind.to_uppercase());
        let service = self
            .env
            .service(&binding)
            .map_err(|_| ConnectorError::NotDeployed)?;
        let headers = Headers::new();
        headers.set("Content-Type", "application/json")?;
        headers.set(ENVELOPE_FIELD, &self.enclose(path, body)?)?;
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

    fn enclose(&self, path: &str, body: &str) -> Result<String, ConnectorError> {
        let enclosed = Enclosed {
            connector: self.kind,
            path,
            tenant: self.tenant,
            connection: self.connection,
            call_id: self.call_id,
            body: body.as_bytes(),
        };
        let now = i64::try_from(Date::now().as_millis() / 1000).unwrap_or(i64::MAX);
        envelope_key(self.env, self.kind)?
            .enclose(&enclosed, now)
            .map_err(|error| ConnectorError::Failed(error.to_string()))
    }
}

/// What a connector says of where it ran, and what the platform says of it. One that
/// says nothing readable has shown nothing.
fn evidence(response: &Response) -> Result<Evidence, ConnectorError> {
    let field = response.headers().get(RESIDENCY_FIELD)?;
    let evidence: Evidence = field
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default();
    // Cloudflare may tell it with the response alone.
    let placement = response.headers().get(Placement::FIELD)?;
    Ok(Evidence {
        placement: evidence
            .placement
            .or_else(|| Placement::parse(&placement?).ok()),
        ..evidence
    })
}

/// Derived once per isolate.
fn envelope_key(env: &Env, kind: &str) -> Result<Rc<EnvelopeKey>, ConnectorError> {
    if let Some(key) = KEYS.with_borrow(|keys| keys.get(kind).cloned()) {
        return Ok(key);
    }
    let invalid = || ConnectorError::Failed(format!("{GATEWAY_KEY_SECRET} is not valid"));
    let secret = env.secret(GATEWAY_KEY_SECRET).map_err(|_| invalid())?;
    let root = GatewayKey::parse(&Zeroizing::new(secret.to_string())).map_err(|_| invalid())?;
    let key = Rc::new(EnvelopeKey::new(&root.derive(&EnvelopeKey::label(kind))));
    KEYS.with_borrow_mut(|keys| keys.insert(kind.to_owned(), Rc::clone(&key)));
    Ok(key)
}

fn written(question: &impl Serialize) -> Result<Zeroizing<String>, ConnectorError> {
    serde_json::to_string(question)
        .map(Zeroizing::new)
        .map_err(|_| ConnectorError::Failed("the question is not JSON".to_owned()))
}

fn parse<A: DeserializeOwned>(text: &str) -> Result<A, ConnectorError> {
    serde_json::from_str(text)
        .map_err(|_| ConnectorError::Failed("its answer is not of the agreed shape".to_owned()))
}
