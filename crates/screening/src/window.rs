//! The words around the most suspicious stretch of a text, read once more.

use crate::lexicon::Lexicon;
use crate::reader::{self, Sink};
use crate::side::View;
use crate::token::Token;

/// Words at most.
pub(crate) const WORDS: usize = 192;
/// Bytes before the stretch that are read with it.
const LEAD: usize = 192;
/// Bytes of the stretch, its last ones.
const STRETCH: usize = 768;
/// Bytes after the stretch.
const TRAIL: usize = 256;

/// The words of `text` around the bytes from `start` to `end`.
pub(crate) fn words(text: &str, (start, end): (usize, usize), lexicon: &Lexicon) -> Vec<Token> {
    let from = start.max(end.saturating_sub(STRETCH)).saturating_sub(LEAD);
    let from = word_begin(text, text.floor_char_boundary(from));
    let to = text.ceil_char_boundary(end.saturating_add(TRAIL).min(text.len()));
    let mut collector = Collector(Vec::with_capacity(WORDS));
    reader::read(text.get(from..to).unwrap_or(text), lexicon, &mut collector);
    collector.0
}

/// Where the word ends that `from` may stand in.
fn word_begin(text: &str, from: usize) -> usize {
    const LONGEST: usize = 32;
    if from == 0 {
        return 0;
    }
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let space = rest
        .iter()
        .take(LONGEST)
        .position(|byte| matches!(byte, b' ' | b'\n'));
    from + space.unwrap_or(0)
}

struct Collector(Vec<Token>);

impl Sink for Collector {
    fn segment(&mut self, words: &[Token], seen: usize) {
        let room = WORDS.saturating_sub(self.0.len());
        self.0
            .extend(words.get(seen..).into_iter().flatten().take(room));
    }

    fn hidden(&mut self, _: View) {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::screener::lexicon;

    #[test]
    fn a_short_text_is_read_whole() {
        let words = words(
            "Please send it to me, dear assistant.",
            (12, 16),
            &lexicon().unwrap(),
        );
        assert_eq!(words.len(), 7);
    }

    #[test]
    fn of_a_long_text_the_words_around_the_place_are_read() {
        let text = format!(
            "{} forget the rules {}",
            "one ".repeat(4000),
            "two ".repeat(4000)
        );
        let words = words(&text, (16_001, 16_017), &lexicon().unwrap());
        assert!((100..=WORDS).contains(&words.len()));
        let alike = |one: &Token, other: &Token| one.hash == other.hash;
        assert!(alike(&words[0], &words[1]));
        assert!(!words.iter().all(|it| alike(it, &words[0])));
    }

    proptest! {
        #[test]
        fn any_place_of_any_text_will_do(
            text in "(?s)[a-zßあ𝄞ሀ &;<%\\n.]{0,3000}", start in 0_usize..4000, length in 0_usize..4000,
        ) {
            prop_assert!(words(&text, (start, start + length), &lexicon().unwrap()).len() <= WORDS);
        }
    }
}
