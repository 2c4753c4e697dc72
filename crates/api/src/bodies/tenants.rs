//! Tenants: the row of each, its settings, features and end.

use lango_admission::Plan;
use lango_tenancy::{Settings, TenantSlug, TenantState};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::keys::IssuedKey;
use crate::{schema, timestamp::Timestamp};

/// A tenant. Nothing of what is in it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TenantView {
    /// Its identifier: `t_…`.
    pub tenant_id: String,
    /// What it is called; empty once it is erased.
    pub name: String,
    /// What its people type to sign in; the identifier once it is erased.
    pub slug: String,
    /// Its plan.
    #[schemars(schema_with = "schema::plan")]
    pub plan: Plan,
    /// Whether it may act.
    pub status: TenantState,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When everything of it is erased.
    pub erase_at: Option<Timestamp>,
    /// When everything of it was erased.
    pub erased_at: Option<Timestamp>,
}

/// A tenant that is to be created.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTenant {
    /// What it is called.
    #[schemars(schema_with = "schema::name")]
    pub name: String,
    /// Its plan.
    #[schemars(schema_with = "schema::plan")]
    pub plan: Plan,
    /// What its people type to sign in; one of its own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<TenantSlug>,
}

/// A new tenant, and the key to set it up with.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreatedTenant {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantView,
    /// A key of the role admin, for 90 days.
    pub admin_key: IssuedKey,
}

/// What of a tenant is to change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTenant {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// Its plan; it holds for the next call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::optional_plan")]
    pub plan: Option<Plan>,
    /// What its people type to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<TenantSlug>,
}

/// The end of one's own tenant. It is repeated, so that nobody ends it by mistake.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseTenant {
    /// The identifier of the tenant.
    pub tenant_id: String,
}

/// A merge patch (RFC 7396) of the settings: null sets one back to its default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeSettings(pub Value);

impl JsonSchema for ChangeSettings {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChangeSettings".into()
    }

    /// The settings' own schema, where each may also be null.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = Settings::schema();
        if let Some(properties) = schema["properties"].as_object_mut() {
            for property in properties.values_mut() {
                let kind = property["type"].take();
                property["type"] = json!([kind, "null"]);
                if let Some(members) = property.as_object_mut() {
                    members.remove("default");
                }
            }
        }
        if let Some(members) = schema.as_object_mut() {
            members.remove("$schema");
            members.remove("title");
        }
        schema.try_into().unwrap_or_default()
    }
}

/// Whether a feature is to be on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchFlag {
    /// Whether it is.
    pub enabled: bool,
}
