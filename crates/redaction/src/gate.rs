//! Where to look: one pass that stops at every place where a literal may stand.
//!
//! Three bytes at a time are looked up in a bitmap, so that ordinary text costs a
//! few instructions a byte; nothing is compiled at start-up. Literals are compared
//! only where their first three bytes stand.

/// How many bytes of a literal the bitmap knows.
const KNOWN: usize = 3;

/// Bits for a byte's class.
const CLASS_BITS: usize = 6;

/// Words of 64 bits for every three classes: the first two say which word, the third
/// which bit.
const WORDS: usize = 1 << (KNOWN * CLASS_BITS - 6);

/// Two classes.
const TWO: usize = WORDS - 1;

/// Three classes.
const THREE: usize = (1 << (KNOWN * CLASS_BITS)) - 1;

/// The part of a byte's entry that is its class.
const CLASS: usize = (1 << CLASS_BITS) - 1;

/// Set for what base64 of either alphabet is made of.
const RUN: u8 = 1 << 6;

/// Set for digits.
const DIGIT: u8 = 1 << 7;

/// The shortest run of base64 that is told of.
const LONG_RUN: usize = 20;

/// Of each byte, its class: letters without their case, digits and the signs that
/// literals have, 0 for everything else; and what runs it belongs to.
const CLASSES: [u8; 256] = classes();

/// Signs with a class of their own.
const SIGNS: &[u8] = b"-_:/.$=+~[]'\\ (%{#,";

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut letter = 0;
    while letter < 26 {
        classes[b'a' as usize + letter] = (1 + letter as u8) | RUN;
        classes[b'A' as usize + letter] = (1 + letter as u8) | RUN;
        letter += 1;
    }
    let mut digit = 0;
    while digit < 10 {
        classes[b'0' as usize + digit] = (27 + digit as u8) | RUN | DIGIT;
        digit += 1;
    }
    let mut sign = 0;
    while sign < SIGNS.len() {
        let run = matches!(SIGNS[sign], b'-' | b'_' | b'/' | b'+' | b'=');
        classes[SIGNS[sign] as usize] = (37 + sign as u8) | if run { RUN } else { 0 };
        sign += 1;
    }
    classes
}

/// What is told of a text.
pub(crate) trait Visit<T> {
    /// A literal stands here. Answers whether it is taken, so that shorter ones at
    /// the same place need not be asked.
    fn literal(&mut self, start: usize, end: usize, purpose: T) -> bool;

    /// A run of digits begins here. Answers where to look for the next one.
    fn digits(&mut self, start: usize) -> usize;

    /// A run of at least twenty bytes of base64.
    fn long_run(&mut self, start: usize, end: usize);
}

/// A literal, and what it is for.
#[derive(Debug)]
struct Entry<T> {
    index: usize,
    literal: &'static [u8],
    /// Whether case counts.
    exact: bool,
    purpose: T,
}

/// The literals, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Gate<T> {
    bits: Box<[u64; WORDS]>,
    /// Of each word of bits, where its entries begin.
    starts: Box<[u16; WORDS]>,
    /// In the order of their first three bytes; of those alike, the longest first.
    entries: Vec<Entry<T>>,
}

impl<T: Copy> Gate<T> {
    /// Literals shorter than three bytes are left out.
    pub(crate) fn new(literals: impl Iterator<Item = (&'static str, bool, T)>) -> Self {
        let mut entries: Vec<Entry<T>> = literals
            .filter(|(literal, ..)| literal.len() >= KNOWN)
            .map(|(literal, exact, purpose)| Entry {
                index: first(literal.as_bytes()),
                literal: literal.as_bytes(),
                exact,
                purpose,
            })
            .collect();
        entries.sort_by_key(|entry| (entry.index, usize::MAX - entry.literal.len()));
        let mut bits = Box::new([0; WORDS]);
        for entry in &entries {
            if let Some(word) = bits.get_mut(entry.index >> 6) {
                *word |= 1_u64 << (entry.index & 63);
            }
        }
        let mut starts = Box::new([0; WORDS]);
        let mut before = 0;
        for (word, start) in starts.iter_mut().enumerate() {
            let is_before = |entry: &Entry<T>| entry.index >> 6 < word;
            while entries.get(usize::from(before)).is_some_and(is_before) {
                before += 1;
            }
            *start = before;
        }
        Self {
            bits,
            starts,
            entries,
        }
    }

    /// Tells `visit` of every literal in `bytes`, in the order of their starts, of
    /// every run of digits and of every long run of base64.
    pub(crate) fn each(&self, bytes: &[u8], visit: &mut impl Visit<T>) {
        let bits: &[u64; WORDS] = &self.bits;
        let (mut classes, mut digits_to, mut run_start) = (0, 0, 0);
        for (index, byte) in bytes.iter().enumerate() {
            let looked_up = CLASSES.get(usize::from(*byte)).copied().unwrap_or_default();
            let word = bits.get(classes & TWO).copied().unwrap_or_default();
            classes = classes << CLASS_BITS | usize::from(looked_up) & CLASS;
            if looked_up & RUN == 0 {
                if index - run_start >= LONG_RUN {
                    visit.long_run(run_start, index);
                }
                run_start = index + 1;
            } else if looked_up & DIGIT != 0 && index >= digits_to {
                digits_to = visit.digits(index);
            }
            if word.wrapping_shr(u32::from(looked_up)) & 1 != 0 {
                self.visit(bytes, index + 1, classes & THREE, visit);
            }
        }
        if bytes.len() - run_start >= LONG_RUN {
            visit.long_run(run_start, bytes.len());
        }
    }

    /// The literals whose first three bytes end at `end`; the first that is taken
    /// is the last. It stays out of the loop above, which then fits in registers.
    #[inline(never)]
    fn visit(&self, bytes: &[u8], end: usize, index: usize, visit: &mut impl Visit<T>) {
        let Some(start) = end.checked_sub(KNOWN) else {
            return;
        };
        for entry in self.at(index) {
            let end = start + entry.literal.len();
            let stands = bytes.get(start..end).is_some_and(|found| {
                if entry.exact {
                    found == entry.literal
                } else {
                    found.eq_ignore_ascii_case(entry.literal)
                }
            });
            if stands && visit.literal(start, end, entry.purpose) {
                return;
            }
        }
    }

    fn at(&self, index: usize) -> impl Iterator<Item = &Entry<T>> {
        let from = self.starts.get(index >> 6).copied().unwrap_or_default();
        let rest = self.entries.get(usize::from(from)..).unwrap_or_default();
        rest.iter()
            .skip_while(move |entry| entry.index < index)
            .take_while(move |entry| entry.index == index)
    }
}

fn first(literal: &[u8]) -> usize {
    let known = literal.iter().take(KNOWN);
    known.fold(0, |index, byte| {
        let class = CLASSES.get(usize::from(*byte)).copied().unwrap_or_default();
        index << CLASS_BITS | usize::from(class) & CLASS
    })
}
