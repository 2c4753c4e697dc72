//! When a call may proceed, by every limit that holds for it.
//!
//! **Exact.** A call starts once, at a moment that every one of its limits allows, and
//! each of them counts it at that moment. So no limit is ever exceeded, whichever of them
//! made the call wait. Calls under one limit start in the order in which they came: one
//! that waits for a tool's limit keeps its place in the key's, and those behind it wait
//! too, never longer than [`MAXIMUM_WAIT_MS`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gcra::{Gcra, MAXIMUM_WAIT_MS, Quota};

/// When a call may proceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// At once.
    Now,
    /// After so many milliseconds, at most [`MAXIMUM_WAIT_MS`].
    Wait(u64),
    /// Not now; in so many milliseconds it could.
    Refused(u64),
}

/// What a limit is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// One key.
    #[default]
    Key,
    /// One key's calls of one tool.
    Tool,
    /// All keys of the tenant.
    Tenant,
}

impl LimitName {
    /// The stable name, as the `RateLimit` fields have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Tool => "tool",
            Self::Tenant => "tenant",
        }
    }

    pub(crate) fn is_key(&self) -> bool {
        *self == Self::Key
    }
}

/// What is left of a rate, for the `RateLimit` header fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// What the limit is on.
    #[serde(default, skip_serializing_if = "LimitName::is_key")]
    pub limit: LimitName,
    /// The quota in force.
    pub quota: Quota,
    /// Calls left without waiting.
    pub remaining: u64,
    /// When the whole burst is back, in milliseconds.
    pub full_after_ms: u64,
}

/// One limit and what has been taken of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limited {
    /// The limit.
    pub quota: Quota,
    /// What has been taken.
    pub state: Gcra,
}

/// The limits that hold for the calls of one key.
///
/// A call waits behind at most `queue` others, and never longer than
/// [`MAXIMUM_WAIT_MS`]; what comes then is refused. The queue is counted by the time that
/// so many calls take at the limit's rate, so that a restart forgets nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How many calls may wait at once, for each limit.
    pub queue: u32,
    /// On all calls of the key.
    pub key: Limited,
    /// On its calls of one tool each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, Limited>,
    /// On the calls of all keys of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Limited>,
}

/// When a call may proceed, and what is left of the limit that decided so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paced {
    /// When.
    pub pace: Pace,
    /// What is left of the limit that lets the fewest pass.
    pub rate: Rate,
}

impl Limited {
    /// A limit of which nothing has been taken.
    #[must_use]
    pub fn new(quota: Quota, state: Gcra) -> Self {
        Self { quota, state }
    }

    fn rate(self, limit: LimitName, now_ms: u64) -> Rate {
        Rate {
            limit,
            quota: self.quota,
            remaining: self.state.remaining(self.quota, now_ms),
            full_after_ms: self.state.full_after_ms(now_ms),
        }
    }

    /// How long a call waits, and whether that is too long.
    fn wait(self, queue: u32, now_ms: u64) -> (u64, bool) {
        let early_us = self.state.early_us(self.quota, now_ms);
        let wait_ms = early_us.div_ceil(1_000);
        let longest_us = u64::from(queue).saturating_mul(self.quota.interval_us());
        (wait_ms, wait_ms > MAXIMUM_WAIT_MS || early_us > longest_us)
    }
}

impl Limits {
    /// Takes one call and says when it may proceed. A refused call changes nothing.
    pub fn take(&mut self, tool: Option<&str>, now_ms: u64) -> Paced {
        let (mut wait_ms, mut is_refused, mut slowest) = (0, false, LimitName::Key);
        for (name, limit) in self.holding(tool) {
            let (wait, too_long) = limit.wait(self.queue, now_ms);
            if wait > wait_ms {
                (wait_ms, slowest) = (wait, name);
            }
            is_refused |= too_long;
        }
        if is_refused {
            let slowest = self.holding(tool).find(|(name, _)| *name == slowest);
            let (name, limit) = slowest.unwrap_or((LimitName::Key, self.key));
            return Paced {
                pace: Pace::Refused(wait_ms),
                rate: limit.rate(name, now_ms),
            };
        }
        self.start(tool, now_ms.saturating_add(wait_ms));
        let rates = self.holding(tool).map(|(name, it)| it.rate(name, now_ms));
        Paced {
            pace: match wait_ms {
                0 => Pace::Now,
                wait_ms => Pace::Wait(wait_ms),
            },
            rate: rates
                .min_by_key(|rate| rate.remaining)
                .unwrap_or_else(|| self.key.rate(LimitName::Key, now_ms)),
        }
    }

    /// Takes one call that starts then: a moment that every limit allows.
    pub fn start(&mut self, tool: Option<&str>, start_ms: u64) {
        let of_tool = tool.and_then(|tool| self.tools.get_mut(tool));
        let others = [of_tool, self.tenant.as_mut()].into_iter().flatten();
        for limit in others.chain([&mut self.key]) {
            limit.state.start(limit.quota, start_ms);
        }
    }

    fn holding(&self, tool: Option<&str>) -> impl Iterator<Item = (LimitName, Limited)> {
        let of_tool = tool.and_then(|tool| self.tools.get(tool)).copied();
        [
            Some((LimitName::Key, self.key)),
            of_tool.map(|limit| (LimitName::Tool, limit)),
            self.tenant.map(|limit| (LimitName::Tenant, limit)),
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
