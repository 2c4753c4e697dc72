use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::sample::select;
use serde_json::{Value, json};

use super::redact;
use crate::{Cleaning, Policy, Redactor, Treatment, tokens};

const PIECES: &[&str] = &[
    "password",
    "token",
    "secret",
    "api_key",
    "nenosiri",
    "authorization",
    "Bearer ",
    "Basic ",
    ":",
    "=",
    " ",
    "\"",
    "'",
    "\\",
    "\n",
    "@",
    "://",
    "postgres://u:",
    "ghp_",
    "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "AKIA",
    "IOSFODNN7EAXMPLE",
    "eyJhbGciOiJFZERTQSJ9",
    ".",
    "eyJzdWIiOiJ4In0",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----",
    "4111111111111111",
    "4111 1111",
    " 1111 1111",
    "A012345678Z",
    "GB82WEST12345698765432",
    "123456789",
    ":AA",
    "[redacted:",
    "password]",
    "is ",
    "ni ",
    "é",
    "x",
    "SK",
    "sk-",
    "{",
    "}",
    ",",
    ";",
    "for ",
    "-",
    "_",
    "1",
];

fn text() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![6 => select(PIECES).prop_map(str::to_owned), 1 => any::<String>()],
        0..30,
    )
    .prop_map(|pieces| pieces.concat())
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::String),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::Bool)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec(
                (
                    prop_oneof![text(), select(PIECES).prop_map(str::to_owned)],
                    inner
                ),
                0..4
            )
            .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn shape(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(shape).collect()),
        Value::Object(fields) => json!(fields.len()),
        // A number that is a secret becomes a string.
        Value::String(_) | Value::Number(_) => json!("s"),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn redacting_twice_is_redacting_once(text in text()) {
        let once = redact(&text);
        let twice = Redactor::shipped().redact(&once);
        assert_eq!(twice.text, once);
        assert!(twice.findings.is_empty());
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let once = redact(&text);
        assert_eq!(redact(&once), once);
    }

    #[test]
    fn json_keeps_its_shape_and_twice_is_once(value in json_value()) {
        let (once, _) = Redactor::shipped().redact_json(value.clone());
        assert_eq!(shape(&once), shape(&value));
        let (twice, _) = Redactor::shipped().redact_json(once.clone());
        assert_eq!(twice, once);
    }

    #[test]
    fn chunks_come_out_as_the_whole(text in text(), at in any::<proptest::sample::Index>()) {
        let (first, second) = text.split_at(text.floor_char_boundary(at.index(text.len() + 1)));
        let mut stream = Redactor::shipped().stream();
        let chunks = [stream.push(first), stream.push(second), stream.finish()];
        assert_eq!(chunks.concat(), redact(&text));
    }

    /// Each token that comes out is ours, and no text grows beyond its bound.
    #[test]
    fn tokens_that_come_out_are_known(text in text(), tokens_in in vec("<(phone|name)_[0-9]{1,2}>|<", 0..4)) {
        let text = tokens_in.concat() + &text;
        let policy = Policy::new(Treatment::Pseudonymise);
        let mut cleaning = Cleaning::new(&policy);
        let cleaned = cleaning.text(&text);
        assert!(cleaned.len() <= 48 * (text.len() + 1));
        let known = cleaning.finish().pseudonyms;
        for token in tokens(&json!(cleaned)) {
            assert!(known.iter().any(|pseudonym| pseudonym.token == token));
        }
    }

    /// Whatever stands around it, parted by white space, a token goes.
    #[test]
    fn surroundings_do_not_hide(before in "[a-z .,:=\n]{0,60}", after in "[a-z .,:=\n]{0,60}") {
        let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let text = redact(&format!("{before} {token} {after}"));
        assert!(!text.contains(&token), "{text}");
    }
}
