//! One JSON-RPC message. Batches are not part of the protocol any more.

use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest method that is looked up, in bytes.
const METHOD_LIMIT: usize = 128;

/// What a client may post.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A request: it has an id and gets an answer.
    Request(RpcRequest),
    /// A notification: taken note of with 202.
    Notification(Notification),
    /// The client's answer to a question of ours.
    Answer(ClientAnswer),
}

/// A notification.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// Its method.
    pub method: String,
    /// Its parameters: an object.
    pub params: Value,
}

/// The client's answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientAnswer {
    /// The question's identifier.
    pub id: Value,
    /// The result, or the client's error.
    pub result: Result<Value, Value>,
}

/// A request, its parameters an object.
#[derive(Debug, Clone, PartialEq)]
pub struct RpcRequest {
    /// What its answer repeats.
    pub id: RequestId,
    /// Its method.
    pub method: String,
    /// Its parameters: an object.
    pub params: Value,
}

/// What names a request: an integer or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RequestId {
    /// An integer.
    Number(i64),
    /// A text.
    Text(String),
}

/// Why a body is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Not JSON at all: -32700.
    #[error("The body is not JSON.")]
    NotJson,
    /// JSON, but no message: -32600.
    #[error("{0}")]
    NoMessage(&'static str),
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    jsonrpc: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    params: Option<Value>,
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

/// Keeps `"id": null` apart from no `id`.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Message {
    /// Reads a body.
    ///
    /// # Errors
    /// [`MessageError`] for everything else.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let value: Value = serde_json::from_slice(body).map_err(|_| MessageError::NotJson)?;
        let invalid = MessageError::NoMessage;
        if value.is_array() {
            return Err(invalid("Send one message at a time, not an array."));
        }
        let wire: Wire =
            serde_json::from_value(value).map_err(|_| invalid("This is no JSON-RPC message."))?;
        if wire.jsonrpc != Some(Value::from("2.0")) {
            return Err(invalid(r#"A message says "jsonrpc": "2.0"."#));
        }
        if wire
            .method
            .as_ref()
            .is_some_and(|it| it.len() > METHOD_LIMIT)
        {
            return Err(invalid("A method has 128 characters at most."));
        }
        let no_object = || invalid("params must be an object.");
        match (wire.method, wire.id) {
            (Some(method), Some(id)) => Ok(Self::Request(RpcRequest {
                id: serde_json::from_value(id)
                    .map_err(|_| invalid("id must be a string or an integer."))?,
                method,
                params: params(wire.params).ok_or_else(no_object)?,
            })),
            (Some(method), None) => Ok(Self::Notification(Notification {
                method,
                params: params(wire.params).ok_or_else(no_object)?,
            })),
            (None, Some(id)) => match (wire.result, wire.error) {
                (Some(result), _) => Ok(Self::Answer(ClientAnswer {
                    id,
                    result: Ok(result),
                })),
                (None, Some(error)) => Ok(Self::Answer(ClientAnswer {
                    id,
                    result: Err(error),
                })),
                (None, None) => Err(invalid("A message has a method.")),
            },
            (None, None) => Err(invalid("A message has a method.")),
        }
    }
}

fn params(params: Option<Value>) -> Option<Value> {
    match params {
        None | Some(Value::Null) => Some(Value::Object(serde_json::Map::new())),
        Some(params @ Value::Object(_)) => Some(params),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> Option<i32> {
        Message::parse(body.as_bytes())
            .err()
            .map(|error| match error {
                MessageError::NotJson => -32700,
                MessageError::NoMessage(_) => -32600,
            })
    }

    #[test]
    fn requests_notifications_and_answers_are_told_apart() {
        let request = br#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#;
        assert!(matches!(
            Message::parse(request).unwrap(),
            Message::Request(RpcRequest {
                id: RequestId::Number(0),
                ..
            })
        ));
        let notification = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert!(matches!(
            Message::parse(notification).unwrap(),
            Message::Notification(_)
        ));
        for (answer, succeeded) in [
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, true),
            (
                r#"{"jsonrpc":"2.0","id":"a","error":{"code":1,"message":"x"}}"#,
                false,
            ),
        ] {
            let Ok(Message::Answer(answer)) = Message::parse(answer.as_bytes()) else {
                panic!("{answer}");
            };
            assert_eq!(answer.result.is_ok(), succeeded);
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for body in ["", "{", "\u{0}", "nul"] {
            assert_eq!(code(body), Some(-32700), "{body}");
        }
        for body in [
            "[]",
            "1",
            "{}",
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
        ] {
            assert_eq!(code(body), Some(-32600), "{body}");
        }
    }
}
