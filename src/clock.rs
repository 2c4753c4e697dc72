//! Time and randomness: where the runtime's enter. Everything else takes values.

use worker::Date;

use crate::denial::Denial;

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub(crate) fn now_seconds() -> i64 {
    now_ms() / 1_000
}

/// A moment's hour and minute, UTC, such as `10:14`.
pub(crate) fn time_of_day(at_ms: u64) -> String {
    let minutes = at_ms / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// Fresh random bytes, as many as they are for.
///
/// # Errors
/// A denial when the runtime has no randomness: nothing may go on without.
pub(crate) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Denial> {
    let mut bytes = [0; LENGTH];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Fills bytes with fresh random ones.
///
/// # Errors
/// As [`random`].
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Denial> {
    getrandom::fill(bytes).map_err(|_| Denial::internal("the runtime has no randomness"))
}

/// A name that nobody can guess: a prefix and 100 random bits, in lower case.
///
/// # Errors
/// As [`random`].
pub(crate) fn random_name(prefix: &str) -> Result<String, Denial> {
    let id = lango_identity::KeyId::from_random(random()?);
    Ok(id.as_str().replacen("k_", prefix, 1))
}
