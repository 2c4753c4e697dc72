//! Pages of lists: rows in the order of their identifiers, from behind the last one
//! that was seen. Identifiers never change, so a page stays right while rows come
//! and go.

use crate::port::Value;

/// The most rows of a page.
pub const MAXIMUM_PAGE: u32 = 200;

/// Which rows of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    after: String,
    fetch: u32,
}

/// A page as it was read: what is on it, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The last identifier on the page, when there are more behind it.
    pub next: Option<String>,
}

impl Page {
    /// At most `limit` rows behind the identifier `after`. One more is fetched, to
    /// know whether there are more.
    #[must_use]
    pub fn after(after: &str, limit: u32) -> Self {
        Self {
            after: after.to_owned(),
            fetch: limit.clamp(1, MAXIMUM_PAGE) + 1,
        }
    }

    /// Every row, up to a bound that no tenant's quota reaches.
    #[must_use]
    pub fn whole() -> Self {
        Self {
            after: String::new(),
            fetch: 10_000,
        }
    }

    /// Whether it is the first page.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.after.is_empty()
    }

    /// Whether an identifier is behind where the page begins.
    #[must_use]
    pub fn is_behind(&self, identifier: &str) -> bool {
        identifier > self.after.as_str()
    }

    pub(crate) fn values(&self) -> [Value; 2] {
        [self.after.as_str().into(), i64::from(self.fetch).into()]
    }

    /// Cuts what was fetched to the page.
    #[must_use]
    pub fn cut<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> &str) -> Paged<T> {
        let limit = self.fetch.saturating_sub(1) as usize;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| has_more)
            .map(|row| id(row).to_owned());
        Paged { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_says_where_the_next_one_begins() {
        let page = Page::after("", 2);
        let cut = |rows: &[&'static str]| page.cut(rows.to_vec(), |row| row);
        assert_eq!(cut(&["a", "b", "c"]).next.as_deref(), Some("b"));
        assert_eq!(cut(&["a", "b", "c"]).items, ["a", "b"]);
        assert_eq!(cut(&["a", "b"]).next, None);
        assert_eq!(cut(&[]).next, None);
    }

    #[test]
    fn a_page_is_never_larger_than_the_bound() {
        assert_eq!(Page::after("", 9_999).fetch, MAXIMUM_PAGE + 1);
        assert_eq!(Page::after("", 0).fetch, 2);
    }
}
