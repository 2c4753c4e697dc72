//! Finding out which era a server speaks.
//!
//! `server/discover` is asked first. A server that does not know it refuses in
//! one of many ways, all of which but a few mean: an older one, which wants a
//! handshake. The exceptions say nothing about the era: missing rights, and
//! failures of the server itself.

use serde::Deserialize;
use serde_json::{Map, json};

use crate::{
    answer::{Reply, RpcError},
    session::{
        HANDSHAKE_VERSION, HANDSHAKE_VERSIONS, Outgoing, STATELESS_VERSION, Session, client,
        posted, stateless,
    },
};

/// The error of a server that speaks other revisions.
const UNSUPPORTED_VERSION: i64 = -32022;

/// One step on the way to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Negotiation {
    /// `server/discover` is to be asked.
    Discover,
    /// `initialize` is to be asked.
    Initialize,
    /// `notifications/initialized` is to be said.
    Announce(Session),
}

/// What came back for a step.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// HTTP status.
    pub status: u16,
    /// The `Mcp-Session-Id` field.
    pub session: Option<&'a str>,
    /// What the server said, if it was JSON-RPC.
    pub reply: Option<&'a Reply>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Another step.
    Step(Negotiation),
    /// Requests can be sent.
    Ready(Session),
}

/// Why there is no session. Ends a sentence that begins with the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NegotiationError {
    /// 401 or 403.
    #[error("did not accept the credentials (HTTP {0})")]
    Unauthorized(u16),
    /// Another status that is no answer.
    #[error("answered HTTP {0}")]
    Status(u16),
    /// It answered something else than MCP.
    #[error("does not answer as an MCP server")]
    NotMcp,
    /// It speaks none of the revisions known here.
    #[error("speaks no revision of MCP that Lango knows")]
    Version,
    /// It refused the handshake.
    #[error("refused the handshake (error {0})")]
    Refused(i64),
}

impl Negotiation {
    /// The first step.
    #[must_use]
    pub fn start() -> Self {
        Self::Discover
    }

    /// The identifier of the request, which its reply carries; a notification
    /// has none.
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        match self {
            Self::Discover | Self::Initialize => Some(0),
            Self::Announce(_) => None,
        }
    }

    /// What to post.
    #[must_use]
    pub fn outgoing(&self) -> Outgoing {
        match self {
            Self::Discover => stateless(0, "server/discover", Map::new()),
            Self::Initialize => {
                let body = json!({
                    "jsonrpc": "2.0", "id": 0, "method": "initialize",
                    "params": {
                        "protocolVersion": HANDSHAKE_VERSION,
                        "capabilities": {},
                        "clientInfo": client(),
                    },
                });
                Outgoing {
                    headers: posted(),
                    body: body.to_string(),
                }
            }
            Self::Announce(session) => session.handshake_message(&json!({
                "jsonrpc": "2.0", "method": "notifications/initialized",
            })),
        }
    }

    /// What follows from the answer.
    ///
    /// # Errors
    /// [`NegotiationError`] when there will be no session.
    pub fn answered(&self, response: &Response<'_>) -> Result<Next, NegotiationError> {
        match response.status {
            401 | 403 => return Err(NegotiationError::Unauthorized(response.status)),
            status if status >= 500 => return Err(NegotiationError::Status(status)),
            _ => {}
        }
        match self {
            Self::Discover => discovered(response),
            Self::Initialize => initialized(response),
            Self::Announce(session) => match response.status {
                200..=299 => Ok(Next::Ready(session.clone())),
                status => Err(NegotiationError::Status(status)),
            },
        }
    }
}

fn discovered(response: &Response<'_>) -> Result<Next, NegotiationError> {
    #[derive(Deserialize)]
    struct Discovered {
        #[serde(rename = "supportedVersions")]
        supported_versions: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Unsupported {
        supported: Vec<String>,
    }
    const OLDER: Result<Next, NegotiationError> = Ok(Next::Step(Negotiation::Initialize));
    match response.reply {
        Some(Reply::Result(result)) => match serde_json::from_str::<Discovered>(result.get()) {
            Ok(Discovered { supported_versions }) => by_versions(&supported_versions),
            Err(_) => OLDER,
        },
        Some(Reply::Error(RpcError {
            code: UNSUPPORTED_VERSION,
            data: Some(data),
            ..
        })) => {
            match serde_json::from_str::<Unsupported>(data.get()) {
                // It has just refused the one stateless revision known here.
                Ok(Unsupported { supported }) if !has_handshake(&supported) => {
                    Err(NegotiationError::Version)
                }
                _ => OLDER,
            }
        }
        Some(Reply::Error(_)) => OLDER,
        None if (300..400).contains(&response.status) => {
            Err(NegotiationError::Status(response.status))
        }
        None if response.status < 300 => Err(NegotiationError::NotMcp),
        None => OLDER,
    }
}

fn by_versions(supported: &[String]) -> Result<Next, NegotiationError> {
    if supported.iter().any(|version| version == STATELESS_VERSION) {
        Ok(Next::Ready(Session::stateless()))
    } else if has_handshake(supported) {
        Ok(Next::Step(Negotiation::Initialize))
    } else {
        Err(NegotiationError::Version)
    }
}

fn has_handshake(versions: &[String]) -> bool {
    versions
        .iter()
        .any(|version| HANDSHAKE_VERSIONS.contains(&version.as_str()))
}

fn initialized(response: &Response<'_>) -> Result<Next, NegotiationError> {
    #[derive(Deserialize)]
    struct Initialized {
        #[serde(rename = "protocolVersion")]
        protocol_version: String,
    }
    match response.reply {
        Some(Reply::Result(result)) => {
            let Initialized { protocol_version } =
                serde_json::from_str(result.get()).map_err(|_| NegotiationError::NotMcp)?;
            if !HANDSHAKE_VERSIONS.contains(&protocol_version.as_str()) {
                return Err(NegotiationError::Version);
            }
            Session::handshake(protocol_version, response.session)
                .map(|session| Next::Step(Negotiation::Announce(session)))
                .ok_or(NegotiationError::NotMcp)
        }
        Some(Reply::Error(error)) => Err(NegotiationError::Refused(error.code)),
        None if response.status < 300 => Err(NegotiationError::NotMcp),
        None => Err(NegotiationError::Status(response.status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, value::RawValue};

    fn result(value: &Value) -> Reply {
        Reply::Result(RawValue::from_string(value.to_string()).unwrap())
    }

    fn error(code: i64, data: Option<Value>) -> Reply {
        Reply::Error(RpcError {
            code,
            message: "no".to_owned(),
            data: data.map(|data| RawValue::from_string(data.to_string()).unwrap()),
        })
    }

    fn after(
        step: &Negotiation,
        status: u16,
        reply: Option<&Reply>,
    ) -> Result<Next, NegotiationError> {
        step.answered(&Response {
            status,
            session: Some("s"),
            reply,
        })
    }

    #[test]
    fn a_server_of_the_newer_era_is_ready_at_once() {
        let reply =
            result(&json!({"supportedVersions": ["2025-11-25", "2026-07-28"], "capabilities": {}}));
        let next = after(&Negotiation::start(), 200, Some(&reply)).unwrap();
        assert_eq!(next, Next::Ready(Session::stateless()));
    }

    #[test]
    fn every_refusal_of_an_older_server_leads_to_the_handshake() {
        let handshake = Ok(Next::Step(Negotiation::Initialize));
        let older = result(&json!({"supportedVersions": ["2025-06-18"]}));
        let odd = result(&json!({}));
        let unsupported = error(
            UNSUPPORTED_VERSION,
            Some(json!({"supported": ["2025-11-25"]})),
        );
        for (status, reply) in [
            (400, None),
            (404, None),
            (405, None),
            (406, None),
            (200, Some(&error(-32601, None))),
            (404, Some(&error(-32001, None))),
            (400, Some(&error(-32000, None))),
            (400, Some(&error(UNSUPPORTED_VERSION, None))),
            (400, Some(&unsupported)),
            (200, Some(&older)),
            (200, Some(&odd)),
        ] {
            assert_eq!(
                after(&Negotiation::Discover, status, reply),
                handshake,
                "{status} {reply:?}"
            );
        }
    }

    #[test]
    fn what_says_nothing_about_the_era_is_an_error() {
        let newer = error(
            UNSUPPORTED_VERSION,
            Some(json!({"supported": ["2030-01-01"]})),
        );
        for (status, reply, expected) in [
            (401, None, NegotiationError::Unauthorized(401)),
            (403, None, NegotiationError::Unauthorized(403)),
            (500, None, NegotiationError::Status(500)),
            (302, None, NegotiationError::Status(302)),
            (200, None, NegotiationError::NotMcp),
            (400, Some(&newer), NegotiationError::Version),
        ] {
            assert_eq!(after(&Negotiation::Discover, status, reply), Err(expected));
        }
    }

    #[test]
    fn a_handshake_settles_version_and_session() {
        let reply = result(&json!({"protocolVersion": "2025-06-18", "capabilities": {}}));
        let next = after(&Negotiation::Initialize, 200, Some(&reply)).unwrap();
        let session = Session::handshake("2025-06-18".to_owned(), Some("s")).unwrap();
        let announce = Negotiation::Announce(session.clone());
        assert_eq!(next, Next::Step(announce.clone()));
        assert!(
            announce
                .outgoing()
                .body
                .contains("notifications/initialized")
        );
        assert_eq!(announce.id(), None);
        assert_eq!(after(&announce, 202, None), Ok(Next::Ready(session)));
        assert_eq!(
            after(&announce, 404, None),
            Err(NegotiationError::Status(404))
        );
    }

    #[test]
    fn a_handshake_may_fail() {
        let unknown = result(&json!({"protocolVersion": "2019-01-01"}));
        for (status, reply, expected) in [
            (200, Some(&unknown), NegotiationError::Version),
            (
                200,
                Some(&error(-32602, None)),
                NegotiationError::Refused(-32602),
            ),
            (200, Some(&result(&json!(1))), NegotiationError::NotMcp),
            (200, None, NegotiationError::NotMcp),
            (404, None, NegotiationError::Status(404)),
        ] {
            assert_eq!(
                after(&Negotiation::Initialize, status, reply),
                Err(expected)
            );
        }
    }
}
