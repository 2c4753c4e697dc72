//! How many calls each connection makes, and with how many keys.

use lango_admission::Plan as Subscription;

/// The numbers of connections that are measured.
pub(super) const LEVELS: [usize; 3] = [1, 8, 32];
/// How often the two kinds of call take turns at each level.
pub(super) const ROUNDS: usize = 4;
/// The plan of the benchmark's tenant.
pub(super) const SUBSCRIPTION: Subscription = Subscription::Enterprise;
/// Calls with each key before anything is measured: its gate is loaded by then.
pub(super) const WARM_UP: usize = 1;

/// One level's calls. Every connection has keys of its own, as every assistant
/// has, and takes the next one when one's burst is used up: the rate limit is
/// obeyed, not lifted, and no call waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// How many connections.
    pub(super) connections: usize,
    /// How many calls each connection makes in a round.
    pub(super) calls_per_round: usize,
    /// How many keys each connection has.
    pub(super) keys_per_connection: usize,
}

impl Plan {
    /// At least `requests` calls over `connections`.
    pub(super) fn of(requests: usize, connections: usize) -> Self {
        let calls_per_round = requests.div_ceil(connections * ROUNDS);
        let calls_per_connection = calls_per_round * ROUNDS;
        Self {
            connections,
            calls_per_round,
            keys_per_connection: calls_per_connection.div_ceil(calls_per_key()),
        }
    }

    /// Calls of the whole level.
    pub(super) const fn calls(&self) -> usize {
        self.connections * self.calls_per_round * ROUNDS
    }

    /// Keys of the whole level.
    pub(super) const fn keys(&self) -> usize {
        self.connections * self.keys_per_connection
    }
}

/// Which of its keys a connection uses for its call of that number.
pub(super) fn key_of_call(call: usize) -> usize {
    call / calls_per_key()
}

/// What a key admits at once, after the warm-up.
fn calls_per_key() -> usize {
    usize::try_from(SUBSCRIPTION.calls().burst()).map_or(1, |burst| burst.saturating_sub(WARM_UP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_has_its_calls_and_few_more() {
        for connections in LEVELS {
            for requests in [100, 2_000, 2_001, 50_000] {
                let plan = Plan::of(requests, connections);
                assert!(plan.calls() >= requests, "{plan:?}");
                assert!(plan.calls() < requests + connections * ROUNDS, "{plan:?}");
            }
        }
    }

    #[test]
    fn no_key_is_used_beyond_its_burst() {
        let burst = usize::try_from(SUBSCRIPTION.calls().burst()).unwrap();
        for connections in LEVELS {
            for requests in [100, 2_000, 50_000] {
                let plan = Plan::of(requests, connections);
                let mut used = vec![WARM_UP; plan.keys_per_connection];
                for call in 0..plan.calls_per_round * ROUNDS {
                    used[key_of_call(call)] += 1;
                }
                assert!(used.iter().all(|calls| *calls <= burst), "{plan:?}");
                assert!(used.iter().all(|calls| *calls > WARM_UP), "{plan:?}");
            }
        }
    }
}
