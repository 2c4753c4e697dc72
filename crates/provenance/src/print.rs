//! What is said of a value without saying the value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    arguments::Arguments,
    fingerprint::{Fingerprint, PrintKey},
    fold,
    key::KeyTraits,
    leaf::{Leaf, is_field},
    query::Query,
    results::Results,
    scan::Class,
};

/// A call with more values than this has not been looked at wholly.
pub const MAXIMUM_ARGUMENT_PRINTS: usize = 512;
/// A result with more is marked as truncated.
pub const MAXIMUM_RESULT_PRINTS: usize = 1_024;

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// An account, till or pay bill number, a card, a reference, a code.
    Account,
    /// A link, or the host of one.
    Url,
    /// The name of a person or business.
    Name,
    /// Some words in a row.
    Phrase,
}

/// A value of the arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgumentPrint {
    /// Where it stands: a JSON pointer.
    pub place: String,
    /// Its kind.
    pub kind: ValueKind,
    /// Its fingerprint.
    pub print: Fingerprint,
    /// The fingerprint of its host, for a link that has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Fingerprint>,
    /// Whether the argument is this value, or a list of such: it says to whom or
    /// where. Otherwise it stands somewhere in a longer text.
    #[serde(default, skip_serializing_if = "is_false")]
    pub steering: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// How much a place in a result says for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A whole field of a source that the tenant trusts: its own records.
    Record,
    /// The sender's address of a message: one may answer it.
    Correspondent,
    /// An identifier by which the source names its own things: trusted again where
    /// an argument is such an identifier, and nowhere else.
    Handle,
    /// Anything else: free text, or a source that others write.
    Text,
}

/// A value of a result. As text it is two letters and the fingerprint: there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResultPrint {
    /// Its kind.
    pub kind: ValueKind,
    /// Its fingerprint.
    pub print: Fingerprint,
    /// What its place says for it.
    pub standing: Standing,
}

impl From<ResultPrint> for String {
    fn from(one: ResultPrint) -> Self {
        let kind = match one.kind {
            ValueKind::Email => 'e',
            ValueKind::Phone => 'p',
            ValueKind::Account => 'a',
            ValueKind::Url => 'u',
            ValueKind::Name => 'n',
            ValueKind::Phrase => 's',
        };
        let standing = match one.standing {
            Standing::Record => 'r',
            Standing::Correspondent => 'c',
            Standing::Handle => 'h',
            Standing::Text => 't',
        };
        format!("{kind}{standing}{}", one.print)
    }
}

impl TryFrom<String> for ResultPrint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const REFUSED: &str = "a value of a result is its kind, its standing and its fingerprint";
        let mut letters = text.chars();
        let kind = match letters.next() {
            Some('e') => ValueKind::Email,
            Some('p') => ValueKind::Phone,
            Some('a') => ValueKind::Account,
            Some('u') => ValueKind::Url,
            Some('n') => ValueKind::Name,
            Some('s') => ValueKind::Phrase,
            _ => return Err(REFUSED),
        };
        let standing = match letters.next() {
            Some('r') => Standing::Record,
            Some('c') => Standing::Correspondent,
            Some('h') => Standing::Handle,
            Some('t') => Standing::Text,
            _ => return Err(REFUSED),
        };
        let print = letters.as_str().parse()?;
        Ok(Self {
            kind,
            print,
            standing,
        })
    }
}

/// The values of a result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultPrints {
    /// Each once, with the best standing that it has.
    pub prints: Vec<ResultPrint>,
    /// Whether there were more than are kept.
    #[serde(default, skip_serializing_if = "is_false")]
    pub truncated: bool,
}

/// Where a result came from.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResultTraits<'a> {
    /// Whether the tenant trusts whole fields of the source.
    pub trusted: bool,
    /// The arguments of the same call, when its result may say them again as whole
    /// fields: the text of a query, a number whose holder was asked for, a payment.
    pub query: Option<&'a Value>,
}

impl PrintKey {
    /// The values of a call's arguments, those that say to whom or where first: at
    /// most [`MAXIMUM_ARGUMENT_PRINTS`].
    #[must_use]
    pub fn arguments(&self, arguments: &Value) -> Vec<ArgumentPrint> {
        let printer = self.printer();
        let mut found = Arguments::new(&printer);
        found.value(arguments, &mut String::new(), KeyTraits::default(), 0);
        found.finish()
    }

    /// The values of a result: at most [`MAXIMUM_RESULT_PRINTS`].
    #[must_use]
    pub fn result(&self, result: &Value, traits: &ResultTraits<'_>) -> ResultPrints {
        let printer = self.printer();
        let query = traits.query.map(Query::of);
        let mut found = Results::new(&printer, traits.trusted, query);
        found.root(result);
        found.finish()
    }

    /// The fingerprint of any text as it stands, in a namespace of its own: it meets
    /// no value of arguments or results.
    #[must_use]
    pub fn text(&self, text: &str) -> Fingerprint {
        self.printer().print(Class::Text, text)
    }

    /// The one value that a text is, for the list of trusted values; `None` when it
    /// is none.
    #[must_use]
    pub fn value(&self, text: &str) -> Option<(ValueKind, Fingerprint)> {
        let text = fold::plain(text.trim());
        if !is_field(&text) {
            return None;
        }
        let leaf = Leaf::of(&text);
        let longest = leaf
            .parts
            .iter()
            .filter(|part| part.whole)
            .max_by_key(|part| (part.end - part.start, part.class != Class::Host))?;
        let is_name = longest.kind == ValueKind::Name;
        if !leaf.is_value() && !is_name {
            return None;
        }
        let print = self.printer().print(longest.class, &longest.normal);
        Some((longest.kind, print))
    }
}
