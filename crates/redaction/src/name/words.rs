//! The words of a name, however they are joined.

/// The words of a name in lower case, run together; and where each begins.
#[derive(Debug)]
pub(super) struct Words {
    letters: String,
    starts: Vec<usize>,
}

impl Words {
    /// The words of `name`.
    pub(super) fn of(name: &str) -> Self {
        let mut words = Self {
            letters: String::with_capacity(name.len()),
            starts: Vec::with_capacity(8),
        };
        let mut last = ' ';
        // How many characters the word has so far that is being read.
        let mut length = 0;
        let mut last_length = 0;
        for character in name.chars() {
            let begins = character.is_uppercase() && (last.is_lowercase() || last.is_ascii_digit())
                || character.is_lowercase() && last.is_uppercase() && length > 1
                || character.is_ascii_digit() && last.is_alphabetic();
            if begins || !character.is_alphanumeric() {
                length = 0;
                if character.is_lowercase() {
                    // `APIKey`: the last capital belongs to the next word.
                    length = words.carry(last_length);
                }
            }
            if character.is_alphanumeric() {
                if length == 0 {
                    words.starts.push(words.letters.len());
                }
                let before = words.letters.len();
                for lower in character.to_lowercase() {
                    words.letters.push(lower);
                    length += 1;
                    last_length = lower.len_utf8();
                }
                debug_assert!(words.letters.len() > before);
            }
            last = character;
        }
        words
    }

    /// Takes the last character, which is so long, for the beginning of a new word; how
    /// many characters that has.
    fn carry(&mut self, last_length: usize) -> usize {
        let start = self.letters.len() - last_length.min(self.letters.len());
        if self.starts.last().is_some_and(|first| *first < start) {
            self.starts.push(start);
        }
        1
    }

    /// How many words.
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The words from one up to before another, run together.
    pub(super) fn row(&self, from: usize, to: usize) -> &str {
        let start = self.starts.get(from).copied();
        let end = self.starts.get(to).copied().unwrap_or(self.letters.len());
        self.letters
            .get(start.unwrap_or(end)..end)
            .unwrap_or_default()
    }
}
