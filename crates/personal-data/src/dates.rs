//! Dates: a date is no phone number, and beside "born" it is a date of birth.

use crate::check;
use crate::context;
use crate::detector::Found;
use crate::digits::{Group, Joint};
use crate::flags::Topic;
use crate::kind::Kind;
use crate::piece::Piece;

/// Whether the group begins with a date of three numbers; how many parts it has, and
/// its kind where it is one of birth.
pub(crate) fn numeric(piece: &Piece<'_>, group: &Group) -> Option<(usize, Option<Kind>)> {
    if group.parts < 3 {
        return compact(piece, group);
    }
    let date = group.of_parts(3);
    let joined = [Joint::Hyphen, Joint::Slash, Joint::Dot, Joint::Space]
        .into_iter()
        .find(|joint| date.is_joined_by(*joint))?;
    if !is_date(&date) {
        return None;
    }
    // `+49 12 34 1990` and `20 12 1990 55` are no dates unless birth is spoken of.
    let birth = is_birth(piece, &date);
    if joined == Joint::Space && !birth {
        return None;
    }
    let goes_on =
        group.parts > 3 && group.joints().get(2) == Some(&joined) && joined != Joint::Slash;
    if crate::phone::has_plus(piece, group.span(piece).0) || goes_on {
        return None;
    }
    Some((3, birth.then_some(Kind::DateOfBirth)))
}

/// Eight digits beside "born".
fn compact(piece: &Piece<'_>, group: &Group) -> Option<(usize, Option<Kind>)> {
    let run = group.of_parts(1);
    let digits = run.digits();
    let part = |from: usize, to: usize| check::number(digits.get(from..to).unwrap_or_default());
    let fits = digits.len() == 8
        && (is_birthday(part(0, 4), part(4, 6), part(6, 8))
            || is_birthday(part(4, 8), part(2, 4), part(0, 2)));
    (fits && is_birth(piece, &run)).then_some((1, Some(Kind::DateOfBirth)))
}

fn is_birthday(year: u32, month: u32, day: u32) -> bool {
    (1900..=2035).contains(&year) && check::is_day(year, month, day)
}

fn is_date(date: &Group) -> bool {
    let mut lengths = date.lengths();
    let (Some(one), Some(two), Some(three)) = (lengths.next(), lengths.next(), lengths.next())
    else {
        return false;
    };
    let digits = date.digits();
    let first = check::number(digits.get(..one).unwrap_or_default());
    let second = check::number(digits.get(one..one + two).unwrap_or_default());
    let third = check::number(digits.get(one + two..).unwrap_or_default());
    match (one, two, three) {
        (4, 1..=2, 1..=2) => (1800..2200).contains(&first) && check::is_day(first, second, third),
        (1..=2, 1..=2, 4) => {
            (1800..2200).contains(&third)
                && (check::is_day(third, second, first) || check::is_day(third, first, second))
        }
        (1..=2, 1..=2, 2) => {
            check::is_day(2000 + third, second, first) || check::is_day(2000 + third, first, second)
        }
        _ => false,
    }
}

fn is_birth(piece: &Piece<'_>, date: &Group) -> bool {
    context::of_number(piece, date.first, date.last()) == Some(Topic::Birth)
}

/// Dates of birth with the month as a word: `4 March 1990`, `March 4th, 1990`.
#[inline(never)]
pub(crate) fn worded(piece: &Piece<'_>, found: &mut Vec<Found>) {
    for index in piece.tokens.months.iter().map(|index| *index as usize) {
        let day_first =
            index > 0 && is_day(piece.words(index - 1)) && is_near(piece.gap_before(index));
        let (first, last) = if day_first {
            (index - 1, index + 1)
        } else if is_day(piece.words(index + 1)) && is_near(piece.gap(index)) {
            (index, index + 2)
        } else {
            continue;
        };
        let with_year = is_year(piece.words(last)) && is_near(piece.gap_before(last));
        let last = if with_year { last } else { last - 1 };
        if context::of_number(piece, first, last) != Some(Topic::Birth) {
            continue;
        }
        if let (Some(from), Some(to)) = (piece.token(first), piece.token(last)) {
            found.push(Found {
                start: from.start as usize,
                end: to.end as usize,
                kind: Kind::DateOfBirth,
            });
        }
    }
}

fn is_near(gap: &str) -> bool {
    matches!(gap, " " | ", " | "-" | ". " | "/" | "" | "," | ".")
}

fn is_day(word: &str) -> bool {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let suffix = word.get(digits.len()..).unwrap_or_default();
    matches!(suffix, "" | "st" | "nd" | "rd" | "th" | "er")
        && digits
            .parse::<u8>()
            .is_ok_and(|day| (1..=31).contains(&day))
        && digits.len() <= 2
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && word
            .parse::<u16>()
            .is_ok_and(|year| (1900..=2035).contains(&year))
        || word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_digit())
}
