use super::*;
use crate::test_records::{action, any_record, call, sealed};
use proptest::prelude::*;

/// The commitments and the hash were computed with Python's `hmac` and `hashlib`.
#[test]
fn the_leaf_is_pinned() {
    let sealed = sealed(&call());
    assert_eq!(
        sealed.leaf,
        concat!(
            r#"{"actor":"program","arguments_sha256":"ab","at_ms":1800000000123,"#,
            r#""call_id":"call_1","connector":"mpesa","country":"KE","key_id":"k_1","#,
            r#""kind":"call","outcome":{"arguments":{"#,
            r#""amount":{"commitment":"2-WRljNZ0RgWD3vPpRSebU_sE6dwIq3NBTfXO7AEFfA"},"#,
            r#""phone":{"commitment":"ucD2IlEnSXEGQSUU3XkhsiGpJIp-9M0D8577Tzgood8"}},"#,
            r#""denied":{"code":"not_permitted","layer":"access"},"duration_ms":7,"#,
            r#""redactions":0,"status":"denied"},"principal":"p_1","tool":"mpesa_stk_push"}"#
        )
    );
    assert_eq!(
        sealed.hash.to_string(),
        "HIXmIS95acMOjxfojSUvTGTrFmMYPA7mFfyPA8Caaog="
    );
    assert_eq!(
        serde_json::to_value(&sealed.openings).unwrap(),
        json!([
            {"pointer": "/outcome/arguments/amount", "value": 100, "person": "p_1",
             "salt": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"},
            {"pointer": "/outcome/arguments/phone", "value": "+254700000001", "person": "p_1",
             "salt": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"},
        ])
    );
}

#[test]
fn erasing_leaves_the_leaf_and_takes_the_value() {
    let sealed = sealed(&action());
    assert!(!sealed.leaf.contains("duka.example"));
    assert!(sealed.leaf.contains(r#""role":"agent""#));
    assert!(
        sealed
            .openings
            .iter()
            .all(|it| it.person.as_deref() == Some("u_7"))
    );
    assert_eq!(read(&sealed.leaf, &sealed.openings), Ok(action()));
    let erased = open(&sealed.leaf, &[]).unwrap();
    assert_eq!(commitments(&erased), 2);
    let half = open(&sealed.leaf, &sealed.openings[..1]).unwrap();
    assert_eq!(commitments(&half), 1);
}

#[test]
fn an_opening_fits_one_place_and_one_value() {
    let sealed = sealed(&action());
    let refused = |change: &dyn Fn(&mut Vec<Opening>)| {
        let mut openings = sealed.openings.clone();
        change(&mut openings);
        assert!(matches!(
            open(&sealed.leaf, &openings),
            Err(LeafError::Opening(_))
        ));
    };
    refused(&|it| it[0].value = "other@duka.example".into());
    refused(&|it| it[0].salt = Salt::new([9; 32]));
    refused(&|it| it[0].pointer = "/outcome/change/before/role".into());
    refused(&|it| it[0].pointer = "/nowhere".into());
    refused(&|it| it.push(it[0].clone()));
    refused(&|it| it[0].pointer = String::new());
}

#[test]
fn only_the_canonical_text_is_a_leaf() {
    let leaf = sealed(&call()).leaf;
    for text in [
        leaf.replacen(':', ": ", 1),
        leaf.replacen("\"ab\"", "\"\\u0061b\"", 1),
        leaf.replacen('{', r#"{"actor":"employee","#, 1),
        leaf.replacen("1800000000123", "1.800000000123e12", 1),
        format!("{leaf}\n"),
        String::new(),
    ] {
        assert_eq!(open(&text, &[]), Err(LeafError::NotCanonical), "{text}");
    }
}

#[test]
fn numbers_that_readers_round_are_text() {
    let mut record = action();
    record.outcome.change.as_mut().unwrap().after = Some(json!({
        "most": EXACT, "more": EXACT + 1, "less": i64::MIN, "half": 0.5, "large": 2e16, "larger": 1e300,
    }));
    let value = open(&sealed(&record).leaf, &[]).unwrap();
    assert_eq!(
        value.pointer("/outcome/change/after"),
        Some(&json!({
            "most": EXACT, "more": "9007199254740992",
            "less": "-9223372036854775808", "half": 0.5,
            "large": "2e+16", "larger": "1e+300",
        }))
    );
}

proptest! {
    #[test]
    fn what_is_sealed_is_read_back(record in any_record()) {
        let sealed = sealed(&record);
        let opened = open(&sealed.leaf, &sealed.openings).unwrap();
        let mut expected = serde_json::to_value(&record).unwrap();
        make_exact(&mut expected);
        prop_assert_eq!(canonical(&opened).unwrap(), canonical(&expected).unwrap());
        let again = read(&sealed.leaf, &sealed.openings).unwrap();
        prop_assert_eq!(crate::test_records::sealed(&again).leaf, sealed.leaf);
    }

    #[test]
    fn the_short_way_to_canonical_json_leads_to_the_same(record in any_record()) {
        let value = serde_json::to_value(record).unwrap();
        let expected = serde_json_canonicalizer::to_string(&value).unwrap();
        prop_assert_eq!(canonical(&value).unwrap(), expected);
    }

    #[test]
    fn different_records_have_different_leaves(one in any_record(), other in any_record()) {
        let shown = |record| {
            let mut value = serde_json::to_value(record).unwrap();
            make_exact(&mut value);
            canonical(&value).unwrap()
        };
        let differ = shown(&one) != shown(&other);
        prop_assert_eq!(sealed(&one).hash != sealed(&other).hash, differ);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "(?s).{0,60}", pointer in "(/[a-z~01]{0,5}){0,3}") {
        let opening = Opening { pointer, ..sealed(&action()).openings[0].clone() };
        let _ = open(&text, std::slice::from_ref(&opening));
        let _ = read(&text, &[opening]);
    }
}
