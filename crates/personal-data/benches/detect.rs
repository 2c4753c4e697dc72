//! `cargo bench -p lango-personal-data`: megabytes a second on mail and JSON, beside
//! regular expressions alone, and on texts that ask for the most work, at two sizes.
//! `node crates/personal-data/benches/v8.mjs` times the same as Wasm.
#![allow(clippy::print_stdout)]

#[path = "../examples/detect.rs"]
#[allow(unreachable_pub, dead_code)]
mod work;

use std::hint::black_box;
use std::time::Instant;

const BYTES: usize = 1 << 18;
const BUDGET: f64 = 50.0;

fn main() {
    for (number, name) in [(0, "mail"), (1, "JSON")] {
        let text = work::text(number, BYTES);
        let ours = speed(&text, 20, work::found);
        let theirs = speed(&text, 2, work::found_by_expressions);
        println!(
            "{name}: {ours:.0} MB/s, {} found; regular expressions {theirs:.1} MB/s, {} found",
            work::found(&text),
            work::found_by_expressions(&text)
        );
        assert!(ours > BUDGET, "the budget is {BUDGET} MB/s");
    }
    for number in 0..work::HOSTILES {
        let small = work::text(number + 2, 1 << 16);
        let large = work::text(number + 2, 1 << 20);
        let unit: String = small.chars().take(8).collect();
        println!(
            "{unit:?} and so on: {:.0} MB/s at 64 KiB, {:.0} MB/s at 1 MiB",
            speed(&small, 8, work::found),
            speed(&large, 2, work::found)
        );
    }
}

/// The best round's megabytes a second.
fn speed(text: &str, rounds: usize, find: fn(&str) -> usize) -> f64 {
    let best = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            black_box(find(black_box(text)));
            begun.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    text.len() as f64 / best / 1e6
}
