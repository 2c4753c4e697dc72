//! Base64, both alphabets, as far as it goes.

/// What `text` decodes to; nothing where it is not base64.
pub(crate) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let body = text
        .iter()
        .rposition(|b| *b != b'=')
        .map_or(0, |last| last + 1);
    let (body, padding) = text.split_at(body);
    if body.len() % 4 == 1 || padding.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(body.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in body {
        held = held << 6 | u32::from(value(*byte)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    }
    Some(out)
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
