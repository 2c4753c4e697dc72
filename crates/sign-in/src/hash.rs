//! bcrypt, and a check that takes the same work whoever is named.
//!
//! The cost of a check is what an attacker can measure. It is made the same, 2^cost
//! rounds, for somebody who is not there, somebody without a password, a wrong
//! password, and a wrong password whose hash was made at a lower cost: there the
//! check is followed by runs at each cost between, since
//! 2^old + (2^old + 2^(old+1) + … + 2^(new−1)) = 2^new.

use core::fmt;
use std::str::FromStr;

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::password::{MAXIMUM_BYTES, Password};

/// bcrypt's own base64 alphabet, without padding.
const ENCODING: base64::engine::GeneralPurpose = bcrypt::BASE_64;
/// `$2b$` marks hashes of implementations without the early ones' mistakes.
const PREFIX: &str = "$2b$";
const DIGEST_LENGTH: usize = 23;
/// How many random bytes a salt has.
pub const SALT_LENGTH: usize = 16;

/// Fresh random bytes.
pub type Salt = [u8; SALT_LENGTH];

/// The work of a hash: 2^cost rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u8);

/// A cost that is too low to protect or too high to be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cost of bcrypt must be from 10 to 15")]
pub struct CostError;

/// A stored hash: `$2b$12$…`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PasswordHash {
    cost: u8,
    salt: Salt,
    digest: [u8; DIGEST_LENGTH],
}

/// A stored hash is not one that this version writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a bcrypt hash")]
pub struct HashError;

/// What runs bcrypt: the library, or a test that counts the rounds.
pub trait Bcrypt {
    /// The raw digest. `key` ends with a zero byte unless it has 72 bytes.
    fn run(&mut self, cost: u8, salt: Salt, key: &[u8]) -> [u8; 24];
}

/// The library's own.
#[derive(Debug, Default, Clone, Copy)]
pub struct Library;

impl Bcrypt for Library {
    fn run(&mut self, cost: u8, salt: Salt, key: &[u8]) -> [u8; 24] {
        bcrypt::bcrypt(u32::from(cost), salt, key)
    }
}

/// What a check has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// Nobody, no password, or another one.
    Wrong,
    /// It is theirs.
    Right {
        /// Its hash was made at a lower cost: make a new one while the password is
        /// here.
        is_outdated: bool,
    },
}

impl Cost {
    /// What is taken where nothing is configured.
    pub const DEFAULT: Self = Self(12);

    /// A cost from 10 to 15.
    ///
    /// # Errors
    /// [`CostError`] for any other.
    pub fn new(cost: u8) -> Result<Self, CostError> {
        if (10..=15).contains(&cost) {
            Ok(Self(cost))
        } else {
            Err(CostError)
        }
    }
}

/// The hash of a password that was checked against the policy.
#[must_use]
pub fn hash(bcrypt: &mut impl Bcrypt, password: &Password, cost: Cost, salt: Salt) -> PasswordHash {
    PasswordHash {
        cost: cost.0,
        salt,
        digest: digest(bcrypt, cost.0, salt, password),
    }
}

/// Checks a password against what is stored of somebody, if there is somebody and
/// something. `decoy` is a random salt, for whoever has none.
#[must_use]
pub fn check(
    bcrypt: &mut impl Bcrypt,
    stored: Option<&PasswordHash>,
    password: &Password,
    cost: Cost,
    decoy: Salt,
) -> Checked {
    let Some(stored) = stored else {
        digest(bcrypt, cost.0, decoy, password);
        return Checked::Wrong;
    };
    let found = digest(bcrypt, stored.cost, stored.salt, password);
    // A longer password could not have been set, and its end would not be looked at.
    let fits = password.expose().len() <= MAXIMUM_BYTES;
    if fits && bool::from(found.ct_eq(&stored.digest)) {
        return Checked::Right {
            is_outdated: stored.cost < cost.0,
        };
    }
    for missing in stored.cost..cost.0 {
        digest(bcrypt, missing, decoy, password);
    }
    Checked::Wrong
}

/// bcrypt over the password and a zero byte, 72 bytes at most.
fn digest(
    bcrypt: &mut impl Bcrypt,
    cost: u8,
    salt: Salt,
    password: &Password,
) -> [u8; DIGEST_LENGTH] {
    let mut key = Zeroizing::new(Vec::with_capacity(MAXIMUM_BYTES));
    let bytes = password.expose().as_bytes();
    key.extend_from_slice(bytes.get(..MAXIMUM_BYTES).unwrap_or(bytes));
    if key.len() < MAXIMUM_BYTES {
        key.push(0);
    }
    let raw = bcrypt.run(cost, salt, &key);
    let mut digest = [0; DIGEST_LENGTH];
    digest.copy_from_slice(&raw[..DIGEST_LENGTH]);
    digest
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, digest) = (ENCODING.encode(self.salt), ENCODING.encode(self.digest));
        write!(formatter, "{PREFIX}{:02}${salt}{digest}", self.cost)
    }
}

impl FromStr for PasswordHash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let rest = text.strip_prefix(PREFIX).ok_or(HashError)?;
        let (cost, rest) = rest.split_once('$').ok_or(HashError)?;
        // Two digits, so that a hash has one form.
        if cost.len() != 2 || !cost.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(HashError);
        }
        let cost: u8 = cost.parse().map_err(|_| HashError)?;
        let (salt, digest) = rest.split_at_checked(22).ok_or(HashError)?;
        let mut parsed = Self {
            cost,
            salt: [0; SALT_LENGTH],
            digest: [0; DIGEST_LENGTH],
        };
        let salt = ENCODING.decode(salt).map_err(|_| HashError)?;
        let digest = ENCODING.decode(digest).map_err(|_| HashError)?;
        if !(4..=15).contains(&cost) || salt.len() != SALT_LENGTH || digest.len() != DIGEST_LENGTH {
            return Err(HashError);
        }
        parsed.salt.copy_from_slice(&salt);
        parsed.digest.copy_from_slice(&digest);
        Ok(parsed)
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = HashError;

    fn try_from(text: String) -> Result<Self, HashError> {
        text.parse()
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Counts rounds and remembers what went in, without doing the work.
    #[derive(Default)]
    struct Counting {
        rounds: u64,
    }

    impl Bcrypt for Counting {
        fn run(&mut self, cost: u8, salt: Salt, key: &[u8]) -> [u8; 24] {
            self.rounds += 1 << cost;
            let mut digest = [0_u8; 24];
            for (index, byte) in salt.iter().chain(key).chain(&[cost]).enumerate() {
                digest[index % 24] = digest[index % 24].wrapping_mul(31).wrapping_add(*byte);
            }
            digest
        }
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    /// The vectors of the OpenBSD and jBCrypt test suites.
    #[test]
    fn known_hashes_are_computed_and_read() {
        for (text, known) in [
            (
                "",
                "$2b$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
            ),
            (
                "abc",
                "$2b$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
            ),
            (
                "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
                "$2b$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
            ),
        ] {
            let stored: PasswordHash = known.parse().unwrap();
            assert_eq!(stored.to_string(), known);
            let found = digest(&mut Library, stored.cost, stored.salt, &password(text));
            assert_eq!(found, stored.digest, "{text}");
        }
    }

    #[test]
    fn a_password_is_its_own_and_no_other() {
        let cost = Cost::new(10).unwrap();
        let stored = hash(&mut Library, &password("the gate at noon"), cost, [7; 16]);
        let is = |text: &str| check(&mut Library, Some(&stored), &password(text), cost, [0; 16]);
        assert_eq!(
            is("the gate at noon"),
            Checked::Right { is_outdated: false }
        );
        assert_eq!(is("the gate at noon "), Checked::Wrong);
        assert!(stored.to_string().starts_with("$2b$10$"));
    }

    /// Work, not time: whatever is wrong takes exactly 2^cost rounds.
    #[test]
    fn every_failure_takes_the_same_work() {
        for (old, new) in [(4, 10), (10, 10), (10, 12), (12, 12), (11, 15)] {
            let cost = Cost::new(new).unwrap();
            let stored = PasswordHash {
                cost: old,
                salt: [3; 16],
                digest: [9; DIGEST_LENGTH],
            };
            for stored in [None, Some(&stored)] {
                let long = "x".repeat(4_000);
                for typed in ["", "wrong", "a wrong password of some length", &long] {
                    let mut bcrypt = Counting::default();
                    let checked = check(&mut bcrypt, stored, &password(typed), cost, [1; 16]);
                    assert_eq!(checked, Checked::Wrong);
                    assert_eq!(bcrypt.rounds, 1 << new, "{old} {new}");
                }
            }
        }
    }

    #[test]
    fn a_raised_cost_is_noticed_at_the_next_sign_in() {
        let (old, new) = (Cost::new(10).unwrap(), Cost::new(12).unwrap());
        let stored = hash(&mut Counting::default(), &password("right"), old, [1; 16]);
        let checked = check(
            &mut Counting::default(),
            Some(&stored),
            &password("right"),
            new,
            [2; 16],
        );
        assert_eq!(checked, Checked::Right { is_outdated: true });
    }

    /// bcrypt would take any text that begins with these 72 bytes.
    #[test]
    fn what_bcrypt_does_not_read_is_not_right() {
        let (cost, full) = (Cost::new(10).unwrap(), "a1".repeat(36));
        let stored = hash(&mut Counting::default(), &password(&full), cost, [1; 16]);
        let is = |text: &str| {
            check(
                &mut Counting::default(),
                Some(&stored),
                &password(text),
                cost,
                [2; 16],
            )
        };
        assert_eq!(is(&full), Checked::Right { is_outdated: false });
        assert_eq!(is(&format!("{full}more")), Checked::Wrong);
    }

    #[test]
    fn a_hash_has_one_form() {
        let known = "$2b$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.";
        assert!(known.parse::<PasswordHash>().is_ok());
        for other in ["$2b$6$", "$2b$+6$", "$2a$06$", "$2b$16$", "$2b$03$"] {
            let text = known.replacen("$2b$06$", other, 1);
            assert!(text.parse::<PasswordHash>().is_err(), "{other}");
        }
    }

    #[test]
    fn costs_have_bounds() {
        assert!(Cost::new(9).is_err() && Cost::new(16).is_err());
        assert_eq!(Cost::new(12), Ok(Cost::DEFAULT));
    }

    proptest! {
        #[test]
        fn a_stored_hash_reads_back(cost in 10_u8..=15, salt: Salt, text in "\\PC{0,80}") {
            let cost = Cost::new(cost).unwrap();
            let stored = hash(&mut Counting::default(), &password(&text), cost, salt);
            let read: PasswordHash = stored.to_string().parse().unwrap();
            prop_assert!(read == stored);
            prop_assert_eq!(stored.to_string().len(), 60);
        }

        #[test]
        fn reading_never_panics(text in "\\PC*") {
            let _ = text.parse::<PasswordHash>();
        }
    }
}
