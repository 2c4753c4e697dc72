//! The detector: a set of kinds, and the two ways in.

use crate::context::Field;
use crate::flags::Topic;
use crate::kind::{Kind, Kinds};
use crate::name::Candidate;
use crate::piece::Piece;
use crate::token::{self, Tokens};
use crate::{address, dates, mixed, name, numbers, web};

/// A stretch of a text that is personal data, in bytes and on character
/// boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Found {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
}

/// Memory for [`Detector::find_again`].
#[derive(Debug, Default)]
pub struct Workspace {
    tokens: Tokens,
    /// What was found in a piece, and what is left of it.
    found: Vec<Found>,
    kept: Vec<Found>,
    all: Vec<Found>,
    /// What may be names.
    candidates: Vec<Candidate>,
}

/// Finds personal data of some kinds. Costs nothing to make: its tables are part
/// of the program.
#[derive(Debug, Clone, Copy)]
pub struct Detector {
    kinds: Kinds,
}

/// How much is read at once, so that memory stays small whatever the text's length.
const PIECE: usize = 32 * 1024;

/// A name of a field says nothing of a value longer than that, which is prose.
const LONGEST_FIELD: usize = 200;

impl Detector {
    /// The detector of [`Kinds::usual`].
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: Detector = Detector::of(Kinds::usual());
        &SHIPPED
    }

    /// A detector of these kinds.
    #[must_use]
    pub const fn of(kinds: Kinds) -> Self {
        Self { kinds }
    }

    /// What stands in `text`: sorted, disjoint, on character boundaries.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Found> {
        let mut workspace = Workspace::default();
        self.find_with(text, None, &mut workspace);
        workspace.all
    }

    /// What stands in `text`, the value of a field called `field` (the last key
    /// of its path): a field called `phone` holds a phone number.
    #[must_use]
    pub fn find_in_field(&self, field: &str, text: &str) -> Vec<Found> {
        let mut workspace = Workspace::default();
        self.find_with(text, Some(Field::of(field)), &mut workspace);
        workspace.all
    }

    /// As [`Self::find_in_field`] with a field that is known already, or as
    /// [`Self::find`] without one, in memory that is used again: for many short texts.
    pub fn find_again<'w>(
        &self,
        text: &str,
        field: Option<Field>,
        workspace: &'w mut Workspace,
    ) -> &'w [Found] {
        self.find_with(text, field, workspace);
        &workspace.all
    }

    fn find_with(&self, text: &str, field: Option<Field>, workspace: &mut Workspace) {
        let field = field.filter(|_| text.len() <= LONGEST_FIELD);
        let Workspace {
            tokens,
            found,
            kept,
            all,
            candidates,
        } = workspace;
        all.clear();
        let mut from = 0;
        while from < text.len() {
            let to = cut(text, from);
            let Some(part) = text.get(from..to) else {
                break;
            };
            token::read(part, tokens);
            // Without any such token only the field's name may make of it something.
            if tokens.hold_anything() || field.is_some_and(|field| field.address) {
                let piece = Piece {
                    text: part,
                    tokens,
                    field,
                };
                found.clear();
                self.look(&piece, candidates, found);
                if found.is_empty() {
                    from = to;
                    continue;
                }
                settle(part, found, kept);
                let asked = kept.iter().filter(|one| self.kinds.contains(one.kind));
                all.extend(asked.map(|one| Found {
                    start: one.start + from,
                    end: one.end + from,
                    kind: one.kind,
                }));
            }
            from = to;
        }
    }

    /// Searches of which the piece has nothing are not begun: most values have little.
    /// None is inlined: V8 makes slow code of a function that holds all of them.
    fn look(&self, piece: &Piece<'_>, candidates: &mut Vec<Candidate>, found: &mut Vec<Found>) {
        let tokens = piece.tokens;
        if !tokens.ats.is_empty() {
            web::emails(piece, found);
        }
        if self.kinds.contains(Kind::Url) {
            web::links(piece, found);
        }
        if tokens.has_dotted_number {
            web::version_4(piece, found);
        }
        if web::may_hold_version_6(tokens) {
            web::version_6(piece, found);
        }
        if tokens.has_dotted_number {
            web::positions(piece, found);
        }
        if !tokens.codes.is_empty() {
            mixed::find(piece, found);
        }
        if !tokens.numbers.is_empty() {
            numbers::find(piece, found);
        }
        if !tokens.months.is_empty() {
            dates::worded(piece, found);
        }
        let names = self.kinds.contains(Kind::Name);
        // An address has two words at least.
        let may_be_address = tokens.list.len() > 1 && !tokens.addresses.is_empty();
        if may_be_address && (names || self.kinds.contains(Kind::Address)) {
            address::find(piece, found);
        }
        if !tokens.people.is_empty() && names {
            name::find(piece, candidates, found);
        }
        if self.kinds.contains(Kind::Location) {
            address::places(piece, found);
        }
        if let Some(field) = piece.field
            && (field.address || field.topic == Some(Topic::Phone))
        {
            whole(piece, field, found);
        }
    }
}

/// A field that is said to hold an address or a phone number holds it, when the value
/// has the look of one.
#[inline(never)]
fn whole(piece: &Piece<'_>, field: Field, found: &mut Vec<Found>) {
    let value = piece.text.trim();
    let start = piece.text.len() - piece.text.trim_start().len();
    let letters = value
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let kind = if field.address && letters + digits >= 4 {
        Some(Kind::Address)
    } else if field.topic == Some(Topic::Phone) && letters == 0 && (7..=16).contains(&digits) {
        Some(Kind::Phone)
    } else {
        None
    };
    if let Some(kind) = kind.filter(|_| value.len() <= LONGEST_FIELD && !value.contains('@')) {
        found.push(Found {
            start,
            end: start + value.len(),
            kind,
        });
    }
}

/// Where the piece that begins at `from` ends: after white space where there is some.
fn cut(text: &str, from: usize) -> usize {
    if text.len() - from <= PIECE {
        return text.len();
    }
    let mut to = from + PIECE;
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let tail = text
        .get(from + PIECE / 2..to)
        .or_else(|| text.get(from..to))
        .unwrap_or_default();
    let at_line = tail.rfind('\n');
    let at = at_line.or_else(|| tail.rfind([' ', ',', '\t']));
    at.map_or(to, |at| to - tail.len() + at + 1)
}

/// What wins where two overlap: the more certain kind, then the longer.
const fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Email | Kind::Iban => 0,
        Kind::PaymentCard | Kind::NationalId | Kind::TaxNumber | Kind::Passport => 1,
        Kind::DateOfBirth | Kind::GeoPosition | Kind::IpAddress => 1,
        Kind::Phone | Kind::DriverLicence | Kind::Account => 2,
        Kind::OrderId | Kind::PaymentReceipt => 3,
        Kind::Address => 4,
        Kind::Name => 5,
        Kind::Url | Kind::Location => 6,
    }
}

/// Puts them in order and keeps of those that overlap the best; an address that
/// holds something else swallows it.
#[inline(never)]
fn settle(text: &str, found: &mut [Found], kept: &mut Vec<Found>) {
    kept.clear();
    found.sort_unstable_by_key(|one| (one.start, core::cmp::Reverse(one.end), rank(one.kind)));
    for one in found.iter().copied() {
        let mut one = one;
        while let Some(last) = kept.last_mut() {
            if one.start >= last.end {
                break;
            }
            let swallows = one.end <= last.end
                && (matches!(last.kind, Kind::Address | Kind::Url | Kind::Email)
                    || rank(last.kind) <= rank(one.kind));
            if swallows {
                one.end = one.start;
                break;
            }
            if rank(one.kind) < rank(last.kind) {
                // The better one stays whole; what was before it keeps its head.
                last.end = one.start;
                if last.end <= last.start || last.kind != Kind::Address {
                    kept.pop();
                    continue;
                }
                break;
            }
            one.start = last.end;
            break;
        }
        if one.start < one.end {
            kept.push(one);
        }
    }
    // The parts of one address are one.
    kept.dedup_by(|one, before| {
        let gap = text.get(before.end..one.start).unwrap_or("?");
        let joined = one.kind == Kind::Address
            && before.kind == Kind::Address
            && gap.len() <= 4
            && gap
                .chars()
                .all(|letter| matches!(letter, ' ' | ',' | '\n' | '.'));
        if joined {
            before.end = one.end;
        }
        joined
    });
}
