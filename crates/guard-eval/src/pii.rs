//! Personal data: how many of the marked spans are found, by type, and how many
//! clean documents are altered.
//!
//! A span is covered when every letter and digit of it is within something found,
//! of whatever kind, and touched when one is. A kind that is only looked for when
//! asked (order numbers, receipts, towns, links) is asked for where the source marks
//! such spans, for its clean documents as well: a tenant that wants them gone would
//! have turned it on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use lango_personal_data::{Detector, Found, Kind, Kinds};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lines::Line;
use crate::tally::share;
use crate::{EvalError, lines};

#[derive(Deserialize)]
struct Document {
    text: String,
    spans: Vec<Span>,
    source: Option<String>,
    lang: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    /// In code points.
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Clone, Copy)]
struct Count {
    spans: usize,
    covered: usize,
    touched: usize,
}

impl Count {
    fn add(&mut self, coverage: Coverage) {
        self.spans += 1;
        self.covered += usize::from(coverage == Coverage::Whole);
        self.touched += usize::from(coverage != Coverage::None);
    }

    fn report(self) -> Value {
        json!({
            "spans": self.spans, "covered": self.covered, "touched": self.touched,
            "recall": share(self.covered, self.spans),
        })
    }
}

#[derive(Default)]
struct Source {
    types: BTreeMap<String, Count>,
    /// By language and type, where lines say their language.
    languages: BTreeMap<String, BTreeMap<String, Count>>,
    clean: usize,
    altered: usize,
    /// Clean documents altered, by the kind that was found.
    altered_by: BTreeMap<&'static str, usize>,
}

/// Scores every document of `folder`.
pub fn evaluate(folder: &Path, mut scores: Option<&mut dyn Write>) -> Result<Value, EvalError> {
    let lines = lines::read::<Document>(folder)?;
    let asked = asked(&lines);
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for line in &lines {
        let name = line.source(line.value.source.as_deref());
        let kinds = asked.get(&name).copied().unwrap_or(Kinds::usual());
        let found = Detector::of(kinds).find(&line.value.text);
        sources
            .entry(name.clone())
            .or_default()
            .count(&line.value, &found);
        if let Some(out) = scores.as_mut() {
            writeln!(out, "{}", record(&name, line, &found))?;
        }
    }
    Ok(sources
        .into_iter()
        .map(|(name, source)| (name, source.report()))
        .collect())
}

/// The kinds of each source: the usual ones, and those that its types ask for.
fn asked(lines: &[Line<Document>]) -> BTreeMap<String, Kinds> {
    let mut asked = BTreeMap::new();
    for line in lines {
        let name = line.source(line.value.source.as_deref());
        let kinds = asked.entry(name).or_insert(Kinds::usual());
        for span in &line.value.spans {
            if let Some(kind) = asked_by(&span.kind) {
                *kinds = kinds.with(kind);
            }
        }
    }
    asked
}

fn asked_by(label: &str) -> Option<Kind> {
    let label = label.to_ascii_uppercase();
    let says = |words: &[&str]| words.iter().any(|word| label.contains(word));
    if says(&["LOCATION", "CITY", "COUNTRY", "STATE", "GPE"]) || label == "LOC" {
        Some(Kind::Location)
    } else if says(&["ORDER"]) {
        Some(Kind::OrderId)
    } else if says(&["RECEIPT", "MPESA", "TRANSACTION"]) {
        Some(Kind::PaymentReceipt)
    } else if says(&["URL", "DOMAIN", "WEBSITE"]) {
        Some(Kind::Url)
    } else {
        None
    }
}

/// The line's record: no text, only kinds, places and what was missed.
fn record(name: &str, line: &Line<Document>, found: &[Found]) -> Value {
    let rules: BTreeSet<_> = found.iter().map(|one| one.kind.as_str()).collect();
    let missed: Vec<_> = line
        .value
        .spans
        .iter()
        .filter(|span| coverage(&line.value.text, span, found) != Coverage::Whole)
        .map(|span| json!({"start": span.start, "end": span.end, "type": span.kind}))
        .collect();
    json!({
        "kind": "pii", "source": name, "line": line.number,
        "spans": line.value.spans.len(), "found": found.len(), "rules": rules, "missed": missed,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coverage {
    None,
    Part,
    Whole,
}

fn coverage(text: &str, span: &Span, found: &[Found]) -> Coverage {
    let mut letters = 0_usize;
    let mut hidden = 0_usize;
    let points = text
        .char_indices()
        .skip(span.start)
        .take(span.end.saturating_sub(span.start));
    for (at, _) in points.filter(|(_, letter)| letter.is_alphanumeric()) {
        letters += 1;
        hidden += usize::from(found.iter().any(|one| (one.start..one.end).contains(&at)));
    }
    if hidden == 0 {
        Coverage::None
    } else if hidden == letters {
        Coverage::Whole
    } else {
        Coverage::Part
    }
}

impl Source {
    fn count(&mut self, document: &Document, found: &[Found]) {
        for span in &document.spans {
            let coverage = coverage(&document.text, span, found);
            self.types
                .entry(span.kind.clone())
                .or_default()
                .add(coverage);
            if let Some(language) = &document.lang {
                let types = self.languages.entry(language.clone()).or_default();
                types.entry(span.kind.clone()).or_default().add(coverage);
            }
        }
        if document.spans.is_empty() {
            self.clean += 1;
            self.altered += usize::from(!found.is_empty());
            let kinds: BTreeSet<_> = found.iter().map(|one| one.kind.as_str()).collect();
            for kind in kinds {
                *self.altered_by.entry(kind).or_default() += 1;
            }
        }
    }

    fn report(self) -> Value {
        let table = |types: BTreeMap<String, Count>| -> Value {
            types
                .into_iter()
                .map(|(kind, count)| (kind, count.report()))
                .collect()
        };
        let mut report = json!({
            "types": table(self.types),
            "clean_documents": self.clean,
            "altered": self.altered,
            "altered_by_kind": self.altered_by,
            "altered_rate": share(self.altered, self.clean),
        });
        if !self.languages.is_empty()
            && let Some(report) = report.as_object_mut()
        {
            let languages: Value = self
                .languages
                .into_iter()
                .map(|(language, types)| (language, table(types)))
                .collect();
            report.insert("languages".to_owned(), languages);
        }
        report
    }
}
