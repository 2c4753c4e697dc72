//! The limits of a tenant's calls.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rate, and how far calls may run ahead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRate {
    /// Calls a minute.
    #[schemars(range(min = 1, max = 60_000_000))]
    pub per_minute: u32,
    /// Calls that may come at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub burst: u32,
}

/// The limits of a tenant's calls, and who has set which.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LimitsView {
    /// On each key, in force.
    pub key: CallRate,
    /// How many calls of a key wait for their turn at most, each for two seconds at most.
    pub queue: u32,
    /// On all keys together, in force; null for none.
    pub tenant: Option<CallRate>,
    /// On each key's calls of one tool, in force, by the tool's name without a
    /// connection's prefix.
    pub tools: BTreeMap<String, CallRate>,
    /// What the tenant has set.
    pub own: SetLimits,
    /// What the platform has set.
    pub of_platform: SetTenantLimits,
}

/// Limits as the tenant wants them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLimits {
    /// On all keys together; null or absent for none.
    #[serde(default)]
    pub tenant: Option<CallRate>,
    /// On each key's calls of one tool, by the tool's name without a connection's prefix;
    /// at most 100.
    #[serde(default)]
    pub tools: BTreeMap<String, CallRate>,
}

/// Limits as the platform wants them. Of two on the same, the lower holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTenantLimits {
    /// On each key, instead of the plan's; null or absent for the plan's.
    #[serde(default)]
    pub key: Option<CallRate>,
    /// On all keys together; null or absent for none.
    #[serde(default)]
    pub tenant: Option<CallRate>,
    /// On each key's calls of one tool; at most 100.
    #[serde(default)]
    pub tools: BTreeMap<String, CallRate>,
}
