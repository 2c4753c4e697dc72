//! What is stored, and what crosses the service binding, reads back as it was written or
//! is refused; nothing of it makes opening panic, and nothing that was not sealed opens.
#![no_main]

use lango_vault::{ErasureKey, ErasureKeyText, KeyRing, KeyScope, SealedFields, WrappedDataKey};
use libfuzzer_sys::fuzz_target;

const RING: &str = r#"{"current":2,"keys":{
"1":"ERERERERERERERERERERERERERERERERERERERERERE",
"2":"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI"}}"#;
const SCOPE: KeyScope<'_> = KeyScope {
    tenant: "t",
    connector: "c",
};
/// Of another tenant, so that whatever the corpus learns to write does not open.
const STORED: &str = include_str!("../../crates/vault/tests/stored/data_key.json");

fuzz_target!(|text: &str| {
    let _ = KeyRing::parse(text);
    let ring = KeyRing::parse(RING).expect("the ring is a ring");
    let erasure_key = ErasureKey::parse(&ErasureKeyText::new(text.to_owned())).ok();
    if let Some(key) = &erasure_key {
        assert_eq!(key.text().expose(), text);
    }
    if let Ok(wrapped) = serde_json::from_str::<WrappedDataKey>(text) {
        let again = serde_json::to_string(&wrapped).expect("what was read can be written");
        assert!(serde_json::from_str::<WrappedDataKey>(&again).is_ok_and(|it| it == wrapped));
        assert!(ring.unwrap(SCOPE, &wrapped, erasure_key.as_ref()).is_err());
    }
    if let Ok(sealed) = serde_json::from_str::<SealedFields>(text) {
        let again = serde_json::to_string(&sealed).expect("what was read can be written");
        assert!(serde_json::from_str::<SealedFields>(&again).is_ok_and(|it| it == sealed));
        let stored: WrappedDataKey = serde_json::from_str(STORED).expect("a stored data key");
        let owner = KeyScope {
            tenant: "tenant-a",
            connector: "postgres",
        };
        let key = ring
            .unwrap(owner, &stored, None)
            .expect("it opens for its owner");
        assert!(sealed.fields.is_empty() || key.open_fields("c", &sealed).is_err());
    }
});
