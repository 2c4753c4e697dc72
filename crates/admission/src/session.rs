//! What a key's gate remembers of its clients' protocol sessions.
//!
//! A session's identifier carries what the handshake said, signed; nothing is
//! stored until a session ends or asks for log messages. Then the one hop of
//! each call tells it, so that no call needs a second one.

use lango_connector_kit::LogLevel;
use serde::{Deserialize, Serialize};

/// What is remembered of one session; by default nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionNotes {
    /// The client has ended it: its requests are answered with 404.
    #[serde(default)]
    pub ended: bool,
    /// The mildest log messages that the client wants; `None` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_level: Option<LogLevel>,
}

/// Something to remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionNote {
    /// The session's own part of its identifier.
    pub session: String,
    /// When it may be forgotten, in seconds since 1970: the identifier is not
    /// valid any more.
    pub expires_at: i64,
    /// What to remember.
    pub change: SessionChange,
}

/// A change to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionChange {
    /// It has ended.
    End,
    /// It wants log messages from this level on.
    LogLevel(LogLevel),
}

impl SessionNotes {
    /// The notes after a change. What has ended stays ended.
    #[must_use]
    pub fn after(self, change: SessionChange) -> Self {
        match change {
            SessionChange::End => Self {
                ended: true,
                ..self
            },
            SessionChange::LogLevel(level) => Self {
                log_level: Some(level),
                ..self
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_stays_ended() {
        let notes = SessionNotes::default()
            .after(SessionChange::End)
            .after(SessionChange::LogLevel(LogLevel::Error));
        assert!(notes.ended);
        assert_eq!(notes.log_level, Some(LogLevel::Error));
    }

    #[test]
    fn the_stored_form_is_pinned() {
        assert_eq!(
            serde_json::to_string(&SessionNotes::default()).unwrap(),
            r#"{"ended":false}"#
        );
        let note = SessionNote {
            session: "s".into(),
            expires_at: 1,
            change: SessionChange::LogLevel(LogLevel::Info),
        };
        assert_eq!(
            serde_json::to_string(&note).unwrap(),
            r#"{"session":"s","expires_at":1,"change":{"log_level":"info"}}"#
        );
    }
}
