//! Tokens that bind a page's changes to its session: another site can make a browser
//! send a cookie, and cannot know this.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::keyed;

/// What the tokens are made with.
pub struct CsrfKey(Zeroizing<[u8; 32]>);

/// A session's token. It is no secret of the gateway's, but of the browser's: it is
/// shown to its page alone.
pub struct CsrfToken(Zeroizing<String>);

impl CsrfKey {
    /// The label under which the gateway's key derives this one.
    pub const LABEL: &str = "csrf-tokens";

    /// A derived key.
    #[must_use]
    pub fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The token of a session.
    #[must_use]
    pub fn token(&self, session: &str) -> CsrfToken {
        let digest = keyed::digest(&self.0, &[session]);
        CsrfToken(Zeroizing::new(URL_SAFE_NO_PAD.encode(digest)))
    }

    /// Whether a request brings its session's token.
    #[must_use]
    pub fn fits(&self, session: &str, brought: &str) -> bool {
        let token = self.token(session);
        token.0.as_bytes().ct_eq(brought.as_bytes()).into()
    }
}

impl CsrfToken {
    /// The text, for the session's own page.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_sessions() {
        let key = CsrfKey::new(Zeroizing::new([1; 32]));
        let token = key.token("k_one");
        assert!(key.fits("k_one", token.expose()));
        assert!(!key.fits("k_two", token.expose()));
        assert!(!key.fits("k_one", "") && !key.fits("k_one", &token.expose()[1..]));
        let other = CsrfKey::new(Zeroizing::new([2; 32]));
        assert!(!other.fits("k_one", token.expose()));
    }
}
