//! What many measured times say.

use std::time::Duration;

/// The nearest rank: the smallest of the times below or at which `percent` of
/// them lie. `None` of no times.
pub(super) fn percentile(times: &mut [Duration], percent: usize) -> Option<Duration> {
    times.sort_unstable();
    let rank = (times.len() * percent.min(100)).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(values: &[u64]) -> Vec<Duration> {
        values.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn the_nearest_rank_is_one_of_the_times() {
        let mut times = milliseconds(&[50, 15, 40, 20, 35]);
        let mut at = |percent| percentile(&mut times, percent).unwrap().as_millis();
        assert_eq!((at(5), at(30), at(40)), (15, 20, 20));
        assert_eq!((at(50), at(99), at(100)), (35, 50, 50));
    }

    #[test]
    fn one_in_a_hundred_is_beyond_the_99th() {
        let mut times = milliseconds(&(1..=200).collect::<Vec<_>>());
        let p99 = percentile(&mut times, 99).unwrap();
        assert_eq!(times.iter().filter(|time| **time > p99).count(), 2);
    }

    #[test]
    fn few_times_have_percentiles_and_none_have_none() {
        assert_eq!(percentile(&mut [], 50), None);
        let mut one = milliseconds(&[7]);
        assert_eq!(percentile(&mut one, 0), Some(Duration::from_millis(7)));
        assert_eq!(percentile(&mut one, 99), Some(Duration::from_millis(7)));
    }
}
