//! Streets with their numbers.

use super::is_near_address;
use crate::flags::{Flags, Topic};
use crate::piece::Piece;

/// Words of which lower-case streets are made without doubt.
pub(super) const SURE: [&str; 8] = [
    "street",
    "road",
    "avenue",
    "lane",
    "boulevard",
    "rd",
    "ave",
    "blvd",
];

/// `12 Moi Avenue`, `221B Baker Street`, `12, rue de la Paix`.
#[inline(never)]
pub(super) fn house_first(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let number = piece.token(index)?;
    let long = if number.is_number() { 5 } else { 6 };
    if number.length() > long
        || is_year(piece, index)
        || !starts_with_digit(piece, index)
        || is_part_of_number(piece, index)
    {
        return None;
    }
    let mut capitals = 0;
    for next in index + 1..index + 7 {
        let token = piece.token(next)?;
        let gap = piece.gap_before(next);
        if !matches!(
            gap,
            " " | ", " | "-" | ". " | ".\u{a0}" | "/" | " - " | "'" | "’"
        ) || (!token.shape.is_word() && capitals == 0 && next > index + 2)
        {
            return None;
        }
        if token.has(Flags::STREET_BEFORE)
            && next <= index + 2
            && piece.token(next + 1).is_some()
            && (!token.has(Flags::STREET_AFTER) || !token.shape.is_capital() && capitals == 0)
        {
            return street_words(piece, next + 1).map(|last| (index, last));
        }
        let capital = token.shape.is_capital();
        let sure = || piece.is_any(next, &SURE);
        if token.has(Flags::STREET_AFTER) && next > index + 1 && (capital && capitals > 0 || sure())
        {
            return Some((index, with_number_after(piece, next)));
        }
        if is_street_word(piece, next) && next <= index + 4 {
            return Some((index, with_number_after(piece, next)));
        }
        if capital {
            capitals += 1;
        } else if token.shape.is_word()
            && token.has(Flags::FREQUENT)
            && !token.has(Flags::PARTICLE)
            && capitals == 0
            && !sure()
        {
            return None;
        }
    }
    None
}

/// "In 2023 Wall Street fell."
pub(super) fn is_year(piece: &Piece<'_>, index: usize) -> bool {
    let word = piece.words(index);
    let year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    year && index > 0
        && piece.is_any(
            index - 1,
            &[
                "in", "since", "by", "of", "until", "from", "during", "mwaka", "en", "early",
                "late",
            ],
        )
}

pub(super) fn starts_with_digit(piece: &Piece<'_>, index: usize) -> bool {
    piece
        .words(index)
        .starts_with(|letter: char| letter.is_ascii_digit())
}

pub(super) fn is_part_of_number(piece: &Piece<'_>, index: usize) -> bool {
    let start = piece.token(index).map_or(0, |token| token.start as usize);
    matches!(
        piece.before(start),
        b'.' | b',' | b'-' | b'+' | b'$' | b'/' | b':'
    ) && start > 1
        && piece.before(start - 1) != b' '
}

/// A house number after the street's word: `Baker Street 12`.
pub(super) fn with_number_after(piece: &Piece<'_>, last: usize) -> usize {
    let next = piece.token(last + 1);
    let fits = next.is_some_and(|next| next.length() <= 5 && !next.shape.is_word())
        && matches!(piece.gap(last), " " | ". ");
    if fits { last + 1 } else { last }
}

/// A street in one word, as in German, Dutch, the Nordic languages and Hungarian.
pub(super) fn is_street_word(piece: &Piece<'_>, index: usize) -> bool {
    const ENDS: [&str; 26] = [
        "strasse", "straße", "straat", "stasse", "gatan", "gata", "vägen", "vegen", "veien", "vej",
        "gade", "laan", "steenweg", "plein", "gasse", "allee", "platz", "weg", "gracht", "kade",
        "dreef", "katu", "utca", "singel", "torget", "braut",
    ];
    let word = piece.words(index);
    word.len() >= 7
        && piece.token(index).is_some_and(|token| {
            token.shape.is_word() && !token.has(Flags::FREQUENT.and(Flags::KNOWN))
        })
        && ENDS.iter().any(|end| {
            word.len() > end.len() + 2
                && word
                    .get(word.len() - end.len()..)
                    .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        })
}

/// A street in one word before its number, which is at `index`.
#[inline(never)]
pub(super) fn foreign_house_last(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let street = index.checked_sub(1)?;
    let short = piece.token(index)?.length() <= 5;
    if !short || piece.gap_before(index) != " " {
        return None;
    }
    if is_street_word(piece, street) {
        let mut first = street;
        while first > 0
            && piece.gap_before(first) == " "
            && street - first < 2
            && piece
                .token(first - 1)
                .is_some_and(|token| token.shape.is_capital() && !token.has(Flags::FREQUENT))
        {
            first -= 1;
        }
        return Some((first, index));
    }
    // `Moi Avenue 12`, and where an address is spoken of, any words before a number.
    let after = piece.token(street)?;
    if !after.has(Flags::STREET_AFTER) || !after.shape.is_capital() {
        return None;
    }
    let first = capitals_before(piece, street)?;
    Some((first, index))
}

/// The capitalised words before a street's word, one to four.
pub(super) fn capitals_before(piece: &Piece<'_>, street: usize) -> Option<usize> {
    let mut first = street;
    while first > 0
        && street - first < 4
        && matches!(piece.gap_before(first), " " | "-" | "'" | "’")
        && piece.token(first - 1).is_some_and(|token| {
            (token.shape.is_capital() || token.has(Flags::PARTICLE))
                && !(token.has(Flags::FREQUENT) && is_sentence_start(piece, first - 1))
        })
    {
        first -= 1;
    }
    (first < street).then_some(first)
}

pub(super) fn is_sentence_start(piece: &Piece<'_>, index: usize) -> bool {
    index == 0 || piece.gap_before(index).contains(['.', '?', '!', '\n', ':'])
}

/// `Rue de la Paix 12`, `Via Giberti 75`, `Barabara ya Moi`.
#[inline(never)]
pub(super) fn street_before(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let token = piece.token(index)?;
    if !token.has(Flags::STREET_BEFORE)
        || token.has(Flags::FREQUENT.and(Flags::KNOWN)) && !token.shape.is_capital()
    {
        return None;
    }
    let last = street_words(piece, index + 1)?;
    let numbered = piece
        .token(last + 1)
        .is_some_and(|next| !next.shape.is_word() && next.length() <= 6)
        && matches!(piece.gap(last), " " | ", " | " n° " | " no. ");
    if numbered {
        return Some((index, last + 1));
    }
    let certain = piece.is_any(
        index,
        &[
            "rue", "calle", "avenida", "rua", "via", "barabara", "chemin", "viale", "piazza",
            "impasse",
        ],
    );
    (certain && token.shape.is_capital() || is_near_address(piece, index)).then_some((index, last))
}

/// The words of a street's name after the word for street.
pub(super) fn street_words(piece: &Piece<'_>, from: usize) -> Option<usize> {
    let mut last = None;
    for index in from..from + 6 {
        let Some(token) = piece.token(index) else {
            break;
        };
        let gap = piece.gap_before(index);
        if !matches!(gap, " " | ". " | "-" | "'" | "’")
            || !token.shape.is_word() && token.length() > 3
        {
            break;
        }
        if token.shape.is_capital() || token.shape.is_mixed() {
            last = Some(index);
        } else if token.shape.is_word()
            && !(token.has(Flags::PARTICLE)
                || token.length() <= 3
                    && token.topic().is_some_and(|topic| topic == Topic::Neutral)
                || piece.is_any(index, &["du", "des", "ya", "wa", "l", "d"]))
        {
            break;
        }
    }
    last
}

/// `Moi Avenue` by itself, where a number, a unit or a word for addresses is near.
#[inline(never)]
pub(super) fn street_named(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let token = piece.token(index)?;
    if !token.has(Flags::STREET_AFTER)
        || !token.shape.is_capital()
        || piece.gap_before(index) != " "
    {
        return None;
    }
    let first = capitals_before(piece, index)?;
    let numbered = piece
        .token(index + 1)
        .is_some_and(|next| next.is_number() && matches!(piece.gap(index), " " | ", "));
    let before = first
        .checked_sub(1)
        .and_then(|before| piece.token(before))
        .is_some_and(|before| !before.shape.is_word() || before.has(Flags::UNIT))
        && !is_year(piece, first - 1);
    let placed = piece.gap(index).starts_with(", ")
        && piece
            .token(index + 1)
            .is_some_and(|next| next.has(Flags::PLACE));
    (numbered || before || placed || goes_on_to_unit(piece, index) || is_near_address(piece, first))
        .then_some((first, index))
}

/// "Moi Avenue, Bihi Towers, 3rd Floor, Room 12".
fn goes_on_to_unit(piece: &Piece<'_>, street: usize) -> bool {
    let mut at = street + 1;
    while at < street + 8 && matches!(piece.gap_before(at), " " | ", ") {
        let Some(token) = piece.token(at) else { break };
        if token.shape.is_word() && !token.shape.is_capital() {
            break;
        }
        let number = |index: usize| {
            piece
                .token(index)
                .is_some_and(|token| !token.shape.is_word() && token.length() <= 5)
        };
        if token.has(Flags::UNIT) && (number(at + 1) || number(at - 1)) {
            return true;
        }
        at += 1;
    }
    false
}
