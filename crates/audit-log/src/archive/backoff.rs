//! When an archive that failed is tried again.

const FIRST_MS: u64 = 2_000;
const LONGEST_MS: u64 = 10 * 60 * 1_000;

/// How long to wait after so many failures in a row: twice as long each time, ten minutes
/// at most.
#[must_use]
pub fn retry_after_ms(failures: u32) -> u64 {
    let doubled = failures.saturating_sub(1).min(20);
    (FIRST_MS << doubled).min(LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_and_ends() {
        assert_eq!([1, 2, 3].map(retry_after_ms), [2_000, 4_000, 8_000]);
        assert_eq!([10, 1_000, u32::MAX].map(retry_after_ms), [600_000; 3]);
    }
}
