mod cleaning;
mod json;
mod properties;
mod public;
mod secrets;
mod speed;
mod untouched;

use crate::{Kind, Redactor};

fn redact(text: &str) -> String {
    Redactor::shipped().redact(text).text.into_owned()
}

fn kinds(text: &str) -> Vec<Kind> {
    Redactor::shipped()
        .redact(text)
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect()
}
