//! The first page of each filter: of what matches most entries, ten of them, and none.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use lango_audit_log::{Found, Query, Status};
use serde::Serialize;

use super::{
    Log,
    records::{APART_MS, FIRST_MS, Records},
};
use crate::bench::statistics::percentile;

/// How often each page is asked for.
const TIMES: usize = 20;
/// As the admin API asks by default.
const LIMIT: u32 = 50;

/// One search, measured.
#[derive(Serialize)]
pub(super) struct Searched {
    pub(super) filter: &'static str,
    pub(super) matches: &'static str,
    /// How many entries the first page has.
    pub(super) found: usize,
    /// Whether it says that there may be more.
    pub(super) goes_on: bool,
    pub(super) p50_ms: f64,
    pub(super) max_ms: f64,
}

/// Measures each.
pub(super) async fn measure(log: &Log, records: &Records) -> Result<Vec<Searched>> {
    let mut measured = Vec::new();
    for (filter, matches, query) in queries(records) {
        let mut times = Vec::with_capacity(TIMES);
        let mut page = None;
        for _ in 0..TIMES {
            let started = Instant::now();
            let found: Found = log.ask("search", &query).await?;
            times.push(started.elapsed());
            page = Some(found);
        }
        let page = page.context("nothing was searched")?;
        let mut at = |percent| {
            percentile(&mut times, percent)
                .map(|time: Duration| time.as_secs_f64() * 1_000.0)
                .context("nothing was measured")
        };
        measured.push(Searched {
            filter,
            matches,
            found: page.entries.len(),
            goes_on: page.next.is_some(),
            p50_ms: at(50)?,
            max_ms: at(100)?,
        });
    }
    Ok(measured)
}

fn queries(records: &Records) -> Vec<(&'static str, &'static str, Query)> {
    let base = || Query {
        limit: LIMIT,
        ..Query::default()
    };
    let text = |text: &str| Some(text.to_owned());
    let middle = FIRST_MS + APART_MS * i64::try_from(records.made() / 2).unwrap_or(0);
    let times = |from, to| Query {
        from_ms: Some(from),
        to_ms: Some(to),
        ..base()
    };
    let mut queries = vec![
        ("none", "many", base()),
        ("time", "many", times(FIRST_MS, middle)),
        ("time", "few", times(middle, middle + 10 * APART_MS)),
        ("time", "none", times(0, FIRST_MS)),
    ];
    let some_key = format!("p_{:022}", 7);
    for (matches, principal, tool, connector, words) in [
        (
            "many",
            some_key.as_str(),
            "postgres_query",
            "postgres",
            "permitted",
        ),
        ("few", "p_seldom", "kra_file_return", "kra", "accepted"),
        ("none", "p_nobody", "sage_invoice", "sage", "absent"),
    ] {
        queries.extend([
            (
                "actor",
                matches,
                Query {
                    principal: text(principal),
                    ..base()
                },
            ),
            (
                "tool",
                matches,
                Query {
                    tool: text(tool),
                    ..base()
                },
            ),
            (
                "connector",
                matches,
                Query {
                    connector: text(connector),
                    ..base()
                },
            ),
            (
                "text",
                matches,
                Query {
                    text: text(words),
                    ..base()
                },
            ),
        ]);
    }
    for (matches, status) in [
        ("many", Status::Succeeded),
        ("few", Status::Failed),
        ("none", Status::Unknown),
    ] {
        queries.push((
            "status",
            matches,
            Query {
                status: Some(status),
                ..base()
            },
        ));
    }
    queries.sort_by_key(|(filter, ..)| *filter);
    queries
}
