//! Whatever lines an export has: nothing panics, and what nobody has signed does not fit.
#![no_main]

use lango_audit_log::{
    CheckpointVerifier,
    export::{ExportVerifier, Line},
};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "lango.dev/audit/t_1+b61c721a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

fuzz_target!(|text: &str| {
    let key = CheckpointVerifier::parse([KEY]).expect("the key is of the right form");
    let mut verifier = ExportVerifier::new(key, []).expect("there are no checkpoints");
    let misfit = text.lines().find_map(|line| verifier.line(line).err());
    let misfit = misfit.or_else(|| verifier.finish().err());
    let misfit = misfit.expect("nobody has signed this export");
    assert!(!misfit.to_string().is_empty());
    for line in text.lines() {
        let (short, long) = (Line::parse(line), serde_json::from_str::<Line>(line));
        assert_eq!(short.ok(), long.ok(), "there is one way to read a line");
    }
});
