//! `cargo bench -p lango-provenance`: how fast values are found in results and
//! arguments, and what a call's memory costs.
//!
//! It fails below the budget, so that a change that costs too much is seen.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::cast_precision_loss)]

use std::{hint::black_box, time::Instant};

use lango_provenance::{Memory, Origin, PrintKey, ResultTraits};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const ROUNDS: usize = 30;
/// On text without candidates.
const BUDGET_MEGABYTES: f64 = 50.0;

const PLAIN: &str = "the goods were received in good order by the storekeeper and the delivery \
    notes are attached for your file, so that the order of next month is not delayed at the depot \
    and we look forward to supplying you again as soon as the rains are over. ";
const MAIL: &str = "Dear Wanjiku, thank you for the April order of forty cartons, signed for on \
    the 29th. Please settle KES 84,500 to till 522533, account NS Collections, or call Agnes Mutiso \
    on +254 722 123 456; write to accounts@nuru-supplies.example or see https://nuru.example/pay. ";

fn main() {
    let key = PrintKey::new(Zeroizing::new([7; 32]));
    let plain = json!({ "text": PLAIN.repeat(400) });
    let mails = json!({ "mails": [{ "body": MAIL.repeat(12) }] });
    let many: Vec<_> = (0..64)
        .map(|it| json!({"body": PLAIN.repeat(3), "id": format!("m-{it}"), "read": true}))
        .collect();
    let rows: Vec<_> = (0..500)
        .map(|it| json!({"name": format!("Agnes Mutiso {it}"), "phone": 254_722_000_000_u64 + it}))
        .collect();
    let fastest = result("100 KiB of plain text", &key, &plain);
    result("64 short texts in JSON", &key, &json!(many));
    result("mails full of values", &key, &mails);
    result("500 rows of names and phones", &key, &json!(rows));
    for (name, text) in [
        ("digits", "1".repeat(1 << 20)),
        ("digits and spaces", "1 ".repeat(1 << 19)),
        ("signs", "@.:/".repeat(1 << 18)),
        ("capitals", "A ".repeat(1 << 19)),
        ("numbers in words", "one ".repeat(1 << 18)),
    ] {
        result(&format!("1 MiB of {name}"), &key, &json!({ "text": text }));
    }
    call(&key);
    assert!(
        fastest > BUDGET_MEGABYTES,
        "the budget is {BUDGET_MEGABYTES} MB/s"
    );
}

/// Megabytes a second, at the median.
fn result(name: &str, key: &PrintKey, value: &Value) -> f64 {
    let size = serde_json::to_string(value).expect("it is JSON").len();
    let seconds = median(|| {
        black_box(key.result(black_box(value), &ResultTraits::default()));
    });
    let speed = size as f64 / seconds / 1e6;
    println!("{name}: {speed:.0} MB/s ({:.1} µs)", seconds * 1e6);
    speed
}

/// A payment: its arguments, and what the memory says of them.
fn call(key: &PrintKey) {
    let arguments = json!({"till": "522533", "amount": 84_500, "reference": "April"});
    let seen = key.result(&json!({"body": MAIL}), &ResultTraits::default());
    let mut memory = Memory::default();
    for number in 0..500_u64 {
        let origin = Origin {
            call_id: number.to_string(),
            tool: "mail_read".to_owned(),
            connection: None,
            at_ms: number,
            suspicious: false,
            label: None,
        };
        memory.settle(origin, seen.clone());
    }
    let seconds = median(|| {
        let prints = key.arguments(black_box(&arguments));
        black_box(memory.admit("call", &prints, |_| false, 0));
    });
    println!(
        "a payment's arguments, with 500 results remembered: {:.1} µs",
        seconds * 1e6
    );
}

fn median(mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64()
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or(f64::MAX)
}
