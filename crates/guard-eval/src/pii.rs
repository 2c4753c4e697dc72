//! Personal data: how many of the marked spans are gone, by type, and how many
//! clean documents are altered.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use lango_redaction::Redactor;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tally::share;
use crate::{EvalError, lines};

#[derive(Deserialize)]
struct Document {
    text: String,
    spans: Vec<Span>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Default)]
struct Source {
    /// Spans and covered ones, by type.
    types: BTreeMap<String, (usize, usize)>,
    clean: usize,
    altered: usize,
}

/// Scores every document of `folder`.
pub fn evaluate(folder: &Path, mut scores: Option<&mut dyn Write>) -> Result<Value, EvalError> {
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for line in lines::read::<Document>(folder)? {
        let name = line.source(line.value.source.as_deref());
        let source = sources.entry(name.clone()).or_default();
        let redacted = Redactor::shipped().redact(&line.value.text);
        for span in &line.value.spans {
            let (spans, covered) = source.types.entry(span.kind.clone()).or_default();
            *spans += 1;
            *covered += usize::from(!redacted.text.contains(&span.value));
        }
        if line.value.spans.is_empty() {
            source.clean += 1;
            source.altered += usize::from(redacted.text != line.value.text);
        }
        if let Some(out) = scores.as_mut() {
            let rules: Vec<_> = redacted
                .findings
                .iter()
                .map(|finding| finding.kind.as_str())
                .collect();
            let record = json!({
                "kind": "pii", "source": name, "line": line.number,
                "spans": line.value.spans.len(), "rules": rules,
            });
            writeln!(out, "{record}")?;
        }
    }
    Ok(sources
        .into_iter()
        .map(|(name, source)| (name, source.report()))
        .collect())
}

impl Source {
    fn report(self) -> Value {
        let types: Value = self
            .types
            .into_iter()
            .map(|(kind, (spans, covered))| {
                let numbers =
                    json!({"spans": spans, "covered": covered, "recall": share(covered, spans)});
                (kind, numbers)
            })
            .collect();
        json!({
            "types": types,
            "clean_documents": self.clean,
            "altered": self.altered,
            "altered_rate": share(self.altered, self.clean),
        })
    }
}
