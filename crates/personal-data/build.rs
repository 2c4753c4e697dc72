//! Makes the lexicon's table of the lists in `data/`.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::{env, fs, path::Path};

#[path = "src/flags.rs"]
#[allow(unreachable_pub, dead_code)]
mod flags;
#[path = "src/fold.rs"]
#[allow(unreachable_pub, dead_code)]
mod fold;

#[path = "src/likeness.rs"]
#[allow(unreachable_pub, dead_code)]
mod likeness;

use flags::Flags;

const LISTS: [(&str, Flags); 12] = [
    ("faker_given", Flags::GIVEN),
    ("names_given", Flags::GIVEN),
    ("faker_family", Flags::FAMILY),
    ("names_family", Flags::FAMILY),
    ("words_frequent", Flags::FREQUENT),
    ("words_african", Flags::FREQUENT),
    ("words_african_rare", Flags::KNOWN),
    ("words_virtues", Flags::KNOWN),
    ("words_other", Flags::FREQUENT),
    ("words_known", Flags::KNOWN),
    ("places", Flags::PLACE),
    ("names_never", Flags::NEVER),
];

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-env-changed=LANGO_NAMES_HELD_OUT");
    println!("cargo::rerun-if-changed=src/fold.rs");
    println!("cargo::rerun-if-changed=src/flags.rs");
    println!("cargo::rerun-if-changed=src/likeness.rs");
    let mut words: BTreeMap<u64, Flags> = BTreeMap::new();
    for (list, flag) in LISTS {
        for line in lines(list) {
            for word in line.split_whitespace() {
                add(&mut words, word, flag);
            }
        }
    }
    for line in lines("words_context") {
        let (topic, list) = line.split_once(':').expect("a topic and its words");
        let flag = Flags::named(topic).unwrap_or_else(|| panic!("no topic {topic}"));
        for word in list.split_whitespace() {
            add(&mut words, word, flag);
        }
    }
    let out = env::var("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&out).join("likeness.rs"), likeness()).expect("it can be written");
    fs::write(Path::new(&out).join("lexicon.rs"), table(&words)).expect("it can be written");
}

fn lines(list: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("data/{list}.txt")).expect("the list is in the tree");
    let held_out =
        if list.starts_with("names_never") || !list.contains("names") && !list.contains("faker") {
            0
        } else {
            held_out()
        };
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| match held_out {
            0 => line.to_owned(),
            share => line
                .split_whitespace()
                .filter(|name| (fold::hash(name) >> 7) % 100 >= share)
                .collect::<Vec<_>>()
                .join(" "),
        })
        .collect()
}

/// The share of names, in percent, that a measurement leaves out of the lists, to see
/// how names fare that nobody listed. Nothing is left out of what is shipped.
fn held_out() -> u64 {
    env::var("LANGO_NAMES_HELD_OUT")
        .ok()
        .and_then(|share| share.parse().ok())
        .unwrap_or(0)
}

/// A word of several parts counts as its parts run together, as in field names,
/// and an entry of one part as itself.
fn add(words: &mut BTreeMap<u64, Flags>, word: &str, flag: Flags) {
    let letters: String = word
        .chars()
        .filter(|letter| letter.is_alphanumeric() || fold::is_mark(*letter))
        .collect();
    if letters.is_empty()
        || (word.contains('-')
            && flag != Flags::PLACE
            && !flag.has(Flags::GIVEN)
            && !flag.has(Flags::FAMILY)
            && letters.is_empty())
    {
        return;
    }
    if word.contains('-')
        && (flag.has(Flags::GIVEN) || flag.has(Flags::FAMILY) || flag.has(Flags::PLACE))
    {
        for part in word.split('-').filter(|part| part.chars().count() > 2) {
            add(words, part, flag);
        }
        return;
    }
    let entry = words.entry(fold::hash(&letters)).or_insert(Flags::NONE);
    *entry = entry.and(flag);
}

/// Buckets by the hash's upper bits; in each, the rest of the hash and the number of
/// the word's class.
fn table(words: &BTreeMap<u64, Flags>) -> String {
    let mut classes: Vec<u32> = vec![0];
    let mut starts = vec![0_u32; (1 << fold::BUCKET_BITS) + 1];
    let mut entries = Vec::new();
    // The bucket is the hash's top, so that the map's order is the table's.
    for (hash, flags) in words {
        let class = classes
            .iter()
            .position(|known| *known == flags.bits())
            .unwrap_or_else(|| {
                classes.push(flags.bits());
                classes.len() - 1
            });
        assert!(class < 1 << fold::CLASS_BITS, "too many classes");
        entries.push(fold::rest(*hash) << fold::CLASS_BITS | u32::try_from(class).expect("few"));
        starts[fold::bucket(*hash) + 1] += 1;
    }
    for bucket in 1..starts.len() {
        starts[bucket] += starts[bucket - 1];
    }
    // Where a bucket begins is told by how far that is from where it would, were all
    // alike: half the memory, so that more of it stays near the processor.
    let drifts = starts.iter().enumerate().map(|(bucket, start)| {
        let even = fold::even_start(bucket, entries.len());
        i16::try_from(i64::from(*start) - even as i64).expect("a good hash spreads evenly")
    });
    let mut out = format!("pub(crate) static DRIFTS: [i16; {}] = [", starts.len());
    for drift in drifts {
        let _ = write!(out, "{drift},");
    }
    out.push_str("];\n");
    for (name, list) in [("ENTRIES", &entries), ("CLASSES", &classes)] {
        let _ = write!(out, "pub(crate) static {name}: [u32; {}] = [", list.len());
        for number in list {
            let _ = write!(out, "{number},");
        }
        out.push_str("];\n");
    }
    out
}

/// How much more often each three letters stand in names than in words, as eighths of
/// a bit: what tells an unlisted name from an unlisted word.
fn likeness() -> String {
    let mut names = vec![0.5_f64; likeness::CELLS];
    let mut words = vec![0.5_f64; likeness::CELLS];
    for (list, flag) in LISTS {
        let person = flag.has(Flags::PERSON);
        let word = flag.has(Flags::FREQUENT.and(Flags::KNOWN).and(Flags::PLACE));
        if !person && !word {
            continue;
        }
        // Our own lists are short and what matters here.
        if list == "words_virtues" {
            continue;
        }
        let weight = match list {
            "names_given" | "names_family" => 4.0,
            "words_african" | "words_african_rare" | "words_other" | "places" => 3.0,
            _ => 1.0,
        };
        let counts = if person { &mut names } else { &mut words };
        for text in lines(list).iter().flat_map(|line| line.split_whitespace()) {
            likeness::cells(text, |cell| counts[cell] += weight);
        }
    }
    let (all_names, all_words): (f64, f64) = (names.iter().sum(), words.iter().sum());
    let mut out = format!("pub(crate) static LIKENESS: [i8; {}] = [", likeness::CELLS);
    for (name, word) in names.iter().zip(&words) {
        let odds = ((name / all_names) / (word / all_words)).log2() * 8.0;
        let _ = write!(out, "{},", odds.clamp(-48.0, 48.0).round());
    }
    out.push_str("];\n");
    out
}
