//! Postal addresses: boxes, streets with house numbers, units, and what follows them;
//! and whatever stands after "address".

use crate::detector::Found;
use crate::flags::{Flags, Topic};
use crate::kind::Kind;
use crate::piece::Piece;

/// The longest address, in words and numbers.
const MOST_WORDS: usize = 18;

/// Looks at every place where an address may begin.
pub(crate) fn find(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let mut index = 0;
    let mut done = 0;
    while let Some(token) = piece.token(index) {
        let core = if token.is_number() || token.shape.is_mixed() {
            post_box(piece, index)
                .or_else(|| house_first(piece, index))
                .or_else(|| foreign_house_last(piece, index))
        } else if token.has(Flags::STREET_BEFORE.and(Flags::STREET_AFTER)) {
            street_before(piece, index).or_else(|| street_named(piece, index))
        } else if token.has(Flags::UNIT) {
            unit(piece, index)
        } else if token.topic() == Some(Topic::Address) {
            said(piece, index)
        } else {
            None
        };
        match core {
            Some((first, last)) if first >= done => {
                let last = followed(piece, last);
                push(piece, first, last, found);
                done = last + 1;
                index = done;
            }
            _ => index += 1,
        }
    }
}

fn push(piece: &Piece<'_>, first: usize, last: usize, found: &mut Vec<Found>) {
    if let (Some(from), Some(to)) = (piece.token(first), piece.token(last)) {
        found.push(Found {
            start: from.start as usize,
            end: to.end as usize,
            kind: Kind::Address,
        });
    }
}

/// `P.O. Box 12345-00100`, `S.L.P 123`, `B.P. 1234`, `Private Bag 12`: the number is
/// at `index`.
fn post_box(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let gap = piece.gap_before(index);
    let word = index.checked_sub(1)?;
    if gap.len() > 4 || !gap.bytes().all(|byte| b" .:-#".contains(&byte)) {
        return None;
    }
    let named = |index: usize, names: &[&str]| names.iter().any(|name| piece.is(index, name));
    let mut first = word;
    if named(word, &["no", "number", "n", "nambari"]) && word > 0 {
        first = word - 1;
    }
    if named(
        first,
        &[
            "slp", "bp", "pobox", "postbus", "postfach", "posbus", "apartado", "cp",
        ],
    ) {
    } else if named(first, &["box", "bag", "p", "sanduku"]) {
        let heads: &[&str] = if piece.is(first, "p") {
            &["l", "b"]
        } else {
            &[
                "o", "po", "private", "post", "office", "postal", "p", "mail",
            ]
        };
        if first == 0 || !named(first - 1, heads) || piece.gap_before(first).len() > 2 {
            if !piece.is(first, "box")
                || !piece
                    .token(first)
                    .is_some_and(|token| token.shape.is_capital())
                || !has_place_after(piece, index)
            {
                return None;
            }
        } else {
            first -= 1;
            while first > 0
                && named(first - 1, &["p", "s", "post"])
                && piece.gap_before(first).len() <= 2
            {
                first -= 1;
            }
        }
    } else {
        return None;
    }
    let mut last = index;
    if matches!(piece.gap(last), "-" | " - " | "–" | ", " | " ")
        && piece
            .token(last + 1)
            .is_some_and(|token| token.is_number() && token.length() == 5)
    {
        last += 1;
    }
    Some((first, last))
}

fn has_place_after(piece: &Piece<'_>, index: usize) -> bool {
    (index + 1..index + 4).any(|index| {
        piece
            .token(index)
            .is_some_and(|token| token.has(Flags::PLACE))
    })
}

/// Words of which lower-case streets are made without doubt.
const SURE: [&str; 8] = [
    "street",
    "road",
    "avenue",
    "lane",
    "boulevard",
    "rd",
    "ave",
    "blvd",
];

/// `12 Moi Avenue`, `221B Baker Street`, `12, rue de la Paix`.
fn house_first(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let number = piece.token(index)?;
    let long = if number.is_number() { 5 } else { 6 };
    if number.length() > long
        || is_year(piece, index)
        || !starts_with_digit(piece, index)
        || is_part_of_number(piece, index)
    {
        return None;
    }
    let mut capitals = 0;
    for next in index + 1..index + 7 {
        let token = piece.token(next)?;
        let gap = piece.gap_before(next);
        if !matches!(
            gap,
            " " | ", " | "-" | ". " | ".\u{a0}" | "/" | " - " | "'" | "’"
        ) || (!token.shape.is_word() && capitals == 0 && next > index + 2)
        {
            return None;
        }
        if token.has(Flags::STREET_BEFORE)
            && next <= index + 2
            && piece.token(next + 1).is_some()
            && (!token.has(Flags::STREET_AFTER) || !token.shape.is_capital() && capitals == 0)
        {
            return street_words(piece, next + 1).map(|last| (index, last));
        }
        let capital = token.shape.is_capital();
        let sure = SURE.iter().any(|word| piece.is(next, word));
        if token.has(Flags::STREET_AFTER) && next > index + 1 && (capital && capitals > 0 || sure) {
            return Some((index, with_number_after(piece, next)));
        }
        if is_street_word(piece, next) && next <= index + 4 {
            return Some((index, with_number_after(piece, next)));
        }
        if capital {
            capitals += 1;
        } else if token.shape.is_word()
            && token.has(Flags::FREQUENT)
            && !token.has(Flags::PARTICLE)
            && capitals == 0
            && !sure
        {
            return None;
        }
    }
    None
}

/// "In 2023 Wall Street fell."
fn is_year(piece: &Piece<'_>, index: usize) -> bool {
    let word = piece.words(index);
    let year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    year && index > 0
        && [
            "in", "since", "by", "of", "until", "from", "during", "mwaka", "en", "early", "late",
        ]
        .iter()
        .any(|before| piece.is(index - 1, before))
}

fn starts_with_digit(piece: &Piece<'_>, index: usize) -> bool {
    piece
        .words(index)
        .starts_with(|letter: char| letter.is_ascii_digit())
}

fn is_part_of_number(piece: &Piece<'_>, index: usize) -> bool {
    let start = piece.token(index).map_or(0, |token| token.start as usize);
    matches!(
        piece.before(start),
        b'.' | b',' | b'-' | b'+' | b'$' | b'/' | b':'
    ) && start > 1
        && piece.before(start - 1) != b' '
}

/// A house number after the street's word: `Baker Street 12`.
fn with_number_after(piece: &Piece<'_>, last: usize) -> usize {
    let next = piece.token(last + 1);
    let fits = next.is_some_and(|next| next.length() <= 5 && !next.shape.is_word())
        && matches!(piece.gap(last), " " | ". ");
    if fits { last + 1 } else { last }
}

/// A street in one word, as in German, Dutch, the Nordic languages and Hungarian.
fn is_street_word(piece: &Piece<'_>, index: usize) -> bool {
    const ENDS: [&str; 26] = [
        "strasse", "straße", "straat", "stasse", "gatan", "gata", "vägen", "vegen", "veien", "vej",
        "gade", "laan", "steenweg", "plein", "gasse", "allee", "platz", "weg", "gracht", "kade",
        "dreef", "katu", "utca", "singel", "torget", "braut",
    ];
    let word = piece.words(index);
    word.len() >= 7
        && piece.token(index).is_some_and(|token| {
            token.shape.is_word() && !token.has(Flags::FREQUENT.and(Flags::KNOWN))
        })
        && ENDS.iter().any(|end| {
            word.len() > end.len() + 2
                && word
                    .get(word.len() - end.len()..)
                    .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        })
}

/// A street in one word before its number, which is at `index`.
fn foreign_house_last(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let street = index.checked_sub(1)?;
    let short = piece.token(index)?.length() <= 5;
    if !short || piece.gap_before(index) != " " {
        return None;
    }
    if is_street_word(piece, street) {
        let mut first = street;
        while first > 0
            && piece.gap_before(first) == " "
            && street - first < 2
            && piece
                .token(first - 1)
                .is_some_and(|token| token.shape.is_capital() && !token.has(Flags::FREQUENT))
        {
            first -= 1;
        }
        return Some((first, index));
    }
    // `Moi Avenue 12`, and where an address is spoken of, any words before a number.
    let after = piece.token(street)?;
    if !after.has(Flags::STREET_AFTER) || !after.shape.is_capital() {
        return None;
    }
    let first = capitals_before(piece, street)?;
    Some((first, index))
}

/// The capitalised words before a street's word, one to four.
fn capitals_before(piece: &Piece<'_>, street: usize) -> Option<usize> {
    let mut first = street;
    while first > 0
        && street - first < 4
        && matches!(piece.gap_before(first), " " | "-" | "'" | "’")
        && piece.token(first - 1).is_some_and(|token| {
            (token.shape.is_capital() || token.has(Flags::PARTICLE))
                && !(token.has(Flags::FREQUENT) && is_sentence_start(piece, first - 1))
        })
    {
        first -= 1;
    }
    (first < street).then_some(first)
}

fn is_sentence_start(piece: &Piece<'_>, index: usize) -> bool {
    index == 0 || piece.gap_before(index).contains(['.', '?', '!', '\n', ':'])
}

/// `Rue de la Paix 12`, `Via Giberti 75`, `Barabara ya Moi`.
fn street_before(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let token = piece.token(index)?;
    if !token.has(Flags::STREET_BEFORE)
        || token.has(Flags::FREQUENT.and(Flags::KNOWN)) && !token.shape.is_capital()
    {
        return None;
    }
    let last = street_words(piece, index + 1)?;
    let numbered = piece
        .token(last + 1)
        .is_some_and(|next| !next.shape.is_word() && next.length() <= 6)
        && matches!(piece.gap(last), " " | ", " | " n° " | " no. ");
    if numbered {
        return Some((index, last + 1));
    }
    let certain = [
        "rue", "calle", "avenida", "rua", "via", "barabara", "chemin", "viale", "piazza", "impasse",
    ]
    .iter()
    .any(|word| piece.is(index, word));
    (certain && token.shape.is_capital() || is_near_address(piece, index)).then_some((index, last))
}

/// The words of a street's name after the word for street.
fn street_words(piece: &Piece<'_>, from: usize) -> Option<usize> {
    let mut last = None;
    for index in from..from + 6 {
        let Some(token) = piece.token(index) else {
            break;
        };
        let gap = piece.gap_before(index);
        if !matches!(gap, " " | ". " | "-" | "'" | "’")
            || !token.shape.is_word() && token.length() > 3
        {
            break;
        }
        if token.shape.is_capital() || token.shape.is_mixed() {
            last = Some(index);
        } else if token.shape.is_word()
            && !(token.has(Flags::PARTICLE)
                || token.length() <= 3
                    && token.topic().is_some_and(|topic| topic == Topic::Neutral)
                || ["du", "des", "ya", "wa", "l", "d"]
                    .iter()
                    .any(|word| piece.is(index, word)))
        {
            break;
        }
    }
    last
}

/// `Moi Avenue` by itself, where a number, a unit or a word for addresses is near.
fn street_named(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let token = piece.token(index)?;
    if !token.has(Flags::STREET_AFTER)
        || !token.shape.is_capital()
        || piece.gap_before(index) != " "
    {
        return None;
    }
    let first = capitals_before(piece, index)?;
    let numbered = piece
        .token(index + 1)
        .is_some_and(|next| next.is_number() && matches!(piece.gap(index), " " | ", "));
    let before = first
        .checked_sub(1)
        .and_then(|before| piece.token(before))
        .is_some_and(|before| !before.shape.is_word() || before.has(Flags::UNIT))
        && !is_year(piece, first - 1);
    let placed = piece.gap(index).starts_with(", ")
        && piece
            .token(index + 1)
            .is_some_and(|next| next.has(Flags::PLACE));
    (numbered || before || placed || is_near_address(piece, first)).then_some((first, index))
}

/// A word for addresses in the eight before.
fn is_near_address(piece: &Piece<'_>, index: usize) -> bool {
    if piece.field.is_some_and(|field| field.address) {
        return true;
    }
    (index.saturating_sub(8)..index).any(|before| {
        piece.token(before).is_some_and(|token| {
            token.topic() == Some(Topic::Address) && !token.has(Flags::STREET_AFTER)
        })
    })
}

/// `Apt. 4B`, `Suite 500`, `House 12`, `Nyumba namba 7`.
fn unit(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let token = piece.token(index)?;
    let mut next = index + 1;
    if ["no", "number", "na", "namba", "nambari"]
        .iter()
        .any(|word| piece.is(next, word))
    {
        next += 1;
    }
    let number = piece.token(next)?;
    let fits = !number.shape.is_word()
        && number.length() <= 5
        && matches!(piece.gap_before(next), " " | ". " | " #" | ". #" | ": ");
    let sure = ["apt", "apartment", "suite", "nyumba", "appartement", "flat"]
        .iter()
        .any(|word| piece.is(index, word));
    let followed = piece
        .token(next + 1)
        .is_some_and(|after| after.shape.is_capital())
        && matches!(piece.gap(next), ", " | " " | ",\n" | "\n" | "\n ");
    let placed = followed
        && (next + 1..next + 6).any(|near| {
            piece.token(near).is_some_and(|near| {
                near.has(Flags::PLACE.and(Flags::STREET_AFTER)) && near.shape.is_capital()
            })
        });
    (fits
        && (token.shape.is_capital() || sure)
        && (sure && (token.shape.is_capital() || followed)
            || placed
            || is_near_address(piece, index)))
    .then_some((index, next))
}

/// What stands after "address is", "live at": a number or capitals, up to the end of
/// the sentence.
fn said(piece: &Piece<'_>, index: usize) -> Option<(usize, usize)> {
    let mut first = index + 1;
    let mut colon = piece.gap(index).contains(':');
    for _ in 0..4 {
        let token = piece.token(first)?;
        let gap = piece.gap_before(first);
        if gap.contains(['?', '!', '@', '/', '=']) || gap.contains(". ") || gap.len() > 12 {
            return None;
        }
        colon |= gap.contains(':');
        if !token.shape.is_word() || token.shape.is_capital() {
            break;
        }
        let small = [
            "is", "at", "to", "in", "ni", "est", "the", "corner", "of", "of", "on", "es", "ya",
            "code", "number", "wangu", "changu", "yake", "our", "your", "near", "a", "my", "yangu",
            "us", "it", "there", "à", "au", "em", "na",
        ];
        if !small.iter().any(|word| piece.is(first, word)) {
            return None;
        }
        first += 1;
    }
    let mut last = None;
    let mut digits = false;
    let mut sure = false;
    let mut words = false;
    for at in first..first + MOST_WORDS {
        let Some(token) = piece.token(at) else { break };
        let gap = piece.gap_before(at);
        if at > first && !is_inside(gap) {
            break;
        }
        if token.shape.is_word() {
            let small = !token.shape.is_capital();
            let joins = token.has(Flags::PARTICLE)
                || matches!(
                    piece.words(at),
                    "and" | "of" | "the" | "na" | "et" | "corner"
                );
            let part = token.has(
                Flags::STREET_AFTER
                    .and(Flags::STREET_BEFORE)
                    .and(Flags::UNIT)
                    .and(Flags::PLACE),
            );
            if small && !joins && !part {
                break;
            }
            sure |= part || is_street_word(piece, at);
            words |= token.length() > 1;
            if small && !part {
                continue;
            }
        } else {
            if token.length() > 7 {
                break;
            }
            digits = true;
        }
        last = Some(at);
    }
    let last = last?;
    let long = last > first;
    let starts_with_number = piece
        .token(first)
        .is_some_and(|token| !token.shape.is_word());
    // A bare number is a post code only where one is spoken of.
    let code = ["zip", "zipcode", "postcode", "postal"]
        .iter()
        .any(|word| piece.is(index, word))
        && digits
        && piece
            .token(last)
            .is_some_and(|token| (4..=7).contains(&token.length()) || !token.shape.is_word());
    (long && digits && (sure || colon || starts_with_number && words && last >= first + 2)
        || long && sure && is_sure_topic(piece, index)
        || code)
        .then_some((first, last))
}

fn is_sure_topic(piece: &Piece<'_>, index: usize) -> bool {
    [
        "address",
        "anwani",
        "adresse",
        "live",
        "lives",
        "living",
        "anaishi",
        "naishi",
        "ninaishi",
        "habite",
        "corner",
        "residence",
        "makazi",
    ]
    .iter()
    .any(|word| piece.is(index, word))
}

/// What may stand between the words of one address.
fn is_inside(gap: &str) -> bool {
    gap.len() <= 6
        && gap.chars().all(|letter| {
            matches!(
                letter,
                ' ' | ',' | '\n' | '.' | '-' | '#' | '/' | '\'' | '’' | '\\' | '>' | '(' | '\r'
            )
        })
        && !gap.contains(". \n")
        && (!gap.contains('.') || gap.len() <= 2)
        && !gap.contains("\n\n\n")
}

/// The last token of what continues an address: units, towns, post codes, countries.
fn followed(piece: &Piece<'_>, last: usize) -> usize {
    let mut end = last;
    let mut at = last + 1;
    let mut in_words = 0;
    while at < last + MOST_WORDS {
        let Some(token) = piece.token(at) else { break };
        let gap = piece.gap_before(at);
        if !is_inside(gap)
            || gap.contains(". ")
                && !token.has(Flags::UNIT)
                && !piece
                    .previous(at)
                    .is_some_and(|before| before.has(Flags::STREET_AFTER))
        {
            break;
        }
        let parted = gap.contains([',', '\n', '-']);
        let capital = token.shape.is_capital();
        let code =
            !token.shape.is_word() && (3..=7).contains(&token.length()) && !gap.contains('.');
        let unit_number = !token.shape.is_word()
            && token.length() <= 5
            && piece
                .previous(at)
                .is_some_and(|before| before.has(Flags::UNIT));
        let place = token.has(Flags::PLACE) && (capital || parted);
        let unit = token.has(Flags::UNIT.and(Flags::STREET_AFTER))
            && (capital || parted)
            && !token.has(Flags::PERSON);
        let after_place = piece
            .previous(at)
            .is_some_and(|before| before.has(Flags::PLACE))
            && gap == " ";
        let code = code || after_place && token.is_number() && token.length() <= 4;
        let town = after_place
            && capital
            && [
                "Town", "City", "Island", "Province", "County", "Region", "CBD", "District",
                "Central", "West", "East", "North", "South",
            ]
            .contains(&piece.words(at));
        let within = after_place
            && !capital
            && ["es", "ya", "de", "of", "la"]
                .iter()
                .any(|word| piece.is(at, word))
            && piece
                .token(at + 1)
                .is_some_and(|next| next.has(Flags::PLACE) && next.shape.is_capital());
        if within {
            at += 1;
            continue;
        }
        let numbering = ["no", "namba", "nambari", "number"]
            .iter()
            .any(|word| piece.is(at, word))
            && piece
                .previous(at)
                .is_some_and(|before| before.has(Flags::UNIT))
            && piece.token(at + 1).is_some_and(|next| next.is_number());
        if numbering {
            end = at + 1;
            at += 2;
            continue;
        }
        let state = token.shape.is_shouted() && token.length() == 2;
        let ordinary = token.has(Flags::FREQUENT) && !token.has(Flags::PLACE)
            || token
                .topic()
                .is_some_and(|topic| topic != Topic::Address && topic != Topic::Neutral);
        let word = capital && !ordinary && (parted || in_words > 0 && in_words < 4);
        if place || town || unit || unit_number || code || state || word {
            in_words = if word || place { in_words + 1 } else { 0 };
            if parted {
                in_words = 1;
            }
            end = at;
        } else {
            break;
        }
        at += 1;
    }
    end
}

/// Towns and countries by themselves.
pub(crate) fn places(piece: &Piece<'_>, found: &mut Vec<Found>) {
    let mut index = 0;
    while let Some(token) = piece.token(index) {
        if !token.has(Flags::PLACE) || !token.shape.is_capital() {
            index += 1;
            continue;
        }
        let mut last = index;
        while piece.gap(last) == " "
            && piece
                .token(last + 1)
                .is_some_and(|next| next.has(Flags::PLACE) && next.shape.is_capital())
        {
            last += 1;
        }
        if let Some(end) = piece.token(last) {
            found.push(Found {
                start: token.start as usize,
                end: end.end as usize,
                kind: Kind::Location,
            });
        }
        index = last + 1;
    }
}
