//! Runs of words, and what each word does for a name.

use crate::flags::Flags;
use crate::piece::Piece;

/// The longest name, in words.
pub(super) const MOST_WORDS: usize = 7;

/// What a word does for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// In the lists of names and nothing else.
    Strong,
    /// In the lists of names, and a word, a town or a month besides.
    Weak,
    /// Unknown.
    Blank,
    /// One capital letter.
    Initial,
    /// wa, bin, van der.
    Particle,
    /// Not part of a name.
    No,
}

/// Words that make of a name before them no name, and of the words after them no
/// names.
pub(super) const ORDINARY: Flags = Flags::FREQUENT;

pub(super) fn worth(piece: &Piece<'_>, index: usize) -> Worth {
    let Some(token) = piece.token(index) else {
        return Worth::No;
    };
    if !token.shape.is_word() {
        return Worth::No;
    }
    if token.length() == 1 && token.shape.is_capital() {
        return Worth::Initial;
    }
    if token.shape.is_caseless() {
        return if token.has(Flags::PERSON) {
            Worth::Strong
        } else {
            Worth::No
        };
    }
    if !token.shape.is_capital() {
        return if token.has(Flags::PARTICLE) {
            Worth::Particle
        } else {
            Worth::No
        };
    }
    if token.has(Flags::NEVER) || token.has(Flags::TITLE) && token.has(ORDINARY) {
        return Worth::No;
    }
    if token.has(Flags::PERSON) {
        let doubtful = Flags::FREQUENT
            .and(Flags::KNOWN)
            .and(Flags::PLACE)
            .and(Flags::MONTH)
            .and(Flags::NEVER)
            .and(Flags::ORG)
            .and(Flags::STREET_AFTER);
        let doubtful = token.has(doubtful) || token.has(Flags::TITLE) || token.length() < 3;
        return if doubtful { Worth::Weak } else { Worth::Strong };
    }
    let words = Flags::FREQUENT
        .and(Flags::KNOWN)
        .and(Flags::PLACE)
        .and(Flags::MONTH)
        .and(Flags::NEVER);
    let things = Flags::ORG
        .and(Flags::TITLE)
        .and(Flags::STREET_AFTER)
        .and(Flags::UNIT)
        .and(Flags::CUE);
    if token.has(Flags::PARTICLE) {
        return Worth::Particle;
    }
    if token.has(words) || token.has(things) || token.topic().is_some() || token.length() < 3 {
        return Worth::No;
    }
    if token.shape.is_camel()
        && ![
            "Mc", "Mac", "De", "Di", "O'", "Van", "Le", "La", "Mo", "Nt", "Um",
        ]
        .iter()
        .any(|head| piece.words(index).starts_with(head))
    {
        return Worth::No;
    }
    Worth::Blank
}

/// A run of words that may be a name, and what it is made of.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) strong: usize,
    pub(super) weak: usize,
    pub(super) blank: usize,
    pub(super) initials: usize,
}

impl Run {
    pub(super) const fn names(&self) -> usize {
        self.strong + self.weak + self.blank
    }
}

/// "De Klerk", "Van der Merwe", "El Fassi": a particle may begin a name.
pub(super) fn is_titled_particle(piece: &Piece<'_>, index: usize) -> bool {
    worth(piece, index) == Worth::Particle
        && piece.gap(index) == " "
        && matches!(worth(piece, index + 1), Worth::Strong | Worth::Particle)
        && piece
            .token(index + 1)
            .is_some_and(|token| token.shape.is_capital())
}

/// The longest run from there. Its end is a name, not a particle.
pub(super) fn gathered(piece: &Piece<'_>, first: usize) -> Run {
    let mut run = Run {
        first,
        last: first,
        ..Run::default()
    };
    let shouted = piece
        .token(first)
        .is_some_and(|token| token.shape.is_shouted());
    let mut index = first;
    while index < first + MOST_WORDS {
        let worth = match worth(piece, index) {
            // "Gold" and "Baker" are no names by themselves, but after one they are.
            Worth::No if index > first && is_surname(piece, index) => Worth::Weak,
            worth => worth,
        };
        let token = piece.token(index);
        let small_after_shout = shouted
            && index > first
            && worth != Worth::Particle
            && worth != Worth::Initial
            && token.is_some_and(|token| !token.shape.is_shouted());
        if worth == Worth::No || (small_after_shout && run.strong == 0) {
            break;
        }
        if index > first && !joins(piece, index, piece.gap_before(index)) {
            break;
        }
        // Swahili's "of" stands between any two words; between names it makes one.
        if worth == Worth::Particle && piece.is(index, "wa") && run.strong + run.weak == 0 {
            break;
        }
        match worth {
            Worth::Strong => run.strong += 1,
            Worth::Weak => run.weak += 1,
            Worth::Blank => run.blank += 1,
            Worth::Initial => run.initials += 1,
            Worth::Particle | Worth::No => {}
        }
        if worth != Worth::Particle
            && !(worth == Worth::Initial && index > first && piece.is(index, "I"))
        {
            run.last = index;
        }
        index += 1;
    }
    run
}

pub(super) fn is_surname(piece: &Piece<'_>, index: usize) -> bool {
    let token = piece.token(index);
    token.is_some_and(|token| {
        token.has(Flags::NEVER)
            && token.has(Flags::FAMILY)
            && token.shape.is_capital()
            && !token.has(Flags::ORG)
    })
}

/// Whether that may stand between two words of a name.
pub(super) fn joins(piece: &Piece<'_>, index: usize, gap: &str) -> bool {
    match gap {
        " " | "-" | "\u{a0}" | "’" | "'" => true,
        ". " | "." => index > 0 && worth(piece, index - 1) == Worth::Initial,
        _ => false,
    }
}

pub(super) fn is_ordinary(piece: &Piece<'_>, index: usize) -> bool {
    piece.token(index).is_some_and(|token| token.has(ORDINARY))
}
