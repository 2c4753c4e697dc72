//! Whether a name ends as the name of a secret does: nearly all names do not, and need
//! not be taken apart.

use super::lists::{CODES, MAYBE, PASSWORDS, SECRETS, STAYS};

/// Lists of the words with which a name that says something ends.
const LISTS: [&[&str]; 6] = [PASSWORDS, SECRETS, MAYBE, CODES, STAYS, &["authorization"]];

/// The lists of those that are more than what may stand behind a name.
const NAMES: [&[&str]; 5] = [PASSWORDS, SECRETS, MAYBE, CODES, &["authorization"]];

/// How many bits each of the last three letters has.
const BITS: usize = 5;

/// One bit for every three last letters.
static ENDINGS: [u64; 1 << (3 * BITS - 6)] = endings();

const fn endings() -> [u64; 1 << (3 * BITS - 6)] {
    let mut endings = [0; 1 << (3 * BITS - 6)];
    let mut list = 0;
    while list < LISTS.len() {
        let mut word = 0;
        while word < LISTS[list].len() {
            add(&mut endings, LISTS[list][word].as_bytes());
            word += 1;
        }
        list += 1;
    }
    endings
}

/// Of a word of two letters, the one before may be any; words with other than small
/// letters at the end never come here, see [`may_say`].
const fn add(endings: &mut [u64; 1 << (3 * BITS - 6)], word: &[u8]) {
    let length = word.len();
    if length >= 3 {
        let place = place(word[length - 3], word[length - 2], word[length - 1]);
        endings[place >> 6] |= 1 << (place & 63);
        return;
    }
    let mut before = b'a';
    while before <= b'z' {
        let place = place(before, word[0], word[length - 1]);
        endings[place >> 6] |= 1 << (place & 63);
        before += 1;
    }
}

const fn place(one: u8, two: u8, three: u8) -> usize {
    (one as usize & 31) << (2 * BITS) | (two as usize & 31) << BITS | three as usize & 31
}

/// Whether the last three letters, whatever their case and whatever stands between
/// them, are those of a word that matters. Where they are no three letters of ASCII the
/// answer is yes.
pub(super) fn may_say(name: &str) -> bool {
    let mut letters = [0; 3];
    let mut rest = name
        .bytes()
        .rev()
        .filter(|b| b.is_ascii_alphanumeric() || !b.is_ascii());
    for letter in &mut letters {
        match rest.next() {
            Some(byte) if byte.is_ascii_alphabetic() => *letter = byte,
            _ => return true,
        }
    }
    let [three, two, one] = letters;
    let place = place(one, two, three);
    ENDINGS
        .get(place >> 6)
        .is_some_and(|word| word >> (place & 63) & 1 != 0)
}

/// Whether words run together end with a word that names a secret: without one, none of
/// their rows needs to be looked up.
pub(super) fn is_known(row: &str) -> bool {
    NAMES
        .iter()
        .flat_map(|list| list.iter())
        .any(|word| ends(row, word))
}

/// Whether it ends so. Nearly all words end with another letter, which needs no call.
pub(super) fn ends(row: &str, word: &str) -> bool {
    row.as_bytes().last() == word.as_bytes().last() && row.ends_with(word)
}
