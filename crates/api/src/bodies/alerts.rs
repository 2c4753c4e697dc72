//! Alerts: what was raised, and the policy of it.

use lango_anomaly::{AlertPolicy, Rule, Severity};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::guard::schema_of_patch;
use crate::timestamp::Timestamp;

/// Something that a person should look at.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AlertView {
    /// Its number, from 1.
    pub alert_id: u64,
    /// When.
    pub time: Timestamp,
    /// Why.
    #[schemars(with = "String")]
    pub rule: Rule,
    /// The same in words.
    pub title: String,
    /// How soon to look: `notice`, `warning` or `critical`.
    #[schemars(with = "String")]
    pub severity: Severity,
    /// The key, grant or session that was used.
    pub key_id: Option<String>,
    /// Who acted.
    pub principal: Option<String>,
    /// The entry of the audit log.
    pub index: Option<u64>,
    /// What was seen: numbers, names of tools, codes, identifiers.
    pub seen: Map<String, Value>,
    /// How often the same was seen since the alert before, without another one.
    pub held_back: u32,
    /// What to do, as a page of the documentation.
    pub runbook: String,
    /// What became of each delivery.
    pub deliveries: Vec<AlertDelivery>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AlertDelivery {
    /// `webhook` or `whatsapp`.
    pub channel: String,
    /// `waiting`, `delivered` or `given_up`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong the last time.
    pub problem: Option<String>,
}

/// A page of alerts, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AlertPage {
    /// The alerts.
    pub items: Vec<AlertView>,
    /// The `cursor` of the next page; null on the last one.
    pub next: Option<String>,
}

/// The secret of the webhook's signatures. It is shown this once.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSecret {
    /// `whsec_…`, as Standard Webhooks has it. The one before signs for another day.
    pub secret: String,
}

/// A check of the audit log.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckAuditLog {
    /// Whether what was read before is forgotten: after a planned restore alone.
    #[serde(default)]
    pub begin_anew: bool,
}

/// What a check of the audit log has found.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditLogCheck {
    /// When.
    pub checked_at: Timestamp,
    /// How many entries the log's newest checkpoint vouches for.
    pub size: u64,
    /// Whether everything verifies.
    pub verifies: bool,
    /// What does not: `entry`, `gap`, `signature`, `consistency` or `shorter`.
    pub problem: Option<String>,
}

/// A merge patch (RFC 7396) of the alert policy: null sets a member back to its default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeAlertPolicy(pub Value);

impl JsonSchema for ChangeAlertPolicy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChangeAlertPolicy".into()
    }

    /// The policy's own schema, where each member may also be null.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of_patch::<AlertPolicy>()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_of_a_patch_takes_parts_and_nulls() {
        let schema = ChangeAlertPolicy::json_schema(&mut SchemaGenerator::default());
        let validator = jsonschema::draft202012::new(schema.as_value()).unwrap();
        for patch in [
            json!({}),
            json!({ "new_tool": { "enabled": false } }),
            json!({ "new_tool": null, "webhook": "https://alerts.example.com/" }),
            json!({ "canary": { "keys": ["k_1"] }, "whatsapp": [] }),
        ] {
            assert!(validator.is_valid(&patch), "{patch}");
            assert!(
                AlertPolicy::default().patched(&patch, None).is_ok(),
                "{patch}"
            );
        }
        for patch in [
            json!([]),
            json!({ "colour": 1 }),
            json!({ "quiet_minutes": 0 }),
        ] {
            assert!(!validator.is_valid(&patch), "{patch}");
        }
    }
}
