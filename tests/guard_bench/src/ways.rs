//! The ways through.

use std::sync::OnceLock;

use lango_personal_data::Detector;
use lango_redaction::{Cleaning, Policy, Redactor, Treatment};
use lango_screening::{Context, Screener};
use regex::Regex;
use serde_json::Value;

use crate::{expressions::EXPRESSIONS, sql};

/// Every usual kind of personal data goes, which is the most that a policy asks for.
static EVERYTHING: Policy = Policy::new(Treatment::Redact);

/// Sends the text (or, where a way says so, the value) through way number `way`, as
/// `bench.mjs` numbers them.
pub(crate) fn through(way: usize, text: &str, value: &Value) -> usize {
    match way {
        0 => screened(text),
        1 => Redactor::shipped().redact(text).text.len(),
        2 => Detector::shipped().find(text).len(),
        3 => Cleaning::new(&EVERYTHING).text(text).len(),
        4 => screened(text) + Cleaning::new(&EVERYTHING).text(text).len(),
        5 => usize::from(Cleaning::new(&EVERYTHING).json(value.clone()).is_array()),
        6 => usize::from(value.clone().is_array()),
        8 => sql::checked(),
        9 => sql::rewritten(),
        10 => sql::parsed(),
        _ => matched(text),
    }
}

fn screened(text: &str) -> usize {
    usize::from(
        Screener::shipped()
            .screen(text, Context::Email)
            .is_suspicious(),
    )
}

/// What regular expressions alone find: as many things, but most without their checks
/// and without the words around them.
fn matched(text: &str) -> usize {
    static REGEXES: OnceLock<Vec<Regex>> = OnceLock::new();
    let compiled = || EXPRESSIONS.iter().filter_map(|one| Regex::new(one).ok());
    REGEXES
        .get_or_init(|| compiled().collect())
        .iter()
        .map(|regex| regex.find_iter(text).count())
        .sum()
}
