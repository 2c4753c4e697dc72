//! What of a connected database may be seen, and by whom.

use lango_connector_kit::{CallerKind, SqlRefusal};
use lango_sql_guard::Policy;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::timestamp::Timestamp;

/// A connection's policy, and who has set it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SqlPolicyView {
    /// The policy in force; null for none: then employees see whatever the connection's
    /// login may read, within their own tables, and customers nothing.
    #[schemars(schema_with = "optional_policy")]
    pub policy: Option<Value>,
    /// Who has changed it last; null if it never was.
    pub changed_by: Option<String>,
    /// When; null if it never was.
    pub changed_at: Option<Timestamp>,
}

/// A connection's policy as it is to be.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSqlPolicy {
    /// The policy; null to take it away.
    #[schemars(schema_with = "optional_policy")]
    #[schemars(required)]
    pub policy: Option<Value>,
}

/// A query to be tried, for somebody.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrySqlPolicy {
    /// The query. It is not run.
    #[schemars(length(min = 1, max = 65536))]
    pub sql: String,
    /// For whom.
    pub principal: TriedPrincipal,
    /// The policy to try it with; without it, the one in force.
    #[schemars(schema_with = "optional_policy")]
    #[serde(default)]
    pub policy: Option<Value>,
}

/// Whom a query is tried for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriedPrincipal {
    /// Which kind.
    #[schemars(schema_with = "caller_kind")]
    pub kind: CallerKind,
    /// Their identifier.
    #[serde(default)]
    pub id: String,
    /// An employee's role.
    #[serde(default)]
    pub role: Option<String>,
    /// The number that a customer is bound to.
    #[serde(default)]
    pub customer_number: Option<String>,
    /// The tables that an employee is held to; null for all.
    #[serde(default)]
    pub allow_tables: Option<Vec<String>>,
}

/// What would become of the query.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TriedSql {
    /// Whether it would be run.
    pub allowed: bool,
    /// As it would be sent; null if it would not.
    pub sql: Option<String>,
    /// The tables that it reads.
    pub tables: Vec<String>,
    /// Why it would not be run.
    #[schemars(schema_with = "optional_refusal")]
    pub error: Option<SqlRefusal>,
}

fn optional_policy(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [bare(Policy::schema()), { "type": "null" }] })
}

/// A schema that stands inside another: with its definitions where they are referred to.
fn bare(mut schema: Value) -> Value {
    let mut definitions = Value::Null;
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
        definitions = members.remove("$defs").unwrap_or_default();
    }
    inline(&mut schema, &definitions);
    schema
}

/// Definitions refer to none that refers back.
fn inline(schema: &mut Value, definitions: &Value) {
    let definition = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/$defs/"))
        .and_then(|name| definitions.get(name));
    if let Some(definition) = definition {
        *schema = definition.clone();
    }
    match schema {
        Value::Object(members) => {
            for member in members.values_mut() {
                inline(member, definitions);
            }
        }
        Value::Array(items) => {
            for item in items {
                inline(item, definitions);
            }
        }
        _ => {}
    }
}

fn caller_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["employee", "customer"] })
}

fn optional_refusal(_: &mut SchemaGenerator) -> Schema {
    let place = json!({ "type": "integer", "minimum": 1 });
    json_schema!({ "anyOf": [
        {
            "type": "object",
            "properties": {
                "code": { "type": "string" },
                "construct": { "type": "string" },
                "position": {
                    "type": "object",
                    "properties": { "line": place, "column": place },
                    "required": ["line", "column"]
                },
                "hint": { "type": "string" }
            },
            "required": ["code", "construct", "hint"]
        },
        { "type": "null" }
    ] })
}
