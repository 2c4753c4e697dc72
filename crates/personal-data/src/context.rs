//! What the words around a number say it is.

mod field;

use crate::flags::Topic;
use crate::lexicon;
use crate::piece::{Piece, has_pair};
use crate::token::Token;

pub use field::Field;

/// How far back a number's word may be.
const REACH_TOKENS: usize = 10;

const REACH_BYTES: usize = 90;

/// How many other numbers may stand between.
const REACH_NUMBERS: usize = 4;

/// How far on, when nothing stands before.
const REACH_AFTER: usize = 4;

/// Whether the number stands in a clause of its own, away from the words before it.
pub(crate) fn is_apart(piece: &Piece<'_>, first: usize) -> bool {
    let gap = piece.gap_before(first);
    gap.contains([',', ';', '(', '\n']) || has_pair(gap, *b". ")
}

/// What is said of the number whose tokens are `first..=last`.
pub(crate) fn of_number(piece: &Piece<'_>, first: usize, last: usize) -> Option<Topic> {
    Said::before(piece, first).of(piece, last)
}

/// What is said before a number, which is the same wherever the number ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    first: usize,
    before: Option<Topic>,
}

impl Said {
    /// What is said before the token `first`.
    pub(crate) fn before(piece: &Piece<'_>, first: usize) -> Self {
        let before = before(piece, first).or_else(|| piece.field.and_then(|field| field.topic));
        Self { first, before }
    }

    /// What is said of the number that ends with the token `last`.
    pub(crate) fn of(self, piece: &Piece<'_>, last: usize) -> Option<Topic> {
        next_to(piece, self.first, last)
            .or(self.before)
            .or_else(|| after(piece, last))
    }
}

/// A currency right before or a unit right after makes it an amount.
fn next_to(piece: &Piece<'_>, first: usize, last: usize) -> Option<Topic> {
    let start = piece.token(first)?.start as usize;
    let head = piece.text.get(..start)?.trim_end_matches(' ');
    if head.ends_with(['$', '€', '£', '₦', '₵', '₹', '¥']) {
        return Some(Topic::Amount);
    }
    let is_amount = |index: usize| {
        piece
            .token(index)
            .is_some_and(|token| token.topic() == Some(Topic::Amount))
    };
    if first > 0 && is_amount(first - 1) && matches!(piece.gap_before(first), "" | " " | ". " | ".")
    {
        return Some(Topic::Amount);
    }
    let tail = piece.text.get(piece.token(last)?.end as usize..)?;
    (tail.starts_with('%') || (is_amount(last + 1) && matches!(piece.gap(last), " " | "")))
        .then_some(Topic::Amount)
}

/// The nearest word before that says something.
fn before(piece: &Piece<'_>, first: usize) -> Option<Topic> {
    let start = piece.token(first)?.start as usize;
    let labelled = is_labelled(piece, first);
    let mut index = first;
    let mut numbers = 0;
    let mut next = start;
    for step in 0..REACH_TOKENS {
        let before = index.checked_sub(1)?;
        let token = piece.token(before)?;
        // Nearly all gaps are a space.
        if next - token.end as usize > 1 || (labelled && step > 0) {
            let gap = piece.gap_before(index);
            if gap.len() > 1 && has_pair(gap, *b"\n\n")
                || (labelled && step > 0 && gap.contains([',', ';', '\n', '{', '|']))
            {
                return None;
            }
        }
        (index, next) = (before, token.start as usize);
        if start - token.end as usize > REACH_BYTES {
            return None;
        }
        numbers += usize::from(!token.shape.is_word());
        if numbers > REACH_NUMBERS {
            return None;
        }
        let topic = if token.length() == 1 {
            spelled(piece, index)
        } else {
            token.topic()
        };
        match topic {
            None | Some(Topic::Neutral | Topic::Address) => {}
            Some(Topic::Id) => return Some(of_id(piece, index)),
            Some(topic) => return Some(compound(piece, index, topic)),
        }
    }
    None
}

/// What letters with dots or strokes between them say: `D.O.B`, `A/C`, `I.D.`
fn spelled(piece: &Piece<'_>, last: usize) -> Option<Topic> {
    let mut first = last;
    while first > 0
        && last - first < 3
        && matches!(piece.gap_before(first), "." | "/")
        && piece
            .token(first - 1)
            .is_some_and(|token| token.length() == 1 && token.shape.is_word())
    {
        first -= 1;
    }
    let word: String = (first..=last).map(|index| piece.words(index)).collect();
    (last > first)
        .then(|| lexicon::word(&word).topic())
        .flatten()
}

/// "Order number" and "number of the order" are alike, but of "phone order 123" and
/// "account reference" the earlier word may say more than the later.
fn compound(piece: &Piece<'_>, index: usize, topic: Topic) -> Topic {
    let earlier = index
        .checked_sub(1)
        .filter(|_| matches!(piece.gap_before(index), " " | "_" | "-" | ""))
        .and_then(|earlier| piece.token(earlier))
        .and_then(Token::topic);
    match (topic, earlier) {
        (Topic::Other, Some(found @ (Topic::Order | Topic::Receipt))) => found,
        (Topic::Card, Some(found @ (Topic::Id | Topic::Tax | Topic::Licence))) => found,
        (Topic::Phone, Some(Topic::Other)) if piece.is(index, "text") => Topic::Other,
        _ => topic,
    }
}

/// Words before "id" with which it is a person's.
const PERSONAL: [&str; 30] = [
    "national",
    "government",
    "govt",
    "kenyan",
    "ugandan",
    "tanzanian",
    "rwandan",
    "nigerian",
    "ghanaian",
    "ethiopian",
    "african",
    "voter",
    "photo",
    "state",
    "citizen",
    "resident",
    "personal",
    "civil",
    "valid",
    "new",
    "old",
    "and",
    "fayda",
    "digital",
    "or",
    "own",
    "his",
    "her",
    "my",
    "their",
];

/// "ID" by itself is a person's; an order's or a session's is not, nor is the key of a
/// row.
fn of_id(piece: &Piece<'_>, index: usize) -> Topic {
    if !piece.is(index, "id") && !piece.is(index, "ids") && !piece.is(index, "uid") {
        return Topic::Id;
    }
    let earlier = index
        .checked_sub(1)
        .filter(|_| matches!(piece.gap_before(index), " " | "_" | "-"));
    let joins = |earlier: usize| {
        piece.is(earlier, "and") || piece.is(earlier, "or") || piece.is(earlier, "where")
    };
    let earlier = earlier.filter(|earlier| !(is_key(piece, index) && joins(*earlier)));
    if let Some(earlier) = earlier {
        let topic = piece.token(earlier).and_then(Token::topic);
        return match topic {
            Some(Topic::Neutral) => Topic::Id,
            Some(Topic::Phone | Topic::Position | Topic::Card | Topic::Till) => Topic::Other,
            Some(topic) => topic,
            None if piece.is_any(earlier, &PERSONAL) => Topic::Id,
            None if piece.gap_before(index) == " " && !is_key(piece, index) => {
                if piece.is_any(earlier, &INTERNAL) {
                    Topic::Other
                } else {
                    Topic::Id
                }
            }
            None => Topic::Other,
        };
    }
    if is_key(piece, index) {
        Topic::Other
    } else {
        Topic::Id
    }
}

/// Words before "id" with which it is a number of the business's own.
const INTERNAL: [&str; 60] = [
    "user",
    "customer",
    "client",
    "session",
    "request",
    "product",
    "item",
    "device",
    "app",
    "application",
    "employee",
    "staff",
    "merchant",
    "vendor",
    "supplier",
    "agent",
    "company",
    "group",
    "team",
    "project",
    "task",
    "event",
    "message",
    "thread",
    "channel",
    "tenant",
    "page",
    "object",
    "asset",
    "store",
    "shop",
    "branch",
    "category",
    "campaign",
    "ad",
    "post",
    "comment",
    "file",
    "document",
    "correlation",
    "trace",
    "span",
    "process",
    "node",
    "instance",
    "cluster",
    "loan",
    "claim",
    "lead",
    "deal",
    "opportunity",
    "subscription",
    "plan",
    "member",
    "apple",
    "google",
    "meeting",
    "zoom",
    "location",
    "parent",
];

/// A key of JSON or YAML that is nothing but small letters.
fn is_key(piece: &Piece<'_>, index: usize) -> bool {
    let gap = piece.gap(index);
    piece
        .words(index)
        .bytes()
        .all(|byte| byte.is_ascii_lowercase())
        && (gap.starts_with("\":")
            || gap.starts_with("':")
            || gap.trim_start().starts_with('=')
            || gap.starts_with(": "))
}

/// Whether a label stands right before, so that what is before that label says nothing.
fn is_labelled(piece: &Piece<'_>, first: usize) -> bool {
    piece
        .gap_before(first)
        .trim_end_matches([' ', '"', '\'', '(', '+', '*'])
        .ends_with([':', '='])
}

/// The nearest word after, in the same sentence.
fn after(piece: &Piece<'_>, last: usize) -> Option<Topic> {
    for index in last..last + REACH_AFTER {
        // What follows a second number is said of that one.
        if index > last && piece.token(index).is_some_and(Token::is_number) {
            return None;
        }
        let gap = piece.gap(index);
        if gap.contains(['\n', ',', ';', '{', '}', '|', ':', '?', '!']) || has_pair(gap, *b". ") {
            return None;
        }
        if piece.is_any(index + 1, &["office", "home", "work"]) && index == last {
            return Some(Topic::Phone);
        }
        match piece.token(index + 1)?.topic() {
            None | Some(Topic::Neutral | Topic::Address) => {}
            Some(Topic::Id) => {
                return Some(match of_id(piece, index + 1) {
                    Topic::Id => Topic::Id,
                    other => other,
                });
            }
            Some(topic) => return Some(topic),
        }
    }
    None
}
