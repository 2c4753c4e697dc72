//! No answer of an upstream makes its readers panic, hold more than their
//! bounds, or read differently by where its chunks end; no definition has two
//! digests; no public endpoint is an address inside a network.
#![no_main]

use lango_egress::{Egress, Networks};
use lango_mcp_upstream::{AnswerReader, Bounds, Definition, Endpoint, Message, Reply};
use libfuzzer_sys::fuzz_target;

const BOUNDS: Bounds = Bounds {
    message: 4096,
    stream: 16_384,
};

fuzz_target!(|bytes: &[u8]| {
    for media_type in ["application/json", "text/event-stream"] {
        let whole = read(media_type, bytes, bytes.len().max(1));
        let in_parts = read(media_type, bytes, 3);
        if let (Some(whole), Some(in_parts)) = (whole, in_parts) {
            assert_eq!(whole, in_parts);
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(definition) = Definition::parse(text) {
        let again = Definition::parse(definition.raw()).expect("it was one");
        assert_eq!(again.sha256(), definition.sha256());
    }
    let egress = Egress::of_operator(Networks::public());
    if let Ok(endpoint) = Endpoint::parse(text, &egress) {
        assert!(endpoint.as_str().starts_with("https://"));
        assert!(!endpoint.as_str().contains("://127."));
        assert!(Endpoint::parse(endpoint.as_str(), &egress).is_ok());
    }
});

/// What was read, or `None` when it was refused.
fn read(media_type: &str, bytes: &[u8], part: usize) -> Option<Vec<String>> {
    let mut reader = AnswerReader::new(media_type, Some(1), BOUNDS).expect("it is known");
    let mut seen = Vec::new();
    for chunk in bytes.chunks(part) {
        seen.extend(reader.feed(chunk).ok()?.iter().map(shown));
    }
    seen.extend(reader.finish().ok()?.iter().map(shown));
    Some(seen)
}

fn shown(message: &Message) -> String {
    match message {
        Message::Reply(Reply::Result(raw)) => {
            assert!(raw.get().len() <= BOUNDS.message);
            raw.get().to_owned()
        }
        other => format!("{other:?}"),
    }
}
