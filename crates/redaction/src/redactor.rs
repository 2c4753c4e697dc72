//! The scanners at work.

use std::borrow::Cow;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde_json::Value;

use crate::cleaning::Cleaning;
use crate::kind::{Finding, Kind};
use crate::marker::Marks;
use crate::prefix::{self, PREFIXES, Prefix};
use crate::span::{self, Span};
use crate::stream::Stream;
use crate::{assignment, key, marker, number, pem, url};

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

/// Compiled patterns.
#[derive(Debug)]
pub struct Redactor {
    /// Absent only if it could not be built: then everything is redacted.
    literals: Option<AhoCorasick>,
    scanners: Vec<Scanner>,
}

/// What to do where a literal stands.
#[derive(Debug, Clone, Copy)]
enum Scanner {
    Token(Prefix),
    Jwt,
    Telegram,
    PrivateKey,
    Url,
    Bearer,
    Assignment(Kind),
}

impl Redactor {
    /// The shipped patterns, compiled on first use.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Redactor> = OnceLock::new();
        SHIPPED.get_or_init(Self::compile)
    }

    fn compile() -> Self {
        let mut literals: Vec<&str> = Vec::new();
        let mut scanners = Vec::new();
        let mut add = |literal, scanner| {
            literals.push(literal);
            scanners.push(scanner);
        };
        PREFIXES
            .iter()
            .for_each(|prefix| add(prefix.text, Scanner::Token(*prefix)));
        key::WORDS
            .iter()
            .for_each(|(word, kind)| add(word, Scanner::Assignment(*kind)));
        add("eyJ", Scanner::Jwt);
        add(":AA", Scanner::Telegram);
        add(pem::BEGIN, Scanner::PrivateKey);
        add("://", Scanner::Url);
        add("bearer ", Scanner::Bearer);
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(literals)
            .ok();
        Self { literals, scanners }
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
    /// key that names a secret goes whole. Numbers, booleans, null and the
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
            current = Cow::Owned(span::replaced(&current, &spans, |kind, found| {
                marks.of(kind, found)
            }));
        }
        Cow::Owned(marks.of(Kind::Text, &current))
    }

    pub(crate) fn spans(&self, text: &str) -> Vec<Span> {
        let Some(literals) = &self.literals else {
            let all = (!marker::begins(text)).then(|| Span::new(0, text.len(), Kind::Text));
            return all.flatten().into_iter().collect();
        };
        let mut spans = Vec::new();
        // Where the last token and the last named value end. Inside the one
        // there is nothing more to find, inside the other no further name: so
        // no byte is gone over once for each literal it holds.
        let mut token_end = 0;
        let mut value_end = 0;
        for literal in literals.find_overlapping_iter(text) {
            let Some(scanner) = self.scanners.get(literal.pattern().as_usize()) else {
                continue;
            };
            let names_a_value = matches!(scanner, Scanner::Assignment(_));
            if literal.start() < token_end || (names_a_value && literal.start() < value_end) {
                continue;
            }
            if let Some(found) = scanner.scan(text, literal.start(), literal.end()) {
                if names_a_value {
                    value_end = found.end;
                } else if !found.kind.is_by_context() {
                    token_end = found.end;
                }
                spans.push(found);
            }
        }
        number::find(text.as_bytes(), &mut spans);
        span::merged(spans)
    }
}

impl Scanner {
    fn scan(self, text: &str, start: usize, end: usize) -> Option<Span> {
        let bytes = text.as_bytes();
        match self {
            Self::Token(prefix) => prefix.token(bytes, start),
            Self::Jwt => prefix::jwt(bytes, start),
            Self::Telegram => prefix::telegram(bytes, start),
            Self::PrivateKey => pem::private_key(text, start),
            Self::Url => url::password(text, start),
            Self::Bearer => assignment::bearer(text, start, end),
            Self::Assignment(kind) => assignment::value(text, start, end, kind),
        }
    }
}
