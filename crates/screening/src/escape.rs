//! One character written as an escape: percent, entity, backslash.

/// The character that the escape at `start` stands for, and where the escape ends.
pub(crate) fn character(text: &str, start: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    match bytes.get(start)? {
        b'%' => Some((hexadecimal(text, start + 1, 2)?, start + 3)),
        b'\\' => match bytes.get(start + 1)? {
            b'n' | b'r' => Some(('\n', start + 2)),
            b't' => Some((' ', start + 2)),
            b'u' => Some((hexadecimal(text, start + 2, 4)?, start + 6)),
            b'x' => Some((hexadecimal(text, start + 2, 2)?, start + 4)),
            _ => None,
        },
        b'&' => entity(text, start),
        _ => None,
    }
}

fn hexadecimal(text: &str, start: usize, digits: usize) -> Option<char> {
    let digits = text.get(start..start + digits)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    // A lone byte beyond ASCII is part of a longer sequence, of no script read here.
    (digits.len() > 2 || character.is_ascii()).then_some(character)
}

fn entity(text: &str, start: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let body = bytes.get(start + 1..(start + 12).min(bytes.len()))?;
    let length = body.iter().position(|byte| *byte == b';')?;
    let end = start + 2 + length;
    let name = text.get(start + 1..end - 1)?;
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((character, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        for (text, expected) in [
            ("%69x", Some(('i', 3))),
            ("%zz", None),
            ("%", None),
            ("&#105;", Some(('i', 6))),
            ("&#x69;", Some(('i', 6))),
            ("&lt;", Some(('<', 4))),
            ("&unknown;", None),
            ("&;", None),
            ("\\u0069", Some(('i', 6))),
            ("\\n", Some(('\n', 2))),
            ("\\ud800", None),
            ("%é9", None),
        ] {
            assert_eq!(character(text, 0), expected, "{text}");
        }
    }
}
