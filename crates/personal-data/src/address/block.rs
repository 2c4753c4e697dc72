//! Addresses that say so by how their parts stand together: lines up to a post code,
//! a street before a flat, soldiers' post, Kigali's numbered streets, Ghana's digital
//! addresses.

use super::extent::is_inside;
use super::is_near_address;
use crate::flags::{Flags, Topic};
use crate::piece::Piece;

/// Lines of an address after the one that gave it away.
const MOST_LINES: usize = 3;
/// Words and numbers of those lines.
const MOST_TOKENS: usize = 14;

/// The post code at the end of the lines after `last`, where there is one.
pub(super) fn up_to_post_code(piece: &Piece<'_>, last: usize) -> Option<usize> {
    let mut lines = 0;
    for at in last + 1..last + MOST_TOKENS {
        let token = piece.token(at)?;
        let gap = piece.gap_before(at);
        if !is_inside(gap) {
            return None;
        }
        lines += usize::from(gap.contains('\n'));
        let small = token.shape.is_word() && !token.shape.is_capital();
        if lines == 0 || lines > MOST_LINES || small && token.has(Flags::FREQUENT) {
            return None;
        }
        let ends = !is_inside(piece.gap(at)) || piece.gap(at).contains('\n');
        if token.is_number() && (4..=6).contains(&token.length()) && ends {
            return Some(at);
        }
    }
    None
}

/// Where the street begins that stands before a flat or a suite: `22 Castelao 71`.
pub(super) fn street_before_unit(piece: &Piece<'_>, unit: usize) -> Option<usize> {
    let number = unit.checked_sub(1)?;
    if !is_short_number(piece, number) || !is_inside(piece.gap(number)) {
        return None;
    }
    let mut first = number;
    let mut capitals = 0;
    while first > 0 && number - first < 5 && matches!(piece.gap_before(first), " " | ". " | "-") {
        let token = piece.token(first - 1)?;
        if !token.shape.is_word() {
            break;
        }
        if !token.shape.is_capital() && !token.has(Flags::PARTICLE) && token.length() > 3 {
            break;
        }
        capitals += usize::from(token.shape.is_capital());
        first -= 1;
    }
    if capitals == 0 {
        return None;
    }
    while first > 0 && is_short_number(piece, first - 1) && piece.gap_before(first) == " " {
        first -= 1;
    }
    Some(first)
}

fn is_short_number(piece: &Piece<'_>, index: usize) -> bool {
    piece
        .token(index)
        .is_some_and(|token| !token.shape.is_word() && token.length() <= 5)
}

/// `PSC 1234, Box 5678, APO AE 09204`; the post code is at `index`.
#[inline(never)]
pub(super) fn soldiers_post(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let office = index.checked_sub(2)?;
    let is = |index: usize, words: &[&str]| words.contains(&piece.words(index));
    if piece.token(index)?.length() != 5
        || !is(office, &["APO", "FPO", "DPO"])
        || !is(office + 1, &["AA", "AE", "AP"])
    {
        return None;
    }
    let mut first = office;
    while first > 0 && office - first < 5 && is_inside(piece.gap_before(first)) {
        let before = first - 1;
        let ship = before > 0 && is(before - 1, &["USS", "USNS", "USNV", "USCGC"]);
        if ship {
            first = before - 1;
        } else if is_short_number(piece, before)
            || is(before, &["PSC", "CMR", "Unit", "Box", "UNIT", "BOX"])
        {
            first = before;
        } else {
            break;
        }
    }
    Some((first, index))
}

/// `KN 4 Ave 12`: the street's number is at `index`.
#[inline(never)]
pub(super) fn kigali_street(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let first = index.checked_sub(1)?;
    let fits = matches!(piece.words(first), "KG" | "KN" | "KK")
        && piece.gap(first) == " "
        && piece.gap(index) == " "
        && matches!(
            piece.words(index + 1),
            "Ave" | "St" | "Rd" | "Avenue" | "Street" | "Road"
        );
    let numbered = piece.gap(index + 1) == " " && is_short_number(piece, index + 2);
    fits.then_some((first, index + 1 + usize::from(numbered)))
}

/// `GA-183-8164`: the first number is at `index`.
#[inline(never)]
pub(super) fn digital_address(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let region = index.checked_sub(1)?;
    let length = |index: usize| piece.token(index).map_or(0, |token| token.length());
    let letters = piece.words(region);
    let fits = letters.len() == 2
        && letters.bytes().all(|letter| letter.is_ascii_uppercase())
        && piece.gap(region) == "-"
        && piece.gap(index) == "-"
        && (3..=4).contains(&length(index))
        && length(index + 1) == 4
        && piece
            .token(index + 1)
            .is_some_and(|token| token.is_number());
    let placed = piece.gap(index + 1) == ", "
        && (index + 2..index + 6).any(|near| {
            piece
                .token(near)
                .is_some_and(|near| near.has(Flags::PLACE) && near.shape.is_capital())
        });
    // "Order AB-123-4567, Nairobi branch"
    let named = piece
        .previous(region)
        .and_then(crate::token::Token::topic)
        .is_some_and(|topic| !matches!(topic, Topic::Address | Topic::Neutral));
    (fits && (placed && !named || is_near_address(piece, region))).then_some((region, index + 1))
}
