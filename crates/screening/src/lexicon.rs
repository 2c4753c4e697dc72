//! Words and what they are about, in every language at once.
//!
//! `build.rs` compiles this file too: there the table is made, here it is read.

use crate::token::hash_of;

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
    names: Vec<String>,
}

impl Lexicon {
    /// The classes of words that rules name and no class holds.
    pub(crate) const RULE_WORD: u64 = 0b111 << 61;

    fn empty() -> Self {
        Self {
            keys: vec![0; SLOTS],
            sets: vec![0; SLOTS],
            masks: vec![0],
            sieve: vec![0; SIEVE_BITS / 64],
            stem_lengths: 0,
            names: Vec::new(),
        }
    }

    /// Reads `lexicon.conf`. Lines that do not follow the form are left out; a test
    /// holds that there are none.
    pub(crate) fn parse(file: &str) -> Self {
        let mut lexicon = Self::empty();
        for line in file.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                lexicon.names.push(name.to_owned());
            } else if let Some((language, words)) = line.split_once('=') {
                lexicon.add_line(language.trim(), words);
            }
        }
        lexicon
    }

    /// The table as bytes: the names, the sets of classes, the sieve, and then the
    /// slots in use.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let names = self.names.join(" ");
        let mut bytes = Vec::new();
        let mut number = |number: usize| {
            bytes.extend(u32::try_from(number).unwrap_or(0).to_le_bytes());
        };
        number(names.len());
        number(self.masks.len());
        number(usize::from(self.stem_lengths));
        bytes.extend(names.as_bytes());
        for word in self.masks.iter().chain(&self.sieve) {
            bytes.extend(word.to_le_bytes());
        }
        for (slot, (key, set)) in self.keys.iter().zip(&self.sets).enumerate() {
            if *key != 0 {
                bytes.extend(u16::try_from(slot).unwrap_or(0).to_le_bytes());
                bytes.extend(set.to_le_bytes());
                bytes.extend(key.to_le_bytes());
            }
        }
        bytes
    }

    /// The table of [`Lexicon::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut lexicon = Self::empty();
        let (head, rest) = bytes.split_at_checked(12)?;
        let mut numbers = head
            .chunks_exact(4)
            .filter_map(|it| usize::try_from(u32::from_le_bytes(it.try_into().ok()?)).ok());
        let (names, rest) = rest.split_at_checked(numbers.next()?)?;
        let masks = numbers.next()?;
        lexicon.stem_lengths = u16::try_from(numbers.next()?).ok()?;
        lexicon.names = core::str::from_utf8(names)
            .ok()?
            .split(' ')
            .map(str::to_owned)
            .collect();
        let (words, slots) = rest.split_at_checked((masks + SIEVE_BITS / 64) * 8)?;
        let mut words = words
            .chunks_exact(8)
            .filter_map(|it| Some(u64::from_le_bytes(it.try_into().ok()?)));
        lexicon.masks = words.by_ref().take(masks).collect();
        lexicon.sieve = words.collect();
        for slot in slots.chunks_exact(8) {
            let [one, two, three, four, key @ ..] = slot else {
                return None;
            };
            let index = usize::from(u16::from_le_bytes([*one, *two]));
            *lexicon.sets.get_mut(index)? = u16::from_le_bytes([*three, *four]);
            *lexicon.keys.get_mut(index)? = u32::from_le_bytes(key.try_into().ok()?);
        }
        Some(lexicon)
    }

    fn add_line(&mut self, language: &str, words: &str) {
        let Some(class) = self.names.len().checked_sub(1) else {
            return;
        };
        let mask = 1_u64 << class.min(60);
        let prefixes = prefixes(language);
        for word in words.split_whitespace() {
            self.add(word, mask);
            for prefix in prefixes {
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
            self.insert(hash, 1 << (61 + hash % 3));
        }
    }

    fn insert(&mut self, hash: u32, mask: u64) {
        let (slot, found) = self.slot(hash);
        let old = if found { self.mask_at(slot) } else { 0 };
        let new = old | mask;
        let set = self.set_of(new);
        if let (Some(key), Some(at)) = (self.keys.get_mut(slot), self.sets.get_mut(slot)) {
            *key = hash;
            *at = u16::try_from(set).unwrap_or(0);
        }
    }

    fn set_of(&mut self, mask: u64) -> usize {
        let known = self.masks.iter().rposition(|it| *it == mask);
        known.unwrap_or_else(|| {
            self.masks.push(mask);
            self.masks.len() - 1
        })
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
        "ar" => &["و", "ف", "ال", "وال", "بال", "لل", "ب", "ل", "ول"],
        "am" => &["የ", "በ", "ለ", "ከ", "ስለ"],
        _ => &[],
    }
}
