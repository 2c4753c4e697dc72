//! Names that say their value is a secret.
//!
//! A name is read as its words, however they are joined: `dbPassword`,
//! `DB_PASSWORD`, `db-password`, `db password`.

mod ending;
mod lists;
mod words;

use crate::kind::Kind;
use crate::marker;

use lists::{CODES, HARMLESS, MAYBE, PASSWORDS, SECRETS, STAYS};
use words::Words;

/// How sure a name makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// Names many other things too: its value must look random and long.
    Weak,
    /// Its value must look random.
    Good,
    /// Whatever stands there is secret: people choose words.
    Sure,
}

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) kind: Kind,
    pub(crate) trust: Trust,
}

/// The longest name that is read.
pub(crate) const LONGEST: usize = 64;

/// What the name says, if it says anything.
pub(crate) fn said(name: &str) -> Option<Said> {
    if !ending::may_say(name) {
        return None;
    }
    let words = Words::of(name);
    let mut count = words.count();
    // What stands behind: `password_1`, `token_value`.
    while count > 1 {
        let word = words.row(count - 1, count);
        if word.bytes().all(|b| b.is_ascii_digit()) || STAYS.contains(&word) {
            count -= 1;
        } else {
            break;
        }
    }
    if !ending::is_known(words.row(0, count)) {
        return None;
    }
    // The longest row of words at the end that is a name.
    let first = count.saturating_sub(5);
    let said = (first..count).find_map(|from| of_row(words.row(from, count)))?;
    let named = || (0..count).map(|at| words.row(at, at + 1));
    let harmless = said.kind != Kind::Password
        && named().any(|word| HARMLESS.contains(&word))
        && !named()
            .any(|word| word == "secret" || word == "api" && named().next() != Some("public"));
    (!harmless).then_some(said)
}

fn of_row(row: &str) -> Option<Said> {
    let said = |kind, trust| Some(Said { kind, trust });
    let is_one_of = |words: &[&str]| {
        let is_it = |word: &&str| word.as_bytes().first() == row.as_bytes().first() && *word == row;
        words.iter().any(is_it)
    };
    if is_one_of(PASSWORDS) {
        return said(Kind::Password, Trust::Sure);
    }
    if is_one_of(CODES) {
        return said(Kind::OneTimeCode, Trust::Sure);
    }
    if row == "authorization" || row == "proxyauthorization" {
        return said(Kind::Authorization, Trust::Good);
    }
    if is_one_of(SECRETS) {
        return said(Kind::Secret, Trust::Good);
    }
    if is_one_of(MAYBE) {
        return said(Kind::Secret, Trust::Weak);
    }
    // Words that nobody parted: `mysecrettoken`, `userpassword`.
    let glued = |ends: &[&str]| {
        ends.iter()
            .any(|end| end.len() >= 5 && ending::ends(row, end) && row.len() < 32)
    };
    if glued(PASSWORDS) {
        return said(Kind::Password, Trust::Sure);
    }
    if glued(SECRETS) {
        return said(Kind::Secret, Trust::Good);
    }
    None
}

/// The kind of secret that a field of this name holds, if its name says so.
pub(crate) fn secret_named(name: &str) -> Option<Said> {
    // A marker in a name names a kind; it says nothing of the value.
    (name.len() <= LONGEST && !marker::contains(name))
        .then(|| said(name))
        .flatten()
}
