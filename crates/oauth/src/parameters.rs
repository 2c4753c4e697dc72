//! A form or a query: each parameter at most once (RFC 6749 §3.1 and §3.2).

use std::collections::BTreeMap;

/// Longer texts are refused unread, in bytes.
const MAXIMUM_LENGTH: usize = 16 * 1024;
/// The one parameter that may stand more than once (RFC 8707 §2).
const REPEATABLE: &str = "resource";

/// Why a form or query was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A parameter stands twice.
    #[error("A parameter is there more than once.")]
    Repeated,
    /// Too long, or not UTF-8.
    #[error("The parameters are too long or not UTF-8.")]
    Unreadable,
}

/// Parameters by name. Empty values count as missing (RFC 6749 §3.1).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Parameters {
    single: BTreeMap<String, String>,
    resources: Vec<String>,
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`ParameterError`] when a parameter stands twice or the text is not readable.
    pub fn parse(text: &[u8]) -> Result<Self, ParameterError> {
        if text.len() > MAXIMUM_LENGTH || std::str::from_utf8(text).is_err() {
            return Err(ParameterError::Unreadable);
        }
        let mut parameters = Self::default();
        for (name, value) in url::form_urlencoded::parse(text) {
            if value.contains('\u{fffd}') || name.contains('\u{fffd}') {
                return Err(ParameterError::Unreadable);
            }
            if name == REPEATABLE {
                parameters.resources.push(value.into_owned());
            } else if parameters
                .single
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(ParameterError::Repeated);
            }
        }
        Ok(parameters)
    }

    /// A parameter, unless it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.single
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The `resource` parameters.
    #[must_use]
    pub fn resources(&self) -> &[String] {
        &self.resources
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_parameter_stands_once_but_resource() {
        let twice = Parameters::parse(b"a=1&a=2");
        assert_eq!(twice, Err(ParameterError::Repeated));
        let two = Parameters::parse(b"resource=x&resource=y&a=%201&empty=").unwrap();
        assert_eq!(two.resources(), ["x", "y"]);
        assert_eq!((two.get("a"), two.get("empty")), (Some(" 1"), None));
    }

    #[test]
    fn long_or_broken_texts_are_refused() {
        let long = vec![b'a'; MAXIMUM_LENGTH + 1];
        for text in [&long[..], b"a=%ff", b"\xff"] {
            assert_eq!(Parameters::parse(text), Err(ParameterError::Unreadable));
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text: Vec<u8>) {
            let _ = Parameters::parse(&text);
        }
    }
}
