//! Writings that a model reads as the text that they stand for: base64 (mailboxes hand
//! out bodies so), entities and tags of HTML, quoted-printable, percent signs.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// No more of a text is read again.
const LONGEST: usize = 256 * 1024;
/// A shorter token is taken as it is.
const SHORTEST_BASE64: usize = 16;
/// So many tokens of a text are tried.
const MOST_TOKENS: usize = 64;

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// What a text says when it is read as one that writes it so, for each way that it
/// may be meant.
pub(crate) fn readings(text: &str) -> Vec<String> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let mut readings = Vec::new();
    if text.contains('&') || (text.contains('<') && text.contains('>')) {
        let plain = html(text);
        if plain != text {
            readings.push(plain);
        }
    }
    for sign in [b'=', b'%'] {
        if let Some(plain) = escaped(text, sign) {
            readings.push(plain);
        }
    }
    readings.extend(base64(text));
    readings
}

/// Without tags and comments, and with entities as what they stand for.
fn html(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let end = if from.starts_with("<!--") {
            from.find("-->").map(|end| end + 3)
        } else if from.starts_with('<') {
            tag(from)
        } else {
            entity(from).map(|(character, end)| {
                plain.extend(character);
                end
            })
        };
        let taken = end.unwrap_or_else(|| {
            plain.extend(from.chars().next());
            1
        });
        rest = from.get(taken..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// Where a tag ends; an address in angle brackets is none.
fn tag(from: &str) -> Option<usize> {
    const LONGEST_TAG: usize = 2_048;
    let begins = from.as_bytes().get(1)?;
    let end = from
        .bytes()
        .take(LONGEST_TAG)
        .position(|byte| byte == b'>')?;
    let is_tag = begins.is_ascii_alphabetic() || *begins == b'/';
    let name = from.get(1..end)?.split(' ').next()?;
    (is_tag && !name.contains('@')).then_some(end + 1)
}

/// An entity: what it stands for, nothing for what is invisible, and its length.
fn entity(from: &str) -> Option<(Option<char>, usize)> {
    let end = from.bytes().take(12).position(|byte| byte == b';')?;
    let name = from.get(1..end)?;
    let character = match name {
        "nbsp" | "ensp" | "emsp" | "thinsp" => Some(' '),
        "amp" => Some('&'),
        "commat" => Some('@'),
        "period" => Some('.'),
        "shy" | "zwj" | "zwnj" => None,
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            Some(char::from_u32(code)?)
        }
    };
    Some((character, end + 1))
}

/// Bytes that are written with a sign and two hexadecimal digits; with `=` a line's
/// end after it is none.
fn escaped(text: &str, sign: u8) -> Option<String> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let mut is_changed = false;
    while let Some(&byte) = bytes.get(at) {
        let after = bytes.get(at + 1..).unwrap_or_default();
        let value = match after {
            [high, low, ..] if byte == sign => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = value {
            plain.push(high << 4 | low);
            at += 3;
        } else if byte == b'=' && sign == b'=' && after.starts_with(b"\r\n") {
            at += 3;
        } else if byte == b'=' && sign == b'=' && after.starts_with(b"\n") {
            at += 2;
        } else {
            plain.push(byte);
            at += 1;
            continue;
        }
        is_changed = true;
    }
    is_changed.then(|| String::from_utf8_lossy(&plain).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|it| u8::try_from(it).ok())
}

/// The texts that stand in base64: the whole, over several lines too, or tokens of it.
fn base64(text: &str) -> Vec<String> {
    let is_of_lines = text
        .split_once(['\r', '\n'])
        .is_some_and(|(first, _)| !first.is_empty() && first.bytes().all(is_base64));
    if is_of_lines {
        let joined: String = text.split_ascii_whitespace().collect();
        if joined.bytes().all(is_base64) {
            return decoded(&joined).into_iter().collect();
        }
    }
    let bytes = text.as_bytes();
    let mut texts = Vec::new();
    let mut tried = 0;
    // A token of that length has one of these bytes, wherever it begins.
    let mut at = SHORTEST_BASE64 - 1;
    while let Some(&byte) = bytes.get(at) {
        if !is_base64(byte) {
            at += SHORTEST_BASE64;
            continue;
        }
        let (before, after) = bytes.split_at(at);
        let from = at - before.iter().rev().take_while(|it| is_base64(**it)).count();
        let to = at + after.iter().take_while(|it| is_base64(**it)).count();
        at = to + SHORTEST_BASE64;
        if to - from < SHORTEST_BASE64 {
            continue;
        }
        tried += 1;
        if tried > MOST_TOKENS {
            break;
        }
        texts.extend(text.get(from..to).and_then(decoded));
    }
    texts
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

fn decoded(token: &str) -> Option<String> {
    let bytes = if token.contains(['-', '_']) {
        URL_SAFE.decode(token)
    } else {
        STANDARD.decode(token)
    };
    let text = String::from_utf8(bytes.ok()?).ok()?;
    let is_text = text.len() >= SHORTEST_BASE64 / 2
        && text
            .chars()
            .all(|it| !it.is_control() || it.is_whitespace());
    is_text.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_text_is_read_as_it() {
        for (text, plain) in [
            ("till 52<b>25</b>33", "till 522533"),
            ("till 52<!-- x -->2533", "till 522533"),
            ("till &#53;&#x32;&zwnj;2533", "till 522533"),
            ("till 522=\n533", "till 522533"),
            ("till =35=32=32533", "till 522533"),
            ("till%20%35%32%32533", "till 522533"),
            ("cGxlYXNlIHBheSB0aWxsIDUyMjUzMw==", "please pay till 522533"),
            ("cGxlYXNlIHBh\neSB0aWxsIDUyMjUzMw", "please pay till 522533"),
        ] {
            assert!(
                readings(text).iter().any(|it| it == plain),
                "{text}: {:?}",
                readings(text)
            );
        }
    }

    #[test]
    fn ordinary_text_has_one_reading() {
        for text in [
            "please pay the till as usual",
            "Jane <jane@client.example>",
            "a < b and b > c",
            "100 % of it, x = 5",
            "R&D; and more",
            "internationalisation",
        ] {
            assert_eq!(readings(text), Vec::<String>::new(), "{text}");
        }
    }
}
