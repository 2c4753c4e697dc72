//! Names of people: runs of capitalised words that hold a name from the lists, or
//! that stand where a name is said to stand.

use crate::detector::Found;
use crate::flags::Flags;
use crate::kind::Kind;
use crate::lexicon;
use crate::piece::Piece;
use crate::token::Token;

/// The longest name, in words.
const MOST_WORDS: usize = 7;

/// From here on an unlisted word is like a name.
const LIKE: i32 = 4;

/// What a word does for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
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
const ORDINARY: Flags = Flags::FREQUENT;

fn worth(piece: &Piece<'_>, index: usize) -> Worth {
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
struct Run {
    first: usize,
    last: usize,
    strong: usize,
    weak: usize,
    blank: usize,
    initials: usize,
}

impl Run {
    const fn names(&self) -> usize {
        self.strong + self.weak + self.blank
    }
}

/// A run that was looked at.
#[derive(Debug, Clone, Copy)]
struct Candidate {
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
pub(crate) fn find(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let mut candidates = Vec::new();
    let mut index = 0;
    while let Some(token) = piece.token(index) {
        // The gate: nearly all words are small and no names.
        index = if token.shape.is_capital() || token.shape.is_caseless() && token.has(Flags::PERSON)
        {
            one(piece, index, &mut candidates)
        } else if token.has(Flags::PERSON) {
            small(piece, index, found)
        } else {
            index + 1
        };
    }
    beside(piece, &mut candidates);
    elsewhere(piece, &mut candidates);
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
    if matches!(worth(piece, index), Worth::No | Worth::Particle)
        && !is_titled_particle(piece, index)
    {
        return index + 1;
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
        && and.iter().any(|word| piece.is(last + 1, word))
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

/// "De Klerk", "Van der Merwe", "El Fassi": a particle may begin a name.
fn is_titled_particle(piece: &Piece<'_>, index: usize) -> bool {
    worth(piece, index) == Worth::Particle
        && piece.gap(index) == " "
        && matches!(worth(piece, index + 1), Worth::Strong | Worth::Particle)
        && piece
            .token(index + 1)
            .is_some_and(|token| token.shape.is_capital())
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

/// The longest run from there. Its end is a name, not a particle.
fn gathered(piece: &Piece<'_>, first: usize) -> Run {
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

fn is_surname(piece: &Piece<'_>, index: usize) -> bool {
    let token = piece.token(index);
    token.is_some_and(|token| {
        token.has(Flags::NEVER)
            && token.has(Flags::FAMILY)
            && token.shape.is_capital()
            && !token.has(Flags::ORG)
    })
}

/// Whether that may stand between two words of a name.
fn joins(piece: &Piece<'_>, index: usize, gap: &str) -> bool {
    match gap {
        " " | "-" | "\u{a0}" | "’" | "'" => true,
        ". " | "." => index > 0 && worth(piece, index - 1) == Worth::Initial,
        _ => false,
    }
}

/// Where a word stands in its sentence, and what is before it.
struct Place {
    begins_sentence: bool,
    titled: bool,
    cued: bool,
    after_article: bool,
}

fn place(piece: &Piece<'_>, first: usize) -> Place {
    let gap = piece.gap_before(first);
    let before = piece.previous(first);
    let abbreviated =
        before.is_some_and(|word| word.has(Flags::TITLE)) && matches!(gap, ". " | ".");
    let begins_sentence = first == 0 && !gap.contains(|letter: char| letter.is_alphanumeric())
        || !abbreviated
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
        after_article: before.is_some_and(|word| is_article(piece, first, word)) && gap == " ",
    }
}

fn is_article(piece: &Piece<'_>, first: usize, word: &Token) -> bool {
    const ARTICLES: [&str; 24] = [
        "the", "a", "an", "this", "that", "our", "your", "my", "their", "its", "every", "each",
        "any", "no", "click", "press", "select", "tap", "open", "le", "la", "les", "un", "une",
    ];
    word.length() <= 6 && ARTICLES.iter().any(|article| piece.is(first - 1, article))
}

/// After these and a comma somebody signs.
const SIGN_OFFS: [&str; 10] = [
    "thanks", "cheers", "best", "asante", "merci", "ahsante", "love", "yours", "truly", "shukran",
];

/// Whether the words before say that a name comes: "my name is", "Dear", "Attn:".
fn is_cued(piece: &Piece<'_>, first: usize) -> bool {
    if piece.field.is_some_and(|field| field.name) && first == 0 {
        return true;
    }
    let mut index = first;
    for _ in 0..4 {
        let gap = piece.gap_before(index);
        if gap.len() > 8 || gap.contains(['?', '!', ';', '{', '[']) || gap.contains(". ") {
            return false;
        }
        let Some(before) = index.checked_sub(1) else {
            return false;
        };
        let Some(word) = piece.token(before) else {
            return false;
        };
        if index == first
            && gap.contains([',', '\n'])
            && SIGN_OFFS.iter().any(|sign| piece.is(before, sign))
        {
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
fn is_a_thing(piece: &Piece<'_>, last: usize) -> bool {
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

/// Whether the run is a name; an unlikely first word is left out of it.
fn judged(piece: &Piece<'_>, run: &mut Run) -> Verdict {
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
fn may_be(piece: &Piece<'_>, run: &Run, place: &Place) -> bool {
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
fn likeness(piece: &Piece<'_>, run: &Run) -> i32 {
    (run.first..=run.last)
        .filter(|index| worth(piece, *index) == Worth::Blank)
        .map(|index| lexicon::likeness(piece.words(index)))
        .min()
        .unwrap_or(0)
}

/// Whether what a person does stands right after or before: "Yudina said".
fn speaks(piece: &Piece<'_>, run: &Run) -> bool {
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
fn is_introduced(piece: &Piece<'_>, first: usize) -> bool {
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

fn is_ordinary(piece: &Piece<'_>, index: usize) -> bool {
    piece.token(index).is_some_and(|token| token.has(ORDINARY))
}

fn is_several(piece: &Piece<'_>, run: &Run, place: &Place) -> bool {
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

fn is_single(piece: &Piece<'_>, run: &Run, place: &Place) -> bool {
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

/// "Jack has not paid": a name that is a rare word, and what people do.
fn is_subject(piece: &Piece<'_>, run: &Run, token: &Token) -> bool {
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
fn is_swahili_verb(word: &str) -> bool {
    word.len() >= 6
        && [
            "ali", "ana", "ame", "ata", "haja", "hata", "aka", "wali", "wana", "wame",
        ]
        .iter()
        .any(|head| word.starts_with(head))
}

/// Whether it is the first word of a sentence, whose capital says nothing.
fn is_first(piece: &Piece<'_>, index: usize) -> bool {
    index == 0
        || piece
            .gap_before(index)
            .contains(['.', '?', '!', ':', '\n', '"', '>', '*', '-'])
}

/// Whether the words around are in capitals as well.
fn shouting(piece: &Piece<'_>, index: usize) -> bool {
    let shouted = |index: Option<usize>| {
        index
            .and_then(|index| piece.token(index))
            .is_some_and(|token| token.shape.is_shouted())
    };
    shouted(index.checked_sub(1)) || shouted(Some(index + 1))
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
