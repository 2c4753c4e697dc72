//! Names of tools and prompts across several connections of a kind.
//!
//! `postgres_query` names a tool; `shop__postgres_query` the same tool on the
//! connection whose slug is `shop`. A slug has no `__`, so the first one in a
//! name ends the prefix, whatever an upstream calls its tools.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Between a connection's slug and a tool's own name.
const SEPARATOR: &str = "__";

/// The longest slug, in bytes.
pub const MAXIMUM_SLUG_LENGTH: usize = 20;

/// What tells the connections of a tenant apart in tool names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// A text that is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a slug has 1 to 20 characters: lower-case letters, digits and single underscores, \
     a letter first and no underscore last"
)]
pub struct SlugError;

/// A name as a caller writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolName<'a> {
    /// The slug before the separator.
    pub prefix: Option<&'a str>,
    /// What follows.
    pub base: &'a str,
}

impl Slug {
    /// Reads a slug.
    ///
    /// # Errors
    /// [`SlugError`] when the text is not of its form.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let well_formed = (1..=MAXIMUM_SLUG_LENGTH).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('_')
            && !text.contains(SEPARATOR)
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError)
        }
    }

    /// A slug like a name that people gave: `Head Office (DB)` is `head_office_db`.
    /// `None` when nothing of the name can be used.
    #[must_use]
    pub fn like(name: &str) -> Option<Self> {
        let words = name
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty());
        let joined = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
        let from_letter = joined.trim_start_matches(|first: char| !first.is_ascii_lowercase());
        let cut: String = from_letter.chars().take(MAXIMUM_SLUG_LENGTH).collect();
        Self::parse(cut.trim_end_matches('_')).ok()
    }

    /// The same with a number, for when it is taken: `shop_2`.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let end = format!("_{number}");
        let room = MAXIMUM_SLUG_LENGTH.saturating_sub(end.len());
        let start: String = self.0.chars().take(room).collect();
        Self(format!("{}{end}", start.trim_end_matches('_')))
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a tool on the connection of this slug.
    #[must_use]
    pub fn prefixed(&self, base: &str) -> String {
        format!("{}{SEPARATOR}{base}", self.0)
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl<'a> ToolName<'a> {
    /// Splits a name. Any text is a name; whether there is such a tool is said
    /// later.
    #[must_use]
    pub fn split(name: &'a str) -> Self {
        match name.split_once(SEPARATOR) {
            Some((prefix, base)) if Slug::parse(prefix).is_ok() && !base.is_empty() => Self {
                prefix: Some(prefix),
                base,
            },
            _ => Self {
                prefix: None,
                base: name,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_have_one_form() {
        for slug in ["a", "shop", "head_office_2", "a2345678901234567890"] {
            assert!(Slug::parse(slug).is_ok(), "{slug}");
        }
        for text in [
            "",
            "A",
            "1a",
            "_a",
            "a_",
            "a__b",
            "a-b",
            "é",
            "a23456789012345678901",
        ] {
            assert!(Slug::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_slug_is_made_of_a_name() {
        let like = |name: &str| Slug::like(name).map(String::from);
        assert_eq!(like("Head Office (DB)").as_deref(), Some("head_office_db"));
        assert_eq!(like("2nd shop").as_deref(), Some("nd_shop"));
        assert_eq!(like("日本"), None);
        let long = Slug::like("the very long name of a database").unwrap();
        assert_eq!(long.as_str(), "the_very_long_name_o");
        assert_eq!(long.numbered(12).as_str(), "the_very_long_nam_12");
    }

    #[test]
    fn the_first_separator_ends_the_prefix() {
        let split = |name| {
            let name = ToolName::split(name);
            (name.prefix, name.base)
        };
        assert_eq!(split("postgres_query"), (None, "postgres_query"));
        assert_eq!(
            split("shop__postgres_query"),
            (Some("shop"), "postgres_query")
        );
        assert_eq!(split("shop__a__b"), (Some("shop"), "a__b"));
        assert_eq!(split("Shop__a"), (None, "Shop__a"));
        assert_eq!(split("shop__"), (None, "shop__"));
    }

    proptest! {
        #[test]
        fn a_prefixed_name_splits_again(name in ".{0,30}", base in "[A-Za-z0-9_.-]{1,40}") {
            if let Some(slug) = Slug::like(&name) {
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
                prop_assert!(Slug::parse(slug.numbered(7).as_str()).is_ok());
                // A base that begins with an underscore would move the separator.
                prop_assume!(!base.starts_with('_'));
                let prefixed = slug.prefixed(&base);
                let split = ToolName::split(&prefixed);
                prop_assert_eq!(split.prefix, Some(slug.as_str()));
                prop_assert_eq!(split.base, base.as_str());
            }
        }
    }
}
