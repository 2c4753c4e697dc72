//! Postal addresses: boxes, streets with house numbers, units, and what follows them;
//! and whatever stands after "address".

mod block;
mod extent;
mod street;

use crate::detector::Found;
use crate::flags::{Flags, Topic};
use crate::kind::Kind;
use crate::piece::Piece;
use crate::token::{self, Token};

use block::{digital_address, kigali_street, soldiers_post, street_before_unit, up_to_post_code};
use extent::{followed, said};
use street::{foreign_house_last, house_first, street_before, street_named};

/// The longest address, in words and numbers.
const MOST_WORDS: usize = 18;

/// Looks at every place where an address may begin.
#[inline(never)]
pub(crate) fn find(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let mut done = 0;
    token::each(&piece.tokens.addresses, |index| {
        let Some(token) = piece.token(index) else {
            return index + 1;
        };
        let core = if token.is_number() || token.shape.is_mixed() {
            around_number(piece, index, token)
        } else if token.has(Flags::STREET_BEFORE.and(Flags::STREET_AFTER)) {
            street_before(piece, index).or_else(|| street_named(piece, index))
        } else if token.has(Flags::UNIT) {
            unit(piece, index)
        } else if token.topic() == Some(Topic::Address) {
            said(piece, index)
        } else {
            None
        };
        match core {
            Some((first, last)) if first >= done => {
                let first = with_number_before(piece, first).max(done);
                let last = followed(piece, last);
                let last = up_to_post_code(piece, last).unwrap_or(last);
                push(piece, first, last, found);
                done = last + 1;
                done
            }
            _ => index + 1,
        }
    });
}

/// An address that begins before, at or behind the number at `index`. Its length and what
/// stands right before and behind it rule most of them out.
fn around_number(piece: &Piece<'_>, index: usize, token: &Token) -> Option<(usize, usize)> {
    let before = piece.before(token.start as usize);
    let behind = piece.byte(token.end as usize);
    let length = token.length();
    let only = |fits: bool| fits.then_some(index);
    let word = piece.previous(index);
    let head = word.map_or(0, |word| piece.byte(word.start as usize));
    let is_region = word.is_some_and(|word| word.length() == 2);
    only(length == 5)
        .and_then(|index| soldiers_post(piece, index))
        .or_else(|| {
            only(may_follow_box(before) && may_begin_box(head))
                .and_then(|index| post_box(piece, index))
        })
        .or_else(|| only(before == b' ').and_then(|index| kigali_street(piece, index)))
        .or_else(|| {
            only(before == b'-' && is_region).and_then(|index| digital_address(piece, index))
        })
        .or_else(|| {
            let may_be_house = length <= 6 && may_follow_house(behind);
            only(may_be_house && !street::is_part_of_number(piece, index))
                .and_then(|index| house_first(piece, index))
        })
        .or_else(|| only(length <= 5 && before == b' ').and_then(|i| foreign_house_last(piece, i)))
}

/// Whether a box's number may stand behind that byte: signs of its gap, or its word.
fn may_follow_box(before: u8) -> bool {
    !matches!(
        before,
        b'"' | b',' | b'=' | b'/' | b'_' | b'+' | b'(' | b'\n' | 0
    )
}

/// Whether the words that a box's number stands behind begin so; nearly every number
/// stands behind another word.
fn may_begin_box(head: u8) -> bool {
    matches!(
        head.to_ascii_lowercase(),
        b'a' | b'b' | b'c' | b'n' | b'p' | b's'
    )
}

/// Whether a street may go on behind a house's number with that byte.
fn may_follow_house(behind: u8) -> bool {
    matches!(behind, b' ' | b',' | b'-' | b'.' | b'/' | b'\'' | 0xe2)
}

/// A second number before a house's: "34 12 Moi Avenue".
fn with_number_before(piece: &Piece<'_>, first: usize) -> usize {
    let before = first.checked_sub(1).filter(|before| {
        piece.gap(*before) == " "
            && piece
                .token(*before)
                .is_some_and(|token| token.is_number() && token.length() <= 3)
            && !street::is_part_of_number(piece, *before)
    });
    before.unwrap_or(first)
}

fn push(piece: &Piece<'_>, first: usize, last: usize, found: &mut Vec<Found>) {
    if let (Some(from), Some(to)) = (piece.token(first), piece.token(last)) {
        found.push(Found {
            start: from.start as usize,
            end: to.end as usize,
            kind: Kind::Address,
        });
    }
}

/// `P.O. Box 12345-00100`, `S.L.P 123`, `B.P. 1234`, `Private Bag 12`: the number is
/// at `index`.
#[inline(never)]
fn post_box(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let word = index.checked_sub(1)?;
    let gap = piece.gap_before(index);
    if gap.len() > 4 || !gap.bytes().all(|byte| b" .:-#".contains(&byte)) {
        return None;
    }
    let named = |index: usize, names: &[&str]| piece.is_any(index, names);
    let mut first = word;
    if named(word, &["no", "number", "n", "nambari"]) && word > 0 {
        first = word - 1;
    }
    if named(
        first,
        &[
            "slp", "bp", "pobox", "postbus", "postfach", "posbus", "apartado", "cp",
        ],
    ) {
    } else if named(first, &["box", "bag", "p", "sanduku"]) {
        let heads: &[&str] = if piece.is(first, "p") {
            &["l", "b"]
        } else {
            &[
                "o", "po", "private", "post", "office", "postal", "p", "mail",
            ]
        };
        if first == 0 || !named(first - 1, heads) || piece.gap_before(first).len() > 2 {
            if !piece.is(first, "box")
                || !piece
                    .token(first)
                    .is_some_and(|token| token.shape.is_capital())
                || !has_place_after(piece, index)
            {
                return None;
            }
        } else {
            first -= 1;
            while first > 0
                && named(first - 1, &["p", "s", "post"])
                && piece.gap_before(first).len() <= 2
            {
                first -= 1;
            }
        }
    } else {
        return None;
    }
    let mut last = index;
    if matches!(piece.gap(last), "-" | " - " | "–" | ", " | " ")
        && piece
            .token(last + 1)
            .is_some_and(|token| token.is_number() && token.length() == 5)
    {
        last += 1;
    }
    Some((first, last))
}

fn has_place_after(piece: &Piece<'_>, index: usize) -> bool {
    (index + 1..index + 4).any(|index| {
        piece
            .token(index)
            .is_some_and(|token| token.has(Flags::PLACE))
    })
}

/// A word for addresses in the eight before.
fn is_near_address(piece: &Piece<'_>, index: usize) -> bool {
    if piece.field.is_some_and(|field| field.address) {
        return true;
    }
    (index.saturating_sub(8)..index).any(|before| {
        piece.token(before).is_some_and(|token| {
            token.topic() == Some(Topic::Address) && !token.has(Flags::STREET_AFTER)
        })
    })
}

/// `Apt. 4B`, `Suite 500`, `House 12`, `Nyumba namba 7`.
fn unit(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let token = piece.token(index)?;
    let mut next = index + 1;
    if piece.is_any(next, &["no", "number", "na", "namba", "nambari"]) {
        next += 1;
    }
    let number = piece.token(next)?;
    let fits = !number.shape.is_word()
        && number.length() <= 5
        && matches!(piece.gap_before(next), " " | ". " | " #" | ". #" | ": ");
    let street = street_before_unit(piece, index);
    let sure = piece.is_any(
        index,
        &["apt", "apartment", "suite", "nyumba", "appartement", "flat"],
    );
    let followed = piece
        .token(next + 1)
        .is_some_and(|after| after.shape.is_capital())
        && matches!(piece.gap(next), ", " | " " | ",\n" | "\n" | "\n ");
    let placed = followed
        && (next + 1..next + 6).any(|near| {
            piece.token(near).is_some_and(|near| {
                near.has(Flags::PLACE.and(Flags::STREET_AFTER)) && near.shape.is_capital()
            })
        });
    (fits
        && (token.shape.is_capital() || sure)
        && (sure && (token.shape.is_capital() || followed)
            || placed
            || is_near_address(piece, index)))
    .then_some((street.unwrap_or(index), next))
}

/// Towns and countries by themselves.
pub(crate) fn places(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let mut index = 0;
    while let Some(token) = piece.token(index) {
        if !token.has(Flags::PLACE) || !token.shape.is_capital() {
            index += 1;
            continue;
        }
        let mut last = index;
        while piece.gap(last) == " "
            && piece
                .token(last + 1)
                .is_some_and(|next| next.has(Flags::PLACE) && next.shape.is_capital())
        {
            last += 1;
        }
        if let Some(end) = piece.token(last) {
            found.push(Found {
                start: token.start as usize,
                end: end.end as usize,
                kind: Kind::Location,
            });
        }
        index = last + 1;
    }
}
