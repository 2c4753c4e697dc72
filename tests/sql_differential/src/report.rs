//! What was tried, what passed, what ran and what differed.

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

use crate::compare::{Difference, Findings, Statement};

#[derive(Default)]
struct Class {
    generated: usize,
    through: usize,
    ran: usize,
    time: Duration,
}

/// What the comparison of rows found.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) generated: usize,
    pub(crate) passed: usize,
    /// Refused by the guard, by its code.
    pub(crate) refused: BTreeMap<String, usize>,
    pub(crate) outcomes: BTreeMap<&'static str, usize>,
    pub(crate) differences: Vec<String>,
}

/// The report on one server.
pub(crate) struct Report {
    server: String,
    started: Instant,
    last: Instant,
    order: Vec<&'static str>,
    classes: BTreeMap<&'static str, Class>,
    failed: BTreeMap<String, usize>,
    differences: Vec<Difference>,
    effects: usize,
    unseen: Vec<String>,
    /// By reader.
    rows: Vec<(&'static str, Rows)>,
    reviewed: usize,
    review: Vec<String>,
}

impl Report {
    pub(crate) fn new(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            started: Instant::now(),
            last: Instant::now(),
            order: Vec::new(),
            classes: BTreeMap::new(),
            failed: BTreeMap::new(),
            differences: Vec::new(),
            effects: 0,
            unseen: Vec::new(),
            rows: Vec::new(),
            reviewed: 0,
            review: Vec::new(),
        }
    }

    /// How many effects were tried on the comparison itself, and which it missed.
    pub(crate) fn unseen(&mut self, effects: usize, unseen: Vec<String>) {
        self.effects = effects;
        self.unseen = unseen;
        self.last = Instant::now();
    }

    /// How many functions were held against what the server says of them, and what is to
    /// be looked at.
    pub(crate) fn review(&mut self, reviewed: usize, findings: Vec<String>) {
        self.reviewed = reviewed;
        self.review = findings;
    }

    /// Counts what was generated, each statement once, and answers what the guard lets pass.
    pub(crate) fn through_the_guard<E>(
        &mut self,
        generated: Vec<(&'static str, String)>,
        check: impl Fn(&str) -> Result<String, E>,
    ) -> Vec<Statement> {
        let mut through = Vec::new();
        let mut seen = HashSet::new();
        for (class, original) in generated {
            if !self.order.contains(&class) {
                self.order.push(class);
            }
            if !seen.insert(original.clone()) {
                continue;
            }
            let counts = self.classes.entry(class).or_default();
            counts.generated += 1;
            if let Ok(rendered) = check(&original) {
                counts.through += 1;
                through.push(Statement {
                    class,
                    original,
                    rendered,
                });
            }
        }
        self.last = Instant::now();
        through
    }

    /// The classes in the order in which they came.
    pub(crate) fn classes(&self) -> Vec<&'static str> {
        self.order.clone()
    }

    /// Adds what a comparison found.
    pub(crate) fn findings(&mut self, class: &'static str, findings: Findings) {
        let counts = self.classes.entry(class).or_default();
        counts.ran += findings.ran;
        counts.time += self.last.elapsed();
        self.last = Instant::now();
        for (words, count) in findings.failed {
            *self.failed.entry(words).or_default() += count;
        }
        self.differences.extend(findings.differences);
    }

    /// Adds the comparison of what one reader is shown.
    pub(crate) fn rows(&mut self, reader: &'static str, rows: Rows) {
        self.rows.push((reader, rows));
    }

    /// Whether there is nothing to mend.
    pub(crate) fn passed(&self) -> bool {
        let mut rows = self.rows.iter().map(|(_, rows)| rows);
        // A comparison in which no row was shown compares nothing.
        let shown = rows
            .clone()
            .all(|rows| rows.generated == 0 || rows.outcomes.contains_key("equal rows"));
        let equal = rows.all(|rows| rows.differences.is_empty());
        self.differences.is_empty()
            && self.unseen.is_empty()
            && self.review.is_empty()
            && shown
            && equal
    }

    pub(crate) fn print(&self, failures: bool) {
        println!(
            "\n{} ({:.1} s)",
            self.server,
            self.started.elapsed().as_secs_f64()
        );
        println!(
            "  effects tried past the guard: {}, seen by the comparison: {}",
            self.effects,
            self.effects - self.unseen.len()
        );
        for unseen in &self.unseen {
            println!("  UNSEEN {unseen}");
        }
        if self.reviewed > 0 {
            println!(
                "  functions of the list, with all their forms: {}, to be looked at: {}",
                self.reviewed,
                self.review.len()
            );
        }
        for finding in &self.review {
            println!("  LOOK AT {finding}");
        }
        println!("  class           generated    passed  ran to the end  seconds");
        for class in &self.order {
            let Some(counts) = self.classes.get(class) else {
                continue;
            };
            println!(
                "  {class:<14} {:>10} {:>9} {:>15} {:>8.1}",
                counts.generated,
                counts.through,
                counts.ran,
                counts.time.as_secs_f64()
            );
        }
        println!("  differences: {}", self.differences.len());
        for difference in &self.differences {
            println!("{difference}");
        }
        for (reader, rows) in &self.rows {
            print_rows(reader, rows);
        }
        if failures {
            let mut failed: Vec<_> = self.failed.iter().collect();
            failed.sort_by_key(|(_, count)| core::cmp::Reverse(**count));
            for (words, count) in failed.iter().take(60) {
                println!("  {count:>6} {words}");
            }
        }
    }
}

fn print_rows(reader: &str, rows: &Rows) {
    println!(
        "  rows of {reader}: {} statements, {} passed; refused: {:?}",
        rows.generated, rows.passed, rows.refused
    );
    for (outcome, count) in &rows.outcomes {
        println!("  {count:>8} {outcome}");
    }
    println!("  differences of rows: {}", rows.differences.len());
    for difference in rows.differences.iter().take(20) {
        println!("{difference}\n");
    }
}
