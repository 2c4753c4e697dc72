//! Identifiers of letters and digits.

use crate::check;
use crate::context;
use crate::detector::Found;
use crate::flags::Topic;
use crate::kind::Kind;
use crate::piece::Piece;
use crate::token;

/// Looks at every token with letters and digits, and at letters before digits.
#[inline(never)]
pub(crate) fn find(piece: &Piece<'_>, found: &mut Vec<Found>) {
    token::each(&piece.tokens.codes, |index| {
        let token = piece.token(index);
        let first = token.map_or(0, |token| piece.byte(token.start as usize));
        let is_like_ghana = first.eq_ignore_ascii_case(&b'g');
        let taken = if token.is_some_and(|token| token.shape.is_mixed()) {
            iban(piece, index)
                .or_else(|| is_like_ghana.then(|| ghana(piece, index)).flatten())
                .or_else(|| mixed(piece, index))
        } else {
            let ghanaian = is_like_ghana.then(|| ghana(piece, index)).flatten();
            ghanaian.or_else(|| spaced(piece, index))
        };
        let Some((last, kind)) = taken else {
            return index + 1;
        };
        if let (Some(token), Some(end)) = (token, piece.token(last)) {
            found.push(Found {
                start: token.start as usize,
                end: end.end as usize,
                kind,
            });
        }
        last + 1
    });
}

/// Whether nothing is joined to it.
fn is_alone(piece: &Piece<'_>, first: usize, last: usize) -> bool {
    let (Some(from), Some(to)) = (piece.token(first), piece.token(last)) else {
        return false;
    };
    let (start, end) = (from.start as usize, to.end as usize);
    let before = piece.before(start);
    let after = piece.byte(end);
    let joined_before = matches!(
        before,
        b'-' | b'_' | b'.' | b'/' | b'@' | b'\\' | b'+' | b'='
    ) && start > 1
        && (piece.before(start - 1).is_ascii_alphanumeric() && before != b'=');
    let joined_after = matches!(after, b'-' | b'_' | b'.' | b'/' | b'@' | b'+')
        && piece.byte(end + 1).is_ascii_alphanumeric();
    !joined_before && !joined_after
}

/// One token: tax numbers, national identifiers, passports, licences, receipts.
fn mixed(piece: &Piece<'_>, index: usize) -> Option<(usize, Kind)> {
    let word = piece.words(index).as_bytes();
    if !(6..=20).contains(&word.len()) || !is_alone(piece, index, index) {
        return None;
    }
    if is_pattern(word, b"K999999999L") && matches!(word.first(), Some(b'A' | b'P' | b'a' | b'p')) {
        return Some((index, Kind::TaxNumber));
    }
    let upper = word
        .iter()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_pattern(word, b"LLLLL9999L")
        && word
            .get(3)
            .is_some_and(|letter| b"ABCFGHJLPT".contains(&letter.to_ascii_uppercase()))
        && (upper || context::of_number(piece, index, index) == Some(Topic::Tax))
    {
        return Some((index, Kind::TaxNumber));
    }
    if is_ugandan(word) && upper {
        return Some((index, Kind::NationalId));
    }
    if word.len() == 10 && is_pattern(word, b"999999999L") {
        // South Asian and Sri Lankan numbers of this form need their word.
        return by_context(piece, index, word);
    }
    by_context(piece, index, word)
        .or_else(|| is_receipt(word).then_some((index, Kind::PaymentReceipt)))
}

/// What the words around it say it is.
fn by_context(piece: &Piece<'_>, index: usize, word: &[u8]) -> Option<(usize, Kind)> {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits < 3 || word.iter().any(|byte| !byte.is_ascii_alphanumeric()) {
        return None;
    }
    let letters = word.len() - digits;
    let kind = match context::of_number(piece, index, index)? {
        Topic::Passport if word.len() <= 9 && digits >= 5 => Kind::Passport,
        Topic::Id if digits >= 5 && word.len() <= 16 && letters <= 8 => Kind::NationalId,
        Topic::Tax if digits >= 4 => Kind::TaxNumber,
        Topic::Licence if digits >= 4 => Kind::DriverLicence,
        Topic::Account if digits >= 5 => Kind::Account,
        Topic::Order => Kind::OrderId,
        Topic::Receipt if word.len() == 10 => Kind::PaymentReceipt,
        _ => return None,
    };
    Some((index, kind))
}

/// `9` is a digit, `L` and `K` a letter.
fn is_pattern(word: &[u8], pattern: &[u8]) -> bool {
    word.len() == pattern.len()
        && word.iter().zip(pattern).all(|(byte, form)| match form {
            b'9' => byte.is_ascii_digit(),
            _ => byte.is_ascii_alphabetic(),
        })
}

/// A citizenship, a sex, the year of birth and ten more.
fn is_ugandan(word: &[u8]) -> bool {
    word.len() == 14
        && matches!(word.first(), Some(b'A'..=b'Z'))
        && matches!(word.get(1), Some(b'M' | b'F'))
        && word
            .get(2..6)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
        && word.iter().filter(|byte| byte.is_ascii_digit()).count() >= 5
}

/// Ten letters and digits that begin with two letters, as M-Pesa's receipts do.
fn is_receipt(word: &[u8]) -> bool {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    word.len() == 10
        && word
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && word
            .get(..2)
            .is_some_and(|two| two.iter().all(u8::is_ascii_uppercase))
        && (1..=6).contains(&digits)
}

/// `GHA-123456789-0`, with hyphens, spaces or nothing.
fn ghana(piece: &Piece<'_>, index: usize) -> Option<(usize, Kind)> {
    let word = piece.words(index);
    if !word.get(..3)?.eq_ignore_ascii_case("gha") {
        return None;
    }
    let joined = |gap: &str| matches!(gap, "-" | " " | "–" | "");
    let last = match word.len() {
        13 => index,
        12 if joined(piece.gap(index)) => index + 1,
        3 if joined(piece.gap(index)) => match piece.words(index + 1).len() {
            10 => index + 1,
            9 if joined(piece.gap(index + 1)) && piece.words(index + 2).len() == 1 => index + 2,
            _ => return None,
        },
        _ => return None,
    };
    let digits = (index..=last)
        .flat_map(|part| piece.words(part).bytes())
        .filter(u8::is_ascii_digit)
        .count();
    let length: usize = (index..=last).map(|part| piece.words(part).len()).sum();
    (length == 13 && digits >= 6).then_some((last, Kind::NationalId))
}

/// Letters and digits with a space or hyphen between them: `AK 0123456` beside
/// "passport", `A 123456789 B` beside "PIN", `CM 90012 …` beside "NIN".
fn spaced(piece: &Piece<'_>, index: usize) -> Option<(usize, Kind)> {
    let word = piece.words(index);
    let short = (1..=3).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let next = piece.token(index + 1)?;
    if !short || !matches!(piece.gap(index), " " | "-" | "/") || next.shape.is_word() {
        return None;
    }
    let number = piece.words(index + 1);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if matches!(word, "A" | "P") && number.len() == 9 && digits == 9 {
        let letter = piece.words(index + 2);
        let joined = matches!(piece.gap(index + 1), " " | "-");
        if joined && letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Some((index + 2, Kind::TaxNumber));
        }
    }
    if digits < 3 {
        return None;
    }
    match context::of_number(piece, index, index + 1)? {
        Topic::Passport if word.len() <= 2 && (6..=8).contains(&number.len()) => {
            Some((index + 1, Kind::Passport))
        }
        Topic::Order => {
            let mut last = index + 1;
            while matches!(piece.gap(last), "-" | "/")
                && piece
                    .token(last + 1)
                    .is_some_and(|token| !token.shape.is_word())
                && last < index + 4
            {
                last += 1;
            }
            Some((last, Kind::OrderId))
        }
        Topic::Licence if digits >= 4 => Some((index + 1, Kind::DriverLicence)),
        _ => None,
    }
}

/// Lengths by country, from the IBAN registry.
#[rustfmt::skip]
const IBAN_LENGTHS: &[(&[u8; 2], u8)] = &[
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

/// An IBAN in one run or in groups of four; its check digits must be right unless
/// the words beside it say what it is.
fn iban(piece: &Piece<'_>, index: usize) -> Option<(usize, Kind)> {
    let country = piece.words(index).as_bytes();
    let (Some(one), Some(two), Some(three)) = (country.first(), country.get(1), country.get(2))
    else {
        return None;
    };
    if !one.is_ascii_alphabetic() || !two.is_ascii_alphabetic() || !three.is_ascii_digit() {
        return None;
    }
    let code = [one.to_ascii_uppercase(), two.to_ascii_uppercase()];
    let length = IBAN_LENGTHS
        .iter()
        .find(|(known, _)| **known == code)
        .map(|(_, length)| usize::from(*length))?;
    let mut characters = Vec::with_capacity(length);
    let mut last = index;
    loop {
        characters.extend_from_slice(piece.words(last).as_bytes());
        if characters.len() >= length {
            break;
        }
        if !matches!(piece.gap(last), " " | "-") || !characters.len().is_multiple_of(4) {
            return None;
        }
        last += 1;
        piece.token(last)?;
    }
    let whole = characters.len() == length && characters.iter().all(u8::is_ascii_alphanumeric);
    let named = || {
        piece.is(index.wrapping_sub(1), "iban")
            || context::of_number(piece, index, last) == Some(Topic::Account)
    };
    (whole && is_alone(piece, index, last) && (check::mod_97(&characters) || named()))
        .then_some((last, Kind::Iban))
}
