//! The scanners at work.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde_json::Value;

use crate::cleaning::Cleaning;
use crate::gate::{Gate, Visit};
use crate::kind::{Finding, Kind};
use crate::marker::Marks;
use crate::prefix::Prefix;
use crate::provider::PREFIXES;
use crate::span::{self, Span};
use crate::stream::Stream;
use crate::{assignment, encoded, number, pem, shape, url};

/// How often a text is gone over. A replacement may set something free that
/// its neighbour hid; two rounds are the rule, and where eight do not settle it
/// the whole text goes.
pub(crate) const ROUNDS: usize = 8;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'t> {
    /// The text; borrowed when nothing was replaced.
    pub text: Cow<'t, str>,
    /// What was replaced, by kind.
    pub findings: Vec<Finding>,
}

/// What is looked for.
#[derive(Debug)]
pub struct Redactor {
    gate: Gate<Scanner>,
}

/// What to do where a literal stands.
#[derive(Debug, Clone, Copy)]
enum Scanner {
    Token(&'static Prefix),
    Jwt,
    Telegram,
    Azure,
    PrivateKey,
    PuttyKey,
    PasswordFile,
    Url,
    Bearer,
    Name,
    Encoded,
}

/// Literals whose case counts.
const EXACT: &[(&str, Scanner)] = &[
    ("eyJ", Scanner::Jwt),
    (":AA", Scanner::Telegram),
    (pem::BEGIN, Scanner::PrivateKey),
    (pem::PUTTY, Scanner::PuttyKey),
    (":5432:", Scanner::PasswordFile),
    (":3306:", Scanner::PasswordFile),
    ("://", Scanner::Url),
    ("0Q~", Scanner::Azure),
    ("1Q~", Scanner::Azure),
    ("2Q~", Scanner::Azure),
    ("3Q~", Scanner::Azure),
    ("4Q~", Scanner::Azure),
    ("5Q~", Scanner::Azure),
    ("6Q~", Scanner::Azure),
    ("7Q~", Scanner::Azure),
    ("8Q~", Scanner::Azure),
    ("9Q~", Scanner::Azure),
];

/// Literals in any case. Of the encodings, those of the signs that secrets need.
const FOLDED: &[(&str, Scanner)] = &[
    ("bearer ", Scanner::Bearer),
    ("%3a", Scanner::Encoded),
    ("%3d", Scanner::Encoded),
    ("%5f", Scanner::Encoded),
    ("%2d", Scanner::Encoded),
    ("\\u00", Scanner::Encoded),
    (":\\/\\/", Scanner::Encoded),
];

impl Redactor {
    /// The shipped patterns.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Redactor> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let tokens = PREFIXES.iter().map(|p| (p.text, true, Scanner::Token(p)));
            let names = assignment::STEMS
                .iter()
                .map(|stem| (*stem, false, Scanner::Name));
            let exact = EXACT
                .iter()
                .map(|(literal, scanner)| (*literal, true, *scanner));
            let folded = FOLDED
                .iter()
                .map(|(literal, scanner)| (*literal, false, *scanner));
            Self {
                gate: Gate::new(tokens.chain(names).chain(exact).chain(folded)),
            }
        })
    }

    /// Replaces every secret in `text` by `[redacted:kind]`. Doing so again
    /// changes nothing.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Redacted<'t> {
        let mut marks = Marks::default();
        let text = self.redact_counting(text, &mut marks);
        Redacted {
            text,
            findings: marks.findings(),
        }
    }

    /// Redacts every string and every object key in `value`; a string under a
    /// key that names a secret goes whole. Other numbers, booleans, null and the
    /// shape of the value stay.
    #[must_use]
    pub fn redact_json(&self, value: Value) -> (Value, Vec<Finding>) {
        let mut cleaning = Cleaning::of_secrets();
        let value = cleaning.json(value);
        (value, cleaning.finish().findings)
    }

    /// Redacts a text that arrives in chunks.
    #[must_use]
    pub fn stream(&self) -> Stream<'_> {
        Stream::new(self)
    }

    pub(crate) fn redact_counting<'t>(&self, text: &'t str, marks: &mut Marks) -> Cow<'t, str> {
        let mut current = Cow::Borrowed(text);
        for _ in 0..ROUNDS {
            let spans = self.spans(&current);
            if spans.is_empty() {
                return current;
            }
            let next = span::replaced(&current, &spans, |kind, found| marks.of(kind, found));
            current = Cow::Owned(next);
        }
        Cow::Owned(marks.of(Kind::Text, &current))
    }

    /// The secrets in `text`, also those that were encoded once.
    pub(crate) fn spans(&self, text: &str) -> Vec<Span> {
        self.found(text, true)
    }

    /// The secrets that stand in `text` as they are.
    pub(crate) fn plain_spans(&self, text: &str) -> Vec<Span> {
        self.found(text, false)
    }

    fn found(&self, text: &str, decodes: bool) -> Vec<Span> {
        let mut search = Search {
            redactor: self,
            text,
            decodes,
            spans: Vec::new(),
            token_end: 0,
            value_end: 0,
            name_end: 0,
            decoded_end: 0,
        };
        self.gate.each(text.as_bytes(), &mut search);
        span::merged(search.spans)
    }
}

/// One pass over a text. Inside a token there is nothing more to find, inside a
/// named value no further name, and each name and each encoded word is read once:
/// so no byte is gone over once for each literal it holds.
struct Search<'s> {
    redactor: &'s Redactor,
    text: &'s str,
    decodes: bool,
    spans: Vec<Span>,
    token_end: usize,
    value_end: usize,
    name_end: usize,
    decoded_end: usize,
}

impl Search<'_> {
    fn token(&mut self, found: Option<Span>) -> bool {
        if let Some(span) = found {
            self.token_end = self.token_end.max(span.end);
            self.spans.push(span);
        }
        found.is_some()
    }

    fn name(&mut self, start: usize, end: usize) {
        let name_end = assignment::name_end(self.text.as_bytes(), end);
        if start < self.value_end || name_end <= self.name_end {
            return;
        }
        self.name_end = name_end;
        if let Some(span) = assignment::value(self.text, start, name_end) {
            self.value_end = span.end;
            self.spans.push(span);
        }
    }

    /// What begins at a run of digits that may be more than a number, and where to look
    /// for the next one.
    #[inline(never)]
    fn number(&mut self, start: usize) -> usize {
        if start < self.token_end {
            return self.token_end;
        }
        let (found, end) = number::at_digits(self.text.as_bytes(), start);
        self.spans.extend(found);
        end
    }

    fn encoded(&mut self, start: usize) {
        if self.decodes && start >= self.decoded_end {
            let (spans, end) = encoded::word(self.redactor, self.text, start);
            self.spans.extend(spans);
            self.decoded_end = end;
        }
    }
}

impl Visit<Scanner> for Search<'_> {
    fn literal(&mut self, start: usize, end: usize, scanner: Scanner) -> bool {
        let (text, bytes) = (self.text, self.text.as_bytes());
        if start < self.token_end {
            return true;
        }
        match scanner {
            Scanner::Token(prefix) => return self.token(prefix.token(bytes, start)),
            Scanner::Jwt => return self.token(shape::jwt(bytes, start)),
            Scanner::Telegram => return self.token(shape::telegram(bytes, start)),
            Scanner::Azure => return self.token(shape::azure_secret(bytes, start)),
            Scanner::PrivateKey => return self.token(pem::private_key(text, start)),
            Scanner::PuttyKey => return self.token(pem::putty_key(bytes, end)),
            Scanner::PasswordFile => self.spans.extend(shape::password_file(text, start)),
            Scanner::Url => self.spans.extend(url::password(text, start)),
            Scanner::Bearer => self.spans.extend(assignment::bearer(text, start, end)),
            Scanner::Name => self.name(start, end),
            Scanner::Encoded => self.encoded(start),
        }
        false
    }

    // Not inlined: the loop that calls it then fits in registers.
    #[inline(never)]
    fn digits(&mut self, start: usize) -> usize {
        number::plain_end(self.text.as_bytes(), start).unwrap_or_else(|| self.number(start))
    }

    #[inline(never)]
    fn long_run(&mut self, start: usize, end: usize) {
        let bytes = self.text.as_bytes();
        let start = encoded::body_start(bytes, start, end);
        if start < self.token_end || self.token(shape::run(bytes, start, end)) {
            return;
        }
        if self.decodes {
            self.token(encoded::base64(self.redactor, bytes, start, end));
        }
    }
}
