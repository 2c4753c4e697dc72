//! A group: runs of digits that separators join, as people write long numbers.

use crate::piece::Piece;

/// How many digits a group may have; no identifier has more than 20.
pub(crate) const MOST_DIGITS: usize = 24;
/// How many runs a group may have.
pub(crate) const MOST_PARTS: usize = 9;

/// What joins one run to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joint {
    None,
    Space,
    Hyphen,
    Dot,
    Slash,
    /// With a bracket, as around an area code.
    Bracket,
}

/// Some runs of digits that begin with one token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    digits: [u8; MOST_DIGITS],
    /// How many digits there are up to and with each part.
    sums: [u8; MOST_PARTS],
    /// What stands before each part.
    joints: [Joint; MOST_PARTS],
    /// How many parts.
    pub(crate) parts: usize,
    /// The token of the first part.
    pub(crate) first: usize,
}

impl Group {
    /// The longest group that begins with the token.
    pub(crate) fn at(piece: &Piece<'_>, first: usize) -> Option<Self> {
        let mut group = Self {
            digits: [0; MOST_DIGITS],
            sums: [0; MOST_PARTS],
            joints: [Joint::None; MOST_PARTS],
            parts: 0,
            first,
        };
        let mut count = 0_usize;
        while group.parts < MOST_PARTS {
            let index = first + group.parts;
            let Some(token) = piece.token(index).filter(|token| token.is_number()) else {
                break;
            };
            let joint = if group.parts == 0 {
                Some(Joint::None)
            } else {
                joint(piece.gap_before(index))
            };
            let (Some(joint), true) = (joint, count + token.length() <= MOST_DIGITS) else {
                break;
            };
            for byte in piece.words(index).bytes() {
                if let Some(digit) = group.digits.get_mut(count) {
                    *digit = byte.wrapping_sub(b'0');
                }
                count += 1;
            }
            if let (Some(sum), Some(before)) = (
                group.sums.get_mut(group.parts),
                group.joints.get_mut(group.parts),
            ) {
                *sum = count as u8;
                *before = joint;
            }
            group.parts += 1;
        }
        (group.parts > 0).then_some(group)
    }

    /// The group of its first parts alone.
    pub(crate) const fn of_parts(mut self, parts: usize) -> Self {
        self.parts = parts;
        self
    }

    pub(crate) fn digits(&self) -> &[u8] {
        self.digits.get(..self.count()).unwrap_or_default()
    }

    /// How many digits.
    pub(crate) fn count(&self) -> usize {
        self.parts
            .checked_sub(1)
            .and_then(|last| self.sums.get(last))
            .map_or(0, |sum| usize::from(*sum))
    }

    /// The lengths of the parts.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        let mut before = 0;
        self.sums.iter().take(self.parts).map(move |sum| {
            let length = usize::from(*sum) - before;
            before = usize::from(*sum);
            length
        })
    }

    /// Whether the parts have these lengths.
    pub(crate) fn is_cut(&self, lengths: &[usize]) -> bool {
        self.lengths().eq(lengths.iter().copied())
    }

    /// The joints between the parts.
    pub(crate) fn joints(&self) -> &[Joint] {
        self.joints.get(1..self.parts).unwrap_or_default()
    }

    /// Whether all joints are that one.
    pub(crate) fn is_joined_by(&self, joint: Joint) -> bool {
        self.joints().iter().all(|one| *one == joint)
    }

    /// One run, or runs between spaces or hyphens.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_joined_by(Joint::Space) || self.is_joined_by(Joint::Hyphen)
    }

    /// The token of the last part.
    pub(crate) const fn last(&self) -> usize {
        self.first + self.parts.saturating_sub(1)
    }

    /// Where it begins and ends.
    pub(crate) fn span(&self, piece: &Piece<'_>) -> (usize, usize) {
        (
            piece
                .token(self.first)
                .map_or(0, |token| token.start as usize),
            piece
                .token(self.last())
                .map_or(0, |token| token.end as usize),
        )
    }
}

fn joint(gap: &str) -> Option<Joint> {
    Some(match gap {
        " " | "\u{a0}" | "\u{202f}" => Joint::Space,
        "-" | "–" | "‑" | "\u{2010}" | " - " => Joint::Hyphen,
        "." => Joint::Dot,
        "/" => Joint::Slash,
        ")" | ") " | ")-" | " (" | "(" | ") - " | ")." | "-(" => Joint::Bracket,
        _ => return None,
    })
}
