//! Prompt injection: is an attack suspicious, and a benign text not?

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use lango_screening::{Context, Screener, Screening};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::EvalError;
use crate::lines::{self, Line};
use crate::tally::Tally;

/// One labelled text. Members that scoring does not need are left out.
#[derive(Debug, Clone, Deserialize)]
pub struct Text {
    text: String,
    label: u8,
    source: Option<String>,
    context: Option<String>,
}

/// What one source comes to: in the texts' own contexts (an argument where they
/// state none), and wherever they stand under the threshold of either.
#[derive(Debug, Default)]
struct Tallies {
    own: Tally,
    argument: Tally,
    document: Tally,
}

/// Scores every text of `folder`.
pub fn evaluate(folder: &Path, mut scores: Option<&mut dyn Write>) -> Result<Value, EvalError> {
    let mut sources: BTreeMap<String, Tallies> = BTreeMap::new();
    for line in lines::read::<Text>(folder)? {
        let context = context(&line)?;
        let is_attack = match line.value.label {
            0 => false,
            1 => true,
            other => return Err(line.malformed(format!("label {other} is neither 0 nor 1"))),
        };
        let source = line.source(line.value.source.as_deref());
        let tallies = sources.entry(source.clone()).or_default();
        let screen = |context| Screener::shipped().screen(&line.value.text, context);
        let argument = screen(Context::UserArgument);
        let document = screen(Context::Document);
        let own = context.map_or_else(|| argument.clone(), screen);
        tallies.own.add(is_attack, own.is_suspicious());
        tallies.argument.add(is_attack, argument.is_suspicious());
        tallies.document.add(is_attack, document.is_suspicious());
        if let Some(out) = scores.as_mut() {
            let mut record = record(&own);
            record.insert("kind".to_owned(), json!("injection"));
            record.insert("source".to_owned(), json!(source));
            record.insert("line".to_owned(), json!(line.number));
            record.insert("label".to_owned(), json!(line.value.label));
            record.insert("context".to_owned(), json!(context.map(Context::name)));
            if context.is_none() {
                record.insert("document_score".to_owned(), json!(document.score()));
                record.insert(
                    "document_suspicious".to_owned(),
                    json!(document.is_suspicious()),
                );
            }
            writeln!(out, "{}", Value::Object(record))?;
        }
    }
    Ok(report(sources))
}

fn context(line: &Line<Text>) -> Result<Option<Context>, EvalError> {
    line.value
        .context
        .as_deref()
        .map(|name| {
            Context::from_name(name)
                .ok_or_else(|| line.malformed(format!("{name:?} is no known context")))
        })
        .transpose()
}

fn record(screening: &Screening) -> Map<String, Value> {
    let rules: Vec<_> = screening
        .findings()
        .iter()
        .map(|finding| finding.rule)
        .collect();
    let mut record = Map::new();
    record.insert("score".to_owned(), json!(screening.score()));
    record.insert("suspicious".to_owned(), json!(screening.is_suspicious()));
    record.insert("rules".to_owned(), json!(rules));
    record
}

fn report(sources: BTreeMap<String, Tallies>) -> Value {
    let sources = sources.into_iter().map(|(source, tallies)| {
        let mut numbers = tallies.own.to_json();
        if let Some(members) = numbers.as_object_mut() {
            members.insert("argument".to_owned(), tallies.argument.to_json());
            members.insert("document".to_owned(), tallies.document.to_json());
        }
        (source, numbers)
    });
    Value::Object(sources.collect())
}
