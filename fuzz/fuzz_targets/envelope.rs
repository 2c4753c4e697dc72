//! Whatever stands in an envelope's place: it is refused, and nothing panics.
#![no_main]

use lango_connector_kit::EnvelopeKeys;
use libfuzzer_sys::fuzz_target;

/// A key that no envelope of the corpus was closed with.
const KEYS: &str = r#"["BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"]"#;

fuzz_target!(|input: (&str, &[u8], i64)| {
    let (text, body, now) = input;
    let keys = EnvelopeKeys::parse(KEYS).expect("the keys are of the right form");
    let verified = keys.verify(text, "postgres", "/v1/call", body, now);
    assert!(verified.is_err(), "nobody has closed this envelope");
    let _ = EnvelopeKeys::parse(text);
});
