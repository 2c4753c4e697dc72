//! Secrets that have a shape but no prefix of letters: JSON Web Tokens, tokens of
//! bots, client secrets, password files.

use crate::base64;
use crate::bytes::{at, before, is_dotted, is_lower_hex, is_token, is_word, run_end};
use crate::kind::Kind;
use crate::span::Span;

/// The longest header of a JSON Web Token that is decoded.
const LONGEST_HEADER: usize = 4096;

/// A JSON Web Token that begins at `start` with `eyJ`: a header that decodes, and
/// a second part.
pub(crate) fn jwt(bytes: &[u8], start: usize) -> Option<Span> {
    if is_token(before(bytes, start)) {
        return None;
    }
    let header = run_end(bytes, start, usize::MAX, is_token);
    let payload = run_end(bytes, header + 1, usize::MAX, is_token);
    if at(bytes, header) != b'.' || header - start < 12 || payload.saturating_sub(header + 1) < 8 {
        return None;
    }
    let decoded = base64::decoded(bytes.get(start..header.min(start + LONGEST_HEADER))?)?;
    let names_an_algorithm = decoded
        .windows(5)
        .any(|five| five == b"\"alg\"" || five == b"\"typ\"");
    if !names_an_algorithm || decoded.last() != Some(&b'}') || !decoded.is_ascii() {
        return None;
    }
    let end = run_end(bytes, payload, usize::MAX, is_dotted);
    let tail = bytes
        .get(start..end)?
        .iter()
        .rposition(|b| !matches!(b, b'.' | b'-'))?;
    Span::new(start, start + tail + 1, Kind::Jwt)
}

/// A Telegram bot token around `:AA` at `colon`: the bot's number before it, 35
/// characters after it.
pub(crate) fn telegram(bytes: &[u8], colon: usize) -> Option<Span> {
    let mut start = colon;
    while colon - start < 11 && before(bytes, start).is_ascii_digit() {
        start -= 1;
    }
    let end = run_end(bytes, colon + 1, 36, is_token);
    let bot = start >= 3 && bytes.get(start - 3..start) == Some(b"bot");
    let fits = (8..=10).contains(&(colon - start))
        && end - colon - 1 == 35
        && (bot || !is_word(before(bytes, start)));
    fits.then(|| Span::new(start, end, Kind::TelegramToken))
        .flatten()
}

/// A client secret of Azure around `7Q~` at `digit`: three characters before it,
/// 31 to 34 after it.
pub(crate) fn azure_secret(bytes: &[u8], digit: usize) -> Option<Span> {
    let start = digit.checked_sub(3)?;
    let inside = |byte: u8| is_dotted(byte) || byte == b'~';
    let end = run_end(bytes, digit + 3, 36, inside);
    let fits = bytes.get(start..digit)?.iter().all(|b| inside(*b))
        && !is_word(before(bytes, start))
        && (30..=34).contains(&(end - digit - 3));
    fits.then(|| Span::new(start, end, Kind::Secret)).flatten()
}

/// What a long run of letters, digits and `-_` is by its shape alone.
pub(crate) fn run(bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    let run = bytes.get(start..end)?;
    if is_word(before(bytes, start)) {
        return None;
    }
    discord(bytes, start, end)
        .or_else(|| mailchimp(run, start))
        .or_else(|| dropbox(run, start))
        .or_else(|| twilio(run, start))
}

/// Three parts: the bot's number in base64, six characters of time, a signature.
fn discord(bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    let opens = matches!(at(bytes, start), b'M' | b'N' | b'O' | b'A')
        && (24..=26).contains(&(end - start))
        && at(bytes, end) == b'.';
    let time = run_end(bytes, end + 1, 7, is_token);
    let signed = run_end(bytes, time + 1, 64, is_token);
    let fits = opens
        && time - end == 7
        && at(bytes, time) == b'.'
        && signed.saturating_sub(time + 1) >= 27;
    fits.then(|| Span::new(start, signed, Kind::ProviderToken))
        .flatten()
}

/// A hash and the data centre: `…-us12`.
fn mailchimp(run: &[u8], start: usize) -> Option<Span> {
    let (hash, centre) = run.split_at_checked(32)?;
    let fits = hash.iter().all(|b| is_lower_hex(*b))
        && centre
            .strip_prefix(b"-us")
            .is_some_and(|n| (1..=2).contains(&n.len()) && n.iter().all(u8::is_ascii_digit));
    fits.then(|| Span::new(start, start + run.len(), Kind::ProviderToken))
        .flatten()
}

/// Eleven characters, ten `A`, 43 characters.
fn dropbox(run: &[u8], start: usize) -> Option<Span> {
    let fits = run.len() == 64
        && run.get(11..21)?.iter().all(|b| *b == b'A')
        && run.get(21..)?.iter().any(u8::is_ascii_digit);
    fits.then(|| Span::new(start, start + run.len(), Kind::ProviderToken))
        .flatten()
}

/// `SK` or `AC` and 32 hexadecimal digits, or what documentation puts there.
fn twilio(run: &[u8], start: usize) -> Option<Span> {
    let body = run
        .strip_prefix(b"SK")
        .or_else(|| run.strip_prefix(b"AC"))?;
    let fits = body.len() == 32
        && (body.iter().all(|b| is_lower_hex(*b)) || body.iter().all(|b| *b == b'x'));
    fits.then(|| Span::new(start, start + run.len(), Kind::TwilioKey))
        .flatten()
}

/// A line of PostgreSQL's password file: `host:5432:database:user:password`.
pub(crate) fn password_file(text: &str, colon: usize) -> Option<Span> {
    let line_end = run_end(text.as_bytes(), colon, 256, |byte| byte > b' ');
    let mut parts = text.get(colon + 1..line_end)?.splitn(4, ':');
    let (port, database, user, password) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let plain = [database, user]
        .iter()
        .all(|part| !part.is_empty() && !part.contains(char::is_whitespace));
    let fits = plain
        && !password.is_empty()
        && !password.contains(char::is_whitespace)
        && port.len() == 4
        && !crate::marker::begins(password);
    fits.then(|| Span::new(line_end - password.len(), line_end, Kind::Password))
        .flatten()
}
