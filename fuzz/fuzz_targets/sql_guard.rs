//! No text makes the guard panic, in any dialect; what it lets through renders
//! to a fixed point; what it refuses is placed inside the text.
#![no_main]

use lango_sql_guard::{Dialect, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Both as it comes and as a query, so that mutations parse more often.
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        look_at(text, dialect);
        look_at(&format!("SELECT {text}"), dialect);
    }
});

fn look_at(sql: &str, dialect: Dialect) {
    match check(sql, dialect) {
        Ok(query) => {
            let again = check(query.sql(), dialect);
            assert_eq!(again.as_ref().map(|again| again.sql()), Ok(query.sql()));
        }
        Err(refusal) => {
            assert!(refusal.construct.chars().count() <= 80);
            if let Some(position) = refusal.position {
                let lines = sql.split('\n').count() as u64;
                assert!((1..=lines).contains(&position.line), "{position:?}");
                assert!(position.column >= 1);
            }
        }
    }
}
