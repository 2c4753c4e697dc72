//! What a connector may say before its answer, when it was asked to stream.
//!
//! The body is then a sequence of lines (`application/x-ndjson`), each one a
//! [`Frame`] as JSON; the last is the answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::CallAnswer;

/// The media type of a stream of frames.
pub const FRAMES_MEDIA_TYPE: &str = "application/x-ndjson";

/// One line of a stream.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// How far the call is.
    Progress(Progress),
    /// Something worth logging.
    Log(LogMessage),
    /// Something that clients may have listed or read is different now.
    Changed(Changed),
    /// The answer will take a while: a client that can come back for it need not
    /// hold its connection open.
    Detach,
    /// The answer; nothing follows.
    Answer(CallAnswer),
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// How much is done; it grows.
    pub progress: f64,
    /// How much there is to do, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// One message for the client's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogMessage {
    /// How severe.
    pub level: LogLevel,
    /// What happened.
    pub data: Value,
}

/// Severity of a log message (RFC 5424), mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// Ordinary.
    Info,
    /// Ordinary, but significant.
    Notice,
    /// Something may go wrong.
    Warning,
    /// Something went wrong.
    Error,
    /// A part does not work.
    Critical,
    /// Act now.
    Alert,
    /// Nothing works.
    Emergency,
}

/// What is different now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources.
    Resources,
    /// The content of a resource, by its URI.
    Resource(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn frames_have_these_forms() {
        let progress = Progress {
            progress: 50.0,
            total: Some(100.0),
            message: None,
        };
        for (frame, expected) in [
            (
                Frame::Progress(progress),
                json!({"progress": {"progress": 50.0, "total": 100.0}}),
            ),
            (
                Frame::Log(LogMessage {
                    level: LogLevel::Info,
                    data: json!("started"),
                }),
                json!({"log": {"level": "info", "data": "started"}}),
            ),
            (Frame::Changed(Changed::Tools), json!({"changed": "tools"})),
            (
                Frame::Changed(Changed::Resource("a:b".into())),
                json!({"changed": {"resource": "a:b"}}),
            ),
            (Frame::Detach, json!("detach")),
            (
                Frame::Answer(CallAnswer::Result(json!({}))),
                json!({"answer": {"result": {}}}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&frame).unwrap(), expected);
            assert_eq!(serde_json::from_value::<Frame>(expected).unwrap(), frame);
        }
    }

    #[test]
    fn levels_are_in_order() {
        assert!(LogLevel::Debug < LogLevel::Info && LogLevel::Alert < LogLevel::Emergency);
    }
}
