//! Numbers that check: payment cards, IBANs and KRA PINs.

use crate::bytes::{at, before};
use crate::kind::Kind;
use crate::span::Span;

/// The end of the run of digits at `index`, if what is before it and its length show that
/// nothing begins there. Most runs are so.
#[inline]
pub(crate) fn plain_end(bytes: &[u8], index: usize) -> Option<usize> {
    let end = run_end(bytes, index);
    let length = end - index;
    let is_plain = if before(bytes, index).is_ascii_uppercase() {
        // Neither a KRA PIN nor a country: the time in a date, as in `T10`.
        length != 9 && !before(bytes, index - 1).is_ascii_uppercase()
    } else if length == 4 {
        !matches!(at(bytes, end), b' ' | b'-')
    } else {
        length < 15
    };
    is_plain.then_some(end)
}

/// What begins at or just before the run of digits at `index`, and the end of that run,
/// where [`plain_end`] has no answer.
pub(crate) fn at_digits(bytes: &[u8], index: usize) -> (Option<Span>, usize) {
    let run_end = run_end(bytes, index);
    let found = if before(bytes, index).is_ascii_uppercase() {
        kra_pin(bytes, index).or_else(|| iban(bytes, index))
    } else {
        card(bytes, index)
    };
    (found, found.map_or(run_end, |span| span.end.max(run_end)))
}

/// The end of the run of digits at `index`; most have but a few.
fn run_end(bytes: &[u8], index: usize) -> usize {
    let mut end = index;
    while at(bytes, end).is_ascii_digit() {
        end += 1;
    }
    end
}

fn is_edge(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b'_' && byte < 0x80
}

/// `[AP]` nine digits and a letter: the digits begin at `digits`.
fn kra_pin(bytes: &[u8], digits: usize) -> Option<Span> {
    let start = digits.checked_sub(1)?;
    let end = digits + 10;
    let nine = bytes
        .get(digits..digits + 9)?
        .iter()
        .all(u8::is_ascii_digit);
    let letters =
        matches!(at(bytes, start), b'A' | b'P') && at(bytes, digits + 9).is_ascii_uppercase();
    let edges = is_edge(before(bytes, start)) && is_edge(at(bytes, end));
    (nine && letters && edges).then_some(())?;
    Span::new(start, end, Kind::KraPin)
}

/// Lengths by country, from the IBAN registry.
#[rustfmt::skip]
const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AO", 25), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BF", 28),
    (b"BG", 22), (b"BH", 22), (b"BI", 27), (b"BJ", 28), (b"BR", 29), (b"BY", 28), (b"CF", 27), (b"CG", 27), (b"CH", 21),
    (b"CI", 28), (b"CM", 27), (b"CR", 22), (b"CV", 25), (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DJ", 27), (b"DK", 18),
    (b"DO", 28), (b"DZ", 26), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27),
    (b"GA", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GQ", 27), (b"GR", 27), (b"GT", 28), (b"GW", 25),
    (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26), (b"IT", 27), (b"JO", 30),
    (b"KM", 27), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21),
    (b"LY", 25), (b"MA", 28), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MG", 27), (b"MK", 19), (b"ML", 28), (b"MN", 20),
    (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"MZ", 25), (b"NE", 28), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23),
    (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SN", 28), (b"SO", 23), (b"ST", 25),
    (b"SV", 28), (b"TD", 27), (b"TG", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24),
    (b"XK", 20), (b"YE", 30),
];

/// An IBAN whose two check digits stand at `digits`, with or without a space
/// after every four characters.
fn iban(bytes: &[u8], digits: usize) -> Option<Span> {
    let start = digits.checked_sub(2)?;
    let country = bytes.get(start..digits)?.first_chunk::<2>()?;
    if !country.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let (_, length) = *IBAN_LENGTHS.iter().find(|(code, _)| *code == country)?;
    if !is_edge(before(bytes, start)) {
        return None;
    }
    let mut characters = Vec::with_capacity(length);
    let mut index = start;
    while characters.len() < length {
        let byte = at(bytes, index);
        let parted = byte == b' ' && characters.len() % 4 == 0;
        if byte.is_ascii_uppercase() || byte.is_ascii_digit() {
            characters.push(byte);
        } else if !parted || before(bytes, index) == b' ' {
            return None;
        }
        index += 1;
    }
    (is_edge(at(bytes, index)) && mod_97(&characters) == 1).then_some(())?;
    Span::new(start, index, Kind::Iban)
}

/// ISO 7064 MOD 97-10 over the number with its first four characters at the end.
fn mod_97(characters: &[u8]) -> u32 {
    let (head, tail) = characters.split_at(characters.len().min(4));
    tail.iter().chain(head).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.wrapping_sub(b'A')) + 10) % 97,
    })
}

/// A card number that begins at `start`: one run, or groups as cards print them.
fn card(bytes: &[u8], start: usize) -> Option<Span> {
    let previous = before(bytes, start);
    let inside_another = matches!(previous, b'-' | b'.' | b'/' | b':' | b',')
        && start
            .checked_sub(2)
            .is_some_and(|index| at(bytes, index).is_ascii_alphanumeric());
    if !is_edge(previous) || (inside_another && previous != b':' && previous != b',') {
        return None;
    }
    let mut written = Written::default();
    let mut separator = None;
    let mut index = start;
    while written.count <= MOST_DIGITS {
        let byte = at(bytes, index);
        if byte.is_ascii_digit() {
            written.digit(byte - b'0');
        } else if matches!(byte, b' ' | b'-')
            && *separator.get_or_insert(byte) == byte
            && at(bytes, index + 1).is_ascii_digit()
            && written.parts + 1 < MOST_GROUPS
            && !written.is_complete()
        {
            written.parts += 1;
        } else {
            break;
        }
        index += 1;
    }
    let goes_on = matches!(at(bytes, index), b'.' | b'-' | b'/')
        && at(bytes, index + 1).is_ascii_alphanumeric();
    (is_edge(at(bytes, index)) && !goes_on && written.is_complete()).then_some(())?;
    Span::new(start, index, Kind::PaymentCard)
}

/// The most digits of a card, and the most groups that they stand in.
const MOST_DIGITS: usize = 19;
const MOST_GROUPS: usize = 5;

/// The digits of what may be a card.
#[derive(Default)]
struct Written {
    digits: [u8; MOST_DIGITS + 1],
    count: usize,
    /// How many digits each group has.
    groups: [usize; MOST_GROUPS],
    /// How many groups there are behind the first.
    parts: usize,
}

impl Written {
    fn digit(&mut self, digit: u8) {
        if let (Some(place), Some(group)) = (
            self.digits.get_mut(self.count),
            self.groups.get_mut(self.parts),
        ) {
            *place = digit;
            *group += 1;
            self.count += 1;
        }
    }

    fn is_complete(&self) -> bool {
        let groups = self.groups.get(..=self.parts).unwrap_or_default();
        let digits = self.digits.get(..self.count).unwrap_or_default();
        let grouped = matches!(groups, [_] | [4, 4, 4, 4] | [4, 6, 5] | [4, 4, 4, 4, 3]);
        grouped && is_issued(digits) && luhn(digits)
    }
}

/// The ranges and lengths that card networks issue.
fn is_issued(digits: &[u8]) -> bool {
    let leading = |count: usize| {
        digits
            .iter()
            .take(count)
            .fold(0_u32, |n, d| n * 10 + u32::from(*d))
    };
    match digits.len() {
        15 => matches!(leading(2), 34 | 37),
        16 => {
            matches!(leading(1), 4)
                || matches!(leading(2), 51..=55 | 35 | 65 | 62)
                || matches!(leading(3), 644..=649)
                || matches!(leading(4), 2221..=2720 | 6011)
                || matches!(leading(6), 506_099..=506_198)
        }
        19 => matches!(leading(2), 62 | 65) || matches!(leading(6), 506_099..=506_198),
        _ => false,
    }
}

/// ISO/IEC 7812-1, annex B. A number of one repeated digit is no card.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let doubled = u32::from(*digit) * (1 + (place as u32 & 1));
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| Some(digit) != digits.first())
}
