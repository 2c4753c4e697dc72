//! Paging and entity tags: the same on every route.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

const DEFAULT_LIMIT: u32 = 50;
const MAXIMUM_LIMIT: u32 = 200;
/// No identifier is longer, in bytes.
const MAXIMUM_IDENTIFIER: usize = 100;

/// Where a page begins: behind an identifier. Opaque to callers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor(String);

/// A text that no page gave as its `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cursor must be the `next` of an earlier page")]
pub struct CursorError;

/// `?limit=…&cursor=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// How many entries a page may have.
    pub limit: u32,
    /// Where it begins.
    pub cursor: Cursor,
}

/// Why a query of a list was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListQueryError {
    /// Not 1 to 200.
    #[error("limit must be a number from 1 to 200")]
    Limit,
    /// Not a page's `next`.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Another parameter, or one twice.
    #[error("the query of this list has limit and cursor, each at most once")]
    Parameter,
}

/// How often something has changed: its `ETag` is this number in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(pub i64);

/// An `If-Match` that names no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("If-Match must be the ETag that this was read with, such as \"3\", or *")]
pub struct VersionError;

impl Cursor {
    /// Behind this identifier.
    #[must_use]
    pub fn behind(identifier: &str) -> Self {
        Self(identifier.to_owned())
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// [`CursorError`] for what no page gave.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let identifier = String::from_utf8(bytes).map_err(|_| CursorError)?;
        let is_one = (1..=MAXIMUM_IDENTIFIER).contains(&identifier.len())
            && identifier.bytes().all(|byte| byte.is_ascii_graphic());
        is_one.then_some(Self(identifier)).ok_or(CursorError)
    }

    /// The identifier; empty for the first page.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.0
    }

    /// As a page's `next` has it.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

impl ListQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// [`ListQueryError`], which says what to correct.
    pub fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ListQueryError> {
        let (mut limit, mut cursor) = (None, None);
        for (name, value) in pairs {
            let slot = match name {
                "limit" => &mut limit,
                "cursor" => &mut cursor,
                _ => return Err(ListQueryError::Parameter),
            };
            if slot.replace(value).is_some() {
                return Err(ListQueryError::Parameter);
            }
        }
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAXIMUM_LIMIT).contains(limit))
                .ok_or(ListQueryError::Limit)?,
        };
        let cursor = cursor.map(Cursor::parse).transpose()?.unwrap_or_default();
        Ok(Self { limit, cursor })
    }
}

impl Version {
    /// The value of an `ETag` field (RFC 9110 §8.8.3): a strong one.
    #[must_use]
    pub fn etag(self) -> String {
        format!("\"{}\"", self.0)
    }

    /// Reads an `If-Match` field; `None` for `*`: whatever is there. A list of tags is
    /// not taken: somebody who changes something has read one version of it.
    ///
    /// # Errors
    /// [`VersionError`] for anything else.
    pub fn parse_if_match(field: &str) -> Result<Option<Self>, VersionError> {
        let field = field.trim();
        if field == "*" {
            return Ok(None);
        }
        field
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|number| number.parse().ok())
            .map(|number| Some(Self(number)))
            .ok_or(VersionError)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back(identifier in "[a-z]_[0-9a-z_]{1,40}") {
            let cursor = Cursor::behind(&identifier);
            prop_assert_eq!(Cursor::parse(&cursor.text()), Ok(cursor));
        }

        #[test]
        fn reading_never_panics(text in ".*") {
            let _ = (Cursor::parse(&text), Version::parse_if_match(&text));
        }
    }

    #[test]
    fn a_query_says_what_is_wrong_with_it() {
        let parse =
            |pairs: &[(&'static str, &'static str)]| ListQuery::parse(pairs.iter().copied());
        assert_eq!(parse(&[]).unwrap().limit, 50);
        assert_eq!(parse(&[("limit", "200")]).unwrap().limit, 200);
        for limit in ["0", "201", "-1", "x", ""] {
            assert_eq!(parse(&[("limit", limit)]), Err(ListQueryError::Limit));
        }
        assert_eq!(
            parse(&[("cursor", "!")]),
            Err(ListQueryError::Cursor(CursorError))
        );
        for odd in [&[("page", "1")][..], &[("limit", "1"), ("limit", "1")]] {
            assert_eq!(parse(odd), Err(ListQueryError::Parameter));
        }
    }

    #[test]
    fn an_etag_is_a_strong_one_and_reads_back() {
        assert_eq!(Version(7).etag(), "\"7\"");
        assert_eq!(Version::parse_if_match("\"7\""), Ok(Some(Version(7))));
        assert_eq!(Version::parse_if_match("*"), Ok(None));
        for odd in ["7", "W/\"7\"", "\"a\"", "\"1\", \"2\"", ""] {
            assert_eq!(Version::parse_if_match(odd), Err(VersionError), "{odd}");
        }
    }
}
