//! Values beside a word that names a secret: `password: …`, `API_KEY=…`,
//! `"token": "…"`, `nenosiri ni …`, `Authorization: Bearer …`, `<Pass>…</Pass>`,
//! `define('DB_PASSWORD', '…')`, `{"name": "DB_PASSWORD", "value": "…"}`.

use crate::bytes::{at, before, follows, is_word, run_end};
use crate::extent::{self, Extent};
use crate::judge::{self, Introduced};
use crate::kind::Kind;
use crate::marker;
use crate::name::{self, Said};
use crate::separator::{self, Separator};
use crate::span::Span;

/// What the words of a name hold, in lower case: where one stands, a name may.
pub(crate) const STEMS: &[&str] = &[
    "pass",
    "pwd",
    "pswd",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "salt",
    "siri",
    "nywila",
    "mdp",
    "jeton",
    "senha",
    "contrasena",
    "clave",
    "kennwort",
    "otp",
    "pin",
    "code",
    "msimbo",
    "cvv",
    "cvc",
    "signature",
    "sessid",
    "sessionid",
    "session_id",
    "cookie",
    "bindpw",
    "rootpw",
    "adminpw",
    "dbpw",
    "_pw",
    "connectionstring",
    "login",
    "sig=",
    "cle api",
    "cle_api",
    "lé api",
    "ufunguo",
];

/// The longest stretch of words before a name that may belong to it.
const WORDS_BEFORE: usize = 28;

/// A name, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) said: Said,
}

/// The value of the name in which a stem stands.
/// A stem stands at `stem_start`; the name ends at `end`.
pub(crate) fn value(text: &str, stem_start: usize, end: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    if !separator::is_possible(bytes, end) {
        return None;
    }
    let start = name_start(bytes, stem_start);
    if marker::ends(text.get(..start)?) {
        return None;
    }
    let said = name::said(text.get(words_start(bytes, start)..end)?)
        .or_else(|| name::said(text.get(start..end)?))?;
    let name = Name { start, end, said };
    separator::all(bytes, name)
        .into_iter()
        .flatten()
        .find_map(|separator| introduced(text, name, separator))
        .or_else(|| judge::code_before(text, name))
}

fn introduced(text: &str, name: Name, separator: Separator) -> Option<Span> {
    let bytes = text.as_bytes();
    let start = skip_scheme(bytes, separator.after, name.said.kind);
    let extent = extent::of(
        bytes,
        start,
        separator.manner,
        is_at_line_start(bytes, name.start),
    )?;
    let found = text.get(extent.start..extent.end)?;
    let introduced = Introduced {
        said: name.said,
        name: text.get(name.start..name.end)?,
        manner: separator.manner,
        goes_on: goes_on(bytes, &extent),
    };
    if marker::begins(found) || !judge::is_secret(found, &introduced, extent.standing) {
        return None;
    }
    Span::new(extent.start, extent::whole(bytes, &extent), name.said.kind)
}

/// Whether a sentence goes on behind a bare value.
fn goes_on(bytes: &[u8], extent: &Extent) -> bool {
    let next = run_end(bytes, extent.end, 3, |byte| byte == b' ');
    extent.quote.is_none() && next > extent.end && at(bytes, next).is_ascii_alphanumeric()
}

fn is_name(byte: u8) -> bool {
    is_word(byte) || byte == b'-' || byte >= 0x80
}

pub(crate) fn name_end(bytes: &[u8], from: usize) -> usize {
    let mut end = run_end(bytes, from, name::LONGEST, is_name);
    while at(bytes, end) == b'.' && is_word(at(bytes, end + 1)) && end - from < name::LONGEST {
        end = run_end(bytes, end + 1, name::LONGEST, is_name);
    }
    end
}

fn name_start(bytes: &[u8], from: usize) -> usize {
    let mut start = from;
    while from - start < name::LONGEST
        && (is_name(before(bytes, start)) || before(bytes, start) == b'.')
    {
        start -= 1;
    }
    character_start(bytes, start)
}

/// Where the words begin that stand before a name with single spaces between.
fn words_start(bytes: &[u8], name_start: usize) -> usize {
    let mut start = name_start;
    for _ in 0..3 {
        let blank = before(bytes, start) == b' ';
        let mut word = start.saturating_sub(1);
        while blank && word > 0 && is_name(before(bytes, word)) && name_start - word < WORDS_BEFORE
        {
            word -= 1;
        }
        if !blank || word + 1 >= start || name_start - word >= WORDS_BEFORE {
            break;
        }
        start = word;
    }
    character_start(bytes, start)
}

/// The start of the character that `index` may stand inside of.
fn character_start(bytes: &[u8], index: usize) -> usize {
    run_end(bytes, index, 3, |byte| byte & 0xc0 == 0x80)
}

/// Whether only white space and what opens a list item stands before, on its line.
fn is_at_line_start(bytes: &[u8], start: usize) -> bool {
    let mut index = start;
    while start - index < 48 {
        match before(bytes, index) {
            b'\n' | b'\r' | 0 => return true,
            b' ' | b'\t' | b'-' | b'#' | b'>' => index -= 1,
            b't' if index >= 6 && bytes.get(index - 6..index) == Some(b"export") => index -= 6,
            _ => return false,
        }
    }
    false
}

/// The scheme in `Authorization: Bearer …` stays.
fn skip_scheme(bytes: &[u8], start: usize, kind: Kind) -> usize {
    if kind != Kind::Authorization {
        return start;
    }
    let start = run_end(bytes, start, 2, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
    let schemes = [
        "bearer ", "basic ", "token ", "digest ", "apikey ", "splunk ", "bot ",
    ];
    let found = schemes.iter().find(|scheme| follows(bytes, start, scheme));
    run_end(
        bytes,
        start + found.map_or(0, |scheme| scheme.len()),
        4,
        |byte| byte == b' ',
    )
}

/// `Bearer …` on its own: a token that no prose has.
pub(crate) fn bearer(text: &str, word_start: usize, word_end: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    if is_word(before(bytes, word_start)) {
        return None;
    }
    let start = run_end(bytes, word_end, 4, |byte| byte == b' ');
    let end = run_end(bytes, start, usize::MAX, |byte| {
        is_word(byte) || matches!(byte, b'-' | b'.' | b'~' | b'+' | b'/' | b'=')
    });
    let token = text.get(start..end)?.trim_end_matches('.');
    let probe = token.get(..token.len().min(256))?;
    let digit = probe.bytes().any(|b| b.is_ascii_digit());
    let secret = token.len() >= 16 && digit && !judge::is_placeholder_token(probe);
    secret.then_some(())?;
    Span::new(start, start + token.len(), Kind::Authorization)
}
