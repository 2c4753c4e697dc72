//! One JSON-RPC message. Batches are not part of the protocol any more.

use rmcp::model::{ErrorCode, NumberOrString};
use serde::Deserialize;
use serde_json::Value;

use super::fault::Fault;

/// What a client may post.
#[derive(Debug)]
pub(super) enum Message {
    /// A request: it has an id and gets an answer.
    Request(RpcRequest),
    /// A notification: taken note of with 202.
    Notification(Notification),
    /// The client's answer to a question of ours.
    Answer(Answer),
}

/// A notification.
#[derive(Debug)]
pub(super) struct Notification {
    pub(super) method: String,
    pub(super) params: Value,
}

/// The client's answer to a question.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) id: Value,
    /// The result, or the client's error.
    pub(super) result: Result<Value, Value>,
}

/// A request, its parameters an object.
#[derive(Debug, Clone)]
pub(super) struct RpcRequest {
    pub(super) id: NumberOrString,
    pub(super) method: String,
    pub(super) params: Value,
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
    /// -32700 for what is not JSON, -32600 for what is no message.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let value: Value = serde_json::from_slice(body)
            .map_err(|_| Fault::new(400, ErrorCode::PARSE_ERROR, "The body is not JSON."))?;
        let invalid = |message| Fault::new(400, ErrorCode::INVALID_REQUEST, message);
        if value.is_array() {
            return Err(invalid("Send one message at a time, not an array."));
        }
        let wire: Wire =
            serde_json::from_value(value).map_err(|_| invalid("This is no JSON-RPC message."))?;
        if wire.jsonrpc != Some(Value::from("2.0")) {
            return Err(invalid(r#"A message says "jsonrpc": "2.0"."#));
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
                (Some(result), _) => Ok(Self::Answer(Answer {
                    id,
                    result: Ok(result),
                })),
                (None, Some(error)) => Ok(Self::Answer(Answer {
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
            .map(|fault| fault.error.code.0)
    }

    #[test]
    fn requests_notifications_and_answers_are_told_apart() {
        let request = br#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#;
        assert!(matches!(
            Message::parse(request).unwrap(),
            Message::Request(RpcRequest {
                id: NumberOrString::Number(0),
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
