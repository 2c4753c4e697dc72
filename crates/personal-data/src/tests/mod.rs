//! What is found and what is left, kind by kind.

mod addresses;
mod fields;
mod identifiers;
mod names;
mod properties;

use crate::{Detector, Kind, Kinds};

/// The kinds and texts found by the usual detector.
fn found(text: &str) -> Vec<(&'static str, &str)> {
    seen(Detector::shipped(), text)
}

/// What is found where every kind is asked for.
fn all(text: &str) -> Vec<(&'static str, &str)> {
    seen(
        &Detector::of(Kind::ALL.into_iter().collect::<Kinds>()),
        text,
    )
}

fn seen<'t>(detector: &Detector, text: &'t str) -> Vec<(&'static str, &'t str)> {
    detector
        .find(text)
        .into_iter()
        .map(|found| {
            (
                found.kind.as_str(),
                text.get(found.start..found.end).unwrap(),
            )
        })
        .collect()
}
