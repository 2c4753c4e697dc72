//! What a query can make: `SELECT '522533' AS till` answers with a whole field that
//! is no record.

use serde_json::Value;

use crate::scan::Class;

/// With any of these a query can put a value together that does not stand in it, not
/// even in parts and in order.
const MAKING: [&str; 16] = [
    "chr(",
    "char(",
    "translate",
    "reverse(",
    "replace(",
    "lpad",
    "rpad",
    "overlay",
    "decode",
    "encode",
    "base64",
    "unhex",
    "x'",
    "repeat(",
    "convert_from",
    "ascii(",
];

/// The arguments of a call whose tool takes the text of a query.
pub(crate) struct Query {
    digits: Vec<u8>,
    letters: String,
    makes: bool,
}

impl Query {
    pub(crate) fn of(arguments: &Value) -> Self {
        let mut text = String::new();
        gather(arguments, &mut text, 0);
        let text = text.to_lowercase();
        let makes = MAKING.iter().any(|making| text.contains(making)) || calculates(&text);
        Self {
            digits: text.bytes().filter(u8::is_ascii_digit).collect(),
            letters: text.chars().filter(|it| it.is_alphanumeric()).collect(),
            makes,
        }
    }

    /// Whether the query may have made this value: then the result is no record.
    pub(crate) fn may_make(&self, class: Class, normal: &str) -> bool {
        if self.makes {
            return true;
        }
        if class == Class::Digits {
            // In this order, whatever stands between.
            let mut digits = self.digits.iter();
            return normal
                .bytes()
                .all(|wanted| digits.any(|digit| *digit == wanted));
        }
        let wanted: String = normal
            .chars()
            .filter(|it| it.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        self.letters.contains(&wanted)
    }
}

/// Whether numbers are calculated with. Dates are not.
fn calculates(text: &str) -> bool {
    let run = |digits: &mut dyn Iterator<Item = u8>| {
        digits
            .skip_while(|byte| *byte == b' ')
            .take_while(u8::is_ascii_digit)
            .count()
    };
    text.bytes().enumerate().any(|(at, byte)| {
        let (before, after) = (text.as_bytes().get(..at), text.as_bytes().get(at + 1..));
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        let before = run(&mut before.iter().rev().copied());
        let after = run(&mut after.iter().copied());
        match byte {
            b'+' | b'*' | b'%' | b'^' | b'#' | b'|' | b'&' => before > 0 && after > 0,
            b'-' | b'/' => before > 0 && after > 0 && (before > 4 || after > 2),
            _ => false,
        }
    })
}

fn gather(value: &Value, text: &mut String, depth: usize) {
    if depth > crate::walk::DEEPEST {
        return;
    }
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(one) => text.push_str(one),
        Value::Array(items) => {
            for item in items {
                gather(item, text, depth + 1);
            }
        }
        Value::Object(fields) => {
            for field in fields.values() {
                gather(field, text, depth + 1);
            }
        }
    }
    text.push(' ');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stands_in_the_query_is_no_record() {
        let query = Query::of(&json!({"sql": "SELECT '522' , '533' AS till"}));
        assert!(query.may_make(Class::Digits, "522533"));
        let query = Query::of(&json!({"sql": "SELECT chr(53) AS till"}));
        assert!(query.may_make(Class::Digits, "522533"));
        let query = Query::of(&json!({"sql": "SELECT 522532 + 1 AS till"}));
        assert!(query.may_make(Class::Digits, "522533"));
        let query = Query::of(&json!({
            "sql": "SELECT first || ' ' || last, till FROM payees WHERE since > '2026-01-02'"
        }));
        assert!(!query.may_make(Class::Digits, "522533"));
        let query = Query::of(&json!({"sql": "SELECT * FROM payees WHERE name = 'Nuru' LIMIT 50"}));
        assert!(!query.may_make(Class::Digits, "522533"));
        assert!(!query.may_make(Class::Email, "info@nuru.co.ke"));
        let query = Query::of(&json!({"sql": "SELECT 'info@nuru.co.ke' AS address"}));
        assert!(query.may_make(Class::Email, "info@nuru.co.ke"));
    }
}
