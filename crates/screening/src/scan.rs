//! Looks for rare bytes, eight at a time.

/// The bytes of a word that are looked at at once.
const WORD: usize = 8;
/// The lowest bit of every byte of a word.
const LOWEST: u64 = u64::MAX / 0xff;
/// The highest bit of every byte of a word.
const HIGHEST: u64 = LOWEST << 7;

/// Where the first byte from `from` on stands that is `one` or `other`.
pub(crate) fn either(bytes: &[u8], from: usize, one: u8, other: u8) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let (ones, others) = (LOWEST * u64::from(one), LOWEST * u64::from(other));
    let (words, _) = rest.as_chunks::<WORD>();
    let without = words
        .iter()
        .take_while(|word| {
            let word = u64::from_le_bytes(**word);
            (zeros(word ^ ones) | zeros(word ^ others)) == 0
        })
        .count();
    let from = from + without * WORD;
    let found = bytes.get(from..)?.iter();
    found
        .copied()
        .position(|byte| byte == one || byte == other)
        .map(|place| from + place)
}

/// Not zero where a byte of the word is zero, and only then.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOWEST) & !word & HIGHEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_found_wherever_it_stands() {
        for length in 0..40 {
            for place in 0..length {
                let mut text = vec![b'a'; length];
                for later in place..length {
                    text[later] = [b'[', b'<', b'\\', 0x80, 0xdb][(later - place) % 5];
                }
                for from in 0..=place {
                    assert_eq!(either(&text, from, b'<', b'['), Some(place), "{text:?}");
                }
                text.truncate(place);
                assert_eq!(either(&text, 0, b'<', b'['), None);
            }
        }
        assert_eq!(either(b"", 1, b'<', b'['), None);
    }
}
