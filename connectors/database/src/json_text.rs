//! Numbers as JSON without losing a digit.
//!
//! JSON numbers are read as doubles nearly everywhere. A decimal of up to 15
//! significant digits survives the way to a double and back, and so does every
//! whole number up to 2^53; everything else becomes a string.

use std::borrow::Cow;

use serde_json::Value;

/// The largest whole number up to which doubles have no gaps.
const LARGEST_EXACT: i64 = 1 << 53;
/// `DBL_DIG`: decimals of so many digits survive a double.
const EXACT_DIGITS: usize = 15;
/// Between these powers of ten a double has its full precision.
const EXPONENTS: std::ops::RangeInclusive<i32> = -290..=290;

/// A 64-bit whole number, as a string where a double cannot hold it.
pub fn integer(value: i64) -> Value {
    if (-LARGEST_EXACT..=LARGEST_EXACT).contains(&value) {
        Value::from(value)
    } else {
        Value::from(value.to_string())
    }
}

/// A double, as PostgreSQL's word where JSON has no number for it.
pub fn double(value: f64) -> Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None => Value::from(not_finite(value)),
    }
}

/// A single-precision number with the digits that it has, not those of the
/// nearest double (0.1, not 0.10000000149011612).
pub fn single(value: f32) -> Value {
    value
        .to_string()
        .parse()
        .map_or_else(|_| double(f64::from(value)), double)
}

/// The text of a `numeric`: a number if that keeps every digit, else the text.
pub fn decimal(text: String) -> Value {
    if !is_exact(&text) {
        return Value::from(text);
    }
    match serde_json::from_str::<Value>(&text) {
        Ok(number @ Value::Number(_)) => number,
        _ => Value::from(text),
    }
}

/// JSON text as a value; numbers that would lose digits become strings. What
/// `serde_json` does not read (nested too deep) stays text.
pub fn document(text: String) -> Value {
    match serde_json::from_str(&quote_inexact_numbers(&text)) {
        Ok(value) => value,
        Err(_) => Value::from(text),
    }
}

fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Whether a decimal number survives being read as a double.
fn is_exact(number: &str) -> bool {
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = !whole.is_empty()
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit());
    let Ok(exponent) = exponent.parse::<i32>() else {
        return false;
    };
    if !is_number || !EXPONENTS.contains(&exponent) || unsigned.len() > 300 {
        return false;
    }
    if fraction.is_empty() && exponent == 0 {
        return number
            .parse::<i64>()
            .is_ok_and(|value| (-LARGEST_EXACT..=LARGEST_EXACT).contains(&value));
    }
    // Zeros at the end of a fraction (`avg` gives many) carry no value.
    let digits = [whole, fraction.trim_end_matches('0')].concat();
    digits.trim_start_matches('0').len() <= EXACT_DIGITS
}

/// Puts quotes around the numbers of a JSON text that a double would change.
fn quote_inexact_numbers(json: &str) -> Cow<'_, str> {
    let mut quoted = String::new();
    let mut copied = 0;
    for (start, end) in Numbers::of(json) {
        let number = &json[start..end];
        if !is_exact(number) {
            quoted.push_str(&json[copied..start]);
            quoted.push('"');
            quoted.push_str(number);
            quoted.push('"');
            copied = end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    quoted.push_str(&json[copied..]);
    Cow::Owned(quoted)
}

/// Where the numbers of a JSON text are. Outside of strings, a digit or a minus
/// starts one, and nothing else has those.
struct Numbers<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Numbers<'a> {
    fn of(json: &'a str) -> Self {
        Self {
            bytes: json.as_bytes(),
            at: 0,
        }
    }

    fn skip_while(&mut self, inside: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|&byte| inside(byte)) {
            self.at += 1;
        }
    }

    /// From after the opening quote to after the closing one.
    fn skip_string(&mut self) {
        loop {
            self.skip_while(|byte| byte != b'"' && byte != b'\\');
            match self.bytes.get(self.at) {
                Some(b'\\') => self.at += 2,
                _ => break,
            }
        }
        self.at += 1;
    }
}

impl Iterator for Numbers<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at;
            let byte = *self.bytes.get(start)?;
            self.at += 1;
            match byte {
                b'"' => self.skip_string(),
                b'-' | b'0'..=b'9' => {
                    self.skip_while(|byte| {
                        matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
                    });
                    return Some((start, self.at));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use serde_json::json;

    #[test]
    fn whole_numbers_to_two_to_the_53() {
        assert_eq!(integer(1 << 53), json!(9_007_199_254_740_992_i64));
        assert_eq!(integer((1 << 53) + 1), json!("9007199254740993"));
        assert_eq!(integer(-(1 << 53)), json!(-9_007_199_254_740_992_i64));
        assert_eq!(integer(i64::MIN), json!("-9223372036854775808"));
    }

    #[test]
    fn decimals_keep_their_digits() {
        let cases = [
            ("0", json!(0)),
            ("-12", json!(-12)),
            ("1234.50", json!(1234.5)),
            ("2.5000000000000000", json!(2.5)),
            ("0.000000000000000000001", json!(1e-21)),
            ("123456789012345.6", json!("123456789012345.6")),
            ("12345678901234.5", json!(12_345_678_901_234.5)),
            ("9007199254740993", json!("9007199254740993")),
            (
                "123456789012345678901234567890",
                json!("123456789012345678901234567890"),
            ),
            ("33.3333333333333333", json!("33.3333333333333333")),
            ("NaN", json!("NaN")),
            ("Infinity", json!("Infinity")),
            ("-Infinity", json!("-Infinity")),
            ("", json!("")),
            ("-", json!("-")),
            ("1.", json!("1.")),
        ];
        for (text, expected) in cases {
            assert_eq!(decimal(text.to_owned()), expected, "{text}");
        }
        let long = "9".repeat(131_072);
        assert_eq!(decimal(long.clone()), json!(long));
    }

    #[test]
    fn floats_have_the_digits_that_they_have() {
        assert_eq!(single(0.1), json!(0.1));
        assert_eq!(single(f32::MAX), json!(3.4028235e38));
        assert_eq!(single(f32::NAN), json!("NaN"));
        assert_eq!(single(f32::NEG_INFINITY), json!("-Infinity"));
        assert_eq!(double(1e308), json!(1e308));
        assert_eq!(double(f64::INFINITY), json!("Infinity"));
    }

    #[test]
    fn documents_keep_their_digits() {
        let text = r#"{"a":[9007199254740993,1.5,-0.1e3,1E400],"9007199254740993":"\"9007199254740993\\","b":-9007199254740993}"#;
        assert_eq!(
            document(text.to_owned()),
            json!({
                "a": ["9007199254740993", 1.5, -100.0, "1E400"],
                "9007199254740993": "\"9007199254740993\\",
                "b": "-9007199254740993"
            })
        );
    }

    #[test]
    fn what_is_nested_too_deep_stays_text() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(document(deep.clone()), json!(deep));
    }

    proptest! {
        #[test]
        fn a_number_is_given_only_if_it_comes_back(whole: i64, fraction in "[0-9]{0,20}", exponent in -40_i32..40) {
            for text in [format!("{whole}.{fraction}1"), format!("{whole}.{fraction}1e{exponent}"), whole.to_string()] {
                if let Value::Number(number) = decimal(text.clone()) {
                    prop_assert!(same_decimal(&number.to_string(), &text), "{number} {text}");
                }
            }
        }

        #[test]
        fn documents_of_exact_numbers_are_unchanged(value: i32, name: String, other in any::<f32>()) {
            let document_in = json!({name: [value, {"x": null}, true, f64::from(value) / 4.0], "f": other.to_string()});
            prop_assert_eq!(document(document_in.to_string()), document_in);
        }

        #[test]
        fn nothing_panics(text: String) {
            let _ = (decimal(text.clone()), document(text));
        }
    }

    /// Compares digits and exponent of two decimals as text.
    fn same_decimal(left: &str, right: &str) -> bool {
        normal(left) == normal(right)
    }

    fn normal(number: &str) -> (bool, String, i32) {
        let negative = number.starts_with('-');
        let unsigned = number.trim_start_matches('-');
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut exponent: i32 = exponent.parse().unwrap();
        exponent -= i32::try_from(fraction.len()).unwrap();
        let digits = [whole, fraction].concat();
        let trimmed = digits.trim_end_matches('0');
        exponent += i32::try_from(digits.len() - trimmed.len()).unwrap();
        (
            negative,
            trimmed.trim_start_matches('0').to_owned(),
            exponent,
        )
    }
}
