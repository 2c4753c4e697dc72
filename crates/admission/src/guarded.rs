//! What a call carries for its guards, and what the key's gate remembers for them.

use std::collections::BTreeMap;

use lango_provenance::{ArgumentPrint, Fingerprint, Origin, ResultPrints, Trace};
use serde::{Deserialize, Serialize};

use crate::approved::Made;

/// How many pseudonyms one call may use or make.
pub const PSEUDONYMS_PER_CALL: usize = 200;

/// What the gate is told of a call's arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgumentFacts {
    /// The tool, without the prefix of a connection.
    pub tool: String,
    /// Digest of the arguments as they came.
    pub sha256: String,
    /// Fingerprints of the values in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prints: Vec<ArgumentPrint>,
    /// The pseudonyms that stand in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pseudonyms: Vec<PseudonymAt>,
    /// The approval that the call names: whoever does asks for the call that was, or is
    /// to be, made under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
}

/// A pseudonym in an argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PseudonymAt {
    /// Where: a JSON Pointer (RFC 6901).
    pub place: String,
    /// The pseudonym, such as `<phone_1>`.
    pub token: String,
    /// Whether the argument is this pseudonym and nothing else.
    #[serde(default, skip_serializing_if = "is_false")]
    pub steering: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What the gate says of a call's arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgumentMemory {
    /// Those of their values that came from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<Trace>,
    /// A suspicious result a short while ago: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tainted: Option<Origin>,
    /// What the pseudonyms stand for, sealed; one that is not known is missing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pseudonyms: BTreeMap<String, String>,
    /// The approval of exactly this call, which is used up by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// Without one: the same call, where it was made before under another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
}

impl ArgumentMemory {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A call that a person has approved and that has not been made, as the store has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedApproval {
    /// The approval.
    pub approval_id: String,
    /// The tool, without the prefix of a connection.
    pub tool: String,
    /// The connection that it goes to.
    pub connection_id: String,
    /// Digest of the arguments.
    pub arguments_sha256: String,
    /// When it ends, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

impl GrantedApproval {
    /// Whether it is for this call and still holds.
    #[must_use]
    pub fn covers(&self, facts: &ArgumentFacts, connection_id: &str, now_ms: u64) -> bool {
        self.expires_at_ms > now_ms
            && self.connection_id == connection_id
            && self.tool == facts.tool
            && self.arguments_sha256 == facts.sha256
    }
}

/// What the store says for the guards: what is trusted, and what is approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardState {
    /// The tenant's policy.
    pub policy: lango_guard::GuardPolicy,
    /// Values that the tenant has allow-listed.
    pub trusted: Vec<Fingerprint>,
    /// This key's approvals that are granted and not used.
    pub approvals: Vec<GrantedApproval>,
}

/// What came from outside in the result of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Where from.
    pub origin: Origin,
    /// Its values.
    pub prints: ResultPrints,
}

/// A piece of personal data that the assistant is to know by another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPseudonym {
    /// What stands for it in the result until it has its name.
    pub placeholder: String,
    /// What kind it is; its name begins with it.
    pub kind: String,
    /// Its fingerprint: the same value has the same name.
    pub print: Fingerprint,
    /// The value, sealed.
    pub sealed: String,
}

/// The answer to a settlement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The names of the pseudonyms, by their placeholders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_is_for_one_call() {
        let facts = ArgumentFacts {
            tool: "pay".into(),
            sha256: "ab".into(),
            ..ArgumentFacts::default()
        };
        let approval = GrantedApproval {
            approval_id: "ap_1".into(),
            tool: "pay".into(),
            connection_id: "c_1".into(),
            arguments_sha256: "ab".into(),
            expires_at_ms: 10,
        };
        assert!(approval.covers(&facts, "c_1", 9));
        assert!(!approval.covers(&facts, "c_1", 10), "it has ended");
        assert!(!approval.covers(&facts, "c_2", 9));
        let other = |change: &dyn Fn(&mut ArgumentFacts)| {
            let mut facts = facts.clone();
            change(&mut facts);
            approval.covers(&facts, "c_1", 9)
        };
        assert!(!other(&|facts| facts.tool = "refund".into()));
        assert!(!other(&|facts| facts.sha256 = "cd".into()));
    }
}
