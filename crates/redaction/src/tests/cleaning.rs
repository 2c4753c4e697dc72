use std::collections::BTreeMap;

use lango_personal_data::Kind as Personal;
use serde_json::json;

use crate::{Cleaning, Policy, Redactor, Treatment, rename, restore, tokens};

fn token(letter: char) -> String {
    format!(
        "ghp_{}",
        letter.to_string().repeat(18) + "a1B2c3D4e5F6g7H8i9"
    )
}

#[test]
fn two_secrets_are_told_apart_and_one_is_known_again() {
    let policy = Policy::secrets_only();
    let mut cleaning = Cleaning::new(&policy);
    let (one, two) = (token('x'), token('y'));
    assert_eq!(
        cleaning.text(&format!("{one}, {two}, {one}")),
        "[redacted:github_token], [redacted:github_token:2], [redacted:github_token]"
    );
    assert_eq!(
        cleaning.json(json!([two])),
        json!(["[redacted:github_token:2]"])
    );
    let cleaned = cleaning.finish();
    assert_eq!(cleaned.findings.len(), 1);
    assert_eq!(cleaned.findings[0].count, 4);
}

#[test]
fn fields_are_treated_whole_and_put_back() {
    let policy = Policy::new(Treatment::Keep)
        .with_field("customer.tel", Treatment::Pseudonymise)
        .with_field("*note", Treatment::Redact);
    let mut cleaning = Cleaning::new(&policy);
    let mut value = cleaning.json(json!({
        "customer": {"Tel": "desk 7", "other": "desk 8"},
        "tel": "desk 7",
        "internal_note": "call twice",
    }));
    assert_eq!(
        value,
        json!({
            "customer": {"Tel": "<value_1>", "other": "desk 8"},
            "tel": "desk 7",
            "internal_note": "[redacted:value]",
        })
    );
    let pseudonyms = cleaning.finish().pseudonyms;
    assert_eq!(pseudonyms.len(), 1);
    assert!(!format!("{pseudonyms:?}").contains("desk"));

    let names = BTreeMap::from([("<value_1>".to_owned(), "<value_9>".to_owned())]);
    rename(&mut value, &names);
    assert_eq!(tokens(&value), ["<value_9>"]);
    restore(&mut value, |token| {
        (token == "<value_9>").then_some(pseudonyms[0].value.as_str())
    });
    assert_eq!(value["customer"]["Tel"], "desk 7");
}

#[test]
fn a_table_is_gone_over_once() {
    let policy = Policy::new(Treatment::Keep).with_kind(Personal::Phone, Treatment::Pseudonymise);
    let mut cleaning = Cleaning::new(&policy);
    let cleaned = cleaning.json(json!({
        "columns": [{"name": "phone"}, "n"],
        "rows": [["+254722903118", 7, "+254733415926"], {"tel": "+254722903118"}, "<phone_7>"],
        "truncated": false,
    }));
    assert_eq!(
        cleaned,
        json!({
            "columns": [{"name": "phone"}, "n"],
            "rows": [["<phone_1>", 7, "<phone_2>"], {"tel": "<phone_1>"}, "\u{2039}phone_7\u{203a}"],
            "truncated": false,
        })
    );
}

#[test]
fn renaming_is_all_at_once() {
    let mut value = json!({"to": ["<phone_1> and <phone_2>", "<phone_3>"]});
    let names = [("1", "2"), ("2", "1")]
        .map(|(from, to)| (format!("<phone_{from}>"), format!("<phone_{to}>")));
    rename(&mut value, &BTreeMap::from(names));
    assert_eq!(
        value,
        json!({"to": ["<phone_2> and <phone_1>", "<phone_3>"]})
    );
}

#[test]
fn what_only_looks_like_a_token_is_none() {
    let policy = Policy::secrets_only();
    let text = Cleaning::new(&policy).text("pay <phone_1> or <phone_x>, <b>, <phone_01>");
    assert_eq!(
        text,
        "pay \u{2039}phone_1\u{203a} or <phone_x>, <b>, <phone_01>"
    );
    assert!(tokens(&json!([text])).is_empty());
    let restored = |text: &str| {
        let mut value = json!(text);
        restore(&mut value, |_| Some("+254"));
        value
    };
    assert_eq!(restored("<<name_2>>"), "<+254>");
    assert_eq!(
        restored("<phone_0> <robot_1> <_1> <phone_>"),
        "<phone_0> <robot_1> <_1> <phone_>"
    );
}

#[test]
fn a_secret_beside_its_name_goes() {
    let redacted = |value| Redactor::shipped().redact_json(value).0;
    assert_eq!(
        redacted(json!({"name": "DB_PASSWORD", "value": "simba", "type": "env"})),
        json!({"name": "DB_PASSWORD", "value": "[redacted:password]", "type": "env"})
    );
    assert_eq!(
        redacted(json!([["X-Api-Key", "simba"], ["Accept", "x"]])),
        json!([["X-Api-Key", "[redacted:secret]"], ["Accept", "x"]])
    );
}

#[test]
fn policies_are_documents() {
    let policy: Policy = serde_json::from_value(json!({
        "default": "redact", "kinds": {"name": "pseudonymise", "order_id": "redact"},
        "fields": [{"field": "phone", "treatment": "keep"}],
    }))
    .unwrap();
    assert_eq!(policy.treatment(Personal::Name), Treatment::Pseudonymise);
    assert_eq!(policy.treatment(Personal::Phone), Treatment::Redact);
    assert_eq!(policy.treatment(Personal::Url), Treatment::Keep);
    let again = serde_json::to_value(&policy).unwrap();
    assert_eq!(serde_json::from_value::<Policy>(again).unwrap(), policy);
    for wrong in [
        json!({"kinds": {"soul": "keep"}}),
        json!({"defaults": "keep"}),
    ] {
        assert!(serde_json::from_value::<Policy>(wrong).is_err());
    }
}

fn streamed(text: &str, chunk: usize) -> String {
    let mut stream = Redactor::shipped().stream();
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.ceil_char_boundary(chunk.min(rest.len())));
        out.push_str(&stream.push(now));
        rest = later;
    }
    out + &stream.finish()
}

#[test]
fn a_stream_finds_what_the_whole_text_has() {
    let mut text = String::new();
    for n in 0..4_000 {
        text.push_str("jambo, habari ya leo? ");
        if n % 97 == 0 {
            text.push_str(&format!("password: hunter{n} and {} ", token('z')));
        }
    }
    let whole = Redactor::shipped().redact(&text).text;
    for chunk in [7, 1_000, 30_000, 1_000_000] {
        assert_eq!(streamed(&text, chunk), whole, "{chunk}");
    }
}

#[test]
fn a_stream_drops_secrets_of_any_length() {
    let text = format!("before token={} after", "a1B2c3D4".repeat(50_000));
    assert_eq!(
        streamed(&text, 5_000),
        "before token=[redacted:secret] after"
    );
    let key = format!(
        "x -----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY----- y",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo\n".repeat(4_000)
    );
    assert_eq!(streamed(&key, 5_000), "x [redacted:private_key] y");
}
