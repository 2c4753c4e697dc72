//! Thousands of made sentences with identifiers, and as many of business without:
//! the targets are 98 % found and 1 % altered. `--nocapture` prints each kind's share.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use lango_personal_data::{Detector, Kind, Kinds};

#[path = "generated/clean.rs"]
mod clean;
#[path = "generated/random.rs"]
#[allow(dead_code)]
mod random;
#[path = "generated/sentences.rs"]
mod sentences;

use random::Random;

const ROUNDS: usize = 60;

#[test]
fn identifiers_are_found() {
    let mut random = Random(0x1234_5678_9abc_def1);
    let asked: Kinds = Kind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, Kind::Url | Kind::Location))
        .collect();
    let detector = Detector::of(asked);
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (kind, form, sentence) in sentences::ALL {
            let value = random.value(form);
            let text = sentence.replace("{}", &value);
            let start = text.find(&value).unwrap();
            let covered = detector
                .find(&text)
                .iter()
                .any(|found| found.start <= start && found.end >= start + value.len());
            let count = counts.entry(kind).or_default();
            count.0 += 1;
            count.1 += usize::from(covered);
            if !covered {
                missed.entry(*sentence).or_insert(text);
            }
        }
    }
    for text in missed.values() {
        println!("missed: {text}");
    }
    for (kind, (made, covered)) in &counts {
        println!("{kind}: {covered} of {made}");
    }
    for (kind, (made, covered)) in &counts {
        assert!(covered * 100 >= made * 98, "{kind}: {covered} of {made}");
    }
}

#[test]
fn business_without_people_is_left() {
    let mut random = Random(0xfeed_beef_dead_c0de);
    let (mut made, mut altered) = (0_usize, 0_usize);
    let mut seen: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for sentence in clean::ALL {
            let text = random.filled(sentence);
            let found = Detector::shipped().find(&text);
            made += 1;
            if let Some(one) = found.first() {
                altered += 1;
                let told = format!("{} in {text}", one.kind);
                seen.entry(sentence).or_insert((0, told)).0 += 1;
            }
        }
    }
    for (times, told) in seen.values() {
        println!("altered {times} times: {told}");
    }
    println!("{altered} of {made} altered");
    assert!(altered * 100 <= made, "{altered} of {made}");
}
