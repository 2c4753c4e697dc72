//! Phrases: some words in a row, sampled so that a text leaves few of them.

/// So many words are a phrase.
const WORDS: usize = 8;
/// One in so many is kept.
const SAMPLE: u64 = 4;
/// So many bytes of a text are looked at.
const LONGEST: usize = 2 * 1024;

/// Reports the sampled phrases of a text in their one form.
pub(crate) fn phrases(text: &str, found: &mut impl FnMut(&str) -> bool) {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let words: Vec<(&str, u64)> = text
        .get(..end)
        .unwrap_or_default()
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| (word, hash(word)))
        .collect();
    for window in words.windows(WORDS) {
        let sum = window
            .iter()
            .fold(0_u64, |sum, (_, hash)| sum.rotate_left(7) ^ hash);
        if sum.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & (SAMPLE - 1) != 0 {
            continue;
        }
        let mut normal = String::new();
        for (word, _) in window {
            normal.extend(word.chars().flat_map(char::to_lowercase));
            normal.push(' ');
        }
        if !found(&normal) {
            return;
        }
    }
}

/// Only to choose by: what is kept is keyed.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x100_0000_01b3)
    })
}
