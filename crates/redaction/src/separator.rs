//! What stands between a name and its value.

use crate::assignment::Name;
use crate::bytes::{at, before, follows, is_word, run_end};
use crate::kind::Kind;

/// How a value is introduced, which says how sure one may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// `:`, `=`, `:=`, `=>`.
    Sign,
    /// "is", "ni", "est".
    Prose,
    /// `<name>value<`.
    Tag,
    /// `name="…" value="…"`, `"name": "…", "value": "…"`.
    Beside,
    /// `'name', 'value'`.
    Comma,
    /// `name("value")`.
    Call,
    /// `--name value`, `password value` of netrc, `PASSWORD 'value'` of SQL.
    Space,
    /// A comment that names what the next line holds.
    NextLine,
}

/// A separator: how it introduces, and where what follows begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Separator {
    pub(crate) manner: Manner,
    pub(crate) after: usize,
}

/// How much white space may stand on one side.
const GAP: usize = 24;

/// Words that join a name to its value in prose.
const IS: &[&str] = &[
    "is ",
    "was ",
    "ni ",
    "est ",
    "ist ",
    "yangu ni ",
    "yako ni ",
    "yake ni ",
    "wako ni ",
    "lako ni ",
    "langu ni ",
    "wangu ni ",
    "yetu ni ",
    "is: ",
    "was: ",
    "ni: ",
    "est: ",
];

/// Words that begin what a secret is for, before the word that joins.
const FOR: &[&str] = &[
    "for ",
    "of ",
    "to ",
    "on ",
    "ya ",
    "kwa ",
    "pour ",
    "du ",
    "de ",
    "has been ",
    "now ",
    "will be ",
    "wa ",
    "za ",
];

/// How long that may be.
const FOR_WHAT: usize = 48;

/// Types that stand between a name and its `=`.
const TYPES: &[&str] = &[
    "string",
    "str",
    "&str",
    "&'static str",
    "any",
    "const char*",
    "secretstr",
    "bytes",
    "varchar",
];

/// Whether anything may be introduced behind a name that ends at `end`.
pub(crate) fn is_possible(bytes: &[u8], end: usize) -> bool {
    matches!(
        at(bytes, end),
        0 | b'.'
            | b'!'
            | b':'
            | b'='
            | b' '
            | b'\t'
            | b'"'
            | b'\''
            | b'\\'
            | b']'
            | b'>'
            | b'*'
            | b'`'
            | b'('
            | b','
            | b'\n'
            | b'\r'
            | b'%'
            | b')'
            | b'|'
            | b'?'
    )
}

/// The ways in which something may be introduced, the surest first.
pub(crate) fn all(bytes: &[u8], name: Name) -> [Option<Separator>; 7] {
    let closed = run_end(bytes, name.end, 6, |b| {
        matches!(b, b'"' | b'\'' | b']' | b'\\' | b'*' | b'`' | b')' | b'?')
    });
    let index = run_end(bytes, closed, GAP, is_blank);
    let found = |manner, after: Option<usize>| after.map(|after| Separator { manner, after });
    [
        found(Manner::Sign, sign(bytes, index)),
        found(Manner::Tag, tag(bytes, name, closed)),
        found(Manner::Beside, beside(bytes, closed)),
        found(Manner::Comma, comma(bytes, name, closed, index)),
        found(Manner::Call, call(bytes, name.end)),
        (index > closed)
            .then(|| prose(bytes, index))
            .flatten()
            .or_else(|| found(Manner::Space, space(bytes, name, closed, index))),
        found(Manner::NextLine, next_line(bytes, name)),
    ]
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0xc2 | 0xa0)
}

fn sign(bytes: &[u8], index: usize) -> Option<usize> {
    let end = run_end(bytes, index, 3, |byte| matches!(byte, b':' | b'=' | b'>'));
    let signs = bytes.get(index..end)?;
    // `==` compares, `::` casts; a quotation ends with `>`.
    if !matches!(signs, b":" | b"=" | b":=" | b"=>" | b"::=") {
        return None;
    }
    let after = run_end(bytes, end, GAP, |byte| is_blank(byte) || byte == b'*');
    let typed = TYPES
        .iter()
        .filter(|word| follows(bytes, after, word))
        .map(|word| after + word.len())
        .max();
    let assigned = typed.map(|end| run_end(bytes, end, 3, |byte| is_blank(byte) || byte == b'?'));
    match assigned {
        Some(equals) if at(bytes, equals) == b'=' && at(bytes, equals + 1) != b'=' => {
            Some(run_end(bytes, equals + 1, GAP, is_blank))
        }
        _ => Some(folded(bytes, after)),
    }
}

/// YAML's `>-` and `|`, behind which the value stands on the next line.
fn folded(bytes: &[u8], index: usize) -> usize {
    let end = run_end(bytes, index, 2, |byte| {
        matches!(byte, b'>' | b'|' | b'-' | b'+')
    });
    let line = matches!(at(bytes, index), b'>' | b'|') && at(bytes, end) == b'\n';
    if line {
        run_end(bytes, end + 1, GAP, is_blank)
    } else {
        index
    }
}

/// `<name …>value`.
fn tag(bytes: &[u8], name: Name, closed: usize) -> Option<usize> {
    let opened =
        before(bytes, name.start) == b'<' || (closed > name.end && is_attribute(bytes, name.start));
    if !opened {
        return None;
    }
    let end = run_end(bytes, closed, 64, |byte| {
        !matches!(byte, b'<' | b'>' | b'\n')
    });
    let content = (at(bytes, end) == b'>' && before(bytes, end) != b'/').then_some(end + 1)?;
    Some(if follows(bytes, content, "<![CDATA[") {
        content + 9
    } else {
        content
    })
}

/// Whether `="` stands before a name.
fn is_attribute(bytes: &[u8], start: usize) -> bool {
    matches!(before(bytes, start), b'"' | b'\'') && start >= 2 && before(bytes, start - 1) == b'='
}

/// `"name": "…", "value": "…"`, `name="…" value="…"`, `name: …⏎ value: …`.
fn beside(bytes: &[u8], closed: usize) -> Option<usize> {
    let index = run_end(bytes, closed, 40, |byte| {
        matches!(
            byte,
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b'"' | b'\'' | b'\\' | b'}' | b'{'
        )
    });
    if index == closed {
        return None;
    }
    let key = ["value", "val", "content", "default"]
        .iter()
        .find(|key| follows(bytes, index, key))?;
    let end = run_end(bytes, index + key.len(), 3, |byte| {
        matches!(byte, b'"' | b'\'' | b'\\')
    });
    sign(bytes, run_end(bytes, end, GAP, is_blank))
}

/// `'name', 'value'`.
fn comma(bytes: &[u8], name: Name, closed: usize, index: usize) -> Option<usize> {
    let quoted = closed > name.end && matches!(before(bytes, name.start), b'"' | b'\'' | b'`');
    let value = run_end(bytes, index + 1, GAP, is_blank);
    (quoted && at(bytes, index) == b',' && matches!(at(bytes, value), b'"' | b'\''))
        .then_some(value)
}

/// `name("value")`.
fn call(bytes: &[u8], end: usize) -> Option<usize> {
    (at(bytes, end) == b'(' && matches!(at(bytes, end + 1), b'"' | b'\'')).then_some(end + 1)
}

fn prose(bytes: &[u8], index: usize) -> Option<Separator> {
    let verb = verb(bytes, index)?;
    let after = run_end(bytes, verb, GAP, is_blank);
    let colon = usize::from(at(bytes, after) == b':');
    Some(Separator {
        manner: Manner::Prose,
        after: run_end(bytes, after + colon, GAP, is_blank),
    })
}

/// The end of "is " at `index`, or behind a few words that say what the secret
/// is for: "password for the guest network is …", "password (guest): …".
fn verb(bytes: &[u8], index: usize) -> Option<usize> {
    let is_at = |index: usize| {
        IS.iter()
            .find(|word| follows(bytes, index, word))
            .map(|word| index + word.len())
    };
    if let Some(end) = is_at(index) {
        return Some(end);
    }
    let bracketed = at(bytes, index) == b'(';
    if !bracketed && !FOR.iter().any(|word| follows(bytes, index, word)) {
        return follows(bytes, index, "as ").then_some(index + 3);
    }
    let sentence_end = run_end(bytes, index, FOR_WHAT, |byte| {
        !matches!(byte, b'.' | b'\n' | b'!' | b'?' | b';' | b'"' | b'<')
    });
    (index..sentence_end)
        .filter(|index| matches!(before(bytes, *index), b' '))
        .find_map(is_at)
        .or_else(|| {
            let colon = (index..sentence_end).find(|index| at(bytes, *index) == b':')?;
            (at(bytes, colon + 1) == b' ').then_some(colon + 1)
        })
        .or_else(|| follows(bytes, index, "to ").then_some(index + 3))
}

/// A value behind white space alone: as an option, of netrc, of SQL, of a settings
/// file with quotes.
fn space(bytes: &[u8], name: Name, closed: usize, index: usize) -> Option<usize> {
    if index == closed {
        return None;
    }
    let option = before(bytes, name.start) == b'-';
    let quoted = matches!(at(bytes, index), b'"' | b'\'');
    let digit = run_end(bytes, index, 64, |byte| byte > b' ');
    let mixed = bytes.get(index..digit)?.iter().any(u8::is_ascii_digit);
    let sure = matches!(name.said.kind, Kind::Password | Kind::OneTimeCode);
    (option || quoted || (sure && mixed)).then_some(index)
}

/// A comment such as `# Client password`, behind which the secret stands alone.
fn next_line(bytes: &[u8], name: Name) -> Option<usize> {
    // The line that opens a PEM block says what kind of block it is.
    if before(bytes, name.end) == b'-' {
        return None;
    }
    let rest = run_end(bytes, name.end, 32, |byte| {
        is_word(byte) || matches!(byte, b' ' | b':')
    });
    let line = run_end(bytes, rest, 2, |byte| matches!(byte, b'\r' | b'\n'));
    (line > rest && at(bytes, rest) != 0 && line - rest <= 2).then_some(line)
}
