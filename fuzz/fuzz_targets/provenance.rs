//! Whatever JSON comes, its values are found within bounds, where they stand, and the
//! memory of them answers the same after it was stored and read.
#![no_main]

use lango_provenance::{
    MAXIMUM_ARGUMENT_PRINTS, MAXIMUM_RESULT_PRINTS, Memory, Origin, PrintKey, ResultTraits, Row,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use zeroize::Zeroizing;

fuzz_target!(|data: (&str, &str, bool)| {
    let (result, arguments, trusted) = data;
    let value = |text: &str| {
        serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::String(text.to_owned()))
    };
    let (result, arguments) = (value(result), value(arguments));
    let key = PrintKey::new(Zeroizing::new([7; 32]));
    let prints = key.arguments(&arguments);
    assert!(prints.len() <= MAXIMUM_ARGUMENT_PRINTS);
    for one in &prints {
        assert!(arguments.pointer(&one.place).is_some());
    }
    let traits = ResultTraits {
        trusted,
        query: Some(&arguments),
    };
    let seen = key.result(&result, &traits);
    assert!(seen.prints.len() <= MAXIMUM_RESULT_PRINTS);
    let origin = Origin {
        call_id: "call".to_owned(),
        tool: "tool".to_owned(),
        connection: None,
        at_ms: 1,
        suspicious: false,
        label: None,
    };
    let mut memory = Memory::default();
    let row = memory.settle(origin, seen);
    let stored = serde_json::to_string(&row).unwrap();
    let rows: Option<Row> = serde_json::from_str(&stored).unwrap();
    let mut loaded = Memory::load(rows, 10, 1);
    let traces = memory.admit("next", &prints, |_| false, 2);
    assert_eq!(traces, loaded.admit("next", &prints, |_| false, 2));
});
