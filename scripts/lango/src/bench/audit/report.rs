//! What was measured, as a table and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::searches::Searched;

/// What a million written rows and a million requests to an object cost, in dollars.
const ROWS_PRICE: f64 = 1.00;
const REQUESTS_PRICE: f64 = 0.15;

/// Everything.
#[derive(Serialize)]
pub(in crate::bench) struct AuditReport {
    pub(super) senders: u64,
    pub(super) taken: Vec<Taken>,
    pub(super) searches: Vec<Searched>,
    /// The size of the database that was searched.
    pub(super) bytes: u64,
}

/// Entries that one log took in.
#[derive(Default, Serialize)]
pub(super) struct Taken {
    pub(super) batch: u64,
    pub(super) entries: u64,
    pub(super) seconds: f64,
    pub(super) commits: u64,
    pub(super) rows_written: u64,
}

impl Taken {
    pub(super) fn add(&mut self, part: &Self) {
        self.batch = part.batch;
        self.entries += part.entries;
        self.seconds += part.seconds;
        self.commits += part.commits;
        self.rows_written += part.rows_written;
    }

    fn per_entry(&self, count: u64) -> f64 {
        // Far below what a float counts exactly.
        #[allow(clippy::cast_precision_loss)]
        let (count, entries) = (count as f64, self.entries.max(1) as f64);
        count / entries
    }

    /// Rows and requests of a million entries, in dollars.
    fn cost_per_million(&self) -> f64 {
        let requests = self.entries / self.batch.max(1);
        self.per_entry(self.rows_written) * ROWS_PRICE + self.per_entry(requests) * REQUESTS_PRICE
    }
}

impl AuditReport {
    /// A line for each size of a batch, and one for each search.
    pub(in crate::bench) fn table(&self) -> String {
        let mut text = format!(
            "{} keys into one log\n{:>7}  {:>9}  {:>9}  {:>8}  {:>10}  {:>9}",
            self.senders, "batch", "entries", "entries/s", "commits", "rows/entry", "$/million"
        );
        for taken in &self.taken {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n{:>7}  {:>9}  {:>9.0}  {:>8}  {:>10.3}  {:>9.3}",
                taken.batch,
                taken.entries,
                1.0 / taken.per_entry(1) / taken.seconds.max(f64::MIN_POSITIVE),
                taken.commits,
                taken.per_entry(taken.rows_written),
                taken.cost_per_million(),
            );
        }
        let _ = write!(
            text,
            "\n\nfirst page of {} entries, {} MiB\n{:<10}  {:<7}  {:>5}  {:>5}  {:>8}  {:>8}",
            self.taken.last().map_or(0, |taken| taken.entries),
            self.bytes >> 20,
            "filter",
            "matches",
            "found",
            "next",
            "p50 ms",
            "max ms"
        );
        for searched in &self.searches {
            let _ = write!(
                text,
                "\n{:<10}  {:<7}  {:>5}  {:>5}  {:>8.1}  {:>8.1}",
                searched.filter,
                searched.matches,
                searched.found,
                if searched.goes_on { "yes" } else { "no" },
                searched.p50_ms,
                searched.max_ms,
            );
        }
        text
    }
}
