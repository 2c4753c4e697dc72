//! Layer 5, **screening**: arguments valid? injection? SQL that only reads? steered from
//! outside?
//!
//! Proof: [`Screened`]. The connector client takes nothing else. It stands after
//! access, because it is the dearest of the checks that need no system outside.

mod database;
mod fit;
pub(crate) mod injection;

use std::collections::BTreeMap;

use lango_admission::{Made, Repeat, SealedConnection};
use lango_audit_log::Layer;
use lango_connector_kit::{ClientInput, Principal, TraceParent};
use lango_guard::{CallFacts, Decision, Reason, ReasonKind, Verdict, decide};
use lango_identity::TenantScope;
use lango_screening::{Boundary, neutralise};
use serde_json::Value;

pub(crate) use self::database::{MAX_ROWS, Narrowed};
use super::{
    access::{Permitted, PermittedParts},
    admission::{Guarded, in_progress},
};
use crate::{catalogue::Capability, denial::Denial, state::tenant_keys::TenantSeal};

/// Proof: the arguments fit the tool's schema, carry no known injection, a query among
/// them only reads, and nothing from outside steers a change that nobody has approved.
pub(crate) struct Screened {
    scope: TenantScope,
    capability: Capability,
    arguments: Value,
    /// What of a database the caller may see.
    database: Option<Narrowed>,
    input: Option<ClientInput>,
    caller: Principal,
    connection: SealedConnection,
    guarded: Guarded,
    /// What is on record of the arguments.
    noted: Noted,
}

/// What was found in the arguments of a call that is made nevertheless.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// What the answer says.
    pub(super) annotate: Vec<Reason>,
    /// What the log is told.
    pub(super) noted: Vec<Reason>,
}

/// Why a call is not made.
pub(crate) enum Stopped {
    /// It is refused.
    Refused(Denial),
    /// A person has to approve it.
    Held(Box<Held>),
}

/// A call that waits for a person.
pub(crate) struct Held {
    /// Where it is held.
    pub(crate) layer: Layer,
    /// The tool, without the prefix of a connection.
    pub(crate) tool: String,
    /// The connection that it goes to.
    pub(crate) connection: String,
    /// The arguments, with what pseudonyms stand for.
    pub(crate) arguments: Value,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
    /// What the log is told.
    pub(crate) noted: Vec<Reason>,
    /// How long there is to decide, in milliseconds.
    pub(crate) expires_after_ms: u64,
    /// The approval under which the same call was made before, and has ended.
    pub(crate) made_under: Option<String>,
}

/// What screening needs besides the proof.
pub(crate) struct ScreeningMeans<'a> {
    /// What the client says besides its arguments.
    pub(crate) client: &'a ClientSays,
    /// Opens what pseudonyms stand for.
    pub(crate) seal: &'a TenantSeal,
    /// Fresh randomness for what is neutralised.
    pub(crate) boundary: &'a Boundary,
}

/// Screens the arguments of a permitted call, and what the client has answered
/// to an earlier round of it.
pub(crate) fn screen(
    permitted: Permitted,
    input: Option<ClientInput>,
    means: &ScreeningMeans<'_>,
) -> Result<Screened, Stopped> {
    let PermittedParts {
        scope,
        capability,
        mut arguments,
        caller,
        connection,
        guarded,
    } = permitted.into_parts();
    if let Some(tool) = capability.tool() {
        fit::check_client(tool, &means.client.capabilities)?;
    }
    if let Some(fields) = &means.client.parameter_fields {
        fit::check_parameter_fields(&capability, &arguments, fields)?;
    }
    restore(&mut arguments, &guarded, means.seal);
    fit::check_arguments(&capability, &arguments)?;
    let decision = judge(&capability, &arguments, input.as_ref(), &guarded);
    match decision.verdict {
        Verdict::Block => return Err(Stopped::Refused(blocked(&decision))),
        Verdict::Hold => {
            let held = Held {
                layer: Layer::Screening,
                tool: capability.name().to_owned(),
                connection: connection.connection_id,
                arguments,
                expires_after_ms: guarded.policy.approval.expires_after_ms(),
                reasons: decision.reasons,
                noted: decision.noted,
                made_under: None,
            };
            return Err(held.after(guarded.memory.made));
        }
        Verdict::Pass => {}
    }
    make_harmless(&mut arguments, &decision.neutralise, means.boundary);
    let database = capability
        .tool()
        .map(|tool| database::narrow(tool, &mut arguments, &caller, &connection))
        .transpose()?
        .flatten();
    Ok(Screened {
        scope,
        capability,
        arguments,
        database,
        input,
        caller,
        connection,
        guarded,
        noted: Noted {
            annotate: decision.annotate,
            noted: decision.noted,
        },
    })
}

/// What a client says besides its arguments.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientSays {
    /// What it can do, as the protocol has it.
    pub(crate) capabilities: Value,
    /// The arguments that it mirrors in header fields, by the names that the
    /// schema gives them, in lower case; `None` where the protocol has none.
    pub(crate) parameter_fields: Option<BTreeMap<String, String>>,
    /// The trace that it says the call belongs to.
    pub(crate) trace: Option<TraceParent>,
}

impl Screened {
    /// The kind of connector that is called.
    pub(super) fn connector(&self) -> &str {
        &self.connection.connector
    }

    pub(super) fn into_parts(self) -> Parts {
        Parts {
            scope: self.scope,
            capability: self.capability,
            arguments: self.arguments,
            database: self.database,
            input: self.input,
            caller: self.caller,
            connection: self.connection,
            guarded: self.guarded,
            noted: self.noted,
        }
    }
}

impl Held {
    /// What becomes of it where the same call was made before under another approval: one
    /// that has not ended is waited for, and whoever decides hears of one that nobody
    /// knows the end of.
    fn after(mut self, made: Option<Made>) -> Stopped {
        match made.map(|made| (made.standing, made.approval)) {
            None => {}
            Some((Repeat::InProgress, approval)) => {
                return Stopped::Refused(in_progress(Layer::Screening, &approval));
            }
            Some((Repeat::Ended, approval)) => self.made_under = Some(approval),
            Some((Repeat::Unknown, _)) => {
                let reason = Reason::of(ReasonKind::UnknownOutcome);
                self.noted.push(reason.clone());
                self.reasons.push(reason);
            }
        }
        Stopped::Held(Box::new(self))
    }
}

impl From<Denial> for Stopped {
    fn from(denial: Denial) -> Self {
        Self::Refused(denial)
    }
}

/// What the connection layer takes out of the proof.
pub(super) struct Parts {
    pub(super) scope: TenantScope,
    pub(super) capability: Capability,
    pub(super) arguments: Value,
    pub(super) database: Option<Narrowed>,
    pub(super) input: Option<ClientInput>,
    pub(super) caller: Principal,
    pub(super) connection: SealedConnection,
    pub(super) guarded: Guarded,
    pub(super) noted: Noted,
}

pub(super) fn refuse(code: &'static str, detail: String) -> Denial {
    Denial::new(Layer::Screening, code, 422, detail)
}

/// Puts back what pseudonyms stand for. One that is not known stays: the system behind
/// says what it makes of it.
fn restore(arguments: &mut Value, guarded: &Guarded, seal: &TenantSeal) {
    let values: BTreeMap<_, _> = guarded
        .memory
        .pseudonyms
        .iter()
        .filter_map(|(token, sealed)| Some((token.as_str(), seal.pseudonym(sealed)?)))
        .collect();
    if !values.is_empty() {
        lango_redaction::restore(arguments, |token| {
            values.get(token).map(|value| value.as_str())
        });
    }
}

fn judge(
    capability: &Capability,
    arguments: &Value,
    input: Option<&ClientInput>,
    guarded: &Guarded,
) -> Decision {
    let sensitivity = guarded.policy.sensitivity;
    let mut findings = injection::findings(arguments, sensitivity);
    for answer in input.iter().flat_map(|input| input.responses.values()) {
        findings.extend(injection::findings(answer, sensitivity));
    }
    let facts = CallFacts {
        access: capability.access(),
        class: capability.class(),
        findings: &findings,
        traces: &guarded.memory.traces,
        tainted: guarded.memory.tainted.as_ref(),
        approved: guarded.memory.approval.is_some(),
    };
    decide(&guarded.policy, facts)
}

/// Says what was found and where, and nothing of the text.
fn blocked(decision: &Decision) -> Denial {
    let Some(reason) = decision.reasons.iter().max_by_key(|it| it.rule.is_some()) else {
        return Denial::internal("a call was blocked for no reason");
    };
    let place = reason.place.clone().unwrap_or_default();
    let denial = match &reason.rule {
        Some(rule) => refuse(
            "injection",
            format!(
                "The text at {place} reads like an instruction to the assistant (rule {rule})."
            ),
        )
        .with_member("rule", rule.as_str()),
        None => refuse("steered", explained(reason)),
    };
    denial.with_member("place", place).flagging(&decision.noted)
}

/// In words that name where a value came from, and not the value.
pub(crate) fn explained(reason: &Reason) -> String {
    use lango_guard::ReasonKind as Kind;
    let from = reason.origin.as_ref().map_or_else(String::new, |origin| {
        let time = crate::clock::time_of_day(origin.at_ms);
        format!("a result of {} at {time} UTC", origin.tool)
    });
    match reason.kind {
        Kind::Origin => format!(
            "The {} at {} was first seen in {from}, not on the user's side.",
            reason.value.map_or("value", lango_guard::value_name),
            reason.place.as_deref().unwrap_or_default(),
        ),
        Kind::AfterSuspicious => {
            format!("It follows {from}, which reads like instructions to the assistant.")
        }
        Kind::Always => "Calls of this kind are always approved by a person.".to_owned(),
        Kind::UnknownOutcome => "The same call was begun before under another approval, and what \
                                 became of it is not known: look into the system whether it \
                                 happened before it is made again."
            .to_owned(),
        Kind::Injection | Kind::Result => format!(
            "The text at {} reads like an instruction to the assistant (rule {}).",
            reason.place.as_deref().unwrap_or_default(),
            reason.rule.as_deref().unwrap_or_default(),
        ),
    }
}

/// Marks the texts at these places as data, with nothing active in them.
fn make_harmless(arguments: &mut Value, places: &[String], boundary: &Boundary) {
    if places.is_empty() {
        return;
    }
    change_strings(arguments, "", &mut |place, text| {
        places
            .iter()
            .any(|it| it == place)
            .then(|| neutralise(text, boundary))
    });
}

/// Visits every string with its JSON Pointer (RFC 6901). Parsed JSON is at most
/// 128 levels deep, which bounds the recursion.
pub(crate) fn for_each_string(value: &Value, place: &str, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(place, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for_each_string(item, &format!("{place}/{index}"), visit);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                for_each_string(item, &format!("{place}/{name}"), visit);
            }
        }
        _ => {}
    }
}

/// The same, to change some of them.
pub(crate) fn change_strings(
    value: &mut Value,
    place: &str,
    change: &mut impl FnMut(&str, &str) -> Option<String>,
) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(place, text) {
                *text = changed;
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                change_strings(item, &format!("{place}/{index}"), change);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                change_strings(item, &format!("{place}/{name}"), change);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_texts_at_the_places_are_made_harmless() {
        let mut arguments = json!({"a": ["one", "two"], "b/c": "three"});
        let boundary = Boundary::from_random([7; 16]);
        make_harmless(&mut arguments, &["/a/1".into(), "/b~1c".into()], &boundary);
        assert_eq!(arguments["a"][0], "one");
        for changed in [&arguments["a"][1], &arguments["b/c"]] {
            let changed = changed.as_str().unwrap();
            assert!(changed.contains(boundary.as_str()), "{changed}");
        }
    }
}
