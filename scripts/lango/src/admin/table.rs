//! Lists and things as text for people.

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

/// A column of a table.
pub(crate) struct Column {
    /// Its head.
    pub(crate) head: &'static str,
    /// The member that it shows.
    pub(crate) member: &'static str,
}

/// Columns by head and member.
pub(crate) const fn column(head: &'static str, member: &'static str) -> Column {
    Column { head, member }
}

/// A table with heads, as wide as what is in it.
pub(crate) fn table(columns: &[Column], items: &[Value]) -> String {
    let heads = columns
        .iter()
        .map(|column| column.head.to_owned())
        .collect();
    let rows = items.iter().map(|item| {
        let cell = |column: &Column| cell(&item[column.member]);
        columns.iter().map(cell).collect::<Vec<_>>()
    });
    let rows: Vec<Vec<String>> = [heads].into_iter().chain(rows).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|index| rows.iter().map(|row| row[index].width()).max().unwrap_or(0))
        .collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let gap = width - cell.width();
            format!("{cell}{}", " ".repeat(gap))
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The members of one thing, a line each.
pub(crate) fn details(item: &Value) -> String {
    let Value::Object(members) = item else {
        return text(item);
    };
    let width = members.keys().map(|name| name.width()).max().unwrap_or(0);
    let lines = members.iter().map(|(name, value)| {
        let gap = " ".repeat(width - name.width());
        let value = match value {
            Value::Null if ALL_WHEN_NULL.contains(&name.as_str()) => "all".to_owned(),
            value => text(value),
        };
        format!("{}{gap}  {value}", name.replace('_', " "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Restrictions: without one there is none.
const ALL_WHEN_NULL: [&str; 3] = ["connections", "allow_tables", "address_ranges"];

/// A list longer than this is a number in a table.
const SHORT_LIST: usize = 3;

fn cell(value: &Value) -> String {
    match value {
        Value::Array(values) if values.len() > SHORT_LIST => values.len().to_string(),
        value => text(value),
    }
}

/// A value in one line.
fn text(value: &Value) -> String {
    let text = match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => moment(text).unwrap_or_else(|| text.clone()),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    // What others have named must not steer this terminal.
    text.chars()
        .map(|char| if is_steering(char) { '\u{fffd}' } else { char })
        .collect()
}

/// A moment to the minute: that is what people plan by.
fn moment(text: &str) -> Option<String> {
    let moment = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(moment.format("%Y-%m-%d %H:%M").to_string())
}

/// Control characters, and those that reorder or hide text.
fn is_steering(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: [Column; 3] = [
        column("USER", "user_id"),
        column("NAME", "name"),
        column("SUSPENDED", "suspended_at"),
    ];

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let items = [
            json!({ "user_id": "p_1", "name": "Wanjikũ", "suspended_at": null }),
            json!({ "user_id": "p_12345", "name": "王芳", "suspended_at": "2026-11-22T09:00:31.000Z" }),
        ];
        assert_eq!(
            table(&COLUMNS, &items),
            "USER     NAME     SUSPENDED\n\
             p_1      Wanjikũ  –\n\
             p_12345  王芳     2026-11-22 09:00"
        );
        assert_eq!(table(&COLUMNS, &[]), "USER  NAME  SUSPENDED");
    }

    #[test]
    fn one_thing_is_a_line_for_each_member() {
        let item =
            json!({ "key_id": "k_1", "permissions": ["tool.read", "audit.view"], "own": false });
        let said = details(&item);
        assert!(said.contains("key id       k_1"), "{said}");
        assert!(
            said.contains("permissions  tool.read, audit.view"),
            "{said}"
        );
        assert!(said.contains("own          no"), "{said}");
    }

    #[test]
    fn a_long_list_is_a_number_in_a_table() {
        let columns = [column("PERMISSIONS", "permissions")];
        let item = |names: &[&str]| json!({ "permissions": names });
        let items = [item(&["a", "b"]), item(&["a", "b", "c", "d"]), item(&[])];
        assert_eq!(table(&columns, &items), "PERMISSIONS\na, b\n4\nnone");
    }

    #[test]
    fn a_name_does_not_steer_the_terminal() {
        let item = json!({ "name": "a\u{1b}[2Jb\nc\u{202e}d" });
        let said = table(&[column("NAME", "name")], &[item]);
        assert_eq!(said, "NAME\na\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
    }
}
