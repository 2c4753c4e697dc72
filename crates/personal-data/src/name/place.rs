//! Where a run stands: what is before it and after.

use super::run::Run;
use crate::flags::Flags;
use crate::piece::{Piece, has_pair};
use crate::token::Token;

/// Where a word stands in its sentence, and what is before it.
pub(super) struct Place {
    pub(super) begins_sentence: bool,
    pub(super) titled: bool,
    pub(super) cued: bool,
    pub(super) after_article: bool,
}

pub(super) fn place(piece: &Piece<'_>, first: usize) -> Place {
    let gap = piece.gap_before(first);
    let before = piece.previous(first);
    let abbreviated =
        before.is_some_and(|word| word.has(Flags::TITLE)) && matches!(gap, ". " | ".");
    let begins_sentence = first == 0 && !gap.contains(|letter: char| letter.is_alphanumeric())
        || gap != " "
            && !abbreviated
            && gap.contains([
                '.', '?', '!', ':', '\n', '•', '"', '“', '|', ';', '>', '*', '(', '/', '\\', '_',
                '=',
            ]);
    let titled = before.is_some_and(|word| {
        word.has(Flags::TITLE)
            && matches!(gap, " " | ". " | ".")
            && (word.shape.is_capital() || word.shape.is_caseless() || word.length() >= 4)
    });
    Place {
        begins_sentence,
        titled,
        cued: is_cued(piece, first),
        after_article: gap == " " && before.is_some_and(|word| is_article(piece, first, word)),
    }
}

pub(super) fn is_article(piece: &Piece<'_>, first: usize, word: &Token) -> bool {
    const ARTICLES: [&str; 24] = [
        "the", "a", "an", "this", "that", "our", "your", "my", "their", "its", "every", "each",
        "any", "no", "click", "press", "select", "tap", "open", "le", "la", "les", "un", "une",
    ];
    let letters = piece.words(first - 1);
    word.length() <= 6
        && ARTICLES
            .iter()
            .any(|article| letters.eq_ignore_ascii_case(article))
}

/// After these and a comma somebody signs.
pub(super) const SIGN_OFFS: [&str; 10] = [
    "thanks", "cheers", "best", "asante", "merci", "ahsante", "love", "yours", "truly", "shukran",
];

/// Whether the words before say that a name comes: "my name is", "Dear", "Attn:".
pub(super) fn is_cued(piece: &Piece<'_>, first: usize) -> bool {
    if piece.field.is_some_and(|field| field.name) && first == 0 {
        return true;
    }
    let mut index = first;
    for _ in 0..4 {
        let gap = piece.gap_before(index);
        if gap != " "
            && (gap.len() > 8 || gap.contains(['?', '!', ';', '{', '[']) || has_pair(gap, *b". "))
        {
            return false;
        }
        let Some(before) = index.checked_sub(1) else {
            return false;
        };
        let Some(word) = piece.token(before) else {
            return false;
        };
        if index == first && gap.contains([',', '\n']) && piece.is_any(before, &SIGN_OFFS) {
            return true;
        }
        if word.has(Flags::CUE) {
            // After a greeting the name stands at once.
            return index == first
                || word.length() >= 3 && !word.shape.is_capital()
                || gap.contains(':');
        }
        if !matches!(word.topic(), Some(crate::flags::Topic::Neutral)) && !word.has(Flags::TITLE) {
            return false;
        }
        index = before;
    }
    false
}

/// Whether what follows makes of the name a firm, a place or a street.
pub(super) fn is_a_thing(piece: &Piece<'_>, last: usize) -> bool {
    let gap = piece.gap(last);
    let Some(next) = piece.token(last + 1) else {
        return false;
    };
    let ampersand = gap == " & ";
    let thing = Flags::ORG.and(Flags::STREET_AFTER);
    (matches!(gap, " " | "-" | "'s " | "’s ") && next.has(thing)
        || ampersand && next.has(Flags::ORG))
        && next.shape.is_capital()
        && !next.has(Flags::PERSON)
        || gap == " " && next.has(Flags::STREET_AFTER) && next.shape.is_capital()
}

/// Whether what a person does stands right after or before: "Yudina said".
pub(super) fn speaks(piece: &Piece<'_>, run: &Run) -> bool {
    let small = |index: usize| {
        piece
            .token(index)
            .is_some_and(|word| word.has(Flags::SPEAKS) && !word.shape.is_capital())
    };
    matches!(piece.gap(run.last), " " | ", " | ":") && small(run.last + 1)
        || run.first > 0
            && matches!(piece.gap_before(run.first), " " | ": ")
            && small(run.first - 1)
}

/// "I am", "this is", "calls me": what comes is somebody.
pub(super) fn is_introduced(piece: &Piece<'_>, first: usize) -> bool {
    const PAIRS: [(&str, &str); 12] = [
        ("calls", "me"),
        ("call", "me"),
        ("called", "me"),
        ("I", "am"),
        ("this", "is"),
        ("I", "m"),
        ("mimi", "ni"),
        ("je", "suis"),
        ("ich", "bin"),
        ("named", "him"),
        ("named", "her"),
        ("ni", "mimi"),
    ];
    first > 1
        && piece.gap_before(first) == " "
        && PAIRS
            .iter()
            .any(|(one, two)| piece.is(first - 2, one) && piece.is(first - 1, two))
}

/// "Jack has not paid": a name that is a rare word, and what people do.
pub(super) fn is_subject(piece: &Piece<'_>, run: &Run, token: &Token) -> bool {
    let verbs = [
        "has", "had", "was", "is", "and", "who", "did", "does", "hasn", "didn", "wa", "na", "et",
    ];
    !token.has(Flags::FREQUENT)
        && piece.gap(run.last) == " "
        && (verbs.iter().any(|verb| piece.words(run.last + 1) == *verb)
            || is_swahili_verb(piece.words(run.last + 1)))
}

/// "She paid", "he calls", "they have": in Swahili one word, which begins with who
/// and when.
pub(super) fn is_swahili_verb(word: &str) -> bool {
    word.len() >= 6
        && [
            "ali", "ana", "ame", "ata", "haja", "hata", "aka", "wali", "wana", "wame",
        ]
        .iter()
        .any(|head| word.starts_with(head))
}

/// Whether it is the first word of a sentence, whose capital says nothing.
pub(super) fn is_first(piece: &Piece<'_>, index: usize) -> bool {
    index == 0
        || piece
            .gap_before(index)
            .contains(['.', '?', '!', ':', '\n', '"', '>', '*', '-'])
}

/// Whether the words around are in capitals as well.
pub(super) fn shouting(piece: &Piece<'_>, index: usize) -> bool {
    let shouted = |index: Option<usize>| {
        index
            .and_then(|index| piece.token(index))
            .is_some_and(|token| token.shape.is_shouted())
    };
    shouted(index.checked_sub(1)) || shouted(Some(index + 1))
}
