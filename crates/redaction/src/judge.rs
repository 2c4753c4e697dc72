//! Whether a value that a name introduces is a secret.

use crate::assignment::Name;
use crate::base64;
use crate::bytes::{before, run_end};
use crate::kind::Kind;
use crate::name::{Said, Trust};
use crate::separator::Manner;
use crate::span::Span;
use crate::value::{Standing, entropy, is_hex, is_no_password, is_placeholder, is_random, is_uuid};

/// How a value came to be looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Introduced<'t> {
    pub(crate) said: Said,
    pub(crate) name: &'t str,
    pub(crate) manner: Manner,
    /// Whether a sentence goes on behind it.
    pub(crate) goes_on: bool,
}

/// Whether `value` is a secret.
pub(crate) fn is_secret(value: &str, by: &Introduced<'_>, standing: Standing) -> bool {
    let value = value.trim();
    let bare = value.trim_end_matches('?');
    let empty = || match by.said.kind {
        Kind::Password => is_no_password(bare, standing),
        _ => is_placeholder(bare, standing) || decodes_to_placeholder(bare),
    };
    plausible(value, by, standing) && !empty()
}

/// Whether base64 only wraps what stands for a secret, as examples of Kubernetes do.
fn decodes_to_placeholder(value: &str) -> bool {
    const SHORTEST: usize = 16;
    (SHORTEST..=512).contains(&value.len())
        && base64::decoded(value.as_bytes())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .is_some_and(|text| {
                text.bytes().all(|byte| byte.is_ascii_graphic())
                    && is_placeholder(&text, Standing::Quoted)
            })
}

/// Whether the value looks like one of those that the name introduces.
fn plausible(value: &str, by: &Introduced<'_>, standing: Standing) -> bool {
    if by.manner == Manner::NextLine {
        return by.said.trust >= Trust::Good
            && value.len() >= 24
            && is_strong(value)
            && !value.contains("://");
    }
    match (by.said.kind, by.said.trust) {
        (Kind::OneTimeCode, _) => is_code(value, by),
        (Kind::Password, _) => is_password(value, by, standing),
        (_, Trust::Weak) => {
            value.len() >= 16
                && is_strong(value)
                && !is_uuid(value)
                && weak_hex_fits(value, by.name)
        }
        _ => is_good(value, by, standing),
    }
}

/// Whether a JSON string under the key `name` goes whole because of what a key above
/// it said.
pub(crate) fn goes_whole(value: &str, said: Said, name: &str) -> bool {
    let by = Introduced {
        said,
        name,
        manner: Manner::Sign,
        goes_on: false,
    };
    match (said.kind, said.trust) {
        (Kind::OneTimeCode, _) | (_, Trust::Weak) => is_secret(value, &by, Standing::Quoted),
        _ => !value.is_empty(),
    }
}

/// For [`bearer`](crate::assignment::bearer), whose token no name judges.
pub(crate) fn is_placeholder_token(token: &str) -> bool {
    is_placeholder(token, Standing::Quoted)
}

/// Random beyond doubt.
fn is_strong(value: &str) -> bool {
    let entropy = entropy(value.as_bytes());
    let plain = !value.contains(' ') || entropy > 4.2;
    plain && is_random(value) && entropy >= 3.0
}

/// A hash under a name of one word such as `key` may be anything.
fn weak_hex_fits(value: &str, name: &str) -> bool {
    !is_hex(value) || name.contains(['_', '-', '.']) || name.chars().skip(1).any(char::is_uppercase)
}

fn is_good(value: &str, by: &Introduced<'_>, standing: Standing) -> bool {
    let shortest = if by.said.kind == Kind::Authorization {
        6
    } else {
        8
    };
    let words = value.split_whitespace().count();
    value.len() >= shortest
        && (words == 1 || (words < 4 && entropy(value.as_bytes()) > 4.0))
        && is_random(value)
        && entropy(value.as_bytes()) >= 2.3
        && !is_time_uuid(value)
        && (standing == Standing::Quoted || !value.ends_with('(') && !value.ends_with("()"))
}

/// Made of the time and a machine: a count, no secret.
fn is_time_uuid(value: &str) -> bool {
    is_uuid(value) && value.as_bytes().get(14) == Some(&b'1')
}

fn is_password(value: &str, by: &Introduced<'_>, standing: Standing) -> bool {
    let length = value.chars().count();
    let words = value.split_whitespace().count();
    let lower = value.to_ascii_lowercase();
    let letters = value
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, '_' | '-' | '.' | '\''));
    // "password: Password" is a label; `pass=ftppass` hands a variable on.
    let label = value.starts_with(char::is_uppercase)
        && ["pass", "mot de", "secret", "neno"]
            .iter()
            .any(|word| lower.contains(word))
        && letters;
    match (by.manner, standing) {
        _ if length < 3 || (length < 4 && standing == Standing::Bare) || label => false,
        (Manner::Prose, _) => length >= 4 && words == 1 && is_chosen(value),
        (Manner::Space, Standing::Bare) => length >= 6 && is_chosen(value),
        (Manner::Call, _) => {
            words == 1 && (is_chosen(value) || by.name.to_ascii_lowercase().starts_with("set"))
        }
        (_, Standing::Quoted) => words <= 3 || entropy(value.as_bytes()) > 4.3,
        (_, Standing::Bare) if is_chosen(value) => true,
        _ => !(by.goes_on || letters && hands_on(&lower, by.name)),
    }
}

/// Whether a bare word is more likely a variable than a password.
fn hands_on(lower: &str, name: &str) -> bool {
    let setting = name.chars().all(|c| !c.is_lowercase());
    !setting
        && (lower.contains("pass")
            || lower.contains("pwd")
            || lower.contains("secret")
            || lower.contains("token")
            || lower.contains("key")
            || lower.contains('.')
            || lower.contains('_'))
}

/// Whether people choose such a thing as a password rather than write it as a word.
fn is_chosen(value: &str) -> bool {
    let letter = value.chars().any(char::is_alphabetic);
    let small = value.chars().any(char::is_lowercase);
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let sign = value.bytes().any(|b| b"@#$%^&*!~+=?/".contains(&b));
    let capital_inside = value.chars().skip(1).any(char::is_uppercase);
    letter && (digit || sign)
        || (capital_inside && small && !value.contains('.'))
        || (digit && value.len() >= 4)
}

/// A code for one use, or a number that goes with a card or an account.
fn is_code(value: &str, by: &Introduced<'_>) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let plain = value
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b' '));
    let name = by.name.to_ascii_lowercase();
    let (shortest, longest) = if name.contains("cv") {
        (3, 4)
    } else if name.contains("pin") {
        (4, 6)
    } else {
        (4, 8)
    };
    let postal = name.contains("pin") && name.contains("code") && digits == 6;
    let lettered = !name.contains("pin")
        && (6..=10).contains(&value.len())
        && digits >= 2
        && value
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    (plain && (shortest..=longest).contains(&digits) && !postal) || lettered
}

/// "482913 is your verification code".
pub(crate) fn code_before(text: &str, name: Name) -> Option<Span> {
    if name.said.kind != Kind::OneTimeCode {
        return None;
    }
    let bytes = text.as_bytes();
    let from = text.floor_char_boundary(name.start.saturating_sub(48));
    let window = text.get(from..name.start)?;
    let (joined, _) = [
        " is your",
        " as your",
        " is the",
        " ni ",
        " est votre",
        " is ur",
    ]
    .iter()
    .filter_map(|word| window.rfind(word).map(|place| (from + place, word)))
    .max()?;
    let mut start = joined;
    while before(bytes, start).is_ascii_digit() && joined - start < 9 {
        start -= 1;
    }
    let fits = (4..=8).contains(&(joined - start)) && !before(bytes, start).is_ascii_alphanumeric();
    let end = run_end(bytes, start, 9, |byte| byte.is_ascii_digit());
    fits.then(|| Span::new(start, end, Kind::OneTimeCode))
        .flatten()
}
