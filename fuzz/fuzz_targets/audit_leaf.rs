//! Whatever text stands in a leaf's place, whatever opening beside it: nothing panics, and
//! what is opened is the canonical text of its JSON.
#![no_main]

use lango_audit_log::{Opening, Salt, open, read, seal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str, [u8; 32])| {
    let (leaf, pointer, value, salt) = input;
    let opening = Opening {
        pointer: pointer.to_owned(),
        salt: Salt::new(salt),
        value: serde_json::from_str(value).unwrap_or_else(|_| value.into()),
        person: None,
    };
    let openings = [opening];
    let _ = open(leaf, &openings);
    let _ = read(leaf, &openings);
    if let Ok(record) = read(leaf, &[]) {
        let sealed = seal(&record, || Salt::new(salt)).expect("a record has a leaf");
        let again = read(&sealed.leaf, &sealed.openings).expect("a leaf is a record");
        let twice = seal(&again, || Salt::new(salt)).expect("a record has a leaf");
        assert_eq!(sealed.leaf, twice.leaf, "reading and writing changes nothing");
        open(&sealed.leaf, &sealed.openings).expect("its own openings fit");
    }
});
