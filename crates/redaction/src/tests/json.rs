use serde_json::{Value, json};

use crate::{Finding, Kind, Redactor};

fn redact(value: Value) -> Value {
    Redactor::shipped().redact_json(value).0
}

#[test]
fn every_string_is_looked_at_and_the_shape_stays() {
    let (value, findings) = Redactor::shipped().redact_json(json!({
        "rows": [{"id": 1, "note": "key AKIAIOSFODNN7EAXMPLE", "total": 12.5, "paid": true, "x": null}],
        "text": ["postgres://a:hunter2@h/d", "ok"],
    }));
    assert_eq!(
        value,
        json!({
            "rows": [{"id": 1, "note": "key [redacted:aws_access_key]", "total": 12.5, "paid": true, "x": null}],
            "text": ["postgres://a:[redacted:password]@h/d", "ok"],
        })
    );
    assert_eq!(
        findings,
        [
            Finding {
                kind: Kind::AwsAccessKey,
                count: 1
            },
            Finding {
                kind: Kind::Password,
                count: 1
            },
        ]
    );
}

#[test]
fn a_name_gives_its_value_away() {
    assert_eq!(
        redact(json!({
            "password": "simba", "apiKey": "k", "db": {"clientSecret": "v"}, "nenosiri": "chui",
            "user_password": "", "token": {"value": "abc", "age": 3}, "Mot de passe": "lion",
            "next_page_token": "abc", "token_type": "bearer", "tokens": 3, "secretary": "Jane", "pin": "ok",
        })),
        json!({
            "password": "[redacted:password:3]", "apiKey": "[redacted:secret]",
            "db": {"clientSecret": "[redacted:secret:2]"}, "nenosiri": "[redacted:password:2]",
            "user_password": "", "token": {"value": "[redacted:secret:3]", "age": 3},
            "Mot de passe": "[redacted:password]",
            "next_page_token": "abc", "token_type": "bearer", "tokens": 3, "secretary": "Jane", "pin": "ok",
        })
    );
}

#[test]
fn the_name_of_a_column_speaks_for_its_cells() {
    for columns in [
        json!(["id", "password"]),
        json!([{"name": "id"}, {"name": "password"}]),
    ] {
        let value = redact(json!({"columns": columns, "rows": [[1, "simba"], [2, null], "odd"]}));
        assert_eq!(
            value["rows"],
            json!([[1, "[redacted:password]"], [2, null], "odd"])
        );
    }
}

#[test]
fn keys_are_redacted_and_no_field_is_lost() {
    let value = redact(json!({"A012345678Z": 1, "P012345678Z": 2, "plain": 3}));
    assert_eq!(
        value,
        json!({"[redacted:kra_pin]": 1, "[redacted:kra_pin:2]": 2, "plain": 3})
    );
}

#[test]
fn deep_values_are_cut_off() {
    let mut value = json!("A012345678Z");
    for _ in 0..1_000 {
        value = json!([value]);
    }
    let (value, findings) = Redactor::shipped().redact_json(value);
    assert!(value.to_string().contains("[redacted:text]"));
    assert_eq!(
        findings,
        [Finding {
            kind: Kind::Text,
            count: 1
        }]
    );
}

#[test]
fn many_keys_that_come_out_alike_take_linear_time() {
    let fields = (0..30_000)
        .map(|n| (format!("A{n:09}Z"), json!(n)))
        .collect::<serde_json::Map<_, _>>();
    assert_eq!(
        redact(Value::Object(fields))
            .as_object()
            .map(serde_json::Map::len),
        Some(30_000)
    );
}
