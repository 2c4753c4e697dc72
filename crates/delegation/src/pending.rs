//! A consent that is being asked for.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::Digest;

/// How long a person may take at the other side.
pub const PENDING_MS: i64 = 10 * 60_000;

/// A consent that is being asked for: of whom, with what, and until when. `T` is the
/// verifier as it is kept: sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending<T> {
    /// Digest of the `state` that was sent.
    pub state: Digest,
    /// Of which application.
    pub application: Digest,
    /// The PKCE verifier.
    pub verifier: T,
    /// Where the answer comes.
    pub redirect_uri: String,
    /// When it is too late.
    pub expires_at_ms: i64,
}

/// A PKCE verifier of our own (RFC 7636 §4.1).
pub struct Verifier(Zeroizing<String>);

/// Why an answer finds nobody who waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PendingError {
    /// Nothing is pending, or not under this `state`: it was used, or another
    /// beginning has taken its place.
    #[error("nothing is waiting for this answer: it was used before, or a newer attempt was begun")]
    Unknown,
    /// It took too long.
    #[error("it took longer than ten minutes")]
    Late,
    /// The connection was changed meanwhile.
    #[error("the connection was changed meanwhile")]
    Changed,
}

impl<T> Pending<T> {
    /// Takes it for an answer: once, because it goes.
    ///
    /// # Errors
    /// [`PendingError`].
    pub fn take(
        self,
        state: Digest,
        application: Digest,
        now_ms: i64,
    ) -> Result<Self, PendingError> {
        if self.state != state {
            return Err(PendingError::Unknown);
        }
        if now_ms >= self.expires_at_ms {
            return Err(PendingError::Late);
        }
        if self.application != application {
            return Err(PendingError::Changed);
        }
        Ok(self)
    }
}

impl Verifier {
    /// Of 32 bytes of a cryptographic generator.
    #[must_use]
    pub fn of(random: &Zeroizing<[u8; 32]>) -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_slice())))
    }

    /// The text that goes to the token endpoint.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What goes to the authorization endpoint (S256).
    #[must_use]
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> Pending<&'static str> {
        Pending {
            state: Digest::of("s"),
            application: Digest::of("a"),
            verifier: "v",
            redirect_uri: "https://gate.example/connect/callback".to_owned(),
            expires_at_ms: 100,
        }
    }

    #[test]
    fn an_answer_must_be_the_one_that_is_waited_for() {
        let take = |state, application, now| {
            pending().take(Digest::of(state), Digest::of(application), now)
        };
        assert!(take("s", "a", 99).is_ok());
        assert_eq!(take("t", "a", 99), Err(PendingError::Unknown));
        assert_eq!(take("s", "a", 100), Err(PendingError::Late));
        assert_eq!(take("s", "b", 99), Err(PendingError::Changed));
    }

    #[test]
    fn a_verifier_is_as_the_standard_has_it() {
        let verifier = Verifier::of(&Zeroizing::new([7; 32]));
        assert_eq!(verifier.expose().len(), 43);
        let digest: [u8; 32] = Sha256::digest(verifier.expose()).into();
        assert_eq!(verifier.challenge(), URL_SAFE_NO_PAD.encode(digest));
    }
}
