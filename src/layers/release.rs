//! Layer 7, **release**: secrets out, hostile content marked, outcome recorded.
//!
//! Proof: [`Released`]. Answers are written from nothing else. It stands last,
//! because whatever a system returned is untrusted until here.

use lango_audit_log::Outcome;
use lango_connector_kit::CallError;
use lango_redaction::Redactor;
use lango_screening::Screener;
use serde_json::Value;

use super::{connection::Answered, screening::for_each_string};

/// Marks beyond this are counted, not listed.
const LISTED_MARKS: usize = 20;

/// Proof: what a system returned has been cleaned and may leave.
pub(crate) struct Released {
    content: Result<Value, CallError>,
    marks: Vec<Mark>,
    redactions: u32,
}

/// A text in the result that reads like an instruction to the assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// JSON Pointer (RFC 6901) into the structured result.
    pub(crate) place: String,
    /// The rule that fired.
    pub(crate) rule: String,
}

/// Cleans an answer.
pub(crate) fn release(answered: Answered) -> Released {
    match answered.into_answer() {
        Ok(value) => release_value(value),
        Err(error) => release_error(error),
    }
}

impl Released {
    /// The cleaned result, or why there is none.
    pub(crate) fn content(&self) -> Result<&Value, &CallError> {
        self.content.as_ref()
    }

    /// Where the result reads like an instruction.
    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// What the audit log is told.
    pub(crate) fn outcome(&self, duration_ms: u64) -> Outcome {
        let outcome = match &self.content {
            Ok(_) => Outcome::succeeded(duration_ms),
            Err(error) => Outcome::failed(error_code(error), duration_ms),
        };
        let mut marked: Vec<_> = self.marks.iter().map(|mark| mark.rule.clone()).collect();
        marked.sort();
        marked.dedup();
        Outcome {
            redactions: self.redactions,
            marked,
            ..outcome
        }
    }
}

fn release_value(value: Value) -> Released {
    let (value, findings) = Redactor::shipped().redact_json(value);
    Released {
        marks: marks(&value),
        redactions: count(&findings),
        content: Ok(value),
    }
}

/// An error's words come from the system behind and may quote its data.
fn release_error(error: CallError) -> Released {
    let (message, redactions) = {
        let redacted = Redactor::shipped().redact(&error.message);
        (redacted.text.into_owned(), count(&redacted.findings))
    };
    let message = Value::String(message);
    let marks = marks(&message);
    let message = match message {
        Value::String(text) if marks.is_empty() => text,
        _ => "The system's message was withheld: it reads like an instruction.".to_owned(),
    };
    Released {
        content: Err(CallError { message, ..error }),
        marks,
        redactions,
    }
}

fn marks(value: &Value) -> Vec<Mark> {
    let mut marks = Vec::new();
    for_each_string(value, "", &mut |place, text| {
        if marks.len() < LISTED_MARKS {
            let findings = Screener::shipped().screen(text);
            marks.extend(findings.into_iter().map(|finding| Mark {
                place: place.to_owned(),
                rule: finding.rule.to_string(),
            }));
        }
    });
    marks.truncate(LISTED_MARKS);
    marks
}

fn count(findings: &[lango_redaction::Finding]) -> u32 {
    let count: usize = findings.iter().map(|finding| finding.count).sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn error_code(error: &CallError) -> &'static str {
    use lango_connector_kit::CallErrorCode;
    match error.code {
        CallErrorCode::Rejected => "rejected",
        CallErrorCode::Unreachable => "unreachable",
        CallErrorCode::Unauthorized => "unauthorized",
        CallErrorCode::TimedOut => "timed_out",
        CallErrorCode::Sealed => "sealed",
        CallErrorCode::Internal => "internal",
    }
}
