//! E-mail addresses, internet addresses and positions on the globe.

use crate::detector::Found;
use crate::flags::Topic;
use crate::kind::Kind;
use crate::piece::{Piece, has_pair};
use crate::token::{self, DEGREE, Tokens};

/// The longest local part and domain that mail knows.
const LOCAL: usize = 64;
const DOMAIN: usize = 253;

/// How many colons an address of version 6 has that has no two side by side.
const COLONS: usize = 7;

/// An address around each at-sign.
#[inline(never)]
pub(crate) fn emails(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let mut done = 0;
    for at in piece.tokens.ats.iter().map(|at| *at as usize) {
        if at < done {
            continue;
        }
        if let Some((start, end)) = email(piece.text, at, done) {
            found.push(Found {
                start,
                end,
                kind: Kind::Email,
            });
            done = end;
        }
    }
}

fn email(text: &str, at: usize, done: usize) -> Option<(usize, usize)> {
    let local = text
        .get(done..at)?
        .chars()
        .rev()
        .take(LOCAL)
        .take_while(|letter| letter.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(*letter))
        .map(char::len_utf8)
        .sum::<usize>();
    let local = text.get(at - local..at)?;
    // Marks that stand around an address rather than in it.
    let kept = local.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let kept = kept
        .rsplit(['=', '/', '?', '|', '`', '{', '}'])
        .next()
        .unwrap_or(kept);
    let rest = text.get(at + 1..)?;
    let length = rest
        .chars()
        .take(DOMAIN)
        .take_while(|letter| {
            letter.is_alphanumeric() || matches!(letter, '.' | '-') || crate::fold::is_mark(*letter)
        })
        .map(char::len_utf8)
        .sum::<usize>();
    let domain = rest.get(..length)?.trim_end_matches(['.', '-']);
    let (host, top) = domain.rsplit_once('.')?;
    let fits = !kept.is_empty()
        && !host.is_empty()
        && !host.starts_with('.')
        && !domain.contains("..")
        && top.chars().count() >= 2
        && !top
            .chars()
            .any(|letter| letter.is_ascii_digit() && !top.starts_with("xn-"));
    fits.then_some((at - kept.len(), at + 1 + domain.len()))
}

/// Internet addresses of version 4 that are not of a private network.
#[inline(never)]
pub(crate) fn version_4(piece: &Piece<'_>, found: &mut Vec<Found>) {
    token::each(&piece.tokens.numbers, |index| {
        if behind(piece, index) != b'.' {
            return index + 1;
        }
        let Some((start, end, public)) = four_numbers(piece, index) else {
            return index + 1;
        };
        if public {
            found.push(Found {
                start,
                end,
                kind: Kind::IpAddress,
            });
        }
        index + 4
    });
}

/// Whether there are colons enough for an address of version 6: of times of day there
/// are more than of addresses.
pub(crate) const fn may_hold_version_6(tokens: &Tokens) -> bool {
    tokens.has_double_colon || tokens.colons.len() >= COLONS
}

/// Internet addresses of version 6 that are not of this machine.
#[inline(never)]
pub(crate) fn version_6(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let colons = piece.tokens.colons.iter().map(|colon| *colon as usize);
    let mut done = 0;
    for colon in colons {
        if colon >= done
            && let Some((start, end)) = groups(piece.text, colon, done)
        {
            found.push(Found {
                start,
                end,
                kind: Kind::IpAddress,
            });
            done = end;
        }
    }
}

fn four_numbers(piece: &Piece<'_>, index: usize) -> Option<(usize, usize, bool)> {
    let mut parts = [0_u8; 4];
    for (offset, part) in parts.iter_mut().enumerate() {
        let word = piece.words(index + offset);
        if offset > 0 && piece.gap_before(index + offset) != "."
            || word.len() > 1 && word.starts_with('0')
        {
            return None;
        }
        *part = word.parse().ok()?;
    }
    let start = piece.token(index)?.start as usize;
    let end = piece.token(index + 3)?.end as usize;
    let before = piece.before(start);
    let after = piece.byte(end);
    let joined = matches!(before, b'.' | b'-' | b'_')
        || matches!(after, b'-' | b'_') && piece.byte(end + 1).is_ascii_alphanumeric()
        || after == b'.' && piece.byte(end + 1).is_ascii_digit()
        || index > 0 && piece.gap_before(index).is_empty();
    let version = index > 0
        && piece.is_any(
            index - 1,
            &["version", "v", "release", "build", "firmware", "section"],
        );
    let public = !matches!(
        parts,
        [0 | 10 | 127 | 224..=255, ..] | [192, 168, ..] | [172, 16..=31, ..] | [169, 254, ..]
    ) && parts.iter().filter(|part| **part > 9).count() >= 2;
    (!joined && !version).then_some((start, end, public))
}

fn groups(text: &str, colon: usize, done: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let fits = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    let from = bytes
        .get(done..colon)?
        .iter()
        .rev()
        .take(40)
        .take_while(|byte| fits(byte))
        .count();
    let to = bytes
        .get(colon..)?
        .iter()
        .take(41)
        .take_while(|byte| fits(byte))
        .count();
    let (start, end) = (colon - from, colon + to);
    let word = text.get(start..end)?.trim_end_matches(':');
    // Of times of day there are more than of addresses.
    let colons = word.bytes().filter(|byte| *byte == b':').count();
    if colons != COLONS && !has_pair(word, *b"::") {
        return None;
    }
    let edge =
        |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let groups = word.split(':').filter(|part| !part.is_empty()).count();
    let around =
        edge(start.checked_sub(1).and_then(|before| bytes.get(before))) && edge(bytes.get(end));
    let address: core::net::Ipv6Addr = word.parse().ok()?;
    let public = !address.is_loopback() && !address.is_unspecified() && groups >= 3;
    (around && public).then_some((start, start + word.len()))
}

/// Positions: a pair of decimal degrees, or degrees, minutes and seconds.
#[inline(never)]
pub(crate) fn positions(piece: &Piece<'_>, found: &mut Vec<Found>) {
    token::each(&piece.tokens.numbers, |index| {
        let taken = match behind(piece, index) {
            b'.' => decimal_pair(piece, index).or_else(|| by_name(piece, index)),
            DEGREE => sexagesimal(piece, index),
            _ => None,
        };
        let Some((start, end, last)) = taken else {
            return index + 1;
        };
        found.push(Found {
            start,
            end,
            kind: Kind::GeoPosition,
        });
        last + 1
    });
}

/// The byte behind a token.
fn behind(piece: &Piece<'_>, index: usize) -> u8 {
    piece
        .token(index)
        .map_or(0, |token| piece.byte(token.end as usize))
}

/// Degrees with a fraction whose tokens begin at `index`: where they begin and end,
/// how many places the fraction has and the degrees.
fn degrees(piece: &Piece<'_>, index: usize) -> Option<(usize, usize, usize, u32)> {
    let whole = piece.token(index)?;
    let fraction = piece.token(index + 1)?;
    if piece.gap(index) != "." || whole.length() > 3 || !fraction.is_number() {
        return None;
    }
    let start = whole.start as usize;
    let start = start - usize::from(matches!(piece.before(start), b'-' | b'+'));
    if matches!(piece.before(start), b'.') || piece.before(start).is_ascii_alphanumeric() {
        return None;
    }
    let degrees = piece.words(index).parse().ok()?;
    Some((start, fraction.end as usize, fraction.length(), degrees))
}

fn decimal_pair(piece: &Piece<'_>, index: usize) -> Option<(usize, usize, usize)> {
    let (start, _, places, latitude) = degrees(piece, index)?;
    let mut next = index + 2;
    if matches!(piece.words(next), "N" | "S") {
        next += 1;
    }
    let gap = piece.gap_before(next);
    if gap.len() > 6 || !gap.contains([',', ' ', ';', '°']) || gap.contains('\n') {
        return None;
    }
    let (_, end, more, longitude) = degrees(piece, next)?;
    let south = piece.byte(start) == b'-' || gap.ends_with('-');
    let fine = if south { 4 } else { 5 };
    let enough = places >= fine && more >= fine && gap.contains(',')
        || places >= 2
            && more >= 2
            && crate::context::of_number(piece, index, index + 1) == Some(Topic::Position);
    let (mut end, mut last) = (end, next + 1);
    if let Some(letter) = piece.token(last + 1)
        && matches!(piece.words(last + 1), "E" | "W")
        && piece.gap(last).len() <= 3
    {
        (end, last) = (letter.end as usize, last + 1);
    }
    (enough && latitude <= 90 && longitude <= 180).then_some((start, end, last))
}

/// `1°17'31.2"S`
fn sexagesimal(piece: &Piece<'_>, index: usize) -> Option<(usize, usize, usize)> {
    let start = piece.token(index)?.start as usize;
    if !matches!(piece.gap(index), "°" | "° " | "º" | "º ") {
        return None;
    }
    for last in index + 1..index + 6 {
        let token = piece.token(last)?;
        if piece.gap_before(last).len() > 5 {
            return None;
        }
        if matches!(piece.words(last), "N" | "S" | "E" | "W") {
            return Some((start, token.end as usize, last));
        }
        if !token.is_number() {
            return None;
        }
    }
    None
}

/// One coordinate beside its name: `"lat": -1.2921`.
fn by_name(piece: &Piece<'_>, index: usize) -> Option<(usize, usize, usize)> {
    let (start, end, places, degrees) = degrees(piece, index)?;
    let named = places >= 2
        && degrees <= 180
        && crate::context::of_number(piece, index, index + 1) == Some(Topic::Position);
    named.then_some((start, end, index + 1))
}

/// Web addresses, up to the next space or bracket.
pub(crate) fn links(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let mut done = 0;
    for colon in piece.tokens.colons.iter().map(|colon| *colon as usize) {
        let (Some(head), Some(rest)) = (piece.text.get(done..colon), piece.text.get(colon..))
        else {
            continue;
        };
        let scheme = ["https", "http", "ftp"].into_iter().find(|scheme| {
            head.get(head.len().saturating_sub(scheme.len())..)
                .is_some_and(|tail| tail.eq_ignore_ascii_case(scheme))
        });
        if let (Some(scheme), true) = (scheme, rest.starts_with("://")) {
            let length = rest
                .find(|letter: char| letter.is_whitespace() || "\"'<>()[]{}|".contains(letter))
                .unwrap_or(rest.len());
            let end = colon
                + rest
                    .get(..length)
                    .unwrap_or_default()
                    .trim_end_matches(['.', ',', ';', ':', '!', '?'])
                    .len();
            found.push(Found {
                start: colon - scheme.len(),
                end,
                kind: Kind::Url,
            });
            done = end;
        }
    }
}
