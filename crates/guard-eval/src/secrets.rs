//! Secrets: is a text with one altered, and a text without one left alone?

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use lango_redaction::Redactor;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::EvalError;
use crate::lines;
use crate::tally::Tally;

/// One labelled text. `secret`, where stated, must be gone.
#[derive(Deserialize)]
struct Text {
    text: String,
    label: u8,
    source: Option<String>,
    secret: Option<String>,
}

/// Scores every text of `folder`.
pub fn evaluate(folder: &Path, mut scores: Option<&mut dyn Write>) -> Result<Value, EvalError> {
    let mut sources: BTreeMap<String, Tally> = BTreeMap::new();
    for line in lines::read::<Text>(folder)? {
        let Text {
            text,
            label,
            source,
            secret,
        } = &line.value;
        let source = line.source(source.as_deref());
        let redacted = Redactor::shipped().redact(text);
        let is_positive = *label == 1;
        let caught = match secret {
            Some(secret) if is_positive => !redacted.text.contains(secret.as_str()),
            _ => redacted.text != text.as_str(),
        };
        sources
            .entry(source.clone())
            .or_default()
            .add(is_positive, caught);
        if let Some(out) = scores.as_mut() {
            let rules: Vec<_> = redacted
                .findings
                .iter()
                .map(|finding| finding.kind.as_str())
                .collect();
            let record = json!({
                "kind": "secrets", "source": source, "line": line.number, "label": label,
                "score": u8::from(caught), "rules": rules,
            });
            writeln!(out, "{record}")?;
        }
    }
    Ok(sources
        .into_iter()
        .map(|(source, tally)| (source, tally.to_json()))
        .collect())
}
