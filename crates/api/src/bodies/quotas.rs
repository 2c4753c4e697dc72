//! How much of each thing a tenant may have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bodies::given;

/// What a tenant may have of each thing, and what it has.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct QuotasView {
    /// Each thing.
    pub quotas: Vec<QuotaView>,
}

/// One thing.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct QuotaView {
    /// `connections`, `keys` in force, `users`, `customers` or `stored_bytes`.
    pub quota: String,
    /// How many there may be.
    pub limit: i64,
    /// How many there are.
    pub used: i64,
    /// Whether the limit was agreed with the tenant; else it is the plan's.
    pub agreed: bool,
}

/// Limits that are agreed with a tenant: null for what the plan says, absent for no change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeQuotas {
    /// Connected systems.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<i64>", range(min = 0, max = 1_000_000_000_000_i64))]
    pub connections: Option<Option<i64>>,
    /// API keys in force.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<i64>", range(min = 0, max = 1_000_000_000_000_i64))]
    pub keys: Option<Option<i64>>,
    /// Employees.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<i64>", range(min = 0, max = 1_000_000_000_000_i64))]
    pub users: Option<Option<i64>>,
    /// Customers.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<i64>", range(min = 0, max = 1_000_000_000_000_i64))]
    pub customers: Option<Option<i64>>,
    /// Bytes of what the tenant stores.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<i64>", range(min = 0, max = 1_000_000_000_000_i64))]
    pub stored_bytes: Option<Option<i64>>,
}
