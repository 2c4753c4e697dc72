//! What stands after "address", and how far an address goes.

use super::MOST_WORDS;
use super::street::is_street_word;
use crate::flags::{Flags, Topic};
use crate::piece::{Piece, has_pair};

/// What stands after "address is", "live at": a number or capitals, up to the end of
/// the sentence.
#[inline(never)]
pub(super) fn said(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let mut first = index + 1;
    let mut colon = piece.gap(index).contains(':');
    for _ in 0..4 {
        let token = piece.token(first)?;
        let gap = piece.gap_before(first);
        if gap.contains(['?', '!', '@', '/', '=']) || has_pair(gap, *b". ") || gap.len() > 12 {
            return None;
        }
        colon |= gap.contains(':');
        if !token.shape.is_word() || token.shape.is_capital() {
            break;
        }
        let small = [
            "is", "at", "to", "in", "ni", "est", "the", "corner", "of", "of", "on", "es", "ya",
            "code", "number", "wangu", "changu", "yake", "our", "your", "near", "a", "my", "yangu",
            "us", "it", "there", "à", "au", "em", "na",
        ];
        if !piece.is_any(first, &small) {
            return None;
        }
        first += 1;
    }
    let mut last = None;
    let mut digits = false;
    let mut sure = false;
    let mut words = false;
    for at in first..first + MOST_WORDS {
        let Some(token) = piece.token(at) else { break };
        let gap = piece.gap_before(at);
        if at > first && !is_inside(gap) {
            break;
        }
        if token.shape.is_word() {
            let small = !token.shape.is_capital();
            let joins = token.has(Flags::PARTICLE)
                || matches!(
                    piece.words(at),
                    "and" | "of" | "the" | "na" | "et" | "corner"
                );
            let part = token.has(
                Flags::STREET_AFTER
                    .and(Flags::STREET_BEFORE)
                    .and(Flags::UNIT)
                    .and(Flags::PLACE),
            );
            if small && !joins && !part {
                break;
            }
            sure |= part || is_street_word(piece, at);
            words |= token.length() > 1;
            if small && !part {
                continue;
            }
        } else {
            if token.length() > 7 {
                break;
            }
            digits = true;
        }
        last = Some(at);
    }
    let last = last?;
    let long = last > first;
    let starts_with_number = piece
        .token(first)
        .is_some_and(|token| !token.shape.is_word());
    // A bare number is a post code only where one is spoken of.
    let code = piece.is_any(index, &["zip", "zipcode", "postcode", "postal"])
        && digits
        && piece
            .token(last)
            .is_some_and(|token| (4..=7).contains(&token.length()) || !token.shape.is_word());
    (long && digits && (sure || colon || starts_with_number && words && last >= first + 2)
        || long && sure && is_sure_topic(piece, index)
        || code)
        .then_some((first, last))
}

pub(super) fn is_sure_topic(piece: &Piece<'_>, index: usize) -> bool {
    piece.is_any(
        index,
        &[
            "address",
            "anwani",
            "adresse",
            "live",
            "lives",
            "living",
            "anaishi",
            "naishi",
            "ninaishi",
            "habite",
            "corner",
            "residence",
            "makazi",
        ],
    )
}

/// What may stand between the words of one address.
pub(super) fn is_inside(gap: &str) -> bool {
    gap.len() <= 6
        && gap.chars().all(|letter| {
            matches!(
                letter,
                ' ' | ',' | '\n' | '.' | '-' | '#' | '/' | '\'' | '’' | '\\' | '>' | '(' | '\r'
            )
        })
        && !gap.contains(". \n")
        && (!gap.contains('.') || gap.len() <= 2)
        && !gap.contains("\n\n\n")
}

/// The last token of what continues an address: units, towns, post codes, countries.
#[inline(never)]
pub(super) fn followed(piece: &Piece<'_>, last: usize) -> usize {
    let mut end = last;
    let mut at = last + 1;
    // "Apt. 567 Kooigem Mozambique"
    let mut in_words = usize::from(
        piece
            .previous(last)
            .is_some_and(|before| before.has(Flags::UNIT))
            && piece
                .token(last)
                .is_some_and(|token| !token.shape.is_word()),
    );
    while at < last + MOST_WORDS {
        let Some(token) = piece.token(at) else { break };
        let gap = piece.gap_before(at);
        if !is_inside(gap)
            || has_pair(gap, *b". ")
                && !token.has(Flags::UNIT)
                && !piece
                    .previous(at)
                    .is_some_and(|before| before.has(Flags::STREET_AFTER))
        {
            break;
        }
        let parted = gap.contains([',', '\n', '-']);
        let capital = token.shape.is_capital();
        let code =
            !token.shape.is_word() && (3..=7).contains(&token.length()) && !gap.contains('.');
        let unit_number = !token.shape.is_word()
            && token.length() <= 5
            && piece
                .previous(at)
                .is_some_and(|before| before.has(Flags::UNIT));
        let place = token.has(Flags::PLACE) && (capital || parted);
        let unit = token.has(Flags::UNIT.and(Flags::STREET_AFTER))
            && (capital || parted)
            && !token.has(Flags::PERSON);
        let after_place = piece
            .previous(at)
            .is_some_and(|before| before.has(Flags::PLACE))
            && gap == " ";
        let code = code || after_place && token.is_number() && token.length() <= 4;
        let town = after_place
            && capital
            && [
                "Town",
                "City",
                "State",
                "Zone",
                "Municipality",
                "Plateau",
                "Island",
                "Province",
                "County",
                "Region",
                "CBD",
                "District",
                "Central",
                "West",
                "East",
                "North",
                "South",
            ]
            .contains(&piece.words(at));
        let within = after_place
            && !capital
            && piece.is_any(at, &["es", "ya", "de", "of", "la"])
            && piece
                .token(at + 1)
                .is_some_and(|next| next.has(Flags::PLACE) && next.shape.is_capital());
        if within {
            at += 1;
            continue;
        }
        // "off Ngong Road, opposite Adams Arcade"
        let beside = !capital
            && gap.contains(',')
            && piece.is_any(
                at,
                &[
                    "opposite", "opp", "near", "off", "along", "behind", "beside",
                ],
            )
            && piece
                .token(at + 1)
                .is_some_and(|next| next.shape.is_capital() && piece.gap(at) == " ");
        if beside {
            end = at + 1;
            at += 2;
            in_words = 1;
            continue;
        }
        if gap == ", "
            && let Some(part) = part_before_place(piece, at)
        {
            end = part;
            at = part + 1;
            in_words = 1;
            continue;
        }
        let numbering = piece.is_any(at, &["no", "namba", "nambari", "number"])
            && piece
                .previous(at)
                .is_some_and(|before| before.has(Flags::UNIT))
            && piece.token(at + 1).is_some_and(|next| next.is_number());
        if numbering {
            end = at + 1;
            at += 2;
            continue;
        }
        let state = token.shape.is_shouted() && token.length() == 2;
        let ordinary = token.has(Flags::FREQUENT) && !token.has(Flags::PLACE)
            || token
                .topic()
                .is_some_and(|topic| topic != Topic::Address && topic != Topic::Neutral);
        let word = capital && !ordinary && (parted || in_words > 0 && in_words < 4);
        if place || town || unit || unit_number || code || state || word {
            in_words = match () {
                () if word || place => in_words + 1,
                () => usize::from(unit_number),
            };
            if parted {
                in_words = 1;
            }
            end = at;
        } else {
            break;
        }
        at += 1;
    }
    end
}

/// The last word of the part of an address that begins at `from`, where the same line
/// goes on to a street, a town or a post code: "Unit 5, Industrial Park, Enterprise
/// Road, Nairobi".
fn part_before_place(piece: &Piece<'_>, from: usize) -> Option<usize> {
    let mut part = None;
    let mut parts = 0;
    for at in from..from + 9 {
        let token = piece.token(at)?;
        let gap = piece.gap_before(at);
        if at > from && !matches!(gap, " " | ", " | "-" | ". ") {
            return None;
        }
        if token.shape.is_word() && !token.shape.is_capital() {
            return None;
        }
        let parted = !piece.gap(at).starts_with([' ', '-']);
        if part.is_none() && parted {
            part = Some(at);
        }
        let place = token.has(Flags::PLACE.and(Flags::STREET_AFTER)) && at > from;
        let code = token.is_number() && (4..=6).contains(&token.length());
        if parted && (place || code) {
            return part;
        }
        parts += usize::from(parted);
        if parts > 3 || parted && !piece.gap(at).starts_with(", ") {
            return None;
        }
    }
    None
}
