//! The fuzz targets' invariants (`fuzz/fuzz_targets/sql_guard.rs`, `sql_within.rs`) on
//! the toolchain that everybody has: statements of the tests, changed at random.
//!
//! `LANGO_FUZZ_SECONDS=3600 cargo test -p lango-sql-guard -- --ignored --nocapture fuzz`
//! is a long run; `scripts/test` makes one of a minute. A finding is printed with its seed
//! and becomes a test of its own.
#![allow(
    clippy::disallowed_methods,
    reason = "the clock says how long it runs, and nothing of what it finds"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{from_value, json};

use super::{bypasses, mysql, ordinary, questions};
use crate::{Access, Dialect, Policy, check, check_within};

const SECONDS: u64 = 60;

/// What a change puts in.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "'", "\"", "`", "\\", "--", "/*", "*/", "/*!", "#", ";", "$$", "$a$", "E'", "U&'", "X'", "0x", "0b", "(", ")", "[", "]",
    "{", "}", ",", ".", "::", ":", "@", "@@", "?", "||", "->", "->>", "~", "!", "<>", "=", "&", "|", "\0", "\u{200b}", "é", "\n",
    " SELECT ", " FROM ", " WHERE ", " AS ", " INTO ", " FOR UPDATE ", " UNION ALL ", " WITH x AS (", " LATERAL ", " ONLY ",
    " LIMIT ", " OFFSET ", " NULL ", " NOT ", " INTERVAL ", " CAST(", " COLLATE ", " OVER (", " t ", " u ", " t.c ", " * ", " 1 ",
];

/// Reproducible: SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    fn changed(&mut self, seeds: &[&str]) -> String {
        let mut text: Vec<char> = self.pick(seeds).chars().collect();
        for _ in 0..=self.below(4) {
            let at = self.below(text.len() + 1);
            let end = (at + self.below(12)).min(text.len());
            let put: Vec<char> = match self.below(4) {
                0 => Vec::new(),
                1 => text[at..end]
                    .iter()
                    .chain(&text[at..end])
                    .copied()
                    .collect(),
                2 => {
                    let other: Vec<char> = self.pick(seeds).chars().collect();
                    let from = self.below(other.len() + 1);
                    let to = (from + self.below(40)).min(other.len());
                    other[from..to].to_vec()
                }
                _ => self.pick(PIECES).chars().collect(),
            };
            text.splice(at..end, put);
        }
        text.into_iter().collect()
    }
}

#[test]
#[ignore = "takes LANGO_FUZZ_SECONDS, a minute"]
fn no_change_of_a_statement_breaks_what_the_guard_promises() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seconds = number("LANGO_FUZZ_SECONDS").unwrap_or(SECONDS);
    let seed = number("LANGO_FUZZ_SEED").unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap().as_secs()
    });
    println!("LANGO_FUZZ_SEED={seed}");
    let seeds: Vec<&str> = ordinary::ALLOWED
        .iter()
        .chain(mysql::ALLOWED)
        .copied()
        .chain(questions::all())
        .chain(bypasses::REFUSED.iter().map(|(_, sql)| *sql))
        .chain(mysql::REFUSED.iter().map(|(_, sql)| *sql))
        .collect();
    let accesses = [Dialect::Postgres, Dialect::Mysql].map(access);
    let (mut random, started) = (Random(seed), Instant::now());
    let (mut tried, mut passed) = (0_u64, 0_u64);
    while started.elapsed() < Duration::from_secs(seconds) {
        let sql = random.changed(&seeds);
        for access in &accesses {
            let held = catch_unwind(AssertUnwindSafe(|| hold(&sql, access)));
            tried += 1;
            passed += u64::from(held.unwrap_or_else(|_| panic!("seed {seed}: {sql:?}")));
        }
    }
    println!("{tried} checks in {seconds} s, {passed} let through");
    assert!(passed > 0);
}

fn access(dialect: Dialect) -> Access {
    let document = json!({ "tables": [
        { "table": "t", "rows": { "customer": "c = :principal.customer_number" } },
        { "table": "orders", "columns": ["id"], "masked": { "note": "last_four" }, "rows": { "customer": "TRUE" } },
        { "table": "customers", "rows": { "customer": "id IN (SELECT a FROM t)" } },
    ] });
    let customer = json!({ "kind": "customer", "id": "u1", "customer_number": "C1" });
    let policy = Policy::parse(&document, dialect).unwrap();
    Access::of(Some(&policy), &from_value(customer).unwrap(), dialect, 100).unwrap()
}

/// Whether the guard lets it through.
fn hold(sql: &str, access: &Access) -> bool {
    let dialect = access.dialect();
    if let Ok(query) = check_within(sql, access) {
        assert!(check(query.sql(), dialect).is_ok(), "{}", query.sql());
        for table in query.tables() {
            let own = table.strip_prefix("public.").unwrap_or(table);
            assert!(["t", "orders", "customers"].contains(&own), "{table}");
        }
    }
    match check(sql, dialect) {
        Ok(query) => {
            let again = check(query.sql(), dialect);
            let again = again.as_ref().map(|again| again.sql());
            assert_eq!(again, Ok(query.sql()));
            true
        }
        Err(refusal) => {
            assert!(refusal.construct.chars().count() <= 80, "{refusal:?}");
            if let Some(position) = refusal.position {
                let lines = u64::try_from(sql.split('\n').count()).unwrap();
                assert!((1..=lines).contains(&position.line), "{position:?}");
                assert!(position.column >= 1);
            }
            false
        }
    }
}
