//! Tokens of letters and digits: `ORD-99812`, `SKE7X2Y1QP`, `INV/2026/0042`.

use crate::{
    chain::Chain,
    number::{self, FEWEST_DIGITS, MOST_DIGITS},
    print::ValueKind,
    scan::{Class, Found},
};

const LONGEST_CODE: usize = 64;
/// So many digits in a row say as much as the code that they stand in.
const LONG_RUN: usize = 8;

/// Goes through a token with digits: its groups join the chain, and where letters
/// stand with them it is a code.
pub(crate) fn pieces(
    text: &str,
    start: usize,
    end: usize,
    chain: &mut Chain,
    found: &mut impl FnMut(Found<'_>),
) {
    let token = text.get(start..end).unwrap_or_default();
    // What stands before a colon or an equals sign is a label.
    let mut at = start;
    for part in token.split([':', '=', '?', '&', '@']) {
        joined(part, at, found);
        let mut piece_at = at;
        for piece in part.split(|character: char| !character.is_alphanumeric()) {
            one(text, piece, piece_at, chain, found);
            piece_at += piece.len();
            piece_at += text
                .get(piece_at..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
        }
        at += part.len() + 1;
    }
}

fn one(text: &str, piece: &str, at: usize, chain: &mut Chain, found: &mut impl FnMut(Found<'_>)) {
    let end = at + piece.len();
    if piece.is_empty() {
        return;
    }
    if piece.bytes().all(|byte| byte.is_ascii_digit()) {
        chain.group(text, at, end, found);
        return;
    }
    if let Some(spoken) = number::spoken(piece.as_bytes()) {
        chain.spoken(text, at, end, spoken, found);
        return;
    }
    chain.finish(found);
    let mut run_at = at;
    for run in piece.split(|character: char| !character.is_ascii_digit()) {
        if (FEWEST_DIGITS..=MOST_DIGITS).contains(&run.len()) {
            found(Found {
                kind: number::kind(run, false),
                class: Class::Digits,
                normal: number::normal(run),
                start: run_at,
                end: run_at + run.len(),
                // As in an IBAN, which may be written in groups elsewhere.
                whole: run.len() >= LONG_RUN,
            });
        }
        run_at += run.len();
        run_at += text
            .get(run_at..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
    }
}

/// The whole part as one code, without what joins its pieces.
fn joined(part: &str, at: usize, found: &mut impl FnMut(Found<'_>)) {
    if part.len() > LONGEST_CODE * 2 || number::is_date(part) {
        return;
    }
    let (mut letters, mut digits, mut is_upper) = (0_usize, 0_usize, true);
    let mut normal = String::with_capacity(part.len());
    for character in part.chars().filter(|it| it.is_alphanumeric()) {
        if character.is_ascii_digit() {
            digits += 1;
        } else {
            letters += 1;
            is_upper &= !character.is_lowercase();
        }
        normal.extend(character.to_uppercase());
    }
    let says_enough = digits >= 3 || (digits >= 1 && is_upper && letters + digits >= 8);
    if letters == 0 || !says_enough || !(FEWEST_DIGITS..=LONGEST_CODE).contains(&(letters + digits))
    {
        return;
    }
    found(Found {
        kind: ValueKind::Account,
        class: Class::Code,
        normal: &normal,
        start: at,
        end: at + part.len(),
        whole: true,
    });
}
