//! One JSON-RPC message. Batches are not part of the protocol any more.

use rmcp::model::{ErrorCode, NumberOrString};
use serde::Deserialize;
use serde_json::Value;

use super::Fault;

/// What a client may post.
#[derive(Debug)]
pub(super) enum Message {
    /// A request: it has an id and gets an answer.
    Request(RpcRequest),
    /// A notification, or the answer to a request that we never sent: taken
    /// note of with 202.
    Other,
}

/// A request, its parameters an object.
#[derive(Debug)]
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
    result: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    error: Option<serde::de::IgnoredAny>,
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
        match (wire.method, wire.id) {
            (Some(method), Some(id)) => Ok(Self::Request(RpcRequest {
                id: serde_json::from_value(id)
                    .map_err(|_| invalid("id must be a string or an integer."))?,
                method,
                params: params(wire.params).ok_or_else(|| invalid("params must be an object."))?,
            })),
            (Some(_), None) => Ok(Self::Other),
            (None, Some(_)) if wire.result.is_some() || wire.error.is_some() => Ok(Self::Other),
            (None, _) => Err(invalid("A message has a method.")),
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
    fn requests_and_others_are_told_apart() {
        let request = br#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#;
        assert!(matches!(
            Message::parse(request).unwrap(),
            Message::Request(RpcRequest {
                id: NumberOrString::Number(0),
                ..
            })
        ));
        for other in [
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":"a","error":{"code":1,"message":"x"}}"#,
        ] {
            assert!(
                matches!(Message::parse(other.as_bytes()), Ok(Message::Other)),
                "{other}"
            );
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
