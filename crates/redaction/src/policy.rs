//! What is done with personal data: by kind and by field. Secrets are no matter
//! of policy; they always go.

use std::collections::BTreeMap;

use lango_personal_data::{Detector, Kind, Kinds};
use serde::{Deserialize, Serialize};

use crate::path::Path;

/// What is done with a piece of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It stays.
    #[default]
    Keep,
    /// A token such as `<phone_1>` stands in its place, and the value is handed
    /// to the caller, who can put it back.
    Pseudonymise,
    /// A marker such as `[redacted:phone]` stands in its place, for good.
    Redact,
}

/// What is done with personal data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Policy {
    default: Treatment,
    kinds: BTreeMap<Kind, Treatment>,
    fields: Vec<Field>,
}

/// What is done with the fields of a name, whatever is found in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    field: String,
    treatment: Treatment,
}

/// A policy as it is written down.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    default: Treatment,
    #[serde(default)]
    kinds: BTreeMap<String, Treatment>,
    #[serde(default)]
    fields: Vec<Field>,
}

/// A document names a kind of personal data that there is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind(String);

impl core::fmt::Display for UnknownKind {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "there is no kind of personal data {:?}", self.0)
    }
}

impl core::error::Error for UnknownKind {}

impl TryFrom<Document> for Policy {
    type Error = UnknownKind;

    fn try_from(document: Document) -> Result<Self, UnknownKind> {
        let kinds = document.kinds.into_iter().map(|(name, treatment)| {
            let kind = Kind::from_name(&name).ok_or(UnknownKind(name))?;
            Ok((kind, treatment))
        });
        Ok(Self {
            default: document.default,
            kinds: kinds.collect::<Result<_, _>>()?,
            fields: document.fields,
        })
    }
}

impl From<Policy> for Document {
    fn from(policy: Policy) -> Self {
        let kinds = policy.kinds.into_iter();
        Self {
            default: policy.default,
            kinds: kinds
                .map(|(kind, treatment)| (kind.as_str().to_owned(), treatment))
                .collect(),
            fields: policy.fields,
        }
    }
}

impl Policy {
    /// Personal data stays.
    #[must_use]
    pub const fn secrets_only() -> Self {
        Self {
            default: Treatment::Keep,
            kinds: BTreeMap::new(),
            fields: Vec::new(),
        }
    }

    /// Personal data of every usual kind is treated so. The kinds that are only
    /// looked for when asked ([`Kind::is_only_when_asked`]) stay.
    #[must_use]
    pub const fn new(default: Treatment) -> Self {
        Self {
            default,
            kinds: BTreeMap::new(),
            fields: Vec::new(),
        }
    }

    /// As before, but for this kind.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind, treatment: Treatment) -> Self {
        self.kinds.insert(kind, treatment);
        self
    }

    /// As before, but for fields of this name. A name is compared without case
    /// and signs; `customer.phone` also asks for the field above; `*` at either
    /// end of a part stands for anything. The whole value is treated, found or not;
    /// the last rule that fits counts.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, treatment: Treatment) -> Self {
        self.fields.push(Field {
            field: field.into(),
            treatment,
        });
        self
    }

    /// What is done with this kind.
    #[must_use]
    pub fn treatment(&self, kind: Kind) -> Treatment {
        let usual = if kind.is_only_when_asked() {
            Treatment::Keep
        } else {
            self.default
        };
        self.kinds.get(&kind).copied().unwrap_or(usual)
    }

    /// What a rule says of the field at the end of `path`.
    pub(crate) fn field(&self, path: &Path<'_>) -> Option<Treatment> {
        let fits = |field: &&Field| ends_with(path, &field.field);
        self.fields.iter().rev().find(fits).map(|f| f.treatment)
    }

    /// Finds what does not stay; nothing where all stays.
    pub(crate) fn detector(&self) -> Option<Detector> {
        let kinds: Kinds = Kind::ALL
            .into_iter()
            .filter(|kind| self.treatment(*kind) != Treatment::Keep)
            .collect();
        (kinds != Kinds::NONE).then(|| Detector::of(kinds))
    }
}

fn ends_with(path: &Path<'_>, pattern: &str) -> bool {
    let mut parts = path.names();
    pattern
        .rsplit('.')
        .all(|part| parts.next().is_some_and(|name| is_like(name, part)))
}

fn is_like(name: &str, pattern: &str) -> bool {
    let (name, plain) = (squeezed(name), squeezed(pattern));
    match (pattern.starts_with('*'), pattern.ends_with('*')) {
        (false, false) => name == plain,
        (true, false) => name.ends_with(&plain),
        (false, true) => name.starts_with(&plain),
        (true, true) => name.contains(&plain),
    }
}

fn squeezed(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
