//! No text and no JSON makes redaction panic; redacting twice is redacting once;
//! what comes out is bounded by what went in; a text that arrives in chunks comes
//! out whole; tokens that come in are never taken for ours.
#![no_main]

use lango_redaction::{Cleaning, Policy, Redactor, Treatment, restore, tokens};
use libfuzzer_sys::fuzz_target;

/// A marker is no longer, and nothing shorter than a character becomes one.
const LONGEST_MARKER: usize = 48;

fuzz_target!(|text: &str| {
    let redactor = Redactor::shipped();
    let once = redactor.redact(text);
    let twice = redactor.redact(&once.text);
    assert_eq!(twice.text, once.text);
    assert!(twice.findings.is_empty());
    assert_eq!(once.findings.is_empty(), once.text == text);
    assert!(once.text.len() <= LONGEST_MARKER * (text.len() + 1));

    let mut stream = redactor.stream();
    let middle = text.floor_char_boundary(text.len() / 2);
    let (first, second) = text.split_at(middle);
    let chunks = [stream.push(first), stream.push(second), stream.finish()];
    assert_eq!(chunks.concat(), once.text);

    let policy = Policy::new(Treatment::Pseudonymise);
    let mut cleaning = Cleaning::new(&policy);
    let mut cleaned = serde_json::Value::String(cleaning.text(text));
    let pseudonyms = cleaning.finish().pseudonyms;
    for token in tokens(&cleaned) {
        assert!(pseudonyms.iter().any(|pseudonym| pseudonym.token == token));
    }
    restore(&mut cleaned, |token| {
        let known = pseudonyms.iter().find(|pseudonym| pseudonym.token == token);
        known.map(|pseudonym| pseudonym.value.as_str())
    });

    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        let (once, _) = redactor.redact_json(value);
        let (twice, _) = redactor.redact_json(once.clone());
        assert_eq!(twice, once);
    }
});
