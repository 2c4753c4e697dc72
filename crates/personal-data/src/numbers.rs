//! Runs of digits: which of the kinds of numbers a group is.

use crate::check;
use crate::context::Said;
use crate::dates;
use crate::detector::Found;
use crate::digits::{Group, Joint};
use crate::flags::Topic;
use crate::kind::Kind;
use crate::phone;
use crate::piece::Piece;
use crate::token::{self, Token};

/// Looks at every group of digits.
#[inline(never)]
pub(crate) fn find(piece: &Piece<'_>, found: &mut Vec<Found>) {
    token::each(&piece.tokens.numbers, |index| {
        // One or two digits by themselves are nothing that is looked for.
        let short = |index| piece.token(index).is_none_or(|token| token.length() < 3);
        let goes_on = piece.token(index + 1).is_some_and(Token::is_number);
        if short(index) && !goes_on {
            return index + 1;
        }
        let group = Group::at(piece, index);
        index + group.map_or(1, |group| one(piece, &group, found))
    });
}

/// Looks at the group and, where it is nothing, at its first parts; how many tokens
/// are done with.
fn one(piece: &Piece<'_>, group: &Group, found: &mut Vec<Found>) -> usize {
    if let Some((end, kind)) = dates::numeric(piece, group) {
        if let Some(kind) = kind {
            found.push(Found {
                start: group.span(piece).0,
                end: group.of_parts(end).span(piece).1,
                kind,
            });
        }
        return end;
    }
    // Nothing that is looked for has fewer digits by itself.
    if group.count() < 3 {
        return 1;
    }
    let mut said = None;
    for parts in (1..=group.parts).rev() {
        let part = group.of_parts(parts);
        if part.count() < 3 {
            break;
        }
        if let Some(kind) = kind(piece, &part, &mut said) {
            let (start, end) = part.span(piece);
            let (start, end) = match kind {
                Kind::Phone => (
                    with_prefix(piece, start),
                    phone::with_extension(piece, part.last(), end),
                ),
                _ => (start, end),
            };
            found.push(Found { start, end, kind });
            return parts;
        }
    }
    1
}

/// A number begins with its plus sign and its area code's bracket.
fn with_prefix(piece: &Piece<'_>, start: usize) -> usize {
    let mut start = start;
    if piece.before(start) == b'(' {
        start -= 1;
    }
    if piece.before(start) == b'+' {
        let plus = start - 1;
        return plus - usize::from(piece.before(plus) == b'(');
    }
    if piece.before(start) == b' ' && start > 1 && piece.before(start - 1) == b'+' {
        return start - 2;
    }
    start
}

/// Whether letters or digits are joined to it, as in codes, hashes and paths.
fn is_alone(piece: &Piece<'_>, group: &Group) -> bool {
    let (start, end) = group.span(piece);
    let before = piece.before(start);
    let joined_before = matches!(
        before,
        b'-' | b'_' | b'.' | b'/' | b'#' | b'@' | b'\\' | b'$'
    ) && (before == b'#'
        || start > 1 && piece.before(start - 1).is_ascii_alphanumeric())
        && !is_chat_link(piece, start);
    // Two numbers side by side: `0712345678/0722345678`.
    let beside = |joint: u8, number: Option<&Token>| {
        joint == b'/' && number.is_some_and(|number| number.is_number() && number.length() >= 7)
    };
    let joined_before = joined_before && !beside(before, piece.previous(group.first));
    // The end of a code that is written in parts: `1Z 999 AA1 01 2345 6784`.
    let continues = before == b' '
        && piece
            .previous(group.first)
            .is_some_and(|code| code.shape.is_mixed())
        && piece.gap_before(group.first) == " ";
    let after = piece.byte(end);
    let label = after == b'-'
        && piece
            .token(group.last() + 1)
            .is_some_and(|next| next.shape.is_word() && next.length() >= 3);
    let joined_after = !label
        && !beside(after, piece.token(group.last() + 1))
        && matches!(after, b'-' | b'_' | b'.' | b'/' | b'@' | b':')
        && piece.byte(end + 1).is_ascii_alphanumeric();
    !joined_before && !joined_after && !continues
}

/// `wa.me/254722000000`
fn is_chat_link(piece: &Piece<'_>, start: usize) -> bool {
    piece
        .text
        .get(..start)
        .is_some_and(|head| head.ends_with("wa.me/") || head.ends_with("phone/"))
}

/// What the whole group is. What is `said` before it is looked for when it matters.
fn kind(piece: &Piece<'_>, group: &Group, said: &mut Option<Said>) -> Option<Kind> {
    // Runs of one digit are no number that anything below knows, but for the Rwandan.
    if group.parts > 2 && group.lengths().filter(|length| *length == 1).count() > 4 {
        return None;
    }
    let alone = is_alone(piece, group);
    // Whatever is said, a short number in the middle of something is nothing.
    let is_short = group.count() < 7 && !group.is_cut(&[2, 2, 2]);
    if !alone && is_short && (group.parts > 1 || !may_be_touched(piece, group)) {
        return None;
    }
    let topic = said
        .get_or_insert_with(|| Said::before(piece, group.first))
        .of(piece, group.last());
    let start = group.span(piece).0;
    if phone::has_plus(piece, start) {
        return phone::is_one(piece, group, topic, alone).then_some(Kind::Phone);
    }
    if alone && let Some(kind) = checked(group, topic) {
        return Some(kind);
    }
    if phone::is_one(piece, group, topic, alone) {
        return Some(Kind::Phone);
    }
    named(piece, group, topic?, alone)
}

/// Numbers that say themselves what they are.
fn checked(group: &Group, topic: Option<Topic>) -> Option<Kind> {
    let digits = group.digits();
    let blocked = matches!(
        topic,
        Some(Topic::Other | Topic::Order | Topic::Amount | Topic::Receipt)
    );
    if is_card(group, digits) && (!blocked || group.parts > 1) {
        return Some(Kind::PaymentCard);
    }
    if group.is_joined_by(Joint::Hyphen) && group.is_cut(&[3, 2, 4]) && is_ssn(digits) {
        return Some(Kind::NationalId);
    }
    let is_id = match digits.len() {
        13 => is_south_african(group, digits) && (!blocked || group.parts > 1),
        12 => is_aadhaar(group, digits) && !blocked && topic != Some(Topic::Phone),
        16 => is_rwandan(group, digits) && !blocked,
        20 => is_tanzanian(group, digits) && (!blocked || group.parts > 1),
        _ => false,
    };
    is_id.then_some(Kind::NationalId)
}

/// A number that the words around it name.
fn named(piece: &Piece<'_>, group: &Group, topic: Topic, alone: bool) -> Option<Kind> {
    let count = group.count();
    // Joined to a word that names it, as in `ID/12345678`, it is what it says.
    let fits = alone || group.parts == 1 && topic_touches(piece, group);
    if !fits || is_amount(piece, group) {
        return None;
    }
    let plain = group.is_plain();
    let kind = match topic {
        Topic::Id if (6..=20).contains(&count) && (plain || group.is_joined_by(Joint::Slash)) => {
            Kind::NationalId
        }
        Topic::Passport if (6..=9).contains(&count) && plain => Kind::Passport,
        Topic::Tax if (8..=15).contains(&count) && (plain || group.is_joined_by(Joint::Dot)) => {
            Kind::TaxNumber
        }
        Topic::Licence if (6..=13).contains(&count) && plain => Kind::DriverLicence,
        Topic::Till if (5..=10).contains(&count) && (group.parts == 1 || group.is_cut(&[3, 3])) => {
            Kind::Account
        }
        Topic::Account
            if (5..=20).contains(&count) && plain && (group.parts == 1 || count >= 10) =>
        {
            Kind::Account
        }
        Topic::Card if (14..=19).contains(&count) && plain => Kind::PaymentCard,
        Topic::Order if (3..=20).contains(&count) && plain => Kind::OrderId,
        _ => return None,
    };
    (group.parts == 1 || kind == Kind::OrderId || !is_short_list(group)).then_some(kind)
}

/// Runs that each are long enough by themselves are rather several numbers.
fn is_short_list(group: &Group) -> bool {
    group.is_joined_by(Joint::Space) && group.lengths().filter(|length| *length >= 7).count() >= 2
}

/// A digit group right after a comma, or with a fraction, is an amount: `12,345,678.00`.
fn is_amount(piece: &Piece<'_>, group: &Group) -> bool {
    let (start, end) = group.span(piece);
    let comma_before =
        piece.before(start) == b',' && start > 1 && piece.before(start - 1).is_ascii_digit();
    let comma_after = piece.byte(end) == b','
        && piece.byte(end + 1).is_ascii_digit()
        && piece.byte(end + 2).is_ascii_digit();
    comma_before && group.lengths().next() == Some(3) || comma_after && group.count() <= 3
}

/// Whether the sign before it may join it to a word that names it.
fn may_be_touched(piece: &Piece<'_>, group: &Group) -> bool {
    matches!(
        piece.before(group.span(piece).0),
        b'/' | b'-' | b'_' | b'#' | b'.'
    )
}

fn topic_touches(piece: &Piece<'_>, group: &Group) -> bool {
    matches!(piece.gap_before(group.first), "/" | "-" | "_" | "#" | ".")
        && piece
            .previous(group.first)
            .is_some_and(|word| word.topic().is_some())
        || piece.before(group.span(piece).0) == b'#'
}

/// The ranges and lengths that card networks issue, and Luhn's check.
fn is_card(group: &Group, digits: &[u8]) -> bool {
    let grouped = group.parts == 1
        || group.is_plain()
            && [&[4, 4, 4, 4][..], &[4, 6, 5], &[4, 4, 4, 4, 3], &[4, 6, 4]]
                .iter()
                .any(|cut| group.is_cut(cut));
    let leading = |count: usize| check::number(digits.get(..count).unwrap_or_default());
    let issued = match digits.len() {
        14 => matches!(leading(2), 36 | 38 | 39) || matches!(leading(3), 300..=305),
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
    };
    grouped && issued && check::luhn(digits)
}

/// A social security number's area, group and serial.
fn is_ssn(digits: &[u8]) -> bool {
    let part = |from: usize, to: usize| check::number(digits.get(from..to).unwrap_or_default());
    !matches!(part(0, 3), 0 | 666) && part(3, 5) != 0 && part(5, 9) != 0
}

/// `YYMMDD SSSS C A Z`: a day, a citizenship, 8 or 9, and Luhn's check.
fn is_south_african(group: &Group, digits: &[u8]) -> bool {
    let cut = group.parts == 1
        || group.is_plain()
            && [
                &[6, 4, 3][..],
                &[6, 4, 2, 1],
                &[6, 4, 1, 1, 1],
                &[6, 7],
                &[2, 2, 2, 4, 3],
            ]
            .iter()
            .any(|cut| group.is_cut(cut));
    let pair = |from: usize| check::number(digits.get(from..from + 2).unwrap_or_default());
    cut && (check::is_day(1900 + pair(0), pair(2), pair(4))
        || check::is_day(2000 + pair(0), pair(2), pair(4)))
        && digits.get(10).is_some_and(|digit| *digit <= 2)
        && digits.get(11).is_some_and(|digit| *digit >= 8)
        && check::luhn(digits)
}

/// Twelve digits, the first 2 to 9, no palindrome, and Verhoeff's check.
fn is_aadhaar(group: &Group, digits: &[u8]) -> bool {
    let cut = group.parts == 1 || group.is_plain() && group.is_cut(&[4, 4, 4]);
    let first = digits.first().is_some_and(|digit| *digit >= 2);
    let palindrome = digits.iter().eq(digits.iter().rev());
    cut && first && !palindrome && check::verhoeff(digits)
}

/// A status, a year of birth, 7 or 8 by sex, and nine more.
fn is_rwandan(group: &Group, digits: &[u8]) -> bool {
    let cut = group.parts == 1
        || group.is_plain()
            && [
                &[1, 4, 1, 7, 1, 2][..],
                &[4, 4, 4, 4],
                &[1, 4, 1, 7, 3],
                &[1, 4, 11],
            ]
            .iter()
            .any(|cut| group.is_cut(cut));
    let year = check::number(digits.get(1..5).unwrap_or_default());
    cut && matches!(digits.first(), Some(1..=3))
        && check::is_birth_year(year)
        && matches!(digits.get(5), Some(7 | 8))
}

/// Twenty digits that begin with a day of birth.
fn is_tanzanian(group: &Group, digits: &[u8]) -> bool {
    let cut = group.parts == 1
        || group.is_plain()
            && (group.is_cut(&[8, 5, 5, 2])
                || group.is_cut(&[8, 5, 5, 1, 1])
                || group.is_cut(&[8, 12])
                || group.is_cut(&[4, 4, 5, 5, 2])
                || group.is_cut(&[5, 5, 5, 5]));
    let part = |from: usize, to: usize| check::number(digits.get(from..to).unwrap_or_default());
    cut && check::is_birth_year(part(0, 4)) && check::is_day(part(0, 4), part(4, 6), part(6, 8))
}
