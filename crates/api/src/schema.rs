//! JSON Schemas of the values that other crates own.

use lango_admission::Plan;
use lango_identity::{Permission, ROLE_NAME_LENGTH, SUPPORT_PERMISSIONS};
use schemars::{Schema, SchemaGenerator, json_schema};

/// A set of permissions, by their names.
pub(crate) fn permissions(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<_> = Permission::ALL.iter().map(|one| one.name()).collect();
    json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
}

/// The same, or null.
pub(crate) fn optional_permissions(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = permissions(generator);
    schema.insert("type".to_owned(), serde_json::json!(["array", "null"]));
    schema
}

const ROLE: &str = "^[a-z][a-z0-9_-]+$";

/// The name of a role.
pub(crate) fn role(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": ROLE, "minLength": 2, "maxLength": ROLE_NAME_LENGTH })
}

/// The same, or null.
pub(crate) fn optional_role(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = role(generator);
    schema.insert("type".to_owned(), serde_json::json!(["string", "null"]));
    schema
}

/// A text of 1 to 100 characters that people read.
pub(crate) fn name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 100 })
}

/// Any JSON object: what another specification describes.
pub(crate) fn object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// The same, or null.
pub(crate) fn optional_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["object", "null"] })
}

const VALUE_KINDS: [&str; 6] = ["email", "phone", "account", "url", "name", "phrase"];
const REASON_KINDS: [&str; 6] = [
    "injection",
    "origin",
    "after_suspicious",
    "always",
    "result",
    "unknown_outcome",
];

/// The kinds of values that say to whom or where.
pub(crate) fn value_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": VALUE_KINDS })
}

/// The same, or null.
pub(crate) fn optional_value_kind(_: &mut SchemaGenerator) -> Schema {
    let kinds: Vec<_> = VALUE_KINDS.map(Some).into_iter().chain([None]).collect();
    json_schema!({ "type": ["string", "null"], "enum": kinds })
}

/// What a call may be held for.
pub(crate) fn reason_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": REASON_KINDS })
}

/// What calling a tool can change.
pub(crate) fn access(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["read", "write", "money"] })
}

/// The kinds of systems.
pub(crate) fn class(_: &mut SchemaGenerator) -> Schema {
    let classes = [
        "messaging",
        "financial",
        "crm",
        "database",
        "documents",
        "monitoring",
    ];
    json_schema!({ "type": "string", "enum": classes })
}

/// The steps of connecting to a system.
pub(crate) fn step(_: &mut SchemaGenerator) -> Schema {
    let steps = ["host", "port", "tls", "authentication", "rights"];
    json_schema!({ "type": "string", "enum": steps })
}

/// How a step went.
pub(crate) fn step_outcome(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["passed", "warning", "failed", "skipped"] })
}

/// A plan, by its name.
pub(crate) fn plan(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Plan::ALL.map(Plan::name) })
}

/// The same, or null.
pub(crate) fn optional_plan(_: &mut SchemaGenerator) -> Schema {
    let names = Plan::ALL.map(Plan::name).map(Some).into_iter();
    let names: Vec<_> = names.chain([None]).collect();
    json_schema!({ "type": ["string", "null"], "enum": names })
}

/// A set of the permissions that support may have at most, of one at least.
pub(crate) fn support_permissions(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<_> = SUPPORT_PERMISSIONS.iter().map(|one| one.name()).collect();
    json_schema!({
        "type": "array", "minItems": 1, "items": { "type": "string", "enum": names },
    })
}

/// How evidence stands to a promise.
pub(crate) fn verdict(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["inside", "unknown", "outside"] })
}

#[cfg(test)]
mod tests {
    use lango_guard::ReasonKind;
    use lango_provenance::ValueKind;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_kinds_are_those_of_the_guard() {
        for kind in VALUE_KINDS {
            let read: ValueKind = serde_json::from_value(json!(kind)).unwrap();
            // A kind that is added does not compile here.
            match read {
                ValueKind::Email | ValueKind::Phone | ValueKind::Account => {}
                ValueKind::Url | ValueKind::Name | ValueKind::Phrase => {}
            }
        }
        for kind in REASON_KINDS {
            let read: ReasonKind = serde_json::from_value(json!(kind)).unwrap();
            match read {
                ReasonKind::Injection | ReasonKind::Origin | ReasonKind::AfterSuspicious => {}
                ReasonKind::Always | ReasonKind::Result | ReasonKind::UnknownOutcome => {}
            }
        }
    }
}
