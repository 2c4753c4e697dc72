//! Words and what they are about, in every language at once.

use crate::token::hash_of;

/// The shipped lexicon.
const SHIPPED: &str = include_str!("../lexicon.conf");

/// Slots of the table; a power of two well above the number of words.
const SLOTS: usize = 1 << 15;
/// Bits of the sieve that most words which begin no stem fall through.
const SIEVE_BITS: usize = 1 << 16;
/// Stems have at least this many characters.
pub(crate) const STEM_MIN: usize = 3;
/// Stems have at most this many characters.
pub(crate) const STEM_MAX: usize = 12;

/// The classes of words.
#[derive(Debug)]
pub(crate) struct Lexicon {
    keys: Vec<u32>,
    sets: Vec<u16>,
    masks: Vec<u64>,
    sieve: Vec<u64>,
    stem_lengths: u16,
    names: Vec<&'static str>,
}

impl Lexicon {
    /// The class of words that rules name and no class holds.
    pub(crate) const RULE_WORD: u64 = 1 << 63;

    /// The shipped lexicon. Lines that do not follow the form are left out; a test
    /// holds that there are none.
    pub(crate) fn shipped() -> Self {
        let mut lexicon = Self {
            keys: vec![0; SLOTS],
            sets: vec![0; SLOTS],
            masks: vec![0],
            sieve: vec![0; SIEVE_BITS / 64],
            stem_lengths: 0,
            names: Vec::new(),
        };
        for line in SHIPPED.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                lexicon.names.push(name);
            } else if let Some((language, words)) = line.split_once('=') {
                lexicon.add_line(language.trim(), words);
            }
        }
        lexicon
    }

    fn add_line(&mut self, language: &str, words: &str) {
        let Some(class) = self.names.len().checked_sub(1) else {
            return;
        };
        let mask = 1_u64 << class.min(62);
        for word in words.split_whitespace() {
            for prefix in prefixes(language) {
                self.add(&format!("{prefix}{word}"), mask);
            }
        }
    }

    /// Adds a word, or with a `*` at its end a stem.
    fn add(&mut self, word: &str, mask: u64) {
        if let Some(stem) = word.strip_suffix('*') {
            let (hash, characters) = hash_of(stem);
            if characters < STEM_MIN {
                self.insert(hash, mask);
                return;
            }
            self.stem_lengths |= 1 << characters.min(STEM_MAX);
            let (first, _) = crate::token::hash_of_first(stem, STEM_MIN);
            self.mark(first);
            self.insert(!hash, mask);
            self.insert(hash, mask);
        } else {
            self.insert(hash_of(word).0, mask);
        }
    }

    /// Adds a word that a rule names.
    pub(crate) fn add_rule_word(&mut self, hash: u32) {
        if self.find(hash) == 0 {
            self.insert(hash, Self::RULE_WORD);
        }
    }

    fn insert(&mut self, hash: u32, mask: u64) {
        let (slot, found) = self.slot(hash);
        let old = if found { self.mask_at(slot) } else { 0 };
        let new = old | mask;
        let set = self
            .masks
            .iter()
            .position(|it| *it == new)
            .unwrap_or_else(|| {
                self.masks.push(new);
                self.masks.len() - 1
            });
        if let (Some(key), Some(at)) = (self.keys.get_mut(slot), self.sets.get_mut(slot)) {
            *key = hash;
            *at = u16::try_from(set).unwrap_or(0);
        }
    }

    /// Where `hash` stands or would, and whether it does.
    fn slot(&self, hash: u32) -> (usize, bool) {
        let mut slot = hash as usize & (SLOTS - 1);
        loop {
            match self.keys.get(slot) {
                Some(0) | None => return (slot, false),
                Some(key) if *key == hash => return (slot, true),
                Some(_) => slot = (slot + 1) & (SLOTS - 1),
            }
        }
    }

    fn mask_at(&self, slot: usize) -> u64 {
        let set = self.sets.get(slot).copied().unwrap_or(0);
        self.masks.get(usize::from(set)).copied().unwrap_or(0)
    }

    /// The classes of a word.
    #[inline]
    pub(crate) fn find(&self, hash: u32) -> u64 {
        let (slot, found) = self.slot(hash);
        if found { self.mask_at(slot) } else { 0 }
    }

    /// The classes of the longest stem that a word begins with. `snapshots` holds the
    /// hashes of its first characters: of one, of two, and so on.
    #[inline]
    pub(crate) fn find_stem(&self, snapshots: &[u32; STEM_MAX + 1], characters: usize) -> u64 {
        if characters < STEM_MIN || !self.may_begin(snapshots.get(STEM_MIN).copied().unwrap_or(0)) {
            return 0;
        }
        for length in (STEM_MIN..=STEM_MAX.min(characters)).rev() {
            if self.stem_lengths & (1 << length) != 0 {
                let mask = snapshots
                    .get(length)
                    .map_or(0, |hash| self.find(!crate::token::finish(*hash)));
                if mask != 0 {
                    return mask;
                }
            }
        }
        0
    }

    fn mark(&mut self, hash: u32) {
        let bit = hash as usize % SIEVE_BITS;
        if let Some(word) = self.sieve.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    fn may_begin(&self, hash: u32) -> bool {
        let bit = crate::token::finish(hash) as usize % SIEVE_BITS;
        self.sieve
            .get(bit / 64)
            .is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }

    /// The bit of the class of that name.
    pub(crate) fn class(&self, name: &str) -> Option<u64> {
        self.names
            .iter()
            .position(|it| *it == name)
            .map(|index| 1 << index)
    }
}

/// What a language writes together with the word that follows: articles, "and",
/// "to", "of".
fn prefixes(language: &str) -> &'static [&'static str] {
    match language {
        "ar" => &["", "و", "ف", "ال", "وال", "بال", "لل", "ب", "ل", "ول"],
        "am" => &["", "የ", "በ", "ለ", "ከ", "ስለ"],
        _ => &[""],
    }
}
