//! No text and no JSON makes redaction panic; redacting twice is redacting once.
#![no_main]

use lango_redaction::Redactor;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let redactor = Redactor::shipped();
    let once = redactor.redact(text);
    let twice = redactor.redact(&once.text);
    assert_eq!(twice.text, once.text);
    assert!(twice.findings.is_empty());
    assert_eq!(once.findings.is_empty(), once.text == text);

    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        let (once, _) = redactor.redact_json(value);
        let (twice, _) = redactor.redact_json(once.clone());
        assert_eq!(twice, once);
    }
});
