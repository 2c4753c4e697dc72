use proptest::prelude::*;

use super::*;

const NOW: u64 = 1_800_000_000_000;

fn limits(key: Quota, queue: u32) -> Limits {
    Limits {
        queue,
        key: Limited::new(key, Gcra::default()),
        tools: BTreeMap::new(),
        tenant: None,
    }
}

fn quota(per_minute: u32, burst: u32) -> Quota {
    Quota::new(per_minute, burst).unwrap()
}

fn paces(limits: &mut Limits, calls: usize) -> Vec<Pace> {
    (0..calls).map(|_| limits.take(None, NOW).pace).collect()
}

#[test]
fn a_burst_passes_then_waits_then_is_refused() {
    // 60 a minute: one a second, so two calls wait and the next is refused.
    let mut limits = limits(quota(60, 3), 100);
    assert_eq!(
        paces(&mut limits, 6),
        [
            Pace::Now,
            Pace::Now,
            Pace::Now,
            Pace::Wait(1_000),
            Pace::Wait(2_000),
            Pace::Refused(3_000)
        ]
    );
    assert_eq!(limits.take(None, NOW + 3_000).pace, Pace::Now);
}

#[test]
fn the_queue_is_bounded_before_its_time_is_over() {
    // One every 10 ms: 200 could wait within two seconds, but only five may.
    let mut limits = limits(quota(6_000, 1), 5);
    let paces = paces(&mut limits, 10);
    let waiting = paces.iter().filter(|it| matches!(it, Pace::Wait(_)));
    assert_eq!(waiting.count(), 5);
    assert_eq!(paces[5], Pace::Wait(50));
    assert_eq!(paces[6], Pace::Refused(60));
    // The first of them has gone: there is room for one.
    assert_eq!(limits.take(None, NOW + 10).pace, Pace::Wait(50));
    assert_eq!(limits.take(None, NOW + 10).pace, Pace::Refused(60));
}

#[test]
fn a_tools_limit_holds_for_its_calls_alone() {
    let mut limits = limits(quota(600, 100), 20);
    limits
        .tools
        .insert("pay".into(), Limited::new(quota(1, 2), Gcra::default()));
    for _ in 0..2 {
        assert_eq!(limits.take(Some("pay"), NOW).pace, Pace::Now);
    }
    let before = limits.clone();
    let refused = limits.take(Some("pay"), NOW);
    assert_eq!(refused.pace, Pace::Refused(60_000));
    assert_eq!(refused.rate.limit, LimitName::Tool);
    assert_eq!(limits, before, "what is refused costs nothing");
    let other = limits.take(Some("read"), NOW);
    assert_eq!((other.pace, other.rate.limit), (Pace::Now, LimitName::Key));
}

#[test]
fn the_tightest_limit_is_told() {
    let mut limits = limits(quota(600, 100), 20);
    limits.tenant = Some(Limited::new(quota(600, 5), Gcra::default()));
    let rate = limits.take(None, NOW).rate;
    assert_eq!((rate.limit, rate.remaining), (LimitName::Tenant, 4));
}

proptest! {
    /// In every window of time, what has been let through is at most the burst plus the
    /// rate times the window: the promise of GCRA.
    #[test]
    fn no_window_has_more_than_rate_and_burst(
        per_minute in 1u32..6_000,
        burst in 1u32..50,
        gaps in prop::collection::vec(0u64..3_000, 1..200),
    ) {
        let quota = quota(per_minute, burst);
        let (mut limits, mut now, mut starts) = (limits(quota, 100), NOW, Vec::new());
        for gap in gaps {
            now += gap;
            match limits.take(None, now).pace {
                Pace::Now => starts.push(now),
                Pace::Wait(wait) => {
                    prop_assert!(wait <= MAXIMUM_WAIT_MS);
                    starts.push(now + wait);
                }
                Pace::Refused(_) => {}
            }
        }
        for (first, start) in starts.iter().enumerate() {
            for (last, end) in starts.iter().enumerate().skip(first) {
                let count = (last - first + 1) as u64;
                let allowed = u64::from(burst) + (end - start) * 1_000 / quota.interval_us();
                prop_assert!(count <= allowed, "{count} > {allowed}");
            }
        }
    }

    #[test]
    fn a_refused_call_that_comes_back_when_told_is_admitted(
        per_minute in 1u32..6_000, burst in 1u32..50, calls in 1usize..300, queue in 1u32..100,
    ) {
        let mut limits = limits(quota(per_minute, burst), queue);
        for _ in 0..calls {
            if let Pace::Refused(later) = limits.take(None, NOW).pace {
                prop_assert_eq!(limits.take(None, NOW + later).pace, Pace::Now);
                return Ok(());
            }
        }
    }

    /// As many wait as the queue has places, whatever the rate.
    #[test]
    fn no_more_wait_than_the_queue_has_places(
        per_minute in prop::sample::select(vec![30, 60, 120, 600, 3_000, 6_000, 60_000]),
        burst in 1u32..50,
        queue in 1u32..100,
    ) {
        let mut limits = limits(quota(per_minute, burst), queue);
        let paces = paces(&mut limits, burst as usize + queue as usize + 10);
        let waiting = paces.iter().filter(|it| matches!(it, Pace::Wait(_))).count();
        prop_assert!(waiting <= queue as usize);
        let in_time = 2_000_000 / limits.key.quota.interval_us();
        prop_assert_eq!(waiting as u64, in_time.min(u64::from(queue)));
    }
}
