//! The table of words, which the build script makes of `data/`.

use crate::flags::Flags;
use crate::fold;

include!(concat!(env!("OUT_DIR"), "/lexicon.rs"));

/// What is known of the word with this (finished) hash. An unknown word is taken for
/// a known one about once in a million.
pub(crate) fn lookup(hash: u64) -> Flags {
    let bucket = fold::bucket(hash);
    let rest = fold::rest(hash);
    ENTRIES
        .get(start(bucket)..start(bucket + 1))
        .and_then(|entries| {
            entries
                .iter()
                .find(|entry| **entry >> fold::CLASS_BITS == rest)
        })
        .and_then(|entry| CLASSES.get((entry & ((1 << fold::CLASS_BITS) - 1)) as usize))
        .map_or(Flags::NONE, |bits| Flags::of_bits(*bits))
}

/// How many words are remembered, as a power of two.
const RECENT_BITS: u32 = 9;

/// What was asked last: of the words of a text half are a few hundred, which need not
/// be looked for all over the table again.
#[derive(Debug)]
pub(crate) struct Recent {
    /// At the place that the hash's end names, the rest of it and what is known.
    words: Box<[(u32, Flags); 1 << RECENT_BITS]>,
}

impl Default for Recent {
    fn default() -> Self {
        // No hash has so long a rest.
        let none = (u32::MAX, Flags::NONE);
        Self {
            words: Box::new([none; 1 << RECENT_BITS]),
        }
    }
}

impl Recent {
    /// As [`lookup`], which goes by the same parts of the hash.
    pub(crate) fn lookup(&mut self, hash: u64) -> Flags {
        let known =
            (fold::bucket(hash) as u64) << (32 - fold::CLASS_BITS) | u64::from(fold::rest(hash));
        let place = known as usize & ((1 << RECENT_BITS) - 1);
        let rest = (known >> RECENT_BITS) as u32;
        let Some(word) = self.words.get_mut(place) else {
            return lookup(hash);
        };
        if word.0 != rest {
            *word = (rest, lookup(hash));
        }
        word.1
    }
}

/// Where a bucket begins.
fn start(bucket: usize) -> usize {
    let drift = DRIFTS.get(bucket).copied().unwrap_or_default();
    fold::even_start(bucket, ENTRIES.len()).saturating_add_signed(drift.into())
}

/// What is known of a word.
pub(crate) fn word(word: &str) -> Flags {
    lookup(fold::hash(word))
}

include!(concat!(env!("OUT_DIR"), "/likeness.rs"));

/// How alike an unlisted word is to names rather than to words, in eighths of a bit a
/// letter or so: above zero is rather a name.
pub(crate) fn likeness(word: &str) -> i32 {
    let (mut sum, mut count) = (0, 0);
    crate::likeness::cells(word, |cell| {
        sum += LIKENESS.get(cell).map_or(0, |odds| i32::from(*odds));
        count += 1;
    });
    if count == 0 { 0 } else { sum / count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn show_likeness() {
        for word in [
            "Wanjohi",
            "Mutua",
            "Ochola",
            "Nakayenga",
            "Tshabalala",
            "Nwachinemere",
            "Olufunsho",
            "Gebrekidan",
            "Yudina",
            "Takuda",
            "Skjæveland",
            "Martinsson",
            "Brosca",
            "Hugolina",
            "Eldarkhanov",
            "Safaricom",
            "Flutterwave",
            "Mjengo",
            "Kilimanjaro",
            "Agizo",
            "Thibitisha",
            "Dashboard",
            "Netflix",
            "Payroll",
            "Zanaco",
            "Umoja",
            "Mkulima",
            "Tunapenda",
            "Ninakuomba",
            "Tafadhalini",
            "Kubernetes",
            "Onboarding",
            "Mheshimiwa",
            "Bukedde",
            "Ubuntu",
        ] {
            println!("{word} {}", likeness(word));
        }
    }
}
