//! Where random bytes come from: the platform's generator.

/// The generator did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// Fills a buffer with random bytes; tests put known ones in its place.
pub(crate) type Random = fn(&mut [u8]) -> Result<(), NoRandomness>;

/// `crypto.getRandomValues` in a Worker.
pub(crate) fn platform(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    getrandom::fill(bytes).map_err(|_| NoRandomness)
}
