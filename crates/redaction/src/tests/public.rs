//! Recall and false positives on public sets. The texts are not part of the
//! repository: where the folder `../shared/data` beside it is missing, these
//! tests say so and pass.

use std::path::PathBuf;

use serde_json::Value;

use super::redact;

fn lines(file: &str) -> Vec<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(text) = std::fs::read_to_string(root.join(file)) else {
        println!("skipped: no {file} in ../shared/data");
        return Vec::new();
    };
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn share_altered(file: &str, label: i64) -> f64 {
    let texts: Vec<_> = lines(file)
        .into_iter()
        .filter(|line| line["label"] == label)
        .collect();
    let altered = texts.iter().filter(|line| {
        let text = line["text"].as_str().unwrap();
        let redacted = redact(text);
        let gone = match line["secret"].as_str() {
            Some(secret) if label == 1 => !redacted.contains(secret),
            _ => redacted != text,
        };
        if gone != (label == 1) {
            println!(
                "  {file} {label} {}: {:.140}",
                line["rule"],
                text.replace('\n', "⏎")
            );
        }
        gone
    });
    let share = altered.count() as f64 / texts.len().max(1) as f64;
    println!("{file} label {label}: {share:.4} of {}", texts.len());
    share
}

#[test]
fn secrets_of_public_sets() {
    for set in ["leaktk", "detect_secrets", "leaky_repo"] {
        let file = format!("secrets/{set}.jsonl");
        let recall = share_altered(&file, 1);
        let altered = share_altered(&file, 0);
        println!("{set}: recall {recall:.3}, altered {altered:.3}");
    }
}

#[test]
fn ordinary_text_is_left_alone() {
    for set in [
        "banking77_train",
        "clinc_train",
        "alpaca_seeds",
        "gsm8k_test",
        "ifeval",
        "afrisenti",
    ] {
        let share = share_altered(&format!("injection/{set}.jsonl"), 0);
        assert!(share <= 0.002, "{set}: {share}");
    }
}
