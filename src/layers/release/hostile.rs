//! What reads like an instruction to the assistant, and what becomes of it.

use lango_audit_log::Layer;
use lango_connector_kit::{Access, CallError, CallErrorCode};
use lango_guard::{Action, Reason, ReasonKind};
use lango_screening::{Boundary, Context, Screener, neutralise};
use serde_json::Value;

use crate::layers::{
    connection::Source,
    screening::{Held, change_strings, injection::screening},
};

/// Marks beyond this are neither listed nor counted.
const LISTED_MARKS: usize = 20;

/// A text in the result that reads like an instruction to the assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// JSON Pointer (RFC 6901) into the result.
    pub(crate) place: String,
    /// The rule that fired.
    pub(crate) rule: String,
}

/// What is to become of a suspicious result. Only what was read can be asked for again
/// once somebody has seen it; and what somebody has approved comes neutralised.
pub(super) fn action(source: &Source) -> Action {
    let wanted = source.guarded.policy.results.0;
    let is_approved = source.guarded.memory.approval.is_some();
    if wanted == Action::Hold && (is_approved || source.access != Access::Read) {
        Action::Neutralise
    } else {
        wanted
    }
}

/// Finds suspicious texts, and makes them harmless where there is a boundary.
pub(super) fn treat(value: &mut Value, source: &Source, boundary: Option<&Boundary>) -> Vec<Mark> {
    let sensitivity = screening(source.guarded.policy.sensitivity);
    let mut marks = Vec::new();
    change_strings(value, "", &mut |place, text| {
        let screening = Screener::shipped().screen(text, Context::ToolResult);
        if !screening.is_suspicious_at(sensitivity) {
            return None;
        }
        mark(&mut marks, place, &screening);
        boundary.map(|boundary| neutralise(text, boundary))
    });
    marks
}

/// Each rule once for a text.
pub(super) fn mark(marks: &mut Vec<Mark>, place: &str, screening: &lango_screening::Screening) {
    for finding in screening.findings() {
        let mark = Mark {
            place: place.to_owned(),
            rule: finding.rule.to_owned(),
        };
        if marks.len() < LISTED_MARKS && !marks.contains(&mark) {
            marks.push(mark);
        }
    }
}

/// What the caller is told instead of a result that a policy blocks.
pub(super) fn withheld(marks: &[Mark]) -> CallError {
    let (place, rule) = marks
        .first()
        .map_or(("", ""), |mark| (mark.place.as_str(), mark.rule.as_str()));
    let message = format!(
        "The result was withheld: the text at {place} reads like an instruction to the assistant \
         (rule {rule}). An administrator can change the guard policy."
    );
    CallError::new(CallErrorCode::Rejected, message)
}

/// What a person is asked about a result.
pub(super) fn held(source: &Source, marks: &[Mark]) -> Held {
    let reasons: Vec<_> = marks
        .iter()
        .map(|mark| Reason {
            place: Some(mark.place.clone()),
            rule: Some(mark.rule.clone()),
            ..Reason::of(ReasonKind::Result)
        })
        .collect();
    Held {
        layer: Layer::Release,
        tool: source.tool.clone(),
        connection: source.connection.clone(),
        arguments: source.arguments.clone().unwrap_or_default(),
        noted: reasons.clone(),
        reasons,
        expires_after_ms: source.guarded.policy.approval.expires_after_ms(),
        made_under: None,
    }
}
