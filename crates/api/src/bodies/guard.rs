//! The content guard: its policy, and the values that a tenant trusts.

use lango_guard::GuardPolicy;
use lango_provenance::ValueKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{schema, timestamp::Timestamp};

/// A merge patch (RFC 7396) of the guard policy: null sets a member back to its default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeGuardPolicy(pub Value);

impl JsonSchema for ChangeGuardPolicy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChangeGuardPolicy".into()
    }

    /// The policy's own schema, where each member may also be null.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of_patch::<GuardPolicy>()
    }
}

/// The schema of a merge patch of a document.
pub(super) fn schema_of_patch<T: JsonSchema>() -> Schema {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    patchable(&mut schema);
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
        members.remove("title");
        members.remove("default");
    }
    schema.try_into().unwrap_or_default()
}

/// Makes of the schema of an object that of a patch of it. What is in an array is
/// replaced as a whole: it stays as it is.
fn patchable(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    members.remove("required");
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        properties.values_mut().for_each(nullable);
    }
    if let Some(any) = members.get_mut("additionalProperties")
        && any.is_object()
    {
        nullable(any);
    }
}

fn nullable(property: &mut Value) {
    patchable(property);
    let mut inner = property.take();
    let mut description = None;
    if let Some(members) = inner.as_object_mut() {
        members.remove("default");
        description = members.remove("description");
    }
    *property = json!({ "anyOf": [inner, { "type": "null" }] });
    if let Some(description) = description {
        property["description"] = description;
    }
}

/// A value that a tenant trusts, wherever it comes from. The value itself is not kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TrustedValueView {
    /// Its identifier: `v_…`.
    pub value_id: String,
    /// Which kind of value it is.
    #[schemars(schema_with = "schema::value_kind")]
    pub kind: ValueKind,
    /// What people call it.
    pub label: String,
    /// Who has said so.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// A value that is to be trusted. Without `Debug`: it may be somebody's number.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTrustedValue {
    /// An e-mail address, a phone number, an account, till or paybill number, a link or a
    /// name. Only a keyed fingerprint of it is kept.
    #[schemars(length(min = 1, max = 500))]
    pub value: String,
    /// What people call it, such as the payee's name.
    #[schemars(schema_with = "schema::name")]
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_a_patch_takes_parts_and_nulls() {
        let schema = ChangeGuardPolicy::json_schema(&mut SchemaGenerator::default());
        let validator = jsonschema::draft202012::new(schema.as_value()).unwrap();
        for patch in [
            json!({}),
            json!({ "arguments": null }),
            json!({ "approval": { "always": "money" } }),
            json!({ "approval": null }),
            json!({ "provenance": { "money": null, "trusted_connections": ["mail"] } }),
            json!({ "personal_data": { "kinds": { "phone": "redact", "name": null } } }),
        ] {
            assert!(validator.is_valid(&patch), "{patch}");
            assert!(
                GuardPolicy::default()
                    .patched(&patch, &["phone", "name"].into())
                    .is_ok(),
                "{patch}"
            );
        }
        for patch in [
            json!([]),
            json!({ "colour": "green" }),
            json!({ "arguments": "laugh" }),
            json!({ "approval": { "always": "sometimes" } }),
        ] {
            assert!(!validator.is_valid(&patch), "{patch}");
        }
    }
}
