//! Layer 7, **release**: secrets and personal data out, hostile content made harmless,
//! outcome recorded.
//!
//! Proof: [`Released`]. Answers are written from nothing else. It stands last,
//! because whatever a system returned is untrusted until here: its result, what
//! it said before, and what it wants to ask the client.
//!
//! [`clean`] makes a [`Cleaned`], in which personal data may stand under placeholders;
//! it becomes a [`Released`] once the key's gate has given them their names.

mod frames;
mod hostile;
mod kept;
mod names;
mod personal;
mod recorded;
mod seen;

use std::collections::BTreeMap;

use lango_admission::{NewPseudonym, Seen};
use lango_audit_log::Outcome;
use lango_connector_kit::{CallError, CallErrorCode, Changed, InputNeeded, LogMessage, Progress};
use lango_guard::{Action, Reason};
use lango_provenance::PrintKey;
use lango_redaction::Cleaning;
use lango_residency::Finding;
use lango_screening::Boundary;
use serde_json::{Map, Value};

use self::names::Placeholders;
pub(crate) use self::{frames::FrameRules, hostile::Mark, recorded::recorded};
use super::{
    connection::{Answered, Content, Source},
    screening::Stopped,
};
use crate::{denial::noted, state::tenant_keys::TenantSeal};

const WITHHELD: &str = "The system's message was withheld: it reads like an instruction.";

/// What a system returned, without its secrets. What is personal in it may stand under
/// placeholders still.
pub(crate) struct Cleaned {
    released: Released,
    placeholders: Placeholders,
    /// What came from outside, for the key's gate.
    seen: Option<Seen>,
    /// For the key's gate, which names them.
    pseudonyms: Vec<NewPseudonym>,
}

/// Proof: what a system returned has been cleaned and may leave.
pub(crate) struct Released {
    content: Result<ReleasedContent, CallError>,
    marks: Vec<Mark>,
    /// Whether the answer says what was found in the result.
    shows_marks: bool,
    /// What was found in the arguments, and the answer says.
    annotations: Vec<Reason>,
    redactions: u32,
    flagged: Vec<String>,
    approval: Option<String>,
    /// Where the call ran.
    residency: Option<Finding>,
    /// Whether it is the answer to a call that was made before.
    replayed: bool,
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

/// What release needs besides the answer.
pub(crate) struct ReleaseMeans<'a> {
    /// Makes fingerprints of what came from outside.
    pub(crate) prints: &'a PrintKey,
    /// Seals what pseudonyms stand for.
    pub(crate) seal: &'a TenantSeal,
    /// Fresh randomness for what is neutralised.
    pub(crate) boundary: &'a Boundary,
    /// Identifies the call in the audit log.
    pub(crate) call_id: &'a str,
    /// The moment, in milliseconds since 1970.
    pub(crate) at_ms: u64,
}

/// Cleans an answer.
///
/// # Errors
/// [`Stopped`] for one that a policy holds back, or whose pseudonyms cannot be sealed.
pub(crate) fn clean(answered: Answered, means: &ReleaseMeans<'_>) -> Result<Cleaned, Stopped> {
    let (content, finding, source) = answered.into_parts();
    let mut cleaned = match content {
        Ok(Content::Structured(value)) => {
            clean_result(value, ReleasedContent::Structured, &source, means)?
        }
        Ok(Content::Mcp(result)) => {
            clean_result(Value::Object(result), mcp_content, &source, means)?
        }
        Ok(Content::InputNeeded(needed)) => Cleaned::of(questions(needed, &source)),
        Err(error) => Cleaned::of(failure(error, &source)),
    };
    let released = &mut cleaned.released;
    released.flagged = noted(&source.noted.noted);
    released.annotations = source.noted.annotate;
    released.approval = source.guarded.memory.approval;
    released.residency = Some(finding);
    Ok(cleaned)
}

impl Cleaned {
    /// What the key's gate is told and asked besides the outcome.
    pub(crate) fn for_the_gate(&mut self) -> (Option<Seen>, Vec<NewPseudonym>) {
        (self.seen.take(), std::mem::take(&mut self.pseudonyms))
    }

    /// What the audit log is told.
    pub(crate) fn outcome(&self, duration_ms: u64) -> Outcome {
        self.released.outcome(duration_ms)
    }

    /// The approval that the call was made by.
    pub(crate) fn approval(&self) -> Option<&str> {
        self.released.approval.as_deref()
    }

    /// Gives personal data its names. What has none is redacted.
    pub(crate) fn named(self, names: &BTreeMap<String, String>) -> Released {
        let Self {
            mut released,
            placeholders,
            ..
        } = self;
        match &mut released.content {
            Ok(ReleasedContent::Structured(value)) => placeholders.name(value, names),
            Ok(ReleasedContent::Mcp(result)) => {
                result
                    .values_mut()
                    .for_each(|value| placeholders.name(value, names));
            }
            Ok(ReleasedContent::InputNeeded(_)) | Err(_) => {}
        }
        released
    }

    fn of(released: Released) -> Self {
        Self {
            released,
            placeholders: Placeholders::default(),
            seen: None,
            pseudonyms: Vec::new(),
        }
    }
}

impl Released {
    /// The cleaned result, or why there is none.
    pub(crate) fn content(&self) -> Result<&ReleasedContent, &CallError> {
        self.content.as_ref()
    }

    /// Where the result reads like an instruction, as far as the answer says so.
    pub(crate) fn marks(&self) -> &[Mark] {
        if self.shows_marks { &self.marks } else { &[] }
    }

    /// What was found in the arguments, as far as the answer says so.
    pub(crate) fn annotations(&self) -> &[Reason] {
        &self.annotations
    }

    /// Whether it is the answer to a call that was made before.
    pub(crate) fn is_replayed(&self) -> bool {
        self.replayed
    }

    fn outcome(&self, duration_ms: u64) -> Outcome {
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
            flagged: self.flagged.clone(),
            approval: self.approval.clone(),
            residency: self.residency.clone(),
            ..outcome
        }
    }

    fn of(content: Result<ReleasedContent, CallError>, marks: Vec<Mark>, redactions: u32) -> Self {
        Self {
            content,
            marks,
            shows_marks: true,
            annotations: Vec::new(),
            redactions,
            flagged: Vec::new(),
            approval: None,
            residency: None,
            replayed: false,
        }
    }
}

/// A result: its values are remembered as they came, then it is cleaned, then what in
/// it reads like an instruction is treated.
fn clean_result(
    mut value: Value,
    shape: impl FnOnce(Value) -> ReleasedContent,
    source: &Source,
    means: &ReleaseMeans<'_>,
) -> Result<Cleaned, Stopped> {
    let seen = source
        .guarded
        .may_change
        .then(|| seen::Outside::of(&value, source, means));
    let policy = personal::policy(&source.guarded.policy, &source.tool);
    let mut cleaning = Cleaning::new(&policy);
    value = cleaning.json(value);
    let found = cleaning.finish();
    let (placeholders, pseudonyms) = names::opaque(&mut value, found.pseudonyms, means)?;
    let action = hostile::action(source);
    let boundary = (action == Action::Neutralise).then_some(means.boundary);
    let marks = hostile::treat(&mut value, source, boundary);
    let suspicious = !marks.is_empty();
    if suspicious && action == Action::Hold {
        return Err(Stopped::Held(Box::new(hostile::held(source, &marks))));
    }
    let content = if suspicious && action == Action::Block {
        Err(hostile::withheld(&marks))
    } else {
        Ok(shape(value))
    };
    let mut released = Released::of(content, marks, count(&found.findings));
    released.shows_marks = action != Action::Log;
    Ok(Cleaned {
        released,
        placeholders,
        seen: match seen {
            Some(outside) => Some(outside.seen(suspicious, source, means)?),
            None => None,
        },
        pseudonyms,
    })
}

fn mcp_content(value: Value) -> ReleasedContent {
    ReleasedContent::Mcp(match value {
        Value::Object(result) => result,
        _ => Map::new(),
    })
}

/// A question is read by a person or by the client's model: one that reads like
/// an instruction is not put.
fn questions(mut needed: InputNeeded, source: &Source) -> Released {
    let policy = personal::for_good(&source.guarded.policy, &source.tool);
    let mut cleaning = Cleaning::new(&policy);
    let mut marks = Vec::new();
    for request in needed.requests.values_mut() {
        request.params = cleaning.json(request.params.take());
        marks.extend(hostile::treat(&mut request.params, source, None));
    }
    let redactions = count(&cleaning.finish().findings);
    let content = if marks.is_empty() {
        Ok(ReleasedContent::InputNeeded(needed))
    } else {
        Err(CallError::new(
            CallErrorCode::Rejected,
            "The system wanted to ask something that reads like an instruction; it was not asked.",
        ))
    };
    Released::of(content, marks, redactions)
}

/// An error's words come from the system behind and may quote its data.
fn failure(error: CallError, source: &Source) -> Released {
    let policy = personal::for_good(&source.guarded.policy, &source.tool);
    let mut cleaning = Cleaning::new(&policy);
    let mut message = Value::String(cleaning.text(&error.message));
    let redactions = count(&cleaning.finish().findings);
    let marks = hostile::treat(&mut message, source, None);
    let message = match message {
        Value::String(text) if marks.is_empty() => text,
        _ => WITHHELD.to_owned(),
    };
    Released::of(Err(CallError { message, ..error }), marks, redactions)
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
        CallErrorCode::NotResident => "not_resident",
        CallErrorCode::Internal => "internal",
    }
}
