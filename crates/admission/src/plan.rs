//! The plans and what they allow.

use serde::{Deserialize, Serialize};

use crate::gcra::Quota;

/// A name that is not a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a plan is one of free, starter, business, enterprise")]
pub struct UnknownPlan;

/// What a tenant pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// 30 calls a minute, in bursts of 10.
    Free,
    /// 120 calls a minute, in bursts of 30.
    Starter,
    /// 600 calls a minute, in bursts of 100.
    Business,
    /// 3,000 calls a minute, in bursts of 500.
    Enterprise,
}

impl Plan {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Free, Self::Starter, Self::Business, Self::Enterprise];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Starter => "starter",
            Self::Business => "business",
            Self::Enterprise => "enterprise",
        }
    }

    /// How many tool calls a key may make.
    #[must_use]
    pub const fn calls(self) -> Quota {
        match self {
            Self::Free => Quota::of(30, 10),
            Self::Starter => Quota::of(120, 30),
            Self::Business => Quota::of(600, 100),
            Self::Enterprise => Quota::of(3_000, 500),
        }
    }

    /// How many calls of one key may wait at once: as many as two seconds let pass, so
    /// that the bound is reached where a tenant has a higher rate than its plan's.
    #[must_use]
    pub const fn queue(self) -> u32 {
        self.calls().per_minute() / 30
    }

    /// How many other requests (handshakes, lists, administration) a key may
    /// make: four for each call, so that a client's overhead does not eat its
    /// calls and a loop over `tools/list` still ends.
    #[must_use]
    pub const fn requests(self) -> Quota {
        let calls = self.calls();
        Quota::of(calls.per_minute() * 4, calls.burst() * 4)
    }
}

impl core::str::FromStr for Plan {
    type Err = UnknownPlan;

    fn from_str(name: &str) -> Result<Self, UnknownPlan> {
        Self::ALL
            .into_iter()
            .find(|plan| plan.name() == name)
            .ok_or(UnknownPlan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_wire_format() {
        for plan in Plan::ALL {
            assert_eq!(serde_json::to_value(plan).unwrap(), plan.name());
            assert_eq!(plan.name().parse(), Ok(plan));
        }
        let queues = Plan::ALL.map(Plan::queue);
        assert_eq!(queues, [1, 4, 20, 100]);
        assert_eq!("gold".parse::<Plan>(), Err(UnknownPlan));
    }
}
