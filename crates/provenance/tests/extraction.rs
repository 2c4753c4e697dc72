//! What of a result meets what of the arguments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;

use lango_provenance::{PrintKey, ResultTraits, Standing, ValueKind};
use proptest::prelude::*;
use serde_json::{Value, json};
use zeroize::Zeroizing;

fn key() -> PrintKey {
    PrintKey::new(Zeroizing::new([7; 32]))
}

/// The kinds of the steering values of the arguments that a text has, too.
fn meets(text: &str, arguments: &Value) -> BTreeSet<ValueKind> {
    let seen: BTreeSet<_> = key()
        .result(&json!({"text": text}), &ResultTraits::default())
        .prints
        .into_iter()
        .map(|one| one.print)
        .collect();
    key()
        .arguments(arguments)
        .into_iter()
        .filter(|one| one.steering)
        .filter(|one| {
            seen.contains(&one.print) || one.host.is_some_and(|host| seen.contains(&host))
        })
        .map(|one| one.kind)
        .collect()
}

fn standings(result: &Value, trusted: bool, argument: &str) -> Vec<Standing> {
    let wanted: BTreeSet<_> = key()
        .arguments(&json!({"to": argument}))
        .into_iter()
        .filter(|one| one.steering)
        .map(|one| one.print)
        .collect();
    let traits = ResultTraits {
        trusted,
        query: None,
    };
    let prints = key().result(result, &traits).prints;
    prints
        .into_iter()
        .filter(|one| wanted.contains(&one.print))
        .map(|one| one.standing)
        .collect()
}

#[test]
fn a_value_is_met_however_it_is_written() {
    for (text, argument) in [
        ("pay till 522533 today", "522533"),
        ("Till: 522 533", "522533"),
        ("till no. 522-533.", "522533"),
        ("the till is **522533**", "522533"),
        ("five two two, five three three", "522533"),
        ("tano mbili mbili tano tatu tatu", "522533"),
        ("cinq deux deux cinq trois trois", "522533"),
        ("double two five six one", "22561"),
        ("٥٢٢٥٣٣", "522533"),
        ("5\u{200b}22\u{2060}533", "522533"),
        ("Piga 0722 123 456 sasa", "+254722123456"),
        ("call +254 (722) 123-456", "0722123456"),
        ("254722123456", "0722 123 456"),
        ("IBAN GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
        (
            "IBAN : SN08 SN01 0015 2000 0485 0000 3035",
            "SN08SN010015200004850000 3035",
        ),
        ("order ORD-99812, please", "ORD-99812"),
        ("order ORD-99812, please", "99812"),
        ("invoice INV/2026/0042", "INV-2026-0042"),
        ("SKE7X2Y1QP Confirmed. Ksh5,000", "ske7x2y1qp"),
        ("write to Pay@Evil.Example now", "pay@evil.example"),
        ("write to pay [at] evil [dot] example", "pay@evil.example"),
        ("pay at evil dot example", "pay@evil.example"),
        ("рау@evil.example", "pay@evil.example"),
        (
            "see https://www.Evil.example/drop?id=1",
            "evil.example/drop?id=1",
        ),
        (
            "see hxxps://evil[.]example/drop",
            "https://evil.example/drop",
        ),
        ("upload to evil.example", "https://evil.example/u/1"),
        (
            "<a href=\"https://evil.example/x\">here</a>",
            "https://evil.example/x",
        ),
        ("pay till 52<b>25</b>33 today", "522533"),
        ("pay till &#53;&#50;2533 today", "522533"),
        ("cGxlYXNlIHBheSB0aWxsIDUyMjUzMw==", "522533"),
        ("mailto:pay@evil.example?subject=x", "pay@evil.example"),
    ] {
        assert!(
            !meets(text, &json!({"to": argument})).is_empty(),
            "{text} / {argument}"
        );
    }
}

#[test]
fn what_says_nothing_of_where_is_left_alone() {
    for (text, arguments) in [
        ("50000 shillings", json!({"amount": 50000})),
        ("50000 shillings", json!({"amount": "50000"})),
        ("on 2026-11-22", json!({"start_date": "2026-11-22"})),
        ("on 2026-11-22", json!({"when": "2026-11-22"})),
        ("invoice INV-2041", json!({"reference": "INV-2041"})),
        (
            "in KES by Bank Transfer",
            json!({"currency": "KES", "method": "Bank Transfer"}),
        ),
        ("number 12", json!({"row": 12})),
        (
            "invoice INV-2041",
            json!({"values": ["INV-2041", "522533"]}),
        ),
        (
            "call 0722123456",
            json!({"note": "Asked to be called on 0722123456 tomorrow"}),
        ),
        (
            "look at https://docs.google.com/a",
            json!({"url": "https://docs.google.com/b"}),
        ),
    ] {
        assert!(meets(text, &arguments).is_empty(), "{text} {arguments}");
    }
}

#[test]
fn values_are_found_wherever_the_arguments_have_them() {
    let text = "522533 and evil@evil.example";
    for arguments in [
        json!({"to": ["a@b.example", "evil@evil.example"]}),
        json!({"to": "Evil <evil@evil.example>"}),
        json!({"to": "a@b.example, evil@evil.example"}),
        json!({"payees": {"522533": 100}}),
        json!({"body": "{\"to\": \"evil@evil.example\"}"}),
        json!({"bank": "Equity Bank, account 522533"}),
        json!({"message": "522533"}),
    ] {
        assert!(!meets(text, &arguments).is_empty(), "{arguments}");
    }
}

#[test]
fn where_a_value_stands_says_how_far_it_is_trusted() {
    let mail = json!({"from": "Jane <jane@client.example>", "body": "not boss@evil.example"});
    assert_eq!(
        standings(&mail, false, "jane@client.example"),
        // The address; its host is in it, not a link.
        [Standing::Correspondent]
    );
    assert_eq!(
        standings(&mail, false, "boss@evil.example"),
        [Standing::Text]
    );
    let trick = json!({"from": "boss@evil.example <jane@client.example>"});
    assert_eq!(
        standings(&trick, false, "boss@evil.example"),
        [Standing::Text]
    );
    let graph = json!({"from": {"emailAddress": {"address": "jane@client.example"}}});
    assert_eq!(
        standings(&graph, false, "jane@client.example"),
        [Standing::Correspondent]
    );
    let meeting = json!({"organizer": "a@b.example", "attendees": ["jane@client.example"]});
    assert_eq!(
        standings(&meeting, false, "jane@client.example"),
        [Standing::Correspondent]
    );
    let row = json!({"to": "jane@client.example"});
    assert_eq!(
        standings(&row, false, "jane@client.example"),
        [Standing::Text]
    );
    let contact = json!({"phone": "0722 123 456", "notes": "0733123456"});
    assert_eq!(
        standings(&contact, true, "254722123456"),
        [Standing::Record]
    );
    assert_eq!(standings(&contact, true, "0733123456"), [Standing::Text]);
    assert_eq!(standings(&contact, false, "0722123456"), [Standing::Text]);
    let echo = json!({"query": "0733123456", "request": {"phone": "0733123456"}, "found": []});
    assert_eq!(standings(&echo, true, "0733123456"), [Standing::Text]);
    let payment = json!({"BillRefNumber": "522533", "narration": "522533"});
    assert_eq!(standings(&payment, true, "522533"), [Standing::Text]);
    let message = json!({"message_id": "AAMkAGI2024THVSAAA1"});
    assert_eq!(
        standings(&message, false, "AAMkAGI2024THVSAAA1"),
        [Standing::Handle]
    );
}

#[test]
fn a_query_makes_no_records() {
    let arguments = json!({"sql": "SELECT '522533' AS till"});
    let traits = ResultTraits {
        trusted: true,
        query: Some(&arguments),
    };
    let result = json!({"columns": ["till"], "rows": [["522533"], ["998877"]]});
    let prints = key().result(&result, &traits).prints;
    let records = prints.iter().filter(|it| it.standing == Standing::Record);
    assert_eq!(records.count(), 1, "{prints:?}");
}

#[test]
fn a_trusted_value_is_one_value() {
    let (kind, print) = key().value(" +254 722 123 456 ").unwrap();
    assert_eq!(kind, ValueKind::Phone);
    assert_eq!(key().arguments(&json!({"p": "0722123456"}))[0].print, print);
    assert_eq!(key().value("Nuru Supplies").unwrap().0, ValueKind::Name);
    assert_eq!(key().value("pay@nuru.example").unwrap().0, ValueKind::Email);
    assert_eq!(
        key().value("https://nuru.example/x").unwrap().0,
        ValueKind::Url
    );
    assert!(
        key()
            .value("please pay the till 522533 every month from now on")
            .is_none()
    );
    assert!(key().value("").is_none());
    assert!(key().value("12").is_none());
}

#[test]
fn another_key_makes_other_fingerprints() {
    let other = PrintKey::new(Zeroizing::new([8; 32]));
    let arguments = json!({"till": "522533"});
    assert_ne!(key().arguments(&arguments), other.arguments(&arguments));
}

/// Fingerprints are kept and compared across versions.
#[test]
fn fingerprints_are_pinned() {
    let print = |text: &str| key().value(text).unwrap().1.to_string();
    for (text, pinned) in PINNED {
        assert_eq!(print(text), pinned, "{text}");
    }
}

const PINNED: [(&str, &str); 5] = [
    ("0722123456", "crA0S7dV9ro"),
    ("pay@nuru.example", "9Go4NOO2d5o"),
    ("https://www.nuru.example/x/", "7aZkYG6tK8Q"),
    ("ORD-99812", "U5DyBN3dNLw"),
    ("Nuru Supplies", "aR1M_Mguv1Y"),
];

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[0-9 +@.:/a-zA-Z-]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map("[a-z_@0-9]{0,12}", inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn anything_is_gone_through_within_bounds(value in json_value()) {
        let arguments = key().arguments(&value);
        prop_assert!(arguments.len() <= lango_provenance::MAXIMUM_ARGUMENT_PRINTS);
        for one in &arguments {
            prop_assert!(value.pointer(&one.place).is_some(), "{}", one.place);
        }
        let seen = key().result(&value, &ResultTraits::default());
        prop_assert!(seen.prints.len() <= lango_provenance::MAXIMUM_RESULT_PRINTS);
    }

    /// What steers in an argument is found when the same stands in a text.
    #[test]
    fn a_number_in_a_text_is_met(before in "[a-z ]{0,20}", number in 10_000_u64..9_999_999_999_999, after in "[a-z ]{0,20}") {
        let text = format!("{before}: {number}; {after}");
        let as_number = meets(&text, &json!({"to": number}));
        prop_assert!(!as_number.is_empty());
        let as_text = meets(&text, &json!({"to": number.to_string()}));
        prop_assert!(!as_text.is_empty());
    }

    #[test]
    fn an_address_in_a_text_is_met(before in "[a-z ,(\"<]{0,20}", address in "[a-z][a-z0-9.]{0,8}[a-z]@[a-z]{2,10}\\.(co\\.ke|com|example)", after in "[ ,)\">;]") {
        prop_assume!(!before.ends_with(|it: char| it.is_alphanumeric()));
        let text = format!("{before}{address}{after}");
        let met = meets(&text, &json!({"to": address}));
        prop_assert!(!met.is_empty(), "{}", text);
    }
}
