//! What holds for every text.

use proptest::prelude::*;

use crate::{Detector, Field, Found, Kind, Kinds, Workspace};

/// Parts that identifiers, names and addresses are made of.
const PARTS: [&str; 41] = [
    "Wanjiku",
    "Kamau",
    "wa",
    "van der",
    "Dr.",
    "Mr ",
    "ID",
    "no.",
    "12345678",
    "0722",
    "123",
    "456",
    "+254",
    "(0)",
    "@",
    "example.co.ke",
    ".",
    ",",
    " ",
    "\n",
    "-",
    "/",
    ":",
    "A123456789B",
    "GHA",
    "GB82WEST12345698765432",
    "P.O. Box",
    "00100",
    "Nairobi",
    "12",
    "Moi",
    "Avenue",
    "born",
    "1990-01-15",
    "-1.2921, 36.8219",
    "é",
    "’",
    "ʼ",
    "\u{301}",
    "ዳዊት",
    "°",
];

fn texts() -> impl Strategy<Value = String> {
    let parts = proptest::collection::vec(proptest::sample::select(PARTS.to_vec()), 0..30);
    prop_oneof![
        parts.prop_map(|parts| parts.concat()),
        proptest::collection::vec(any::<char>(), 0..60)
            .prop_map(|letters| letters.into_iter().collect::<String>()),
    ]
}

fn holds(text: &str, found: &[Found]) {
    let mut end = 0;
    for one in found {
        assert!(one.start >= end && one.start < one.end, "{found:?}");
        assert!(text.is_char_boundary(one.start) && text.is_char_boundary(one.end));
        end = one.end;
    }
}

/// U+02BC is a letter to Unicode and an apostrophe to us.
#[test]
fn an_apostrophe_that_joins_nothing_is_passed_over() {
    for text in ["ʼ", "ʼ ", " ʼ.", "ʼʼʼ", "a ʼ1"] {
        assert_eq!(Detector::shipped().find(text), [], "{text:?}");
    }
    let found = Detector::shipped().find("Mr Ngʼangʼa ʼ called.");
    assert_eq!((found[0].start, found[0].end), (3, 13));
}

proptest! {
    #[test]
    fn what_is_found_is_in_order_disjoint_and_on_boundaries(text in texts(), field in "[a-z_A-Z]{0,12}") {
        let every = Detector::of(Kind::ALL.into_iter().collect());
        holds(&text, &every.find(&text));
        holds(&text, &Detector::shipped().find(&text));
        holds(&text, &every.find_in_field(&field, &text));
    }

    #[test]
    fn memory_that_is_used_again_finds_the_same(texts in proptest::collection::vec(texts(), 1..5), name in "[a-z_A-Z]{0,12}") {
        let every = Detector::of(Kind::ALL.into_iter().collect());
        let mut workspace = Workspace::default();
        for text in &texts {
            prop_assert_eq!(every.find_again(text, None, &mut workspace), every.find(text));
            let found = every.find_again(text, Some(Field::of(&name)), &mut workspace);
            prop_assert_eq!(found, every.find_in_field(&name, text));
        }
    }

    #[test]
    fn only_the_kinds_asked_for_are_found(text in texts(), bits in any::<u32>()) {
        let kinds: Kinds = Kind::ALL.into_iter().filter(|kind| bits & (1 << *kind as u32) != 0).collect();
        for found in Detector::of(kinds).find(&text) {
            prop_assert!(kinds.contains(found.kind));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn long_texts_are_read_in_pieces(text in texts(), times in 1_usize..400) {
        let line = format!("{text} reach me on 0722123456\n");
        let long = line.repeat(times.min(80_000 / line.len() + 1));
        let found = Detector::shipped().find(&long);
        holds(&long, &found);
        prop_assert!(!found.is_empty());
    }
}

#[test]
fn the_names_of_kinds_are_their_own() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.as_str()), Some(kind));
        assert_eq!(Kinds::usual().contains(kind), !kind.is_only_when_asked());
    }
}
