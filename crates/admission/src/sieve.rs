//! Too many failures from one address: a sieve in memory, before anything is stored.
//!
//! It counts in fixed windows and remembers a bounded number of addresses; those that come
//! after share one count. An IPv6 network (/64) is one address: whoever has one has all of
//! it. What it loses with the process is a minute's counts.

use std::{collections::HashMap, net::IpAddr};

/// How long a window is, in milliseconds.
const WINDOW_MS: u64 = 60_000;
/// The most addresses that are counted on their own in a window.
const MAXIMUM_ADDRESSES: usize = 10_000;

/// The failures of one window.
#[derive(Debug, Default)]
pub struct Sieve {
    began_ms: u64,
    counts: HashMap<IpAddr, u32>,
    others: u32,
}

impl Sieve {
    /// Counts a failure from an address. Once there were more than so many in the window,
    /// it says in how many milliseconds the next window begins.
    pub fn fails(&mut self, address: IpAddr, limit: u32, now_ms: u64) -> Option<u64> {
        // A clock that was set back begins another window too.
        if now_ms.wrapping_sub(self.began_ms) >= WINDOW_MS {
            self.began_ms = now_ms;
            self.counts.clear();
            self.others = 0;
        }
        let address = network(address);
        let has_room = self.counts.len() < MAXIMUM_ADDRESSES;
        let count = if has_room || self.counts.contains_key(&address) {
            self.counts.entry(address).or_default()
        } else {
            &mut self.others
        };
        *count = count.saturating_add(1);
        (*count > limit).then(|| WINDOW_MS - (now_ms - self.began_ms))
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_turned_away_until_the_window_is_over() {
        let mut sieve = Sieve::default();
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..3 {
            assert_eq!(sieve.fails(one, 3, NOW), None);
        }
        assert_eq!(sieve.fails(one, 3, NOW + 20_000), Some(40_000));
        assert_eq!(sieve.fails(other, 3, NOW + 20_000), None);
        assert_eq!(sieve.fails(one, 3, NOW + WINDOW_MS), None);
        assert_eq!(sieve.fails(one, 3, NOW - 1), None, "the clock was set back");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let mut sieve = Sieve::default();
        assert_eq!(sieve.fails(address("2001:db8::1"), 1, NOW), None);
        assert_eq!(sieve.fails(address("2001:db8::2"), 1, NOW), Some(WINDOW_MS));
        assert_eq!(sieve.fails(address("2001:db8:0:1::2"), 1, NOW), None);
        assert_eq!(sieve.fails(address("::ffff:192.0.2.1"), 1, NOW), None);
        let mapped = sieve.fails(address("192.0.2.1"), 1, NOW);
        assert_eq!(mapped, Some(WINDOW_MS));
    }

    #[test]
    fn many_addresses_take_bounded_memory_and_are_turned_away_together() {
        let mut sieve = Sieve::default();
        let limit = 10;
        let made_up = |number: u32| IpAddr::from(number.to_be_bytes());
        let most = u32::try_from(MAXIMUM_ADDRESSES).unwrap();
        for number in 0..most + limit {
            assert_eq!(sieve.fails(made_up(number), limit, NOW), None);
        }
        let late = made_up(most + limit);
        assert_eq!(sieve.fails(late, limit, NOW), Some(WINDOW_MS));
        assert_eq!(sieve.counts.len(), MAXIMUM_ADDRESSES);
        assert_eq!(sieve.fails(made_up(0), limit, NOW), None, "it has its own");
    }
}
