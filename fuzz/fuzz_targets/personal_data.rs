//! Never panics; what is found is in order, disjoint, not empty and on character
//! boundaries, whatever kinds are asked for; fewer kinds find nothing more; the same
//! text gives the same answer.
#![no_main]

use lango_personal_data::{Detector, Found, Kind, Kinds};
use libfuzzer_sys::fuzz_target;

const FIELDS: [&str; 6] = [
    "phone",
    "name",
    "national_id",
    "address",
    "dateOfBirth",
    "notes",
];

const VALUE: &str = "Wanjiku 0722123456";

fn holds(text: &str, found: &[Found]) {
    let mut end = 0;
    for one in found {
        assert!(one.start >= end && one.start < one.end && one.end <= text.len());
        assert!(text.is_char_boundary(one.start) && text.is_char_boundary(one.end));
        end = one.end;
    }
}

fuzz_target!(|data: (u8, &str)| {
    let (choice, text) = data;
    let every = Detector::of(Kind::ALL.into_iter().collect());
    holds(text, &every.find(text));
    let usual = Detector::shipped().find(text);
    holds(text, &usual);
    assert!(usual.iter().all(|one| Kinds::usual().contains(one.kind)));
    assert_eq!(usual, Detector::shipped().find(text));
    if let Some(field) = FIELDS.get(usize::from(choice) % FIELDS.len()) {
        holds(text, &Detector::shipped().find_in_field(field, text));
    }
    // Any field's name will do.
    holds(VALUE, &Detector::shipped().find_in_field(text, VALUE));
});
