//! `cargo bench -p lango-redaction`: how fast text goes through, and that time
//! grows no faster than the text. `node crates/redaction/benches/v8.mjs` times
//! the same as Wasm.
#![allow(clippy::print_stdout, clippy::panic)]

#[path = "../examples/throughput.rs"]
#[allow(unreachable_pub, dead_code)]
mod work;

use std::hint::black_box;
use std::time::Instant;

const ORDINARY: usize = 3;
const LENGTH: usize = 64 * 1024;
const MEBIBYTE: usize = 1024 * 1024;

fn main() {
    for (number, (name, _)) in work::TEXTS.iter().enumerate() {
        if number < ORDINARY {
            let speeds = work::WAYS
                .iter()
                .enumerate()
                .map(|(way, name)| format!("{name} {:.0} MB/s", speed(way, number, LENGTH)));
            println!("{name}: {}", speeds.collect::<Vec<_>>().join(", "));
        } else {
            let (small, large) = (speed(1, number, MEBIBYTE / 8), speed(1, number, MEBIBYTE));
            println!("{name:?}: 128 KiB {small:.1} MB/s, 1 MiB {large:.1} MB/s");
        }
    }
}

/// The best of a few rounds, in megabytes a second.
fn speed(way: usize, text: usize, length: usize) -> f64 {
    let text = work::sample(text, length);
    let rounds = (0..8).map(|_| {
        let begun = Instant::now();
        black_box(work::through(way, black_box(&text)));
        text.len() as f64 / 1e6 / begun.elapsed().as_secs_f64()
    });
    rounds.fold(0.0, f64::max)
}
