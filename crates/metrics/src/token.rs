//! What a scraper shows.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

const LEAST: usize = 32;

/// The digest of the operator's token: compared in constant time, whatever is shown.
pub struct ScrapeToken([u8; 32]);

/// A token that could be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at least {LEAST} characters, all of them visible ASCII")]
pub struct ScrapeTokenError;

impl ScrapeToken {
    /// Reads the operator's setting.
    ///
    /// # Errors
    /// [`ScrapeTokenError`].
    pub fn parse(text: &str) -> Result<Self, ScrapeTokenError> {
        let text = text.trim();
        if text.len() < LEAST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ScrapeTokenError);
        }
        Ok(Self(Sha256::digest(text).into()))
    }

    /// Whether the value of an `Authorization` field shows it.
    #[must_use]
    pub fn is_shown_by(&self, authorization: Option<&str>) -> bool {
        let shown = authorization.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        });
        let digest: [u8; 32] = Sha256::digest(shown.unwrap_or_default()).into();
        self.0.ct_eq(&digest).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens() {
        let text = "0123456789abcdef0123456789abcdef";
        let token = ScrapeToken::parse(&format!("{text}\n")).unwrap();
        assert!(token.is_shown_by(Some(&format!("Bearer {text}"))));
        assert!(token.is_shown_by(Some(&format!("bearer {text}"))));
        for other in [
            None,
            Some(""),
            Some("Bearer "),
            Some(text),
            Some("Bearer 0"),
        ] {
            assert!(!token.is_shown_by(other), "{other:?}");
        }
        for weak in ["", "short", "0123456789abcdef 123456789abcdef0"] {
            assert!(ScrapeToken::parse(weak).is_err(), "{weak}");
        }
    }
}
