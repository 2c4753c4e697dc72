//! A record's leaf: its canonical text, with personal values as commitments.

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};
use sha2::Sha256;

use crate::{
    hash::LeafHash,
    personal::{About, personal_values},
    record::{Record, Subject},
};

/// The largest integer that every reader of JSON reads unharmed.
const EXACT: u64 = (1 << 53) - 1;
const TWO_TO_THE_53: f64 = 9_007_199_254_740_992.0;

/// What a commitment is made with: random, 32 bytes, one a value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Salt([u8; 32]);

/// What opens a commitment. It is kept beside the leaf; without it the value is gone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Where in the leaf the commitment stands (RFC 6901).
    pub pointer: String,
    /// The salt.
    pub salt: Salt,
    /// The value.
    pub value: Value,
    /// Whom it is about, if that is known.
    pub person: Option<String>,
}

/// A record as it enters the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The leaf.
    pub leaf: String,
    /// Its hash.
    pub hash: LeafHash,
    /// What stands in it as commitments.
    pub openings: Vec<Opening>,
}

/// What is no leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// No JSON, or not in the canonical form.
    #[error("the leaf is not canonical JSON")]
    NotCanonical,
    /// JSON, and no record.
    #[error("the leaf is not a record: {0}")]
    NotARecord(String),
    /// An opening that is not of what the leaf has in that place.
    #[error("the opening of `{0}` does not fit the leaf")]
    Opening(String),
}

/// Makes a record's leaf. `salt` gives a fresh random salt each time.
///
/// # Errors
/// [`LeafError::NotARecord`] for what cannot be written as JSON.
pub fn seal(record: &Record, mut salt: impl FnMut() -> Salt) -> Result<Sealed, LeafError> {
    let mut value = value_of(record)?;
    let mut openings = Vec::new();
    for (pointer, about) in personal_values(&value) {
        let Some(place) = value.pointer_mut(&pointer) else {
            continue;
        };
        let salt = salt();
        let commitment = commitment(&salt, place)?;
        openings.push(Opening {
            value: core::mem::replace(place, commitment),
            person: Some(person(record, about).to_owned()),
            pointer,
            salt,
        });
    }
    let leaf = canonical(&value)?;
    Ok(Sealed {
        hash: LeafHash::of_leaf(&leaf),
        leaf,
        openings,
    })
}

/// A leaf's JSON, with everything put back that there are openings for. The rest stays
/// a commitment.
///
/// # Errors
/// [`LeafError`] for what is no leaf, and for an opening that does not fit it.
pub fn open(leaf: &str, openings: &[Opening]) -> Result<Value, LeafError> {
    let mut value: Value = serde_json::from_str(leaf).map_err(|_| LeafError::NotCanonical)?;
    if canonical(&value)? != leaf {
        return Err(LeafError::NotCanonical);
    }
    let mut places = BTreeSet::new();
    for opening in openings {
        let expected = commitment(&opening.salt, &opening.value)?;
        let fits = value.pointer(&opening.pointer) == Some(&expected);
        if !fits || !places.insert(&opening.pointer) {
            return Err(LeafError::Opening(opening.pointer.clone()));
        }
    }
    put_back(&mut value, openings)?;
    Ok(value)
}

fn put_back(leaf: &mut Value, openings: &[Opening]) -> Result<(), LeafError> {
    for opening in openings {
        match leaf.pointer_mut(&opening.pointer) {
            Some(place) => *place = opening.value.clone(),
            None => return Err(LeafError::Opening(opening.pointer.clone())),
        }
    }
    Ok(())
}

/// The record of a leaf that the log itself has kept: commitments are not computed anew.
/// What there is no opening for stays a commitment in it.
///
/// # Errors
/// [`LeafError`] for what is no record.
pub fn read(leaf: &str, openings: &[Opening]) -> Result<Record, LeafError> {
    let mut value: Value = serde_json::from_str(leaf).map_err(|_| LeafError::NotCanonical)?;
    put_back(&mut value, openings)?;
    serde_json::from_value(value).map_err(|error| LeafError::NotARecord(error.to_string()))
}

/// How many commitments there are in what was opened of a leaf.
pub(crate) fn commitments(opened: &Value) -> u64 {
    let shut = |value: &Value| {
        value.as_object().is_some_and(|members| {
            members.len() == 1 && members.get("commitment").is_some_and(Value::is_string)
        })
    };
    match opened {
        value if shut(value) => 1,
        Value::Object(members) => members.values().map(commitments).sum(),
        Value::Array(items) => items.iter().map(commitments).sum(),
        _ => 0,
    }
}

fn value_of(record: &Record) -> Result<Value, LeafError> {
    let mut value =
        serde_json::to_value(record).map_err(|error| LeafError::NotARecord(error.to_string()))?;
    make_exact(&mut value);
    Ok(value)
}

/// Numbers that a reader would round become text, as RFC 7493 advises. So do fractions
/// of that size: in canonical JSON they look like integers.
fn make_exact(value: &mut Value) {
    match value {
        Value::Number(number) if !is_exact(number) => *value = number.to_string().into(),
        Value::Array(items) => items.iter_mut().for_each(make_exact),
        Value::Object(members) => members.values_mut().for_each(make_exact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_exact(number: &Number) -> bool {
    match (integer(number), number.as_f64()) {
        (Some(size), _) => size <= EXACT,
        (None, Some(number)) => number.abs() < TWO_TO_THE_53,
        (None, None) => false,
    }
}

fn person(record: &Record, about: About) -> &str {
    match (&record.intent.subject, about) {
        (
            Subject::Action {
                target: Some(target),
                ..
            },
            About::Target,
        ) => target,
        _ => &record.intent.principal,
    }
}

fn commitment(salt: &Salt, value: &Value) -> Result<Value, LeafError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&salt.0).map_err(|_| LeafError::NotCanonical)?;
    mac.update(canonical(value)?.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Ok(json!({ "commitment": BASE64_URL_SAFE_NO_PAD.encode(bytes) }))
}

/// The JSON of RFC 8785. Of most values it is what `serde_json` writes, several times as
/// fast.
fn canonical(value: &Value) -> Result<String, LeafError> {
    let text = if is_plain(value) {
        serde_json::to_string(value)
    } else {
        serde_json_canonicalizer::to_string(value)
    };
    text.map_err(|_| LeafError::NotCanonical)
}

/// Whether it has only integers that are exact, and members whose order in UTF-16 is
/// that in which they stand.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => integer(number).is_some_and(|size| size <= EXACT),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(members) => {
            members.keys().all(|name| name.is_ascii())
                && members.keys().is_sorted()
                && members.values().all(is_plain)
        }
    }
}

/// How large an integer is; `None` for a fraction.
fn integer(number: &Number) -> Option<u64> {
    number
        .as_u64()
        .or_else(|| number.as_i64().map(i64::unsigned_abs))
}

impl Salt {
    /// Of random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<String> for Salt {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| "a salt is 32 bytes in base64url".to_owned())
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        BASE64_URL_SAFE_NO_PAD.encode(salt.0)
    }
}

/// Without the value, which is personal.
impl core::fmt::Debug for Opening {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Opening")
            .field("pointer", &self.pointer)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "leaf_tests.rs"]
mod tests;
