//! Whatever stands in the place of a note, a key or a witness's answer: nothing panics, and
//! nothing that was not signed is taken.
#![no_main]

use lango_audit_log::{
    Checkpoint, CheckpointKeys, CheckpointVerifier,
    witness::{WitnessKey, add_checkpoint, known_size},
};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "lango.dev/audit/t_1+b61c721a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

fuzz_target!(|input: (&str, &str)| {
    let (note, other) = input;
    let key = CheckpointVerifier::parse([KEY]).expect("the key is of the right form");
    assert!(key.verify(note).is_err(), "nobody has signed this note");
    if let Ok(checkpoint) = Checkpoint::unverified(note) {
        assert!(note.starts_with(&checkpoint.body()), "what is read is what was written");
        let _ = add_checkpoint(checkpoint.size, &[], note).expect("it is a note");
    }
    let _ = CheckpointVerifier::parse([other]);
    let _ = CheckpointKeys::parse(other);
    let _ = known_size(other);
    if let Ok(witness) = WitnessKey::parse(other) {
        let _ = witness.read(other, note);
    }
});
