//! One call's text and JSON without secrets, and with personal data as a policy
//! says.

mod pseudonyms;

use std::borrow::Cow;

use lango_personal_data::{Detector, Field, Found, Workspace};
use serde_json::Value;

use crate::kind::{Finding, Kind};
use crate::marker::{self, Marks};
use crate::name;
use crate::path::{Key, Keys, Path, Role};
use crate::policy::{Policy, Treatment};
use crate::redactor::{ROUNDS, Redactor};
use crate::span::{self, Span};
use crate::{structured, token};

pub use pseudonyms::Pseudonym;
use pseudonyms::Pseudonyms;

/// What a cleaning found.
#[derive(Debug, Clone)]
pub struct Cleaned {
    /// What was replaced by markers, by kind.
    pub findings: Vec<Finding>,
    /// What was replaced by tokens, in the order of their first occurrence.
    pub pseudonyms: Vec<Pseudonym>,
}

/// One call: the same secret has the same marker throughout, the same value the
/// same token.
#[derive(Debug)]
pub struct Cleaning<'p> {
    policy: &'p Policy,
    detector: Option<Detector>,
    marks: Marks,
    pseudonyms: Pseudonyms,
    /// Whether what looks like a token is escaped.
    escapes: bool,
    keys: Keys,
    workspace: Workspace,
}

impl Cleaning<'static> {
    /// Secrets only, and tokens left as they are.
    pub(crate) fn of_secrets() -> Self {
        static SECRETS_ONLY: Policy = Policy::secrets_only();
        Self {
            escapes: false,
            ..Self::new(&SECRETS_ONLY)
        }
    }
}

impl<'p> Cleaning<'p> {
    /// Begins a call.
    #[must_use]
    pub fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            detector: policy.detector(),
            marks: Marks::default(),
            pseudonyms: Pseudonyms::default(),
            escapes: true,
            keys: Keys::default(),
            workspace: Workspace::default(),
        }
    }

    /// `text` without its secrets and with its personal data treated.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        self.string(None, text).into_owned()
    }

    /// `value` with every string and every key so treated; a string under a key
    /// that names a secret goes whole. The shape stays.
    #[must_use]
    pub fn json(&mut self, value: Value) -> Value {
        structured::clean(self, value)
    }

    /// Ends the call.
    #[must_use]
    pub fn finish(self) -> Cleaned {
        Cleaned {
            findings: self.marks.findings(),
            pseudonyms: self.pseudonyms.made(),
        }
    }

    /// A marker for the whole of `text`.
    pub(crate) fn mark(&mut self, kind: Kind, text: &str) -> String {
        self.marks.of(kind, text)
    }

    /// What is known of a key.
    pub(crate) fn key(&mut self, name: &str) -> Key {
        if let Some(key) = self.keys.get(name) {
            return key;
        }
        let escaped = self.escapes && token::places(name).next().is_some();
        let key = Key {
            said: name::secret_named(name),
            field: Field::of(name),
            role: Role::of(name),
            is_plain: !escaped && spans(self.detector, None, name, &mut self.workspace).is_empty(),
        };
        self.keys.keep(name, key);
        key
    }

    /// Whether the whole of `text` at the end of `path` would be replaced.
    pub(crate) fn is_whole(&mut self, path: Option<&Path<'_>>, text: &str) -> bool {
        let treatment = path.and_then(|path| self.policy.field(path));
        if matches!(treatment, Some(Treatment::Pseudonymise | Treatment::Redact)) {
            return true;
        }
        let detector = self.detector.filter(|_| treatment.is_none());
        let field = path.map(|path| path.key.field);
        let spans = spans(detector, field, text, &mut self.workspace);
        matches!(spans.as_slice(), [one] if one.start == 0 && one.end == text.len())
    }

    /// The string at the end of `path`; bare text has none.
    pub(crate) fn string<'t>(&mut self, path: Option<&Path<'_>>, text: &'t str) -> Cow<'t, str> {
        let text = if self.escapes {
            token::escaped(text)
        } else {
            Cow::Borrowed(text)
        };
        let treatment = path.and_then(|path| self.policy.field(path));
        let field = path.map(|path| path.key.field);
        let detector = match treatment {
            Some(Treatment::Keep) => None,
            _ => self.detector,
        };
        let cleaned = match treatment {
            Some(treatment @ (Treatment::Pseudonymise | Treatment::Redact)) => {
                self.whole(field, &text, treatment)
            }
            _ => self.rounds(detector, field, &text),
        };
        match (cleaned, text) {
            (Some(cleaned), _) => Cow::Owned(cleaned),
            (None, text) => text,
        }
    }

    /// What stands for the value of a field that goes as a whole. A secret in it
    /// goes as a secret.
    fn whole(&mut self, field: Option<Field>, text: &str, treatment: Treatment) -> Option<String> {
        if text.is_empty() || is_replaced(text) {
            return None;
        }
        if !Redactor::shipped().spans(text).is_empty() {
            return self.rounds(None, None, text);
        }
        let found = Detector::shipped().find_again(text, field, &mut self.workspace);
        let kind = match found {
            [one] if one.start == 0 && one.end == text.len() => Kind::Personal(one.kind),
            _ => Kind::Field,
        };
        Some(match treatment {
            Treatment::Pseudonymise => self.pseudonyms.token(kind.as_str(), text),
            _ => self.marks.of(kind, text),
        })
    }

    /// Goes over a text until no secret is found: what is replaced may set free
    /// what its neighbour hid. Personal data is looked for once, as no kind of it
    /// hides another. Nothing where nothing was found.
    fn rounds(
        &mut self,
        detector: Option<Detector>,
        field: Option<Field>,
        text: &str,
    ) -> Option<String> {
        let spans = spans(detector, field, text, &mut self.workspace);
        if spans.is_empty() {
            return None;
        }
        self.replaced(text, spans)
    }

    /// `text` with what stands for `spans` and for what that sets free.
    #[inline(never)]
    fn replaced(&mut self, text: &str, first: Vec<Span>) -> Option<String> {
        let mut current = Cow::Borrowed(text);
        let mut first = Some(first);
        for _ in 0..ROUNDS {
            let spans = first
                .take()
                .unwrap_or_else(|| Redactor::shipped().spans(&current));
            let only_personal = spans
                .iter()
                .all(|span| matches!(span.kind, Kind::Personal(_)));
            if only_personal && !spans.is_empty() {
                let replace = |kind, found: &str| self.replacement(kind, found);
                return Some(span::replaced(&current, &spans, replace));
            }
            if spans.is_empty() {
                return match current {
                    Cow::Owned(cleaned) => Some(cleaned),
                    Cow::Borrowed(_) => None,
                };
            }
            let next = span::replaced(&current, &spans, |kind, found| {
                self.replacement(kind, found)
            });
            current = Cow::Owned(next);
        }
        Some(self.marks.of(Kind::Text, &current))
    }

    fn replacement(&mut self, kind: Kind, found: &str) -> String {
        match kind {
            Kind::Personal(personal)
                if self.policy.treatment(personal) == Treatment::Pseudonymise =>
            {
                self.pseudonyms.token(personal.as_str(), found)
            }
            _ => self.marks.of(kind, found),
        }
    }
}

/// Whether the whole of `text` is one of our own markers or tokens.
fn is_replaced(text: &str) -> bool {
    let whole = Some((0, text.len()));
    marker::places(text).next() == whole || token::places(text).next() == whole
}

/// Secrets and personal data; where they overlap, secrets count.
fn spans(
    detector: Option<Detector>,
    field: Option<Field>,
    text: &str,
    workspace: &mut Workspace,
) -> Vec<Span> {
    let secrets = Redactor::shipped().spans(text);
    let Some(detector) = detector else {
        return secrets;
    };
    let found = detector.find_again(text, field, workspace);
    if found.is_empty() {
        return secrets;
    }
    let personal = |found: &Found| Span::new(found.start, found.end, Kind::Personal(found.kind));
    // Most values: no secret, and no sign that a marker or a token begins with.
    if secrets.is_empty() && !text.bytes().any(|byte| matches!(byte, b'[' | b'<')) {
        return span::merged(found.iter().filter_map(personal).collect());
    }
    let mut taken: Vec<(usize, usize)> = secrets.iter().map(|s| (s.start, s.end)).collect();
    taken.extend(marker::places(text));
    taken.extend(token::places(text));
    taken.sort_unstable();
    let personal = free(found, &taken).filter_map(personal);
    span::merged(secrets.into_iter().chain(personal).collect())
}

/// Those of `found` that overlap nothing that is `taken`; both are in order.
fn free<'f>(found: &'f [Found], taken: &'f [(usize, usize)]) -> impl Iterator<Item = &'f Found> {
    let mut next = 0;
    let mut reach = 0;
    found.iter().filter(move |found| {
        while let Some((_, end)) = taken.get(next).filter(|(start, _)| *start < found.end) {
            reach = reach.max(*end);
            next += 1;
        }
        reach <= found.start
    })
}
