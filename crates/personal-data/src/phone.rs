//! Phone numbers: international ones by their country's code, local ones by how
//! they are written or by the words around them.

use crate::check;
use crate::context;
use crate::digits::{Group, Joint};
use crate::flags::Topic;
use crate::piece::Piece;

/// Country codes with the fewest and most digits that follow (ITU-T E.164 and the
/// countries' plans; a trunk zero that people leave in is allowed for).
#[rustfmt::skip]
const CODES: [(u16, u8, u8); 215] = [
    (1, 10, 10), (7, 10, 10), (20, 8, 10), (27, 9, 10), (30, 10, 10), (31, 9, 10), (32, 8, 10), (33, 9, 10),
    (34, 9, 9), (36, 8, 9), (39, 6, 11), (40, 9, 10), (41, 9, 10), (43, 7, 13), (44, 9, 11), (45, 8, 8),
    (46, 7, 10), (47, 8, 8), (48, 9, 9), (49, 7, 13), (51, 8, 9), (52, 10, 11), (53, 6, 8), (54, 10, 11),
    (55, 10, 11), (56, 9, 9), (57, 8, 10), (58, 10, 10), (60, 8, 10), (61, 9, 10), (62, 8, 12), (63, 8, 10),
    (64, 8, 10), (65, 8, 8), (66, 8, 10), (81, 9, 11), (82, 8, 11), (84, 9, 10), (86, 10, 11), (90, 10, 10),
    (91, 10, 11), (92, 9, 11), (93, 9, 10), (94, 9, 10), (95, 7, 10), (98, 10, 11), (211, 9, 10), (212, 9, 10),
    (213, 8, 10), (216, 8, 8), (218, 8, 10), (220, 7, 7), (221, 9, 9), (222, 8, 8), (223, 8, 8), (224, 8, 9),
    (225, 8, 10), (226, 8, 8), (227, 8, 8), (228, 8, 8), (229, 8, 10), (230, 7, 8), (231, 7, 9), (232, 8, 9),
    (233, 9, 10), (234, 7, 11), (235, 8, 8), (236, 8, 8), (237, 8, 9), (238, 7, 7), (239, 7, 7), (240, 9, 9),
    (241, 7, 9), (242, 9, 9), (243, 9, 10), (244, 9, 9), (245, 7, 9), (246, 7, 7), (247, 4, 6), (248, 7, 7),
    (249, 9, 10), (250, 9, 10), (251, 9, 10), (252, 7, 9), (253, 8, 8), (254, 9, 10), (255, 9, 10), (256, 9, 10),
    (257, 8, 8), (258, 8, 9), (260, 9, 10), (261, 9, 10), (262, 9, 10), (263, 8, 10), (264, 8, 10), (265, 7, 10),
    (266, 8, 8), (267, 7, 8), (268, 8, 8), (269, 7, 7), (290, 4, 5), (291, 7, 8), (297, 7, 7), (298, 6, 6),
    (299, 6, 6), (350, 8, 8), (351, 9, 9), (352, 6, 11), (353, 7, 10), (354, 7, 9), (355, 8, 10), (356, 8, 8),
    (357, 8, 8), (358, 6, 11), (359, 8, 10), (370, 8, 9), (371, 8, 8), (372, 7, 8), (373, 8, 9), (374, 8, 9),
    (375, 9, 10), (376, 6, 9), (377, 8, 9), (378, 6, 10), (380, 9, 10), (381, 8, 10), (382, 8, 9), (383, 8, 9),
    (385, 8, 10), (386, 8, 9), (387, 8, 9), (389, 8, 9), (420, 9, 9), (421, 9, 10), (423, 7, 9), (500, 5, 5),
    (501, 7, 7), (502, 8, 8), (503, 8, 8), (504, 8, 8), (505, 8, 8), (506, 8, 8), (507, 7, 8), (508, 6, 6),
    (509, 8, 8), (590, 9, 10), (591, 8, 9), (592, 7, 7), (593, 8, 10), (594, 9, 10), (595, 9, 10), (596, 9, 10),
    (597, 6, 7), (598, 8, 9), (599, 7, 8), (670, 7, 8), (672, 5, 6), (673, 7, 7), (674, 7, 7), (675, 7, 8),
    (676, 5, 7), (677, 5, 7), (678, 5, 7), (679, 7, 7), (680, 7, 7), (681, 6, 6), (682, 5, 5), (683, 4, 7),
    (685, 5, 7), (686, 5, 8), (687, 6, 6), (688, 5, 7), (689, 6, 8), (690, 4, 5), (691, 7, 7), (692, 7, 7),
    (800, 8, 8), (808, 8, 8), (850, 8, 10), (852, 8, 8), (853, 8, 8), (855, 8, 10), (856, 8, 11), (870, 9, 9),
    (878, 12, 12), (880, 8, 11), (881, 8, 9), (882, 7, 12), (883, 7, 12), (886, 8, 10), (888, 8, 8), (960, 7, 7),
    (961, 7, 9), (962, 8, 10), (963, 8, 10), (964, 8, 11), (965, 7, 8), (966, 8, 10), (967, 7, 10), (968, 8, 8),
    (970, 8, 10), (971, 8, 10), (972, 8, 10), (973, 8, 8), (974, 7, 8), (975, 7, 8), (976, 8, 8), (977, 8, 10),
    (979, 9, 9), (992, 9, 9), (993, 8, 9), (994, 9, 10), (995, 9, 9), (996, 9, 10), (998, 9, 9),
];

/// Mobile numbers of African states as they stand in databases: the code without a
/// plus sign, how many digits in all, and what the first digits after it may be.
#[rustfmt::skip]
const BARE: [(&[u8], usize, &[u8]); 20] = [
    (&[2, 5, 4], 12, &[7, 1]), (&[2, 5, 5], 12, &[6, 7]), (&[2, 5, 6], 12, &[7, 3, 2]), (&[2, 5, 0], 12, &[7]),
    (&[2, 5, 1], 12, &[9, 7]), (&[2, 5, 2], 12, &[6, 9, 7]), (&[2, 3, 3], 12, &[2, 5]), (&[2, 3, 4], 13, &[7, 8, 9]),
    (&[2, 7], 11, &[6, 7, 8]), (&[2, 6, 0], 12, &[9, 7]), (&[2, 6, 3], 12, &[7]), (&[2, 6, 5], 12, &[9, 8]),
    (&[2, 4, 3], 12, &[8, 9]), (&[2, 1, 2], 12, &[6, 7]), (&[2, 0], 12, &[1]), (&[2, 2, 1], 12, &[7]),
    (&[2, 2, 5], 13, &[0]), (&[2, 3, 7], 12, &[6]), (&[2, 5, 8], 12, &[8]), (&[9, 1], 12, &[6, 7, 8, 9]),
];

/// Whether the digits are a number with its country's code.
fn is_international(digits: &[u8]) -> bool {
    (1..=3).any(|length| {
        let (Some(code), Some(rest)) = (digits.get(..length), digits.len().checked_sub(length))
        else {
            return false;
        };
        let code = check::number(code);
        CODES
            .binary_search_by_key(&code, |(known, _, _)| u32::from(*known))
            .ok()
            .and_then(|place| CODES.get(place))
            .is_some_and(|(_, fewest, most)| {
                (usize::from(*fewest)..=usize::from(*most)).contains(&rest)
            })
    })
}

/// Whether the group, with what stands before it, is a phone number.
pub(crate) fn is_one(piece: &Piece<'_>, group: &Group, topic: Option<Topic>, alone: bool) -> bool {
    let digits = group.digits();
    let start = group.span(piece).0;
    // Six digits in pairs are a number where one is spoken of.
    let pairs = topic == Some(Topic::Phone) && group.is_cut(&[2, 2, 2]);
    if !(7..=16).contains(&digits.len()) && !pairs {
        return false;
    }
    let plus = has_plus(piece, start);
    if plus {
        return is_international(digits)
            || (digits.len() <= 15 && digits.len() >= 9 && digits.first() != Some(&0));
    }
    if let [0, 0, rest @ ..] = digits
        && digits.len() >= 10
        && rest.first() != Some(&0)
        && matches!(
            topic,
            None | Some(Topic::Phone | Topic::Address | Topic::Id)
        )
        && is_international(rest)
    {
        return true;
    }
    match topic {
        Some(Topic::Phone) => !is_dotted_decimal(group),
        Some(Topic::Address | Topic::Position) | None => alone && looks_like_one(group, digits),
        Some(Topic::Id | Topic::Till | Topic::Birth | Topic::Passport | Topic::Receipt) => {
            alone && is_certain(group, digits)
        }
        Some(Topic::Other | Topic::Order | Topic::Account) => {
            let written = group.parts > 1 || context::is_apart(piece, group.first);
            alone && written && is_certain(group, digits)
        }
        Some(_) => false,
    }
}

/// A plus sign, with or without a bracket, right before.
pub(crate) fn has_plus(piece: &Piece<'_>, start: usize) -> bool {
    piece.before(start) == b'+'
        || (matches!(piece.before(start), b' ' | b'(')
            && start > 1
            && piece.before(start - 1) == b'+')
}

/// Two runs around a dot are rather an amount.
fn is_dotted_decimal(group: &Group) -> bool {
    group.parts == 2 && group.is_joined_by(Joint::Dot)
}

/// An African mobile number in one of the two forms that databases hold.
fn is_certain(group: &Group, digits: &[u8]) -> bool {
    if !group.is_plain() {
        return false;
    }
    let bare = BARE.iter().any(|(code, length, next)| {
        digits.len() == *length
            && digits.starts_with(code)
            && digits
                .get(code.len())
                .is_some_and(|digit| next.contains(digit))
    });
    let local = match digits {
        [0, 7 | 1, ..] => digits.len() == 10,
        _ => false,
    };
    bare || local
}

/// Written as phone numbers are, where nothing says that it is something else.
fn looks_like_one(group: &Group, digits: &[u8]) -> bool {
    if is_certain(group, digits) {
        return true;
    }
    let count = digits.len();
    let hyphened = group.is_joined_by(Joint::Hyphen) || group.is_joined_by(Joint::Dot);
    let bracketed = group
        .joints()
        .iter()
        .take(2)
        .any(|joint| *joint == Joint::Bracket)
        && !group.joints().contains(&Joint::Dot);
    let american = group.is_cut(&[3, 3, 4]) && digits.first().is_some_and(|digit| *digit > 0);
    if american && group.parts == 3 && (hyphened || bracketed || group.is_plain()) {
        return true;
    }
    let area = group.lengths().next().is_some_and(|length| length >= 2);
    if bracketed && area && (8..=11).contains(&count) && group.parts >= 2 {
        return true;
    }
    let trunk = digits.first() == Some(&0) && digits.get(1).is_some_and(|digit| *digit > 0);
    if trunk && (9..=11).contains(&count) {
        let parts_are_fit = group.lengths().all(|length| length >= 2);
        return match group.parts {
            1 => count == 10 || (count == 11 && matches!(digits, [0, 7..=9, ..])),
            2..=5 => parts_are_fit && (group.is_plain() || hyphened),
            _ => false,
        };
    }
    group.is_cut(&[5, 5]) && group.is_plain() && digits.first().is_some_and(|digit| *digit >= 6)
        || group.is_cut(&[1, 3, 3, 4]) && digits.first() == Some(&1) && (hyphened || bracketed)
}

/// Where the number ends with its extension: `ext. 12`, `x12`.
pub(crate) fn with_extension(piece: &Piece<'_>, last: usize, end: usize) -> usize {
    let Some(next) = piece.token(last + 1) else {
        return end;
    };
    let gap = piece.gap(last);
    let word = piece.words(last + 1);
    let glued = |digits: &str| {
        (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if matches!(gap, "" | " ") && word.strip_prefix(['x', 'X']).is_some_and(glued) {
        return next.end as usize;
    }
    let named = ["ext", "x", "extension", "poste"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name));
    match piece.token(last + 2) {
        Some(number)
            if named
                && matches!(gap, " " | ", " | "")
                && number.is_number()
                && number.length() <= 6
                && piece.gap(last + 1).len() <= 2 =>
        {
            number.end as usize
        }
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_in_order() {
        assert!(CODES.is_sorted_by_key(|(code, _, _)| *code));
    }
}
