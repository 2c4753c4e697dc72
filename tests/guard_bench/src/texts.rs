//! What is sent through: mail, rows of JSON, a log.

use serde_json::Value;

/// By number; `bench.mjs` has their names.
const TEXTS: [&str; 3] = [
    include_str!("../samples/mail.txt"),
    include_str!("../samples/rows.jsonl"),
    include_str!("../samples/requests.log"),
];

/// Text number `text`, repeated to `length` bytes at least.
pub(crate) fn sample(text: usize, length: usize) -> String {
    let piece = TEXTS.get(text).copied().unwrap_or("x");
    piece.repeat(length.div_ceil(piece.len()))
}

/// The lines that are JSON, as the array that a tool answers.
pub(crate) fn value(text: &str) -> Value {
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(Value::is_object)
        .collect()
}
