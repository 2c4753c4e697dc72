//! Whether what stands beside a name is a secret: not a placeholder, not a piece
//! of code, and for most names not a word.

use crate::bytes::is_word;
use crate::marker;

/// What stands in documentation where a secret would.
const STANDS_FOR: &[&str] = &[
    "example",
    "placeholder",
    "your",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "insert",
    "replace",
    "todo",
    "dummy",
    "redacted",
    "_here",
    "-here",
    "xxxx",
    "****",
    "....",
    "<your",
    "fake",
    "sample",
    "foobar",
    "notasecret",
    "not_a_secret",
    "enter_",
    "abcdefgh",
    "abababab",
    "deadbeef",
    "00000000",
    "secretref",
    "test-token",
    "test_token",
    "fixme",
    "my_secret",
    "my-secret",
    "mysecret",
    "some_secret",
    "some-secret",
    "test_secret",
    "test-secret",
    "lorem",
];

/// Words that say something about a secret and are none.
#[rustfmt::skip]
const NO_VALUES: &[&str] = &[
    "and", "any", "array", "bool", "boolean", "buffer", "bytes", "changed", "char", "chr", "correct", "default",
    "disabled", "empty", "enabled", "expired", "false", "field", "forgotten", "hidden", "hashed", "inahitajika",
    "incorrect", "input", "int", "integer", "invalid", "leo", "long", "missing", "muhimu", "never", "new", "nil",
    "none", "null", "number", "object", "obligatoire", "off", "optional", "prompt", "required", "reset", "same",
    "self", "set", "siri", "std", "str", "string", "text", "the", "this", "true", "undefined", "unset", "update",
    "updated", "valid", "value", "varchar", "void", "wrong", "yes", "no", "not", "non", "file", "env", "vault",
    "encrypted", "protected", "omitted", "secret", "token", "nullable", "uuid", "unknown", "random", "generate",
    "generated", "login", "logout", "basic", "bearer", "oauth", "oauth2", "digest", "admin_password",
];

/// How a value stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In quotation marks, or between tags.
    Quoted,
    /// Bare.
    Bare,
}

/// Whether it is only in the place of a value: a mask, a template, a variable, a
/// call, a path, or words that say so.
pub(crate) fn is_placeholder(value: &str, standing: Standing) -> bool {
    is_no_value(value, standing) || stands_for(value)
}

/// As [`is_placeholder`], of a password, which people make of words.
pub(crate) fn is_no_password(value: &str, standing: Standing) -> bool {
    let counted = value.bytes().filter(u8::is_ascii_digit).count() >= 3
        && value.bytes().all(|b| b.is_ascii_alphanumeric());
    is_no_value(value, standing) || (!counted && stands_for(value))
}

fn is_no_value(value: &str, standing: Standing) -> bool {
    marker::begins(value)
        || is_masked(value)
        || is_template(value)
        || is_reference(value)
        || (standing == Standing::Bare && is_code(value))
        || NO_VALUES
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether words that stand for a secret stand in the beginning of `value`.
fn stands_for(value: &str) -> bool {
    let probe = value
        .get(..value.floor_char_boundary(64))
        .unwrap_or_default();
    let lower = probe.to_ascii_lowercase();
    STANDS_FOR.iter().any(|words| lower.contains(words))
}

/// Of so few different characters that nobody could mean it.
pub(crate) fn is_masked(value: &str) -> bool {
    let mut seen = [false; 256];
    let mut different = 0;
    for byte in value.bytes() {
        if let Some(place) = seen.get_mut(usize::from(byte)).filter(|place| !**place) {
            *place = true;
            different += 1;
        }
    }
    different <= 2 || (value.len() >= 20 && different <= 4)
}

fn is_template(value: &str) -> bool {
    let opens = [
        "${",
        "{{",
        "<",
        "%(",
        "$(",
        "#{",
        "@{",
        "{%",
        "[%",
        "%{",
        "$[",
        "ENC[",
        "ENC(",
        "!vault",
        "[redacted",
    ]
    .iter()
    .any(|opening| value.starts_with(opening));
    let braces = value.starts_with('{') && value.ends_with('}');
    let percent =
        value.len() > 2 && value.starts_with('%') && (value.ends_with('%') || value.len() == 2);
    let format = value == "%s" || value == "%v" || value == "{}" || value.contains("{{");
    opens || braces || percent || format
}

/// `$NAME`, or the name of a constant that holds the value.
fn is_reference(value: &str) -> bool {
    let variable = value.strip_prefix('$').is_some_and(|name| {
        let letters = name.bytes().all(|b| is_word(b) || b == b'.' || b == b':');
        let spelt = !name.bytes().any(|b| b.is_ascii_digit())
            || name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        !name.is_empty() && letters && spelt
    });
    let constant = value.contains('_')
        && value
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
        && value.split('_').filter(|part| is_a_word(part)).count() >= 2;
    variable || constant
}

/// A call, an attribute, an address or a path.
fn is_code(value: &str) -> bool {
    let attribute = value.split_once('.').is_some_and(|(object, rest)| {
        let name = |text: &str| {
            text.bytes().all(|b| is_word(b) || b == b'.')
                && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        };
        name(object) && name(rest) && !is_random(value)
    });
    let name = value
        .bytes()
        .take_while(|b| is_word(*b) || matches!(b, b'.' | b':' | b'$'))
        .count();
    let next = value.as_bytes().get(name).copied();
    let opens = next == Some(b'[') && (value.ends_with('[') || !is_random(value));
    let call = name > 0 && (next == Some(b'(') || opens);
    let path =
        value.starts_with(['/', '~', '.']) && value.matches('/').count() > 1 && !is_random(value);
    let address = value.contains("://");
    let other = ["\\", "(", "[", "!", "->", "=>", "&", "*", "@"]
        .iter()
        .any(|sign| value.starts_with(sign))
        && !is_random(value);
    attribute || call || path || address || other
}

/// Whether a value is more than words and counts: the letters of a random string
/// change their case and are broken by digits and signs where those of a name
/// form words.
pub(crate) fn is_random(value: &str) -> bool {
    let (mut letters, mut in_words, mut digits, mut signs, mut changes) = (0_usize, 0, 0, 0, 0);
    let mut run = 0;
    let bytes = value.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        let last = index
            .checked_sub(1)
            .and_then(|i| bytes.get(i))
            .copied()
            .unwrap_or_default();
        if byte.is_ascii_alphabetic() {
            letters += 1;
            let same = last.is_ascii_alphabetic()
                && (last.is_ascii_lowercase() == byte.is_ascii_lowercase()
                    || (run == 1 && byte.is_ascii_lowercase()));
            if !same {
                changes += 1;
                in_words += counted(bytes, index, run);
                run = 0;
            }
            run += 1;
        } else {
            in_words += counted(bytes, index, run);
            run = 0;
            if byte.is_ascii_digit() {
                digits += 1;
                changes += usize::from(!last.is_ascii_digit());
            } else {
                signs += usize::from(!matches!(byte, b'-' | b'_' | b'.' | b' ' | b'/' | b':'));
            }
        }
    }
    in_words += counted(bytes, bytes.len(), run);
    let wordy = in_words * 4 > letters * 3;
    let cases = value.bytes().any(|b| b.is_ascii_lowercase())
        && value.bytes().any(|b| b.is_ascii_uppercase());
    let mixed = digits > 0 || signs > 0 || (cases && changes * 4 > value.len());
    let unbroken =
        value.len() >= 24 && digits >= 3 && value.bytes().all(|b| b.is_ascii_alphanumeric());
    match (letters, digits) {
        (0, _) => signs > 0 || digits >= 16,
        _ => {
            mixed
                && (!wordy
                    || unbroken
                    || (digits > 0 && changes * 4 > value.len())
                    || (signs > 0 && digits > 0)
                    || digits * 2 > value.len())
        }
    }
}

/// How many letters of the run that ends at `end` belong to a word.
fn counted(bytes: &[u8], end: usize, run: usize) -> usize {
    let word = bytes.get(end - run.min(end)..end).unwrap_or_default();
    if run >= 3 && has_vowel(word) { run } else { 0 }
}

fn has_vowel(word: &[u8]) -> bool {
    word.iter().any(|b| b"aeiouyAEIOUY".contains(b))
}

fn is_a_word(text: &str) -> bool {
    text.len() >= 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) && has_vowel(text.as_bytes())
}

/// Bits a character, from how often each occurs.
pub(crate) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    let probe = value.get(..value.len().min(256)).unwrap_or_default();
    for byte in probe {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let length = probe.len() as f32;
    let seen = counts.iter().filter(|count| **count > 0);
    seen.map(|count| f32::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// Digits of a UUID in their groups.
pub(crate) fn is_uuid(value: &str) -> bool {
    let mut groups = value.split('-');
    let fits = [8, 4, 4, 4, 12].iter().all(|length| {
        groups
            .next()
            .is_some_and(|group| group.len() == *length && is_hex(group))
    });
    fits && groups.next().is_none()
}

/// Hexadecimal digits only.
pub(crate) fn is_hex(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_hexdigit())
}
