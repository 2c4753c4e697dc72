//! `cargo bench -p lango-vault`: how long one call's open and seal of 1 KiB takes.
//! `node crates/vault/benches/v8.mjs` times the same as Wasm.
//!
//! It fails beyond the budget of 50 µs, so that a change that costs too much is seen.
#![allow(clippy::print_stdout, clippy::panic)]

#[path = "../examples/open_and_seal.rs"]
#[allow(unreachable_pub, dead_code)]
mod work;

use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 50;
const CALLS_A_ROUND: u32 = 200;
const BUDGET_MICROSECONDS: f64 = 50.0;

fn main() {
    let Some(handed) = work::handed() else {
        panic!("nothing was sealed");
    };
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round(&handed)).collect();
    rounds.sort_by(f64::total_cmp);
    let (median, worst) = (rounds[ROUNDS / 2], rounds[ROUNDS - 1]);
    println!(
        "open and seal of 1 KiB: {median:.1} µs a call (worst round of {ROUNDS}: {worst:.1} µs)"
    );
    assert!(
        median < BUDGET_MICROSECONDS,
        "the budget is {BUDGET_MICROSECONDS} µs"
    );
}

/// Microseconds a call, on average over a round.
fn round(handed: &work::Handed) -> f64 {
    let begun = Instant::now();
    for number in 0..CALLS_A_ROUND {
        let length = black_box(work::open_and_seal(black_box(handed), number));
        assert_eq!(length, Some(1040));
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS_A_ROUND)
}
