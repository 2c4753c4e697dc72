//! Names of people: runs of capitalised words that hold a name from the lists, or
//! that stand where a name is said to stand.

mod place;
mod run;
mod verdict;

use crate::detector::Found;
use crate::flags::Flags;
use crate::kind::Kind;
use crate::piece::Piece;
use crate::token::{self, Token};

use place::{is_cued, place};
use run::{MOST_WORDS, Run, Worth, gathered, is_titled_particle, worth};
use verdict::judged;

/// A run that was looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    run: Run,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Name,
    /// A name if another name is beside it or it is part of one elsewhere.
    Perhaps,
    No,
}

/// Of how many names the parts are looked for elsewhere in the text.
const REMEMBERED: usize = 48;

/// Looks at every run.
#[inline(never)]
pub(crate) fn find(piece: &Piece<'_>, candidates: &mut Vec<Candidate>, found: &mut Vec<Found>) {
    candidates.clear();
    token::each(&piece.tokens.people, |index| {
        let capital = |token: &Token| token.shape.is_capital() || token.shape.is_caseless();
        if piece.token(index).is_some_and(capital) {
            one(piece, index, candidates)
        } else {
            small(piece, index, found)
        }
    });
    if candidates.is_empty() {
        return;
    }
    beside(piece, candidates);
    elsewhere(piece, candidates);
    for candidate in candidates
        .iter()
        .filter(|candidate| candidate.verdict == Verdict::Name)
    {
        push(
            piece,
            candidate.run.first,
            with_suffix(piece, candidate.run.last),
            found,
        );
    }
}

/// Looks at the run that begins there; where to go on.
fn one(piece: &Piece<'_>, index: usize, candidates: &mut Vec<Candidate>) -> usize {
    match worth(piece, index) {
        Worth::No => return index + 1,
        Worth::Particle if !is_titled_particle(piece, index) => return index + 1,
        _ => {}
    }
    let mut run = gathered(piece, index);
    let after = run.last + 1;
    let verdict = judged(piece, &mut run);
    candidates.push(Candidate { run, verdict });
    after
}

/// Those that may be names are, next to one in a list: "Sousa and Ball".
fn beside(piece: &Piece<'_>, candidates: &mut [Candidate]) {
    for forward in [true, false] {
        let mut before: Option<Candidate> = None;
        let count = candidates.len();
        for step in 0..count {
            let at = if forward { step } else { count - 1 - step };
            let Some(candidate) = candidates.get_mut(at) else {
                return;
            };
            if candidate.verdict == Verdict::Perhaps
                && let Some(before) = before
                && before.verdict == Verdict::Name
            {
                let (one, two) = if forward {
                    (before.run, candidate.run)
                } else {
                    (candidate.run, before.run)
                };
                if is_listed(piece, one.last, two.first) {
                    candidate.verdict = Verdict::Name;
                }
            }
            before = Some(*candidate);
        }
    }
}

/// Whether only a comma or "and" stands between.
fn is_listed(piece: &Piece<'_>, last: usize, first: usize) -> bool {
    let and = [
        "and", "na", "et", "e", "y", "und", "or", "to", "en", "kuma", "ati", "ne", "le", "with",
        "kwa", "à",
    ];
    if first == last + 1 {
        return matches!(piece.gap(last), ", " | " & " | "/" | ",");
    }
    first == last + 2
        && piece.is_any(last + 1, &and)
        && matches!(piece.gap(last), " " | ", ")
        && piece.gap(last + 1) == " "
}

/// Parts of names that stand elsewhere in the text are names.
fn elsewhere(piece: &Piece<'_>, candidates: &mut [Candidate]) {
    if !candidates
        .iter()
        .any(|candidate| candidate.verdict == Verdict::Perhaps)
    {
        return;
    }
    let known: Vec<&str> = candidates
        .iter()
        .filter(|candidate| {
            candidate.verdict == Verdict::Name && candidate.run.last > candidate.run.first
        })
        .flat_map(|candidate| {
            [
                piece.words(candidate.run.last),
                piece.words(candidate.run.first),
            ]
        })
        .filter(|word| word.len() > 2)
        .take(REMEMBERED)
        .collect();
    for candidate in candidates
        .iter_mut()
        .filter(|candidate| candidate.verdict == Verdict::Perhaps)
    {
        if candidate.run.first == candidate.run.last
            && known.contains(&piece.words(candidate.run.last))
        {
            candidate.verdict = Verdict::Name;
        }
    }
}

/// Jr., PhD.
fn with_suffix(piece: &Piece<'_>, last: usize) -> usize {
    let mut last = last;
    while matches!(piece.gap(last), " " | ", ")
        && piece
            .token(last + 1)
            .is_some_and(|next| next.has(Flags::SUFFIX) && next.shape.is_capital())
    {
        last += 1;
    }
    last
}

fn push(piece: &Piece<'_>, first: usize, last: usize, found: &mut Vec<Found>) {
    if let (Some(from), Some(to)) = (piece.token(first), piece.token(last)) {
        found.push(Found {
            start: from.start as usize,
            end: to.end as usize,
            kind: Kind::Name,
        });
    }
}

/// Names in small letters: two strong ones after each other, or one after a cue.
fn small(piece: &Piece<'_>, index: usize, found: &mut Vec<Found>) -> usize {
    let named = |index: usize| {
        piece.token(index).is_some_and(|token| {
            let doubtful = Flags::FREQUENT
                .and(Flags::KNOWN)
                .and(Flags::PLACE)
                .and(Flags::NEVER)
                .and(Flags::PARTICLE);
            token.has(Flags::PERSON)
                && !token.shape.is_capital()
                && !token.has(doubtful)
                && token.topic().is_none()
                && token.length() >= 4
                && piece.words(index).is_ascii()
        })
    };
    if !named(index) {
        return index + 1;
    }
    let mut last = index;
    while last < index + MOST_WORDS && matches!(piece.gap(last), " " | "-") && named(last + 1) {
        last += 1;
    }
    let given = piece
        .token(index)
        .is_some_and(|token| token.has(Flags::GIVEN));
    let family = piece
        .token(last)
        .is_some_and(|token| token.has(Flags::FAMILY));
    let whole_field = piece.field.is_some_and(|field| field.name);
    if last > index && given && family
        || is_cued(piece, index) && given
        || whole_field
        || place(piece, index).titled
    {
        push(piece, index, last, found);
    }
    last + 1
}
