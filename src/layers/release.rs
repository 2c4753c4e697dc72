//! Layer 7, **release**: secrets out, hostile content marked, outcome recorded.
//!
//! Proof: [`Released`]. Answers are written from nothing else. It stands last,
//! because whatever a system returned is untrusted until here: its result, what
//! it said before, and what it wants to ask the client.

use lango_audit_log::Outcome;
use lango_connector_kit::{CallError, Changed, Frame, InputNeeded, LogMessage, Progress};
use lango_redaction::Redactor;
use lango_residency::Finding;
use lango_screening::Screener;
use serde_json::{Map, Value};

use super::{
    connection::{Answered, Content, Unreleased},
    screening::for_each_string,
};

/// Marks beyond this are counted, not listed.
const LISTED_MARKS: usize = 20;

const WITHHELD: &str = "The system's message was withheld: it reads like an instruction.";

/// Proof: what a system returned has been cleaned and may leave.
pub(crate) struct Released {
    content: Result<ReleasedContent, CallError>,
    marks: Vec<Mark>,
    redactions: u32,
    /// Where the call ran.
    residency: Option<Finding>,
}

/// What may leave.
pub(crate) enum ReleasedContent {
    /// A structured result.
    Structured(Value),
    /// A whole result of the protocol, members that Lango does not know included.
    Mcp(Map<String, Value>),
    /// Questions for the client.
    InputNeeded(InputNeeded),
}

/// What a system said before its answer, cleaned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReleasedFrame {
    /// How far the call is.
    Progress(Progress),
    /// For the client's log.
    Log(LogMessage),
    /// Something that clients may have listed or read is different now.
    Changed(Changed),
    /// The answer will take a while.
    Detach,
}

/// A text in the result that reads like an instruction to the assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// JSON Pointer (RFC 6901) into the result.
    pub(crate) place: String,
    /// The rule that fired.
    pub(crate) rule: String,
}

/// Cleans an answer.
pub(crate) fn release(answered: Answered) -> Released {
    let (content, finding) = answered.into_parts();
    Released {
        residency: Some(finding),
        ..release_content(content)
    }
}

fn release_content(content: Result<Content, CallError>) -> Released {
    match content {
        Ok(Content::Structured(value)) => cleaned(value, ReleasedContent::Structured),
        Ok(Content::Mcp(result)) => cleaned(Value::Object(result), |value| {
            ReleasedContent::Mcp(match value {
                Value::Object(result) => result,
                _ => Map::new(),
            })
        }),
        Ok(Content::InputNeeded(needed)) => release_questions(needed),
        Err(error) => release_error(error),
    }
}

/// Cleans what was said before an answer. `None` for what must not leave.
pub(crate) fn release_frame(unreleased: Unreleased) -> Option<ReleasedFrame> {
    match unreleased.into_frame() {
        Frame::Progress(progress) => Some(ReleasedFrame::Progress(Progress {
            message: progress.message.map(|text| release_text(&text)),
            ..progress
        })),
        Frame::Log(message) => {
            let (data, _) = Redactor::shipped().redact_json(message.data);
            let data = if marks(&data).is_empty() {
                data
            } else {
                Value::from(WITHHELD)
            };
            Some(ReleasedFrame::Log(LogMessage { data, ..message }))
        }
        Frame::Changed(changed) => Some(ReleasedFrame::Changed(changed)),
        Frame::Detach => Some(ReleasedFrame::Detach),
        Frame::Answer(_) => None,
    }
}

impl Released {
    /// The cleaned result, or why there is none.
    pub(crate) fn content(&self) -> Result<&ReleasedContent, &CallError> {
        self.content.as_ref()
    }

    /// Where the result reads like an instruction.
    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// What the audit log is told.
    pub(crate) fn outcome(&self, duration_ms: u64) -> Outcome {
        let outcome = match &self.content {
            Ok(ReleasedContent::Mcp(result)) if result.get("isError") == Some(&true.into()) => {
                Outcome::failed("tool_error", duration_ms)
            }
            Ok(_) => Outcome::succeeded(duration_ms),
            Err(error) => Outcome::failed(error_code(error), duration_ms),
        };
        let mut marked: Vec<_> = self.marks.iter().map(|mark| mark.rule.clone()).collect();
        marked.sort();
        marked.dedup();
        Outcome {
            redactions: self.redactions,
            marked,
            residency: self.residency.clone(),
            ..outcome
        }
    }
}

fn cleaned(value: Value, content: impl FnOnce(Value) -> ReleasedContent) -> Released {
    let (value, findings) = Redactor::shipped().redact_json(value);
    Released {
        marks: marks(&value),
        redactions: count(&findings),
        residency: None,
        content: Ok(content(value)),
    }
}

/// A question is read by a person or by the client's model: one that reads like
/// an instruction is not put.
fn release_questions(mut needed: InputNeeded) -> Released {
    let mut redactions = 0;
    let mut found = Vec::new();
    for request in needed.requests.values_mut() {
        let (params, findings) = Redactor::shipped().redact_json(request.params.take());
        redactions += count(&findings);
        found.extend(marks(&params));
        request.params = params;
    }
    if found.is_empty() {
        return Released {
            content: Ok(ReleasedContent::InputNeeded(needed)),
            marks: found,
            redactions,
            residency: None,
        };
    }
    let error = CallError::new(
        lango_connector_kit::CallErrorCode::Rejected,
        "The system wanted to ask something that reads like an instruction; it was not asked.",
    );
    Released {
        content: Err(error),
        marks: found,
        redactions,
        residency: None,
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
        _ => WITHHELD.to_owned(),
    };
    Released {
        content: Err(CallError { message, ..error }),
        marks,
        redactions,
        residency: None,
    }
}

fn release_text(text: &str) -> String {
    let text = Redactor::shipped().redact(text).text.into_owned();
    if Screener::shipped().screen(&text).is_empty() {
        text
    } else {
        WITHHELD.to_owned()
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
        CallErrorCode::Changed => "changed",
        CallErrorCode::Sealed => "sealed",
        CallErrorCode::Internal => "internal",
    }
}
