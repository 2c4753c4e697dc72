//! One-time codes: six digits by telephone, five minutes, five tries, one at a time.

use core::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::keyed;

/// How long a code is good for.
pub const CODE_SECONDS: i64 = 5 * 60;
const TRIES: u32 = 5;
/// The shortest pause between two codes for one number.
const RESEND_MS: i64 = 60_000;
/// How many codes one number gets in [`WINDOW_MS`]: each costs money, and a telephone
/// can be made to ring.
const SENDS: usize = 5;
const WINDOW_MS: i64 = 3_600_000;
const DIGITS: usize = 6;

/// A code in the clear, on its way to a telephone or back.
pub struct OneTimeCode(Zeroizing<String>);

/// What codes are hashed with.
pub struct CodeKey(Zeroizing<[u8; 32]>);

/// A code as it is stored: without the key nobody finds it among a million.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct CodeDigest([u8; 32]);

/// What is remembered of one number.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CodeGuard {
    live: Option<Live>,
    sent_at_ms: Vec<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Live {
    digest: CodeDigest,
    expires_at_ms: i64,
    tries_left: u32,
}

/// Codes are asked for too fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttled {
    /// Until the next one is sent.
    pub retry_after_ms: i64,
}

/// What a try has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeVerdict {
    /// It is the live one, which is used up.
    Right,
    /// It is not, or there is none any more.
    Wrong,
}

impl OneTimeCode {
    /// Six digits, each code as likely as any other: of random numbers the first that
    /// is below the largest multiple of a million. `None` when there was none (once in
    /// a thousand times for each number): ask for new random bytes.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Option<Self> {
        const CODES: u32 = 1_000_000;
        const FAIR: u32 = u32::MAX - u32::MAX % CODES;
        let random = Zeroizing::new(random);
        let number = random
            .chunks_exact(4)
            .filter_map(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)))
            .find(|number| *number < FAIR)?;
        Some(Self(Zeroizing::new(format!("{:06}", number % CODES))))
    }

    /// Reads what somebody has typed; blanks between the digits are theirs to make.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let digits: Zeroizing<String> = Zeroizing::new(
            typed
                .chars()
                .filter(|character| !matches!(character, ' ' | '-'))
                .collect(),
        );
        let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some(Self(digits))
    }

    /// The digits. For the message that carries them and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl CodeKey {
    /// The label under which the gateway's key derives this one.
    pub const LABEL: &str = "one-time-codes";

    /// A derived key.
    #[must_use]
    pub fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The digest of a code for one account: for another it means nothing.
    #[must_use]
    pub fn digest(&self, account: &str, code: &OneTimeCode) -> CodeDigest {
        CodeDigest(keyed::digest(&self.0, &[account, code.expose()]))
    }
}

impl CodeGuard {
    /// A new code takes the place of the one before.
    ///
    /// # Errors
    /// [`Throttled`]: nothing may be sent, and the code before stays.
    pub fn issue(&mut self, digest: CodeDigest, now_ms: i64) -> Result<(), Throttled> {
        self.sent_at_ms.retain(|sent| now_ms - sent < WINDOW_MS);
        let since_last = self.sent_at_ms.last().map(|last| last + RESEND_MS);
        let since_first = (self.sent_at_ms.len() >= SENDS)
            .then(|| self.sent_at_ms.first().map(|first| first + WINDOW_MS))
            .flatten();
        if let Some(free_at) = since_last.max(since_first)
            && free_at > now_ms
        {
            return Err(Throttled {
                retry_after_ms: free_at - now_ms,
            });
        }
        self.sent_at_ms.push(now_ms);
        self.live = Some(Live {
            digest,
            expires_at_ms: now_ms + CODE_SECONDS * 1_000,
            tries_left: TRIES,
        });
        Ok(())
    }

    /// Looks at a code. The try is counted first.
    pub fn try_code(&mut self, digest: CodeDigest, now_ms: i64) -> CodeVerdict {
        let Some(live) = &mut self.live else {
            return CodeVerdict::Wrong;
        };
        if live.expires_at_ms <= now_ms || live.tries_left == 0 {
            self.live = None;
            return CodeVerdict::Wrong;
        }
        live.tries_left -= 1;
        if !bool::from(live.digest.0.ct_eq(&digest.0)) {
            return CodeVerdict::Wrong;
        }
        self.live = None;
        CodeVerdict::Right
    }

    /// When nothing of it matters any more.
    #[must_use]
    pub fn forgotten_at_ms(&self) -> i64 {
        let sent = self.sent_at_ms.last().map_or(0, |last| last + WINDOW_MS);
        sent.max(self.live.as_ref().map_or(0, |live| live.expires_at_ms))
    }
}

impl fmt::Display for Throttled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "wait {} s",
            self.retry_after_ms.div_euclid(1_000) + 1
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> CodeKey {
        CodeKey::new(Zeroizing::new([5; 32]))
    }

    fn digest(code: &str) -> CodeDigest {
        key().digest("account", &OneTimeCode::parse(code).unwrap())
    }

    #[test]
    fn a_code_is_good_once() {
        let mut guard = CodeGuard::default();
        guard.issue(digest("123456"), 0).unwrap();
        assert_eq!(guard.try_code(digest("123456"), 1), CodeVerdict::Right);
        assert_eq!(guard.try_code(digest("123456"), 2), CodeVerdict::Wrong);
    }

    #[test]
    fn five_tries_and_five_minutes() {
        let mut guard = CodeGuard::default();
        guard.issue(digest("123456"), 0).unwrap();
        let mut late = guard.clone();
        for _ in 0..5 {
            assert_eq!(guard.try_code(digest("000000"), 1), CodeVerdict::Wrong);
        }
        assert_eq!(guard.try_code(digest("123456"), 1), CodeVerdict::Wrong);
        let end = CODE_SECONDS * 1_000;
        assert_eq!(
            late.clone().try_code(digest("123456"), end - 1),
            CodeVerdict::Right
        );
        assert_eq!(late.try_code(digest("123456"), end), CodeVerdict::Wrong);
    }

    #[test]
    fn a_new_code_ends_the_one_before_and_may_not_come_at_once() {
        let mut guard = CodeGuard::default();
        guard.issue(digest("111111"), 0).unwrap();
        let throttled = guard.issue(digest("222222"), 1_000).unwrap_err();
        assert_eq!(throttled.retry_after_ms, 59_000);
        assert_eq!(
            guard.clone().try_code(digest("111111"), 2_000),
            CodeVerdict::Right
        );
        guard.issue(digest("222222"), 60_000).unwrap();
        assert_eq!(guard.try_code(digest("111111"), 60_001), CodeVerdict::Wrong);
        assert_eq!(guard.try_code(digest("222222"), 60_001), CodeVerdict::Right);
    }

    #[test]
    fn a_number_gets_five_codes_an_hour() {
        let mut guard = CodeGuard::default();
        let sent = (0..60).filter(|minute| guard.issue(digest("111111"), minute * 60_000).is_ok());
        assert_eq!(sent.count(), 5);
        assert!(
            guard.issue(digest("111111"), 60 * 60_000).is_ok(),
            "the first is forgotten"
        );
        assert!(guard.issue(digest("111111"), 60 * 60_000 + 59_999).is_err());
    }

    #[test]
    fn a_digest_is_its_accounts_and_its_keys() {
        let code = OneTimeCode::parse("123 456").unwrap();
        let mut guard = CodeGuard::default();
        guard.issue(key().digest("one", &code), 0).unwrap();
        let other_key = CodeKey::new(Zeroizing::new([6; 32]));
        assert_eq!(
            guard.try_code(key().digest("other", &code), 1),
            CodeVerdict::Wrong
        );
        assert_eq!(
            guard.try_code(other_key.digest("one", &code), 1),
            CodeVerdict::Wrong
        );
        assert_eq!(
            guard.try_code(key().digest("one", &code), 1),
            CodeVerdict::Right
        );
        let stored = serde_json::to_string(&guard).unwrap();
        assert!(!stored.contains("123456"));
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        for typed in ["", "12345", "1234567", "12345a", "१२३४५६", "+12345"] {
            assert!(OneTimeCode::parse(typed).is_none(), "{typed}");
        }
        assert_eq!(OneTimeCode::parse("012-345").unwrap().expose(), "012345");
    }

    proptest! {
        #[test]
        fn random_bytes_make_six_digits(random: [u8; 32]) {
            if let Some(code) = OneTimeCode::from_random(random) {
                prop_assert!(OneTimeCode::parse(code.expose()).is_some());
            }
        }

        /// Whatever is asked and tried, a code is tried five times at most, and a
        /// number gets five codes an hour.
        #[test]
        fn guesses_are_bounded(steps in prop::collection::vec((any::<bool>(), 0_i64..90_000), 1..300)) {
            let (mut guard, mut now, mut tried) = (CodeGuard::default(), 0, 0);
            let mut sent = Vec::new();
            for (issues, pause) in steps {
                now += pause;
                if issues {
                    if guard.issue(digest("999999"), now).is_ok() {
                        sent.push(now);
                        tried = 0;
                    }
                } else if guard.live.is_some() {
                    guard.try_code(digest("000000"), now);
                    tried += 1;
                    prop_assert!(tried <= TRIES + 1);
                }
                let recent = sent.iter().filter(|at| now - **at < WINDOW_MS).count();
                prop_assert!(recent <= SENDS);
            }
        }
    }
}
