//! Whatever a client posts, and whatever a connector says, is read without panic;
//! what is read is written again as it was; and an event cannot be forged by what
//! stands in it.
#![no_main]

use lango_admission::{Slug, ToolName};
use lango_connector_kit::{Frame, Manifest};
use lango_mcp_state::{EventId, Message, SseEvent};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Message::parse(text.as_bytes());
    let _ = Manifest::parse(text);
    if let Ok(frame) = serde_json::from_str::<Frame>(text) {
        let written = serde_json::to_string(&frame).expect("what was read can be written");
        assert_eq!(
            serde_json::from_str::<Frame>(&written).expect("and read"),
            frame
        );
    }
    if let Ok(id) = EventId::parse(text) {
        assert_eq!(EventId::parse(&id.to_string()), Ok(id));
    }
    let name = ToolName::split(text);
    if let Some(prefix) = name.prefix {
        let slug = Slug::parse(prefix).expect("a prefix is a slug");
        assert_eq!(slug.prefixed(name.base), text);
    }
    let event = SseEvent {
        id: None,
        retry_ms: None,
        data: text,
    }
    .to_string();
    assert_eq!(event.matches("\n\n").count(), 1, "one event");
    assert!(
        event
            .lines()
            .all(|line| line.is_empty() || line.starts_with("data: "))
    );
});
