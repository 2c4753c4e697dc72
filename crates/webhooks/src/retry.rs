//! What a receiver's answer means, and when to try again.

/// How long an attempt may take, in milliseconds.
pub const TIMEOUT_MS: u64 = 15_000;

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// The specification's schedule: what lies before the second attempt, the third, …
const WAITS_MS: [u64; 9] = [
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];
/// A receiver does not make a sender wait longer than this.
const LONGEST_WISH_MS: u64 = 24 * HOUR_MS;

/// How many attempts are made: over a little more than three days.
pub const ATTEMPTS: u32 = WAITS_MS.len() as u32 + 1;

/// What the answer to an attempt means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It has arrived.
    Delivered,
    /// The receiver wants nothing more (410).
    Gone,
    /// To be tried again; not before so many milliseconds where the receiver said so.
    Again {
        /// What the receiver asked for.
        not_before_ms: Option<u64>,
    },
}

impl Answer {
    /// Reads a status and a `Retry-After` field in seconds. A redirect is not followed:
    /// it is a failure.
    #[must_use]
    pub fn read(status: u16, retry_after: Option<&str>) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            _ => Self::Again {
                not_before_ms: retry_after
                    .and_then(|text| text.trim().parse::<u64>().ok())
                    .map(|seconds| seconds.saturating_mul(SECOND_MS).min(LONGEST_WISH_MS)),
            },
        }
    }

    /// There was no answer.
    #[must_use]
    pub const fn none() -> Self {
        Self::Again {
            not_before_ms: None,
        }
    }
}

/// How long to wait after so many attempts; `None` when there were enough. `jitter` is
/// a random byte: up to a tenth is added, so that what failed together is not tried
/// again together.
#[must_use]
pub fn retry_after_ms(attempts: u32, not_before_ms: Option<u64>, jitter: u8) -> Option<u64> {
    let index = usize::try_from(attempts.checked_sub(1)?).ok()?;
    let wait = *WAITS_MS.get(index)?;
    let wait = wait + wait / 10 * u64::from(jitter) / 255;
    Some(wait.max(not_before_ms.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_schedule_is_the_specifications() {
        let waits: Vec<_> = (1..=ATTEMPTS).map(|n| retry_after_ms(n, None, 0)).collect();
        assert_eq!(waits.iter().flatten().sum::<u64>(), 272_105_000);
        assert_eq!(waits.last(), Some(&None));
        assert_eq!(retry_after_ms(0, None, 0), None);
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(Answer::read(204, None), Answer::Delivered);
        assert_eq!(Answer::read(410, Some("5")), Answer::Gone);
        for status in [301, 400, 404, 429, 500, 502, 504] {
            assert_eq!(Answer::read(status, None), Answer::none(), "{status}");
        }
        let asked = |text| Answer::read(429, Some(text));
        let again = |not_before_ms| Answer::Again { not_before_ms };
        assert_eq!(asked("120"), again(Some(120_000)));
        assert_eq!(asked("99999999999"), again(Some(LONGEST_WISH_MS)));
        assert_eq!(asked("Wed, 21 Oct 2026 07:28:00 GMT"), again(None));
    }

    proptest! {
        #[test]
        fn waits_grow_and_keep_to_what_was_asked(
            attempts in 1..ATTEMPTS, asked in prop::option::of(0..LONGEST_WISH_MS), jitter: u8,
        ) {
            let wait = retry_after_ms(attempts, asked, jitter).unwrap();
            prop_assert!(wait >= asked.unwrap_or(0));
            prop_assert!(wait >= retry_after_ms(attempts, None, 0).unwrap());
            let most = retry_after_ms(attempts, asked, 255).unwrap();
            prop_assert!(wait <= most && most <= LONGEST_WISH_MS * 11 / 10);
        }
    }
}
