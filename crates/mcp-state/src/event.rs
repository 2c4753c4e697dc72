//! Server-sent events, and the identifiers by which a stream is resumed.

use core::fmt;

/// Where an event stands: its stream, and its place on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventId {
    /// The stream: letters and digits.
    pub stream: String,
    /// Its place, from 0.
    pub sequence: u64,
}

/// A text that is no event identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Last-Event-ID is not one that this server gave")]
pub struct EventIdError;

/// One event as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// Lets the client resume after it.
    pub id: Option<EventId>,
    /// How long the client is to wait before it resumes, in milliseconds.
    pub retry_ms: Option<u32>,
    /// A message as JSON; empty for the event that only tells the identifier.
    pub data: &'a str,
}

impl EventId {
    /// Reads an identifier.
    ///
    /// # Errors
    /// [`EventIdError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, EventIdError> {
        let (stream, sequence) = text.split_once('.').ok_or(EventIdError)?;
        let is_stream = (1..=64).contains(&stream.len())
            && stream
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_stream || sequence.len() > 15 {
            return Err(EventIdError);
        }
        Ok(Self {
            stream: stream.to_owned(),
            sequence: sequence.parse().map_err(|_| EventIdError)?,
        })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.stream, self.sequence)
    }
}

impl fmt::Display for SseEvent<'_> {
    /// JSON has no raw line breaks; in case it had, they would end the field, so
    /// each line is a field of its own.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = &self.id {
            writeln!(formatter, "id: {id}")?;
        }
        if let Some(retry_ms) = self.retry_ms {
            writeln!(formatter, "retry: {retry_ms}")?;
        }
        for line in self.data.split(['\r', '\n']) {
            writeln!(formatter, "data: {line}")?;
        }
        writeln!(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_event_has_this_form() {
        let event = SseEvent {
            id: Some(EventId {
                stream: "s1".into(),
                sequence: 0,
            }),
            retry_ms: Some(500),
            data: "",
        };
        assert_eq!(event.to_string(), "id: s1.0\nretry: 500\ndata: \n\n");
        let event = SseEvent {
            id: None,
            retry_ms: None,
            data: "{}\nid: forged",
        };
        assert_eq!(event.to_string(), "data: {}\ndata: id: forged\n\n");
    }

    proptest! {
        #[test]
        fn an_identifier_reads_back(stream in "[a-z0-9_]{1,64}", sequence in 0u64..1_000_000) {
            let id = EventId { stream, sequence };
            prop_assert_eq!(EventId::parse(&id.to_string()), Ok(id));
        }

        #[test]
        fn reading_never_panics(text in ".*") {
            let _ = EventId::parse(&text);
        }
    }
}
