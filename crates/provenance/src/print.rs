//! What is said of a value without saying the value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fingerprint::{Fingerprint, PrintKey};

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

/// A value of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultPrint {
    /// Its kind.
    pub kind: ValueKind,
    /// Its fingerprint.
    pub print: Fingerprint,
    /// What its place says for it.
    pub standing: Standing,
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
    /// The values of the arguments of the same call, when its tool takes the text of
    /// a query: a query can make any value a whole field.
    pub query: Option<&'a Value>,
}

impl PrintKey {
    /// The values of a call's arguments: at most 128.
    #[must_use]
    pub fn arguments(&self, _arguments: &Value) -> Vec<ArgumentPrint> {
        Vec::new()
    }

    /// The values of a result: at most 512.
    #[must_use]
    pub fn result(&self, _result: &Value, _traits: &ResultTraits<'_>) -> ResultPrints {
        ResultPrints::default()
    }

    /// The one value that a text is, for the list of trusted values; `None` when it
    /// is none.
    #[must_use]
    pub fn value(&self, _text: &str) -> Option<(ValueKind, Fingerprint)> {
        let _ = self.print(b'd', "");
        None
    }
}
