//! The generic cell rate algorithm: a rate with a burst, in one number.
//!
//! State is the *theoretical arrival time*: when the next call would be due if
//! calls came exactly at the rate. A call is in time when it comes at most
//! `burst - 1` intervals before that. (ITU-T I.371, virtual scheduling.)

use serde::{Deserialize, Serialize};

/// A call that is early by at most this much waits; one that is earlier is
/// refused. In milliseconds.
pub const MAXIMUM_WAIT_MS: u64 = 2_000;

const MICROSECONDS_PER_MINUTE: u64 = 60_000_000;

/// A rate and how far calls may run ahead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "QuotaFields", into = "QuotaFields")]
pub struct Quota {
    per_minute: u32,
    burst: u32,
}

/// A quota that allows nothing, or more than a clock of microseconds can pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quota has 1 to 60,000,000 calls a minute and a burst of 1 to 1,000,000")]
pub struct QuotaError;

#[derive(Serialize, Deserialize)]
struct QuotaFields {
    per_minute: u32,
    burst: u32,
}

/// The theoretical arrival time, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Gcra {
    due_us: u64,
}

impl Quota {
    /// A quota from constants that are within [`QuotaError`]'s bounds.
    pub(crate) const fn of(per_minute: u32, burst: u32) -> Self {
        Self { per_minute, burst }
    }

    /// Checks a quota that comes from configuration.
    ///
    /// # Errors
    /// [`QuotaError`] outside its bounds.
    pub fn new(per_minute: u32, burst: u32) -> Result<Self, QuotaError> {
        let bounded = (1..=60_000_000).contains(&per_minute) && (1..=1_000_000).contains(&burst);
        if bounded {
            Ok(Self { per_minute, burst })
        } else {
            Err(QuotaError)
        }
    }

    /// Calls a minute.
    #[must_use]
    pub const fn per_minute(self) -> u32 {
        self.per_minute
    }

    /// Calls that may come at once.
    #[must_use]
    pub const fn burst(self) -> u32 {
        self.burst
    }

    /// The lower rate and the smaller burst of both.
    #[must_use]
    pub(crate) fn lower(self, other: Self) -> Self {
        Self {
            per_minute: self.per_minute.min(other.per_minute),
            burst: self.burst.min(other.burst),
        }
    }

    /// Rounded up: a rate that is not a whole number of microseconds is a little slower
    /// than it says, never faster.
    pub(crate) fn interval_us(self) -> u64 {
        MICROSECONDS_PER_MINUTE.div_ceil(u64::from(self.per_minute))
    }

    fn tolerance_us(self) -> u64 {
        self.interval_us() * (u64::from(self.burst) - 1)
    }
}

impl TryFrom<QuotaFields> for Quota {
    type Error = QuotaError;

    fn try_from(fields: QuotaFields) -> Result<Self, QuotaError> {
        Self::new(fields.per_minute, fields.burst)
    }
}

impl From<Quota> for QuotaFields {
    fn from(quota: Quota) -> Self {
        Self {
            per_minute: quota.per_minute,
            burst: quota.burst,
        }
    }
}

impl Gcra {
    /// State as it was stored: microseconds since 1970.
    #[must_use]
    pub const fn from_due_us(due_us: u64) -> Self {
        Self { due_us }
    }

    /// State to be stored: microseconds since 1970.
    #[must_use]
    pub const fn due_us(self) -> u64 {
        self.due_us
    }

    /// By how much a call that comes at `now_ms` is early, in microseconds.
    #[must_use]
    pub fn early_us(self, quota: Quota, now_ms: u64) -> u64 {
        self.due_us
            .saturating_sub(quota.tolerance_us())
            .saturating_sub(now_ms.saturating_mul(1_000))
    }

    /// Takes one call that starts at `start_ms`, when it is not early: see [`Self::early_us`].
    pub fn start(&mut self, quota: Quota, start_ms: u64) {
        let due_us = self.due_us.max(start_ms.saturating_mul(1_000));
        self.due_us = due_us.saturating_add(quota.interval_us());
    }

    /// How many calls could be taken at `now_ms` without waiting.
    #[must_use]
    pub fn remaining(self, quota: Quota, now_ms: u64) -> u64 {
        let now_us = now_ms.saturating_mul(1_000);
        let ahead_us = self.due_us.saturating_sub(now_us);
        let room_us = (quota.tolerance_us() + quota.interval_us()).saturating_sub(ahead_us);
        room_us / quota.interval_us()
    }

    /// In how many milliseconds the whole burst is there again.
    #[must_use]
    pub fn full_after_ms(self, now_ms: u64) -> u64 {
        self.due_us
            .saturating_sub(now_ms.saturating_mul(1_000))
            .div_ceil(1_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    #[test]
    fn remaining_counts_down_and_comes_back() {
        let quota = Quota::new(30, 10).unwrap();
        let mut state = Gcra::default();
        assert_eq!(state.remaining(quota, NOW), 10);
        state.start(quota, NOW);
        assert_eq!(state.remaining(quota, NOW), 9);
        assert_eq!(state.full_after_ms(NOW), 2_000);
        assert_eq!(state.remaining(quota, NOW + 2_000), 10);
    }

    #[test]
    fn quotas_of_nothing_are_refused() {
        assert_eq!(Quota::new(0, 1), Err(QuotaError));
        assert_eq!(Quota::new(1, 0), Err(QuotaError));
        assert!(serde_json::from_str::<Quota>(r#"{"per_minute":0,"burst":1}"#).is_err());
    }

    #[test]
    fn a_rate_that_does_not_divide_a_minute_is_never_exceeded() {
        assert_eq!(Quota::new(7_000, 1).unwrap().interval_us(), 8_572);
        assert_eq!(Quota::new(60_000_000, 1).unwrap().interval_us(), 1);
    }

    proptest! {
        #[test]
        fn nothing_overflows(due in any::<u64>(), now in any::<u64>()) {
            let quota = Quota::new(1, 1_000_000).unwrap();
            let mut state = Gcra::from_due_us(due);
            let _ = (state.early_us(quota, now), state.remaining(quota, now));
            let _ = state.full_after_ms(now);
            state.start(quota, now);
        }
    }
}
