//! Searches, newest first. Rows that no run covers yet are read; of complete runs the
//! summaries are read first, and then only the runs that may have what is searched for.
//! What is found is exact. A page ends when it is full or when enough was looked at; it
//! says where the next one goes on, and what arrives meanwhile has a higher index.

use lango_audit_log::{Found, LoggedEntry, Opening, Query, Summary, read, tree::RUN};

use super::{
    entries::{Stored, openings_of, stored},
    log::Log,
    matching::Sieve,
    rows::rows,
};
use crate::sql::integer;

/// How many runs one page looks into without finding anything, and how many summaries it
/// reads: what keeps a page below 100 ms.
const MOST_IN_VAIN: u32 = 48;
const MOST_SUMMARIES: u64 = 20_000;
/// How many summaries are read at once: few at first, for most pages are full soon.
const FEWEST_AT_ONCE: u64 = 8;
const MOST_AT_ONCE: u64 = 1_024;
const MOST_ENTRIES: u32 = 1_000;

/// A search under way.
struct Search<'a> {
    log: &'a Log,
    query: &'a Query,
    sieve: Sieve,
    found: Vec<LoggedEntry>,
    limit: usize,
    in_vain: u32,
}

impl Log {
    /// One page.
    pub(super) fn search(&self, query: &Query) -> worker::Result<Found> {
        let size = self.size()?;
        let limit = query.limit.clamp(1, MOST_ENTRIES);
        let mut search = Search {
            log: self,
            query,
            sieve: Sieve::of(query)?,
            found: Vec::new(),
            limit: usize::try_from(limit).unwrap_or(1),
            in_vain: 0,
        };
        let before = query.before.unwrap_or(size).min(size);
        let next = search.walk(before)?;
        Ok(Found {
            entries: search.found,
            next: next.filter(|next| *next > 0),
            size,
        })
    }
}

impl Search<'_> {
    /// Walks down from an index. Gives where the next page goes on.
    fn walk(&mut self, before: u64) -> worker::Result<Option<u64>> {
        let (first, end) = (self.first(), self.first() / RUN);
        if before <= first {
            return Ok(None);
        }
        // The run that the page begins in, as far as it goes.
        let mut run = before.div_ceil(RUN);
        if run > 0 {
            run -= 1;
            if let Some(next) = self.look_into(run, before)? {
                return Ok(Some(next));
            }
        }
        let (mut summaries, mut at_once) = (0, FEWEST_AT_ONCE);
        while run > end {
            if summaries >= MOST_SUMMARIES {
                return Ok(Some(run * RUN));
            }
            let lowest = run.saturating_sub(at_once).max(end);
            for number in self.promising(lowest, run)? {
                if self.in_vain >= MOST_IN_VAIN {
                    return Ok(Some((number + 1) * RUN));
                }
                if let Some(next) = self.look_into(number, (number + 1) * RUN)? {
                    return Ok(Some(next));
                }
            }
            summaries += run - lowest;
            run = lowest;
            at_once = (at_once * 4).min(MOST_AT_ONCE);
        }
        Ok(None)
    }

    /// Nothing is looked for below this index.
    fn first(&self) -> u64 {
        self.query.first.unwrap_or(0)
    }

    /// Those of some complete runs that may have what is searched for, newest first.
    fn promising(&self, lowest: u64, end: u64) -> worker::Result<Vec<u64>> {
        let column = if self.sieve.needs_summaries() {
            "summary"
        } else {
            "NULL"
        };
        let query = format!(
            "SELECT number, {column} FROM runs WHERE number >= ?1 AND number < ?2 \
             AND summary IS NOT NULL AND newest_ms >= ?3 AND oldest_ms < ?4 ORDER BY number DESC"
        );
        let values = vec![
            integer(lowest)?,
            integer(end)?,
            within_script(self.query.from_ms, i64::MIN),
            within_script(self.query.to_ms, i64::MAX),
        ];
        let mut promising = Vec::new();
        for row in rows(&self.log.sql, &query, values)? {
            let mut row = row?;
            let number = row.number()?;
            // One that is to be made anew may have anything.
            let summary = row
                .blob()?
                .and_then(|bytes| Summary::from_bytes(&bytes).ok());
            if summary.is_none_or(|summary| summary.may_match(self.query)) {
                promising.push(number);
            }
        }
        Ok(promising)
    }

    /// Takes what it finds in a run below an index. Gives where to go on once the page is
    /// full.
    fn look_into(&mut self, run: u64, before: u64) -> worker::Result<Option<u64>> {
        let had = self.found.len();
        let rows = stored(&self.log.sql, run * RUN, before)?;
        let rows: Vec<_> = rows.collect::<worker::Result<_>>()?;
        for row in rows.iter().rev() {
            if let Some(next) = self.look_at(row, before)? {
                return Ok(Some(next));
            }
        }
        if self.found.len() == had {
            self.in_vain += 1;
        }
        Ok(None)
    }

    fn look_at(&mut self, row: &Stored, before: u64) -> worker::Result<Option<u64>> {
        let mut openings = None;
        let leaves: Vec<_> = row.leaves().collect();
        for (index, hash, leaf) in leaves.into_iter().rev() {
            let Some(leaf) = leaf.filter(|_| (self.first()..before).contains(&index)) else {
                continue;
            };
            if !self.sieve.may_match(leaf) {
                continue;
            }
            let of_row = match &mut openings {
                Some(openings) => openings,
                None => openings.insert(openings_of(&self.log.sql, row.first)?),
            };
            let openings = of_row.remove(&index).unwrap_or_default();
            if self.sieve.may_say(leaf, &openings) && self.matches(leaf, &openings) {
                self.found.push(LoggedEntry {
                    index,
                    leaf: Some(leaf.to_owned()),
                    hash,
                    openings,
                });
                if self.found.len() >= self.limit {
                    return Ok(Some(index));
                }
            }
        }
        Ok(None)
    }

    /// A leaf that was changed does not fit its openings; it is shown as it stands.
    fn matches(&self, leaf: &str, openings: &[Opening]) -> bool {
        if !self.query.is_filtered() {
            return true;
        }
        let record = read(leaf, openings).or_else(|_| read(leaf, &[]));
        record.is_ok_and(|record| self.query.matches(&record))
    }
}

/// A bound that crosses JavaScript.
fn within_script(bound: Option<i64>, otherwise: i64) -> worker::SqlStorageValue {
    const MOST: i64 = (1 << 53) - 1;
    bound.unwrap_or(otherwise).clamp(-MOST, MOST).into()
}
