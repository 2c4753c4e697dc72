//! The content guard and the SQL gate as one Wasm module, to be timed by `bench.mjs`.
//!
//! **In scope**: typical texts, the ways they are sent through (screening, secrets,
//! personal data, all of them, regular expressions alone), one query through the gate. **Out of scope**: the
//! texts made to be slow, which each crate's own bench has.
#![allow(unsafe_code)]

mod expressions;
mod sql;
mod texts;
mod ways;

use std::cell::RefCell;

use serde_json::Value;

/// What is ready to be sent through.
#[derive(Default)]
struct Held {
    text: String,
    value: Value,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// Makes text number `text` ready, of `length` bytes at least; its length.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(text: usize, length: usize) -> usize {
    HELD.with_borrow_mut(|held| {
        held.text = texts::sample(text, length);
        held.value = Value::Null;
        held.text.len()
    })
}

/// Makes the values ready that the text holds, for the ways that take values.
#[unsafe(no_mangle)]
pub extern "C" fn parse() {
    HELD.with_borrow_mut(|held| held.value = texts::value(&held.text));
}

/// Sends what is ready through way number `way`, `times` times; what comes out is of
/// no interest but to whom would leave the work out.
#[unsafe(no_mangle)]
pub extern "C" fn run(way: usize, times: usize) -> usize {
    HELD.with_borrow(|held| {
        (0..times)
            .map(|_| ways::through(way, &held.text, &held.value))
            .sum()
    })
}
