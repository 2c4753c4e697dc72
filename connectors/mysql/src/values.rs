//! Each value as JSON, so that its type keeps its meaning.

use lango_connector_database::json_text;
use lango_mysql_protocol::{Cell, Civil, Clock, Column, ColumnType};
use serde_json::Value;

/// The value of a column.
pub(crate) fn value(column: &Column, cell: Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Signed(number) => json_text::integer(number),
        Cell::Unsigned(number) => whole(number),
        Cell::Single(number) => json_text::single(number),
        Cell::Double(number) => json_text::double(number),
        Cell::Civil(civil) => Value::from(moment(column.r#type, civil)),
        Cell::Clock(clock) => Value::from(length_of_time(clock)),
        Cell::Bytes(bytes) => of_bytes(column, bytes),
    }
}

/// The name of a column's type, as in `CREATE TABLE`.
pub(crate) fn type_name(column: &Column) -> String {
    if column.is_document {
        return "json".to_owned();
    }
    match &column.own_type {
        Some(own) => own.clone(),
        None if column.is_unsigned && is_number(column.r#type) => {
            format!("{} unsigned", column.r#type.name())
        }
        None => column.r#type.name().to_owned(),
    }
}

fn is_number(r#type: ColumnType) -> bool {
    matches!(
        r#type,
        ColumnType::TinyInt
            | ColumnType::SmallInt
            | ColumnType::MediumInt
            | ColumnType::Int
            | ColumnType::BigInt
            | ColumnType::Float
            | ColumnType::Double
            | ColumnType::Decimal
    )
}

fn whole(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), json_text::integer)
}

fn of_bytes(column: &Column, bytes: &[u8]) -> Value {
    match column.r#type {
        ColumnType::Bit => bits(bytes),
        ColumnType::Binary
        | ColumnType::VarBinary
        | ColumnType::Blob
        | ColumnType::Geometry
        | ColumnType::Vector => hexadecimal(bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => of_text(column, text.to_owned()),
            Err(_) => hexadecimal(bytes),
        },
    }
}

fn of_text(column: &Column, text: String) -> Value {
    match column.r#type {
        ColumnType::Decimal => json_text::decimal(text),
        ColumnType::Json => json_text::document(text),
        _ if column.is_document => json_text::document(text),
        _ => Value::from(text),
    }
}

/// Up to 64 bits, the highest first.
fn bits(bytes: &[u8]) -> Value {
    match bytes.len() {
        0..=8 => whole(
            bytes
                .iter()
                .fold(0, |number, &byte| number << 8 | u64::from(byte)),
        ),
        _ => hexadecimal(bytes),
    }
}

/// As MySQL writes bytes.
fn hexadecimal(bytes: &[u8]) -> Value {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0x0f)]);
    let mut text = String::with_capacity(bytes.len() * 2 + 2);
    text.push_str("0x");
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
    Value::from(text)
}

/// ISO 8601. A timestamp is a moment, and the session's zone is UTC; a datetime is
/// somewhere.
fn moment(r#type: ColumnType, it: Civil) -> String {
    let date = format!("{:04}-{:02}-{:02}", it.year, it.month, it.day);
    if r#type == ColumnType::Date {
        return date;
    }
    let fraction = fraction(it.micros);
    let zone = match r#type {
        ColumnType::Timestamp => "+00:00",
        _ => "",
    };
    format!(
        "{date}T{:02}:{:02}:{:02}{fraction}{zone}",
        it.hour, it.minute, it.second
    )
}

/// As MySQL writes it: hours beyond a day.
fn length_of_time(it: Clock) -> String {
    let sign = if it.is_negative { "-" } else { "" };
    let hours = u64::from(it.days) * 24 + u64::from(it.hours);
    let fraction = fraction(it.micros);
    format!(
        "{sign}{hours:02}:{:02}:{:02}{fraction}",
        it.minutes, it.seconds
    )
}

fn fraction(micros: u32) -> String {
    if micros == 0 {
        return String::new();
    }
    let digits = format!("{micros:06}");
    format!(".{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn column(r#type: ColumnType) -> Column {
        Column {
            name: "c".to_owned(),
            r#type,
            is_unsigned: true,
            is_document: false,
            own_type: None,
        }
    }

    #[test]
    fn nothing_loses_a_digit() {
        let of = |r#type, cell| value(&column(r#type), cell);
        assert_eq!(
            of(ColumnType::BigInt, Cell::Unsigned(u64::MAX)),
            json!("18446744073709551615")
        );
        assert_eq!(of(ColumnType::BigInt, Cell::Signed(-5)), json!(-5));
        let decimal = Cell::Bytes(b"123456789012345678.90");
        assert_eq!(
            of(ColumnType::Decimal, decimal),
            json!("123456789012345678.90")
        );
        assert_eq!(of(ColumnType::Decimal, Cell::Bytes(b"1.50")), json!(1.5));
        assert_eq!(of(ColumnType::Float, Cell::Single(0.1)), json!(0.1));
        assert_eq!(of(ColumnType::Bit, Cell::Bytes(&[1, 0])), json!(256));
        assert_eq!(
            of(ColumnType::Bit, Cell::Bytes(&[0xff; 8])),
            json!("18446744073709551615")
        );
        assert_eq!(
            of(ColumnType::Blob, Cell::Bytes(&[0, 0xff])),
            json!("0x00ff")
        );
        let document = Cell::Bytes(b"{\"a\": [12345678901234567890]}");
        assert_eq!(
            of(ColumnType::Json, document),
            json!({"a": ["12345678901234567890"]})
        );
        assert_eq!(of(ColumnType::Text, Cell::Bytes(&[0xff])), json!("0xff"));
    }

    #[test]
    fn time_is_what_the_server_says() {
        let civil = Civil {
            year: 2026,
            month: 11,
            day: 22,
            hour: 7,
            minute: 0,
            second: 1,
            micros: 500_000,
        };
        let of = |r#type| value(&column(r#type), Cell::Civil(civil));
        assert_eq!(of(ColumnType::Date), json!("2026-11-22"));
        assert_eq!(of(ColumnType::DateTime), json!("2026-11-22T07:00:01.5"));
        assert_eq!(
            of(ColumnType::Timestamp),
            json!("2026-11-22T07:00:01.5+00:00")
        );
        let zero = value(&column(ColumnType::Date), Cell::Civil(Civil::default()));
        assert_eq!(zero, json!("0000-00-00"));
        let clock = Clock {
            is_negative: true,
            days: 34,
            hours: 22,
            minutes: 59,
            seconds: 59,
            micros: 0,
        };
        let shown = value(&column(ColumnType::Time), Cell::Clock(clock));
        assert_eq!(shown, json!("-838:59:59"));
    }

    #[test]
    fn types_have_their_names() {
        assert_eq!(type_name(&column(ColumnType::Int)), "int unsigned");
        assert_eq!(type_name(&column(ColumnType::VarChar)), "varchar");
        let mut own = column(ColumnType::Char);
        own.own_type = Some("uuid".to_owned());
        assert_eq!(type_name(&own), "uuid");
    }
}
