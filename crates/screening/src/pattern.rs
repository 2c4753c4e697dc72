//! The patterns of rules: sequences of words and classes.

use crate::lexicon::Lexicon;
use crate::token::{Token, gap, hash_of};

/// Steps that one attempt may take. Patterns are short; only text made to be slow
/// comes near it.
const STEPS: usize = 160;

/// Classes that are asked for before a pattern is tried.
pub(crate) const NEEDS: usize = 3;

/// A sequence of words.
#[derive(Debug)]
pub(crate) struct Pattern {
    elements: Vec<Element>,
    /// The word before must not be of these classes.
    unless: u64,
    /// Classes of which a segment needs one each, for the pattern to be tried.
    needs: [u64; NEEDS],
    /// The classes that a match begins with; zero if any word may.
    begins: u64,
}

#[derive(Debug, Default)]
struct Element {
    mask: u64,
    words: Vec<u32>,
    any: bool,
    /// What must stand before the word.
    gap: u16,
    least: usize,
    most: usize,
}

impl Pattern {
    /// Reads a pattern; see the head of `rules.conf` for the form.
    pub(crate) fn parse(text: &str, lexicon: &mut Lexicon) -> Option<Self> {
        let mut unless = 0;
        let mut elements = Vec::new();
        for part in text.split_whitespace() {
            if let Some(name) = part.strip_prefix("-@") {
                unless |= lexicon.class(name)?;
            } else {
                elements.push(Element::parse(part, lexicon)?);
            }
        }
        // A word that need not be there says nothing at the begin.
        elements = elements
            .into_iter()
            .skip_while(|element: &Element| element.least == 0)
            .collect();
        let first = elements.first()?;
        // Where the first word is one of a few, any of their classes may begin.
        let begins = if first.any {
            0
        } else {
            first.mask_of_all(lexicon)
        };
        let mut rarest: Vec<u64> = elements
            .iter()
            .filter(|element| element.least > 0 && !element.any)
            .map(|element| element.mask_of_all(lexicon))
            .collect();
        rarest.sort_by_key(|mask| mask.count_ones());
        rarest.dedup();
        let mut needs = [u64::MAX; NEEDS];
        for (need, mask) in needs.iter_mut().zip(rarest) {
            *need = mask;
        }
        Some(Self {
            elements,
            unless,
            needs,
            begins,
        })
    }

    /// The classes of which a segment needs one each, for the pattern to be tried.
    pub(crate) const fn needs(&self) -> [u64; NEEDS] {
        self.needs
    }

    /// The words of the first match: its first and one past its last.
    pub(crate) fn find(&self, words: &[Token]) -> Option<(usize, usize)> {
        for (index, word) in words.iter().enumerate() {
            if self.begins != 0 && word.mask & self.begins == 0 {
                continue;
            }
            let before = index.checked_sub(1).and_then(|it| words.get(it));
            if before.is_some_and(|it| it.mask & self.unless != 0) {
                continue;
            }
            let mut steps = STEPS;
            if let Some(end) = matches(&self.elements, words, index, &mut steps) {
                return Some((index, end));
            }
        }
        None
    }
}

fn matches(
    elements: &[Element],
    words: &[Token],
    index: usize,
    steps: &mut usize,
) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else {
        return Some(index);
    };
    *steps = steps.checked_sub(1)?;
    let fitting = words
        .get(index..)?
        .iter()
        .take(element.most)
        .take_while(|word| element.fits(word))
        .count();
    // Gaps are as short as can be, named words as many as there are.
    let range = element.least..=fitting;
    if element.any {
        range
            .into_iter()
            .find_map(|count| matches(rest, words, index + count, steps))
    } else {
        range
            .rev()
            .find_map(|count| matches(rest, words, index + count, steps))
    }
}

impl Element {
    fn parse(part: &str, lexicon: &mut Lexicon) -> Option<Self> {
        let mut element = Self {
            least: 1,
            most: 1,
            ..Self::default()
        };
        let mut body = part;
        while let Some((bit, rest)) = before(body) {
            element.gap |= bit;
            body = rest;
        }
        if let Some(rest) = body.strip_suffix('?') {
            (element.least, body) = (0, rest);
        } else if let Some((rest, count)) = body.strip_suffix('}').and_then(|it| it.split_once('{'))
        {
            element.most = count.parse().ok()?;
            (element.least, body) = (0, rest);
        } else if let Some(rest) = body.strip_suffix('+') {
            (element.most, body) = (5, rest);
        }
        for alternative in body.split('|') {
            if alternative == "." {
                element.any = true;
            } else if let Some(name) = alternative.strip_prefix('@') {
                element.mask |= lexicon.class(name)?;
            } else {
                let (hash, characters) = hash_of(alternative);
                if characters == 0 {
                    return None;
                }
                lexicon.add_rule_word(hash);
                element.words.push(hash);
            }
        }
        Some(element)
    }

    fn mask_of_all(&self, lexicon: &Lexicon) -> u64 {
        self.words
            .iter()
            .fold(self.mask, |mask, word| mask | lexicon.find(*word))
    }

    #[inline]
    fn fits(&self, word: &Token) -> bool {
        (self.any || word.mask & self.mask != 0 || self.words.contains(&word.hash))
            && word.gap & self.gap == self.gap
    }
}

/// What must stand before a word, and the rest of the element.
fn before(body: &str) -> Option<(u16, &str)> {
    let first = body.chars().next()?;
    let bit = match first {
        '^' => gap::LINE,
        '<' => gap::LESS,
        '>' => gap::GREATER,
        '[' => gap::OPEN,
        ']' => gap::CLOSE,
        '¦' => gap::BAR,
        ':' => gap::COLON,
        '~' => gap::DECOR,
        '"' => gap::QUOTE,
        '/' => gap::SLASH,
        '$' => gap::SENTENCE,
        _ => return None,
    };
    body.get(first.len_utf8()..).map(|rest| (bit, rest))
}
