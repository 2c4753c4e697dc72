//! Whatever parameters a search has: nothing panics, and a search that is read is read the
//! same again; whatever bytes a summary has, it answers.
#![no_main]

use lango_audit_log::{Query, Summary};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<(&str, &str)>, &[u8])| {
    let (parameters, bytes) = input;
    let summary = Summary::from_bytes(bytes);
    let Ok(query) = Query::parse(parameters) else {
        return;
    };
    if let Ok(summary) = summary {
        let _ = summary.may_match(&query);
    }
    let text = serde_json::to_string(&query).expect("a search is JSON");
    assert_eq!(serde_json::from_str::<Query>(&text).ok(), Some(query));
});
