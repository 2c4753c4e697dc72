//! The policy document.

use lango_connector_kit::Access;
use lango_tenancy::Within;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{personal::PersonalData, provenance::Provenance};

const MS_PER_MINUTE: u64 = 60_000;

/// What a tenant wants of the guards. Every member has a default; a stored document
/// holds what was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GuardPolicy {
    /// What becomes of a call whose short argument reads like an attack.
    #[serde(skip_serializing_if = "is_default")]
    pub arguments: Action,
    /// The same for an argument that is a document: a mail to be sent, a note.
    #[serde(skip_serializing_if = "is_default")]
    pub document_arguments: OnDocuments,
    /// What becomes of an upstream tool whose definition reads like an attack: it cannot
    /// be approved; it is approved by name of the rules; or it is, and its texts are
    /// withheld, annotated or left as they are.
    #[serde(skip_serializing_if = "is_default")]
    pub tool_descriptions: OnDescriptions,
    /// What becomes of a result that reads like an attack.
    #[serde(skip_serializing_if = "is_default")]
    pub results: OnResults,
    /// How easily a text counts as suspicious.
    #[serde(skip_serializing_if = "is_default")]
    pub sensitivity: Sensitivity,
    /// What becomes of values from outside that would steer a change.
    #[serde(skip_serializing_if = "is_default")]
    pub provenance: Provenance,
    /// Which calls a person approves, and who that may be.
    #[serde(skip_serializing_if = "is_default")]
    pub approval: Approval,
    /// What becomes of personal data before an assistant sees it.
    #[serde(skip_serializing_if = "is_default")]
    pub personal_data: PersonalData,
}

/// What becomes of a suspicious text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Action {
    /// It goes no further, and the caller is told why.
    #[default]
    Block,
    /// A person approves it first.
    Hold,
    /// It goes on with the text kept, marked as data that nobody should obey, its links
    /// and markup made harmless.
    Neutralise,
    /// It goes on as it is, and the answer says what was found.
    Annotate,
    /// It goes on as it is, and the audit log says what was found.
    Log,
}

macro_rules! action_with_default {
    ($(#[$documentation:meta])* $name:ident, $default:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub Action);

        impl Default for $name {
            fn default() -> Self {
                Self(Action::$default)
            }
        }
    };
}

action_with_default! {
    /// The action on a suspicious document among the arguments: held unless said
    /// otherwise, for people do write such things.
    OnDocuments, Hold
}

action_with_default! {
    /// The action on a suspicious definition of a tool: held unless said otherwise.
    OnDescriptions, Hold
}

action_with_default! {
    /// The action on a suspicious result: neutralised unless said otherwise.
    OnResults, Neutralise
}

/// How easily a text counts as suspicious. The thresholds are the screening crate's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Sensitivity {
    /// Fewer false alarms, fewer finds.
    Lenient,
    /// As measured in the README.
    #[default]
    Standard,
    /// More finds, more false alarms.
    Strict,
}

/// Which calls a person approves, and who that may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Approval {
    /// Which calls always need one, whatever they say.
    pub always: Approve,
    /// Whether it must be somebody else than for whom the call is made.
    pub four_eyes: bool,
    /// How long there is to decide, and then to make the call, in minutes.
    pub expires_minutes: Within<1, 1440>,
}

/// Which calls always need approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Approve {
    /// None.
    #[default]
    Never,
    /// Those that move money.
    Money,
    /// Those that change anything.
    Write,
}

impl GuardPolicy {
    /// Whether it is the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        is_default(self)
    }

    /// The JSON Schema (2020-12) that a policy document fits.
    #[must_use]
    pub fn schema() -> Value {
        SchemaSettings::draft2020_12()
            .into_generator()
            .into_root_schema_for::<Self>()
            .to_value()
    }

    /// The whole document, defaults included, as an administrator sees it.
    #[must_use]
    pub fn shown(&self) -> Value {
        serde_json::json!({
            "arguments": self.arguments,
            "document_arguments": self.document_arguments,
            "tool_descriptions": self.tool_descriptions,
            "results": self.results,
            "sensitivity": self.sensitivity,
            "provenance": self.provenance,
            "approval": self.approval,
            "personal_data": self.personal_data,
        })
    }
}

impl Approval {
    /// How long there is to decide, and then to make the call, in milliseconds.
    #[must_use]
    pub fn expires_after_ms(&self) -> u64 {
        u64::from(self.expires_minutes.get()) * MS_PER_MINUTE
    }
}

impl Approve {
    /// Whether a call with this access needs approval whatever it says.
    #[must_use]
    pub fn covers(self, access: Access) -> bool {
        match (self, access) {
            (Self::Never, _) | (_, Access::Read) => false,
            (Self::Money, access) => access == Access::Money,
            (Self::Write, _) => true,
        }
    }
}

impl Default for Approval {
    fn default() -> Self {
        Self {
            always: Approve::Never,
            four_eyes: false,
            expires_minutes: Within::constant::<60>(),
        }
    }
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_defaults_are_pinned() {
        assert_eq!(
            GuardPolicy::default().shown(),
            json!({
                "arguments": "block",
                "document_arguments": "hold",
                "tool_descriptions": "hold",
                "results": "neutralise",
                "sensitivity": "standard",
                "provenance": {
                    "money": "hold", "write": "hold", "remember_minutes": 1440,
                    "after_suspicious": "hold", "after_suspicious_minutes": 10,
                    "trusted_connections": [], "untrusted_connections": [],
                },
                "approval": {"always": "never", "four_eyes": false, "expires_minutes": 60},
                "personal_data": {
                    "default": "keep", "kinds": {}, "fields": [], "tools": [],
                    "pseudonym_minutes": 1440,
                },
            })
        );
    }

    #[test]
    fn what_is_shown_fits_the_schema_and_is_read_again() {
        let shown = GuardPolicy::default().shown();
        let schema = jsonschema::validator_for(&GuardPolicy::schema()).unwrap();
        assert!(schema.is_valid(&shown));
        assert!(!schema.is_valid(&json!({"arguments": "laugh"})));
        assert!(!schema.is_valid(&json!({"argument": "block"})));
        let read: GuardPolicy = serde_json::from_value(shown).unwrap();
        assert!(read.is_default());
        assert_eq!(serde_json::to_value(read).unwrap(), json!({}));
    }

    #[test]
    fn approval_always_goes_by_access() {
        assert!(!Approve::Never.covers(Access::Money));
        assert!(Approve::Money.covers(Access::Money) && !Approve::Money.covers(Access::Write));
        assert!(Approve::Write.covers(Access::Write) && !Approve::Write.covers(Access::Read));
    }
}
