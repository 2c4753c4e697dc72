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
