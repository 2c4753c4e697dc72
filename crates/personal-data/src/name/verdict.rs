//! Whether a run is a name.

use super::Verdict;
use super::place::{
    Place, is_a_thing, is_first, is_introduced, is_subject, place, shouting, speaks,
};
use super::run::{Run, Worth, is_ordinary, worth};
use crate::flags::Flags;
use crate::lexicon;
use crate::piece::Piece;

/// From here on an unlisted word is like a name.
pub(super) const LIKE: i32 = 4;

/// Whether the run is a name; an unlikely first word is left out of it.
pub(super) fn judged(piece: &Piece<'_>, run: &mut Run) -> Verdict {
    let place = place(piece, run.first);
    if is_a_thing(piece, run.last) && !place.titled {
        return Verdict::No;
    }
    if (place.titled || place.cued) && run.names() > 0 {
        let doubtful = place.cued
            && !place.titled
            && run.strong + run.blank == 0
            && run.weak == 1
            && is_ordinary(piece, run.first)
            && place.begins_sentence
            && piece.field.is_none();
        return if doubtful {
            Verdict::Perhaps
        } else {
            Verdict::Name
        };
    }
    if place.begins_sentence
        && run.last == run.first + 1
        && worth(piece, run.first) == Worth::Blank
        && worth(piece, run.last) == Worth::Strong
        && piece
            .token(run.last)
            .is_some_and(|next| next.has(Flags::GIVEN))
        && piece.gap(run.first) == " "
    {
        run.first += 1;
        run.blank -= 1;
    }
    let words = run.last - run.first + 1;
    let fits = if words == 1 || run.names() == 1 && run.initials == 0 {
        is_single(piece, run, &place)
    } else {
        is_several(piece, run, &place)
    };
    if fits {
        Verdict::Name
    } else if may_be(piece, run, &place) {
        Verdict::Perhaps
    } else {
        Verdict::No
    }
}

/// What would be a name beside another.
pub(super) fn may_be(piece: &Piece<'_>, run: &Run, place: &Place) -> bool {
    let Some(token) = piece.token(run.last) else {
        return false;
    };
    let unlikely = Flags::PLACE
        .and(Flags::NEVER)
        .and(Flags::ORG)
        .and(Flags::STREET_AFTER);
    run.names() > 0 && !token.shape.is_shouted() && !place.after_article && !token.has(unlikely)
}

/// How alike to names the words of the run are.
pub(super) fn likeness(piece: &Piece<'_>, run: &Run) -> i32 {
    (run.first..=run.last)
        .filter(|index| worth(piece, *index) == Worth::Blank)
        .map(|index| lexicon::likeness(piece.words(index)))
        .min()
        .unwrap_or(0)
}

pub(super) fn is_several(piece: &Piece<'_>, run: &Run, place: &Place) -> bool {
    if run.strong > 0 {
        // Of two words of which one is a town, as in "Kisumu Boys", no name is made.
        return run.strong + run.blank > 0;
    }
    if run.initials > 0 {
        return run.weak > 0 && run.names() >= 1 && !is_ordinary(piece, run.last)
            || run.weak + run.blank >= 2;
    }
    let first = piece.token(run.first);
    let last = piece.token(run.last);
    let given = first.is_some_and(|token| token.has(Flags::GIVEN));
    let both_ordinary = is_ordinary(piece, run.first) && is_ordinary(piece, run.last);
    let towns = first.is_some_and(|token| token.has(Flags::PLACE))
        && last.is_some_and(|token| token.has(Flags::PLACE));
    if run.weak >= 2 {
        let family = last.is_some_and(|token| token.has(Flags::FAMILY));
        let thing = towns
            || first.is_some_and(|token| token.has(Flags::PLACE)) && is_ordinary(piece, run.last);
        return given && family && !thing && !both_ordinary && !place.after_article;
    }
    if run.weak == 1 {
        let unlikely = Flags::PLACE.and(Flags::MONTH).and(Flags::NEVER);
        let thing = first.is_some_and(|token| token.has(unlikely));
        let beginning = is_ordinary(piece, run.first) && place.begins_sentence;
        return given && !place.after_article && !thing && !beginning;
    }
    // Unknown words only: a firm's or a product's as well, unless they are like names.
    let shouted = first.is_some_and(|token| token.shape.is_shouted());
    let like = likeness(piece, run);
    let next_is_capital = piece.gap(run.last) == " "
        && piece
            .token(run.last + 1)
            .is_some_and(|next| next.shape.is_capital());
    !shouted
        && !place.after_article
        && !next_is_capital
        && (speaks(piece, run) && like >= 0
            || is_introduced(piece, run.first)
            || !place.begins_sentence && like >= LIKE)
}

pub(super) fn is_single(piece: &Piece<'_>, run: &Run, place: &Place) -> bool {
    let Some(token) = piece.token(run.last) else {
        return false;
    };
    if token.shape.is_caseless() {
        return false;
    }
    let next_is_capital = piece.gap(run.last) == " "
        && piece.token(run.last + 1).is_some_and(|next| {
            next.shape.is_capital() && !next.has(Flags::PERSON) && next.shape.is_word()
        });
    let before_is_capital = !place.begins_sentence
        && piece.gap_before(run.first) == " "
        && piece.previous(run.first).is_some_and(|before| {
            before.shape.is_capital()
                && !is_first(piece, run.first - 1)
                && !before.has(Flags::TITLE)
        });
    if run.blank == 1 {
        let fits = !token.shape.is_shouted()
            && !next_is_capital
            && !before_is_capital
            && !place.after_article;
        let like = likeness(piece, run);
        let told = speaks(piece, run) || is_introduced(piece, run.first);
        return fits && told && like >= 0;
    }
    if run.strong == 1 {
        if token.shape.is_shouted() && (token.length() < 5 || shouting(piece, run.last)) {
            return false;
        }
        if token.length() <= 3 && !token.has(Flags::GIVEN) {
            return false;
        }
        let named_thing = (next_is_capital || before_is_capital || place.after_article)
            && !token.has(Flags::GIVEN);
        return !named_thing;
    }
    let unlikely = Flags::PLACE
        .and(Flags::MONTH)
        .and(Flags::NEVER)
        .and(Flags::ORG)
        .and(Flags::STREET_AFTER);
    run.weak == 1
        && token.has(Flags::GIVEN)
        && token.length() >= 4
        && !token.shape.is_shouted()
        && !token.has(unlikely)
        && (!place.begins_sentence || speaks(piece, run) || is_subject(piece, run, token))
        && !place.after_article
        && !next_is_capital
        && !before_is_capital
        && piece
            .previous(run.first)
            .is_some_and(|before| before.shape.is_word())
}
