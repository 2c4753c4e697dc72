//! An answer in chunks: one JSON message, or a stream of them as server-sent
//! events.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::sse::{Event, Parser};

/// How much of an answer is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The largest message, in bytes.
    pub message: usize,
    /// All of a stream, notifications and comments included, in bytes.
    pub stream: usize,
}

/// One message of the server.
#[derive(Debug, Clone)]
pub enum Message {
    /// The reply to the request.
    Reply(Reply),
    /// A request of the server's own, by its identifier and method.
    Request(Value, String),
    /// A notification, by its method.
    Notification(String),
}

/// A reply.
#[derive(Clone)]
pub enum Reply {
    /// The result, as it was sent.
    Result(Box<RawValue>),
    /// An error.
    Error(RpcError),
}

/// A JSON-RPC error.
#[derive(Clone, Deserialize)]
pub struct RpcError {
    /// The protocol's or the server's code.
    pub code: i64,
    /// The server's words.
    #[serde(default)]
    pub message: String,
    /// What the server adds, as it was sent.
    #[serde(default)]
    pub data: Option<Box<RawValue>>,
}

/// Why an answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Neither JSON nor server-sent events.
    #[error("its answer is neither JSON nor a stream of events")]
    MediaType,
    /// Over its bounds.
    #[error("its answer is too large")]
    TooLarge,
    /// Not a JSON-RPC message.
    #[error("its answer is not JSON-RPC")]
    NotJsonRpc,
}

/// Takes an answer's chunks.
#[derive(Debug)]
pub struct AnswerReader {
    id: Option<u64>,
    bounds: Bounds,
    taken: usize,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Json(Vec<u8>),
    Events(Parser),
}

impl AnswerReader {
    /// For the answer to the request with an identifier; a notification has
    /// none.
    ///
    /// # Errors
    /// [`AnswerError::MediaType`].
    pub fn new(content_type: &str, id: Option<u64>, bounds: Bounds) -> Result<Self, AnswerError> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let form = if media_type.eq_ignore_ascii_case("application/json") {
            Form::Json(Vec::new())
        } else if media_type.eq_ignore_ascii_case("text/event-stream") {
            Form::Events(Parser::new(bounds.message))
        } else {
            return Err(AnswerError::MediaType);
        };
        Ok(Self {
            id,
            bounds,
            taken: 0,
            form,
        })
    }

    /// The messages that a chunk completes.
    ///
    /// # Errors
    /// [`AnswerError`]; nothing more can be read then.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Message>, AnswerError> {
        self.taken = self.taken.saturating_add(chunk.len());
        let bound = match &self.form {
            Form::Json(_) => self.bounds.message,
            Form::Events(_) => self.bounds.stream,
        };
        if self.taken > bound {
            return Err(AnswerError::TooLarge);
        }
        match &mut self.form {
            Form::Json(body) => {
                body.extend_from_slice(chunk);
                Ok(Vec::new())
            }
            Form::Events(parser) => {
                let events = parser.feed(chunk).map_err(|_| AnswerError::TooLarge)?;
                events
                    .iter()
                    // An event may only carry an identifier to resume from.
                    .filter(|Event { data }| !data.is_empty())
                    .filter_map(|Event { data }| self.message(data).transpose())
                    .collect()
            }
        }
    }

    /// The message of a JSON body, which is complete now.
    ///
    /// # Errors
    /// [`AnswerError::NotJsonRpc`].
    pub fn finish(self) -> Result<Option<Message>, AnswerError> {
        match &self.form {
            Form::Json(body) if !body.is_empty() => self.message(body),
            _ => Ok(None),
        }
    }

    /// Where a stream that ended without a reply can be taken up again, and how
    /// long to wait before that.
    #[must_use]
    pub fn resumption(&self) -> Option<(&str, u64)> {
        match &self.form {
            Form::Json(_) => None,
            Form::Events(parser) => {
                let id = parser.last_id()?;
                Some((id, parser.retry_ms().unwrap_or_default()))
            }
        }
    }

    /// The stream has ended without a reply and another one takes it up.
    pub fn restart(&mut self) {
        if let Form::Events(parser) = &mut self.form {
            parser.restart();
        }
    }

    /// `None` for a reply to something else.
    fn message(&self, bytes: &[u8]) -> Result<Option<Message>, AnswerError> {
        let raw: Raw<'_> = serde_json::from_slice(bytes).map_err(|_| AnswerError::NotJsonRpc)?;
        if let Some(method) = raw.method {
            return Ok(Some(match raw.id {
                None => Message::Notification(method),
                Some(id) => {
                    let id = serde_json::from_str(id.get()).unwrap_or_default();
                    Message::Request(id, method)
                }
            }));
        }
        let id = raw.id.map_or("null", RawValue::get);
        let is_ours = self.id.is_some_and(|ours| id == ours.to_string());
        match (raw.result, raw.error) {
            (Some(result), None) if is_ours => {
                Ok(Some(Message::Reply(Reply::Result(result.to_owned()))))
            }
            // A server that could not read the request does not know its
            // identifier.
            (None, Some(error)) if is_ours || id == "null" => {
                Ok(Some(Message::Reply(Reply::Error(error))))
            }
            (Some(_), None) | (None, Some(_)) => Ok(None),
            _ => Err(AnswerError::NotJsonRpc),
        }
    }
}

/// A message by its members; serde refuses one that is there twice.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default, borrow)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<RpcError>,
}

/// Without the content: it is the system's data.
impl fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result(_) => formatter.write_str("Result"),
            Self::Error(error) => write!(formatter, "{error:?}"),
        }
    }
}

impl fmt::Debug for RpcError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Error({})", self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};

    const BOUNDS: Bounds = Bounds {
        message: 200,
        stream: 1000,
    };

    fn json(body: &str) -> Result<Option<Message>, AnswerError> {
        let mut reader =
            AnswerReader::new("application/json; charset=utf-8", Some(7), BOUNDS).unwrap();
        for chunk in body.as_bytes().chunks(5) {
            assert!(reader.feed(chunk)?.is_empty());
        }
        reader.finish()
    }

    fn events(body: &str) -> Result<Vec<Message>, AnswerError> {
        let mut reader = AnswerReader::new("Text/Event-Stream", Some(7), BOUNDS).unwrap();
        let mut messages = Vec::new();
        for chunk in body.as_bytes().chunks(3) {
            messages.extend(reader.feed(chunk)?);
        }
        Ok(messages)
    }

    fn text(message: &Message) -> String {
        match message {
            Message::Reply(Reply::Result(raw)) => raw.get().to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_result_is_kept_as_it_was_sent() {
        let message = json(
            r#"{"jsonrpc":"2.0","id":7,"result":{"b":1.0, "a":[12345678901234567890]},"x":1}"#,
        );
        assert_eq!(
            text(&message.unwrap().unwrap()),
            r#"{"b":1.0, "a":[12345678901234567890]}"#
        );
    }

    #[test]
    fn a_stream_has_other_messages_before_its_reply() {
        let messages = events(
            "id: 1\ndata:\n\ndata: {\"method\":\"notifications/progress\",\"params\":{}}\n\n\
             data: {\"id\":\"s\",\"method\":\"ping\"}\n\ndata: {\"id\":6,\"result\":{}}\n\n\
             data: {\"id\":7,\"result\":{\"ok\":true}}\n\n",
        )
        .unwrap();
        let shown: Vec<_> = messages.iter().map(text).collect();
        assert_eq!(
            shown,
            [
                "Notification(\"notifications/progress\")",
                "Request(String(\"s\"), \"ping\")",
                "{\"ok\":true}",
            ]
        );
    }

    #[test]
    fn errors_are_replies() {
        for body in [
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"no"}}"#,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}"#,
            r#"{"jsonrpc":"2.0","error":{"code":-32000}}"#,
        ] {
            assert_eq!(text(&json(body).unwrap().unwrap()), "Reply(Error(-32000))");
        }
        assert!(
            json(r#"{"id":8,"error":{"code":-32000}}"#)
                .unwrap()
                .is_none()
        );
        assert!(json("").unwrap().is_none());
    }

    #[test]
    fn what_is_not_json_rpc_is_refused() {
        for body in [
            "[]",
            "nonsense",
            "{}",
            r#"[{"id":7,"result":{}}]"#,
            r#"{"id":7,"result":{},"result":{}}"#,
            r#"{"id":7,"result":{},"error":{"code":1}}"#,
            r#"{"id":7,"error":"no"}"#,
        ] {
            assert_eq!(json(body).err(), Some(AnswerError::NotJsonRpc), "{body}");
        }
        assert!(AnswerReader::new("text/html", Some(7), BOUNDS).is_err());
    }

    #[test]
    fn nothing_is_held_over_the_bounds() {
        let large = format!(r#"{{"id":7,"result":"{}"}}"#, "x".repeat(200));
        assert_eq!(json(&large).err(), Some(AnswerError::TooLarge));
        assert_eq!(
            events(&format!("data: {large}\n\n")).err(),
            Some(AnswerError::TooLarge)
        );
        assert_eq!(
            events(&": beat\n".repeat(200)).err(),
            Some(AnswerError::TooLarge)
        );
    }

    #[test]
    fn a_stream_says_where_to_take_it_up_again() {
        let mut reader = AnswerReader::new("text/event-stream", Some(7), BOUNDS).unwrap();
        assert_eq!(reader.resumption(), None);
        reader.feed(b"id: 4\nretry: 10\ndata:\n\n").unwrap();
        assert_eq!(reader.resumption(), Some(("4", 10)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), stream: bool) {
            let media_type = if stream { "text/event-stream" } else { "application/json" };
            let mut reader = AnswerReader::new(media_type, Some(7), BOUNDS).unwrap();
            let _ = reader.feed(&bytes);
            let _ = reader.finish();
        }

        #[test]
        fn both_forms_read_the_same(value in "[a-z \\\\\"{}:]{0,40}") {
            let result = Value::String(value).to_string();
            let body = format!(r#"{{"jsonrpc":"2.0","id":7,"result":{result}}}"#);
            let one = json(&body).unwrap().unwrap();
            let other = events(&format!("data: {body}\n\n")).unwrap();
            assert_eq!(text(&one), result);
            assert_eq!(text(&other[0]), result);
        }
    }
}
