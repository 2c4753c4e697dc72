//! The lockout: failures are counted, and too many of them lock for longer and longer.
//!
//! An attempt counts as failed *before* the password is looked at: ten attempts at
//! once are ten failures, and buy no more tries than one after the other. Success
//! gives back what it has counted.

use serde::{Deserialize, Serialize};

/// How many failures are free, and how long the ones after them lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// Failures that lock nothing.
    pub free: u32,
    /// The first lock; each further failure doubles it.
    pub first_ms: i64,
    /// No lock is longer.
    pub longest_ms: i64,
    /// Failures are forgotten this long after the last one.
    pub forget_ms: i64,
    /// Whether success proves that the earlier failures were its own: true of an
    /// account, false of an address, behind which others may sit.
    pub success_forgives: bool,
}

/// What is remembered of one account or one address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    failures: u32,
    last_at_ms: i64,
    locked_until_ms: i64,
}

/// Too many failures: nothing was counted and nothing is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// Until the next attempt is looked at.
    pub retry_after_ms: i64,
}

impl BackOff {
    /// Of an account: five tries, then half a minute, a minute, … a quarter of an
    /// hour. Whoever locks somebody out on purpose costs them no more than that.
    pub const ACCOUNT: Self = Self {
        free: 5,
        first_ms: 30_000,
        longest_ms: 15 * 60_000,
        forget_ms: 24 * 3_600_000,
        success_forgives: true,
    };

    /// Of an address: an office shares one.
    pub const ADDRESS: Self = Self {
        free: 30,
        first_ms: 30_000,
        longest_ms: 3_600_000,
        forget_ms: 3_600_000,
        success_forgives: false,
    };

    fn lock_ms(self, failures: u32) -> i64 {
        let Some(beyond) = failures.checked_sub(self.free) else {
            return 0;
        };
        if beyond == 0 {
            return 0;
        }
        // 2^20 × first is far beyond any longest.
        self.first_ms
            .saturating_mul(1 << (beyond - 1).min(20))
            .min(self.longest_ms)
    }
}

impl Attempts {
    /// Counts an attempt as failed, unless a lock holds. Answers whether this one has
    /// locked.
    ///
    /// # Errors
    /// [`Locked`]: nothing may be checked.
    pub fn begin(&mut self, rules: BackOff, now_ms: i64) -> Result<bool, Locked> {
        if now_ms < self.locked_until_ms {
            return Err(Locked {
                retry_after_ms: self.locked_until_ms - now_ms,
            });
        }
        if self.is_forgotten(rules, now_ms) {
            *self = Self::default();
        }
        self.failures = self.failures.saturating_add(1);
        self.last_at_ms = now_ms;
        // With one more failure than are free, the next try waits.
        let lock_ms = rules.lock_ms(self.failures.saturating_add(1));
        self.locked_until_ms = now_ms.saturating_add(lock_ms);
        Ok(lock_ms > 0)
    }

    /// The attempt was right: it is given back.
    pub fn succeed(&mut self, rules: BackOff) {
        if rules.success_forgives {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_sub(1);
        if rules.lock_ms(self.failures.saturating_add(1)) == 0 {
            self.locked_until_ms = 0;
        }
    }

    /// Whether nothing of it matters any more.
    #[must_use]
    pub fn is_forgotten(&self, rules: BackOff, now_ms: i64) -> bool {
        self.forgotten_at_ms(rules) <= now_ms
    }

    /// When that is.
    #[must_use]
    pub fn forgotten_at_ms(&self, rules: BackOff) -> i64 {
        if self.failures == 0 {
            return self.locked_until_ms;
        }
        self.last_at_ms
            .saturating_add(rules.forget_ms)
            .max(self.locked_until_ms)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: BackOff = BackOff::ACCOUNT;

    /// How many of so many attempts at one moment are looked at.
    fn looked_at(attempts: &mut Attempts, rules: BackOff, many: u32, now_ms: i64) -> u32 {
        (0..many)
            .map(|_| u32::from(attempts.begin(rules, now_ms).is_ok()))
            .sum()
    }

    #[test]
    fn a_hundred_at_once_are_five_tries() {
        let mut attempts = Attempts::default();
        assert_eq!(looked_at(&mut attempts, RULES, 100, 1_000), RULES.free);
    }

    #[test]
    fn each_failure_after_that_waits_twice_as_long_up_to_a_bound() {
        let mut attempts = Attempts::default();
        let mut now = 1_000;
        looked_at(&mut attempts, RULES, RULES.free, now);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let locked = attempts.begin(RULES, now).unwrap_err();
            waits.push(locked.retry_after_ms / 1_000);
            assert!(
                attempts
                    .clone()
                    .begin(RULES, now + locked.retry_after_ms - 1)
                    .is_err()
            );
            now += locked.retry_after_ms;
            assert_eq!(
                looked_at(&mut attempts, RULES, 9, now),
                1,
                "one try for each wait"
            );
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn success_of_an_account_forgives_and_of_an_address_only_gives_back() {
        let mut account = Attempts::default();
        looked_at(&mut account, RULES, 4, 0);
        account.succeed(RULES);
        assert_eq!(looked_at(&mut account, RULES, 9, 0), RULES.free);
        // Somebody who signs in to an account of their own between guesses gains none.
        let (mut address, rules) = (Attempts::default(), BackOff::ADDRESS);
        let mut guesses = 0;
        while address.begin(rules, 0).is_ok() {
            guesses += 1;
            if address.begin(rules, 0).is_ok() {
                address.succeed(rules);
            }
        }
        assert!(guesses <= rules.free, "{guesses}");
    }

    #[test]
    fn failures_are_forgotten_after_a_while() {
        let mut attempts = Attempts::default();
        looked_at(&mut attempts, RULES, 4, 0);
        assert!(!attempts.is_forgotten(RULES, RULES.forget_ms - 1));
        assert!(attempts.is_forgotten(RULES, RULES.forget_ms));
        assert_eq!(
            looked_at(&mut attempts, RULES, 9, RULES.forget_ms),
            RULES.free
        );
    }

    proptest! {
        /// Whatever the order and the pauses, wrong guesses are bounded by the free
        /// ones and one for each shortest lock that has passed.
        #[test]
        fn guesses_are_bounded(pauses in prop::collection::vec(0_i64..120_000, 1..200)) {
            let mut attempts = Attempts::default();
            let (mut now, mut guesses) = (0, 0);
            for pause in pauses {
                now += pause;
                guesses += u32::from(attempts.begin(RULES, now).is_ok());
            }
            let waited = u32::try_from(now / RULES.first_ms).unwrap();
            prop_assert!(guesses <= RULES.free + waited);
        }

        /// A lock never ends later than the longest.
        #[test]
        fn nobody_is_locked_out_for_good(many in 1_u32..400, pause in 0_i64..10_000_000) {
            let (mut attempts, mut now) = (Attempts::default(), 0);
            for _ in 0..many {
                now += pause;
                let _ = attempts.begin(RULES, now);
            }
            prop_assert!(attempts.begin(RULES, now + RULES.longest_ms).is_ok());
        }

        #[test]
        fn what_is_stored_reads_back(many in 0_u32..40, now in 0_i64..1_000_000) {
            let mut attempts = Attempts::default();
            looked_at(&mut attempts, RULES, many, now);
            let json = serde_json::to_string(&attempts).unwrap();
            prop_assert_eq!(serde_json::from_str::<Attempts>(&json).unwrap(), attempts);
        }
    }
}
