//! Entries as CSV: RFC 4180, with CRLF, and nothing in a cell that a spreadsheet would
//! take for a formula.
//!
//! A cell that begins like a formula gets an apostrophe before it; so does one that
//! begins with an apostrophe. Whoever takes one off every cell that begins with it has
//! what the record says.

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use serde_json::Value;

use crate::{
    hash::LeafHash,
    leaf::LeafError,
    logged::LoggedEntry,
    record::{Record, Subject},
};

/// The columns, in their order.
pub const COLUMNS: [&str; 25] = [
    "index",
    "time",
    "request_id",
    "principal",
    "actor",
    "key_id",
    "country",
    "kind",
    "name",
    "target",
    "connector",
    "connection",
    "status",
    "layer",
    "code",
    "error",
    "duration_ms",
    "redactions",
    "marked",
    "flagged",
    "approval",
    "residency",
    "arguments_sha256",
    "details",
    "leaf_hash",
];

/// The first line.
#[must_use]
pub fn header() -> String {
    line(COLUMNS.map(str::to_owned))
}

/// The line of an entry. Of one whose content was pruned, its place and hash are left.
///
/// # Errors
/// [`LeafError`] when what is stored is no record.
pub fn row(entry: &LoggedEntry) -> Result<String, LeafError> {
    let cells = match entry.record()? {
        Some(record) => cells(entry.index, &record, entry.hash),
        None => COLUMNS.map(|column| match column {
            "index" => entry.index.to_string(),
            "leaf_hash" => entry.hash.to_string(),
            _ => String::new(),
        }),
    };
    Ok(line(cells))
}

fn cells(index: u64, record: &Record, hash: LeafHash) -> [String; COLUMNS.len()] {
    let (intent, outcome) = (&record.intent, &record.outcome);
    let (kind, target, digest) = subject(&intent.subject);
    let place = intent.subject.place().cloned().unwrap_or_default();
    let denied = outcome.denied.as_ref();
    [
        index.to_string(),
        time(record.at_ms),
        intent.call_id.clone(),
        intent.principal.clone(),
        word(intent.actor),
        record.key_id.clone(),
        intent.country.clone().unwrap_or_default(),
        kind.to_owned(),
        intent.subject.name().to_owned(),
        target.to_owned(),
        place.connector.unwrap_or_default(),
        place.connection.unwrap_or_default(),
        outcome.status.name().to_owned(),
        denied.map_or_else(String::new, |it| it.layer.name().to_owned()),
        denied.map_or_else(String::new, |it| it.code.clone()),
        outcome.error.clone().unwrap_or_default(),
        outcome.duration_ms.to_string(),
        outcome.redactions.to_string(),
        outcome.marked.join(" "),
        outcome.flagged.join(" "),
        outcome.approval.clone().unwrap_or_default(),
        json(outcome.residency.as_ref()),
        digest.to_owned(),
        details(record),
        hash.to_string(),
    ]
}

fn subject(subject: &Subject) -> (&'static str, &str, &str) {
    match subject {
        Subject::Call {
            arguments_sha256, ..
        } => ("call", "", arguments_sha256),
        Subject::Prompt {
            arguments_sha256, ..
        } => ("prompt", "", arguments_sha256),
        Subject::Resource {
            arguments_sha256, ..
        } => ("resource", "", arguments_sha256),
        Subject::Completion {
            arguments_sha256, ..
        } => ("completion", "", arguments_sha256),
        Subject::Action { target, .. } => ("action", target.as_deref().unwrap_or_default(), ""),
    }
}

/// What a call's policy lets in of its arguments, or what an action changed.
fn details(record: &Record) -> String {
    match &record.outcome.arguments {
        Some(arguments) => json(Some(arguments)),
        None => json(record.outcome.change.as_ref()),
    }
}

fn time(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
        .unwrap_or_default()
}

fn word(value: Option<impl Serialize>) -> String {
    match value.map(serde_json::to_value) {
        Some(Ok(Value::String(word))) => word,
        _ => String::new(),
    }
}

fn json(value: Option<&impl Serialize>) -> String {
    value
        .and_then(|value| serde_json::to_string(value).ok())
        .unwrap_or_default()
}

fn line<const CELLS: usize>(cells: [String; CELLS]) -> String {
    let cells = cells.map(|text| cell(&text));
    format!("{}\r\n", cells.join(","))
}

/// A cell as it is written.
#[must_use]
pub fn cell(text: &str) -> String {
    let guard = if begins_dangerously(text) { "'" } else { "" };
    let quoted =
        text.contains(['"', ',', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ');
    if quoted {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

/// What spreadsheets take for the beginning of a formula, in its wide forms too, and the
/// apostrophe itself.
fn begins_dangerously(text: &str) -> bool {
    text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\'',
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_records::{any_record, call};
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes())
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    fn bare(cell: &str) -> &str {
        cell.strip_prefix('\'').unwrap_or(cell)
    }

    fn entry(record: &Record) -> LoggedEntry {
        crate::test_records::entry(4, record)
    }

    #[test]
    fn the_lines_are_pinned() {
        assert_eq!(
            header(),
            "index,time,request_id,principal,actor,key_id,country,kind,name,target,connector,\
             connection,status,layer,code,error,duration_ms,redactions,marked,flagged,approval,\
             residency,arguments_sha256,details,leaf_hash\r\n"
        );
        let entry = entry(&call());
        let row = row(&entry).unwrap();
        let hash = entry.hash;
        assert_eq!(
            row,
            format!(
                "4,2027-01-15T08:00:00.123Z,call_1,p_1,program,k_1,KE,call,mpesa_stk_push,,mpesa,,\
                 denied,access,not_permitted,,7,0,,,,,ab,\
                 \"{{\"\"amount\"\":100,\"\"phone\"\":\"\"+254700000001\"\"}}\",{hash}\r\n"
            )
        );
    }

    #[test]
    fn of_pruned_content_the_place_and_the_hash_are_left() {
        let mut entry = entry(&call());
        entry.leaf = None;
        entry.openings.clear();
        let cells = &read(&row(&entry).unwrap())[0];
        assert_eq!(cells.len(), COLUMNS.len());
        assert_eq!(cells[0], "4");
        assert_eq!(cells[COLUMNS.len() - 1], entry.hash.to_string());
        assert!(cells[1..COLUMNS.len() - 1].iter().all(String::is_empty));
    }

    #[test]
    fn formulas_are_text() {
        for text in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1",
        ] {
            let written = format!("{}\r\n", cell(text));
            assert_eq!(read(&written), [[format!("'{text}")]], "{text:?}");
        }
        assert_eq!(cell("a=1"), "a=1");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(texts in prop::array::uniform4("(?s).{0,12}|[=+@'\t\r\n\", -]{0,6}")) {
            let mut first = texts.clone();
            first[0].insert(0, 'x');
            let written = [line(first.clone()), line(["x".into(), texts[0].clone(), String::new(), "'".into()])].concat();
            let lines = read(&written);
            prop_assert_eq!(lines.len(), 2);
            for (cell, text) in lines[0].iter().zip(&first) {
                prop_assert_eq!(bare(cell), text);
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            }
        }

        #[test]
        fn every_row_has_every_column(record in any_record()) {
            let row = row(&entry(&record)).unwrap();
            prop_assert!(row.ends_with("\r\n"));
            let lines = read(&row);
            prop_assert_eq!(lines.len(), 1);
            prop_assert_eq!(lines[0].len(), COLUMNS.len());
            prop_assert_eq!(bare(&lines[0][3]), &record.intent.principal);
            for cell in &lines[0] {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            }
        }
    }
}
