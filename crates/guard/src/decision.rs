//! What becomes of a call, by what was found in its arguments and where they came from.

use lango_connector_kit::{Access, ConnectorClass};
use lango_provenance::{Origin, Standing, Trace, ValueKind};
use serde::{Deserialize, Serialize};

use crate::{
    policy::{Action, GuardPolicy},
    provenance::Steering,
};

/// What is known of a call before it is made.
#[derive(Debug, Clone, Copy)]
pub struct CallFacts<'a> {
    /// What it can change.
    pub access: Access,
    /// Which kind of system it goes to.
    pub class: ConnectorClass,
    /// The suspicious texts among its arguments.
    pub findings: &'a [ArgumentFinding],
    /// Those of its values that came from outside.
    pub traces: &'a [Trace],
    /// A suspicious result a short while ago.
    pub tainted: Option<&'a Origin>,
    /// Whether a person has approved exactly this call.
    pub approved: bool,
}

/// A suspicious text among the arguments. Nothing of the text is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentFinding {
    /// Where it stands: a JSON Pointer (RFC 6901).
    pub place: String,
    /// The rule that fired.
    pub rule: String,
    /// Whether it is a document rather than the words of a user.
    pub is_document: bool,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// Whether it is made.
    pub verdict: Verdict,
    /// What the verdict is for; empty when it passes.
    pub reasons: Vec<Reason>,
    /// The arguments that are to be neutralised, by their places.
    pub neutralise: Vec<String>,
    /// What the answer is to say besides.
    pub annotate: Vec<Reason>,
    /// What the log is told, the above included.
    pub noted: Vec<Reason>,
}

/// Whether a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Verdict {
    /// It is.
    #[default]
    Pass,
    /// When a person has approved it.
    Hold,
    /// It is not.
    Block,
}

/// One thing that a decision rests on. It is stored with an approval: its form is
/// pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What it is.
    pub kind: ReasonKind,
    /// Where in the arguments, or in the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The screening rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What kind of value came from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueKind>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// The kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// A text reads like an attack.
    Injection,
    /// A value was first seen in what came from outside.
    Origin,
    /// A suspicious result came a short while ago.
    AfterSuspicious,
    /// The policy has every call of this access approved.
    Always,
    /// A result reads like an attack, and is not shown without approval.
    Result,
    /// The same call was begun under another approval, and nobody can say whether it
    /// happened.
    UnknownOutcome,
}

impl ReasonKind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Injection => "injection",
            Self::Origin => "origin",
            Self::AfterSuspicious => "after_suspicious",
            Self::Always => "always",
            Self::Result => "result",
            Self::UnknownOutcome => "unknown_outcome",
        }
    }
}

/// Decides over a call.
#[must_use]
pub fn decide(policy: &GuardPolicy, facts: CallFacts<'_>) -> Decision {
    let mut decision = Decision::default();
    for finding in facts.findings {
        decision.take_finding(policy, finding);
    }
    decision.take_origins(policy, facts);
    if policy.approval.always.covers(facts.access) {
        decision.raise(Verdict::Hold, Reason::of(ReasonKind::Always));
    }
    if facts.approved && decision.verdict == Verdict::Hold {
        decision.verdict = Verdict::Pass;
        decision.reasons.clear();
    }
    decision
}

/// Whether a value from outside steers the call that it is in: who gets money or a
/// message, where data go. What only stands in a text steers nothing, but for a number
/// to pay to or a link in a message to others, and for whatever a suspicious result
/// said.
fn steers(trace: &Trace, access: Access, class: ConnectorClass) -> bool {
    let is_address = matches!(
        trace.kind,
        ValueKind::Email | ValueKind::Phone | ValueKind::Account | ValueKind::Url
    );
    let of_outside = matches!(trace.standing, Standing::Text);
    match (trace.steering, access) {
        (_, Access::Read) => false,
        // One may answer whoever wrote; one does not pay them unasked.
        (true, Access::Money) => trace.kind != ValueKind::Phrase,
        (true, Access::Write) => is_address && of_outside,
        (false, _) if trace.origin.suspicious => is_address,
        (false, _) => {
            class == ConnectorClass::Messaging
                && of_outside
                // Whoever wrote it may read it again.
                && !trace.answers
                && matches!(trace.kind, ValueKind::Account | ValueKind::Url)
        }
    }
}

impl Decision {
    fn take_finding(&mut self, policy: &GuardPolicy, finding: &ArgumentFinding) {
        let action = if finding.is_document {
            policy.document_arguments.0
        } else {
            policy.arguments
        };
        let reason = Reason {
            place: Some(finding.place.clone()),
            rule: Some(finding.rule.clone()),
            ..Reason::of(ReasonKind::Injection)
        };
        match action {
            Action::Block => self.raise(Verdict::Block, reason),
            Action::Hold => self.raise(Verdict::Hold, reason),
            Action::Neutralise => {
                self.neutralise.push(finding.place.clone());
                self.noted.push(reason);
            }
            Action::Annotate => {
                self.annotate.push(reason.clone());
                self.noted.push(reason);
            }
            Action::Log => self.noted.push(reason),
        }
    }

    fn take_origins(&mut self, policy: &GuardPolicy, facts: CallFacts<'_>) {
        let provenance = &policy.provenance;
        let Some(steering) = provenance.on(facts.access) else {
            return;
        };
        let traced = facts
            .traces
            .iter()
            .filter(|trace| steers(trace, facts.access, facts.class));
        for trace in traced {
            let reason = Reason {
                place: Some(trace.place.clone()),
                value: Some(trace.kind),
                origin: Some(trace.origin.clone()),
                ..Reason::of(ReasonKind::Origin)
            };
            self.steer(steering, reason);
        }
        if let Some(origin) = facts.tainted {
            let reason = Reason {
                origin: Some(origin.clone()),
                ..Reason::of(ReasonKind::AfterSuspicious)
            };
            self.steer(provenance.after_suspicious, reason);
        }
    }

    fn steer(&mut self, steering: Steering, reason: Reason) {
        match steering {
            Steering::Block => self.raise(Verdict::Block, reason),
            Steering::Hold => self.raise(Verdict::Hold, reason),
            Steering::Log => self.noted.push(reason),
        }
    }

    /// The gravest verdict stands; reasons of a lesser one stay, for people to see.
    fn raise(&mut self, verdict: Verdict, reason: Reason) {
        self.verdict = self.verdict.max(verdict);
        self.noted.push(reason.clone());
        self.reasons.push(reason);
    }
}

impl Reason {
    /// A reason without particulars.
    #[must_use]
    pub fn of(kind: ReasonKind) -> Self {
        Self {
            kind,
            place: None,
            rule: None,
            value: None,
            origin: None,
        }
    }

    /// What the audit log calls it: the rule, or the kind of value.
    #[must_use]
    pub fn noted(&self) -> String {
        match (&self.rule, self.value) {
            (Some(rule), _) => rule.clone(),
            (None, Some(value)) => format!("{}.{}", self.kind.name(), value_name(value)),
            (None, None) => self.kind.name().to_owned(),
        }
    }
}

/// The stable name of a kind of value.
#[must_use]
pub const fn value_name(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Email => "email",
        ValueKind::Phone => "phone",
        ValueKind::Account => "account",
        ValueKind::Url => "url",
        ValueKind::Name => "name",
        ValueKind::Phrase => "phrase",
    }
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
