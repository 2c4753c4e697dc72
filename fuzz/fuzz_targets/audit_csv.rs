//! Whatever stands in a cell: a CSV reader finds the same cells, none of which begins like
//! a formula.
#![no_main]

use lango_audit_log::csv::cell;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: Vec<String>| {
    if texts.is_empty() {
        return;
    }
    // A line with one empty cell is an empty line, which readers leave out.
    let cells = ["x".to_owned()].into_iter().chain(texts);
    let cells: Vec<_> = cells.collect();
    let line: Vec<_> = cells.iter().map(|text| cell(text)).collect();
    let line = format!("{}\r\n", line.join(","));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(line.as_bytes());
    let records: Vec<_> = reader.records().collect::<Result<_, _>>().expect("it is CSV");
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].len(), cells.len());
    for (read, written) in records[0].iter().zip(&cells) {
        assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
        assert_eq!(read.strip_prefix('\'').unwrap_or(read), written);
    }
});
