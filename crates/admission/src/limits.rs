//! The limits that a tenant has beside its plan's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gcra::Quota;

/// How many tools may have a limit of their own.
pub const MAXIMUM_TOOL_LIMITS: usize = 100;

/// What was set; everything else is the plan's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallLimits {
    /// On each key, instead of the plan's: set by the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Quota>,
    /// On all keys together: the lower one of the platform's and the tenant's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Quota>,
    /// On each key's calls of one tool, by the tool's name without a connection's prefix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, Quota>,
}

impl CallLimits {
    /// What holds when both were set: of two limits on the same, the lower.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.key = lower(self.key, other.key);
        self.tenant = lower(self.tenant, other.tenant);
        for (tool, quota) in &other.tools {
            let known = self.tools.entry(tool.clone()).or_insert(*quota);
            *known = known.lower(*quota);
        }
        self
    }
}

fn lower(one: Option<Quota>, other: Option<Quota>) -> Option<Quota> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.lower(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(per_minute: u32, burst: u32) -> Quota {
        Quota::of(per_minute, burst)
    }

    #[test]
    fn the_lower_of_two_limits_holds() {
        let own = CallLimits {
            key: None,
            tenant: Some(quota(100, 50)),
            tools: [("pay".into(), quota(1, 1)), ("read".into(), quota(9, 9))].into(),
        };
        let of_platform = CallLimits {
            key: Some(quota(7, 7)),
            tenant: Some(quota(200, 10)),
            tools: [("pay".into(), quota(5, 5))].into(),
        };
        let both = own.clone().and(&of_platform);
        assert_eq!(both, of_platform.and(&own));
        assert_eq!(both.key, Some(quota(7, 7)));
        assert_eq!(both.tenant, Some(quota(100, 10)));
        assert_eq!(both.tools["pay"], quota(1, 1));
        assert_eq!(both.tools["read"], quota(9, 9));
    }
}
