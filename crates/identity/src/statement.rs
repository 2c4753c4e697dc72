//! Statements that the gateway signs for itself: it hands them to a client and
//! gets them back, so that nothing has to be stored in between.
//!
//! A statement is a JWT (EdDSA, `kid`) whose `typ` and `aud` name its purpose,
//! so that one made for one purpose is never taken for another, nor for a key.
//! It is signed, not encrypted: the client can read it.

use chrono::DateTime;
use jwt_compact::{AlgorithmExt, Claims as JwtClaims, Header, UntrustedToken, alg::Ed25519};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{signing_keys::SigningKeys, token::TokenError};

/// Longer texts are not looked at.
const MAXIMUM_LENGTH: usize = 64 * 1024;

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose(&'static str);

impl Purpose {
    /// A purpose by its name, which is unique in the deployment.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

/// A verified statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated<T> {
    /// What was stated.
    pub content: T,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Wire<T> {
    aud: String,
    #[serde(rename = "lng")]
    content: T,
}

impl SigningKeys {
    /// Signs a statement. Times are seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say, or
    /// the content is no JSON.
    pub fn state<T: Serialize>(
        &self,
        purpose: Purpose,
        content: T,
        expires_at: i64,
    ) -> Result<String, TokenError> {
        let (kid, signer) = self.signer();
        let mut claims = JwtClaims::new(Wire {
            aud: purpose.0.to_owned(),
            content,
        });
        claims.expiration =
            Some(DateTime::from_timestamp(expires_at, 0).ok_or(TokenError::Claims)?);
        let header = Header::empty().with_key_id(kid).with_token_type(purpose.0);
        Ed25519
            .token(&header, &claims, signer)
            .map_err(|_| TokenError::Claims)
    }

    /// Verifies a statement. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`] for the log alone.
    pub fn stated<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        text: &str,
        now: i64,
    ) -> Result<Stated<T>, TokenError> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(TokenError::Malformed);
        }
        let untrusted = UntrustedToken::new(text).map_err(|_| TokenError::Malformed)?;
        let header = untrusted.header();
        if header.token_type.as_deref() != Some(purpose.0) {
            return Err(TokenError::WrongAudience);
        }
        let verifier = header
            .key_id
            .as_deref()
            .and_then(|kid| self.verifier(kid))
            .ok_or(TokenError::UnknownKeyId)?;
        let token = Ed25519
            .validator::<Wire<T>>(verifier)
            .validate(&untrusted)
            .map_err(|error| match error {
                jwt_compact::ValidationError::InvalidSignature => TokenError::Signature,
                jwt_compact::ValidationError::AlgorithmMismatch { .. } => TokenError::Algorithm,
                _ => TokenError::Malformed,
            })?;
        let claims = token.into_parts().1;
        let expires_at = claims.expiration.ok_or(TokenError::Expired)?.timestamp();
        if claims.custom.aud != purpose.0 {
            return Err(TokenError::WrongAudience);
        }
        if expires_at <= now {
            return Err(TokenError::Expired);
        }
        Ok(Stated {
            content: claims.custom.content,
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    const SESSION: Purpose = Purpose::new("lango-session");
    const OTHER: Purpose = Purpose::new("lango-other");

    fn keys(seed: u8) -> SigningKeys {
        let seed = [seed; 32];
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let (x, d) = (
            URL_SAFE_NO_PAD.encode(public.as_bytes()),
            URL_SAFE_NO_PAD.encode(seed),
        );
        let json = format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k","x":"{x}","d":"{d}"}}]}}"#
        );
        SigningKeys::parse(&json).unwrap()
    }

    #[test]
    fn a_statement_reads_back_for_its_purpose_until_it_ends() {
        let (keys, other) = (keys(1), keys(2));
        let text = keys.state(SESSION, vec![1, 2], 100).unwrap();
        let stated: Stated<Vec<u8>> = keys.stated(SESSION, &text, 99).unwrap();
        assert_eq!((stated.content, stated.expires_at), (vec![1, 2], 100));
        let refused = |keys: &SigningKeys, purpose, now| {
            keys.stated::<Vec<u8>>(purpose, &text, now).unwrap_err()
        };
        assert!(matches!(refused(&keys, SESSION, 100), TokenError::Expired));
        assert!(matches!(
            refused(&keys, OTHER, 99),
            TokenError::WrongAudience
        ));
        assert!(matches!(
            refused(&other, SESSION, 99),
            TokenError::Signature
        ));
    }

    proptest! {
        #[test]
        fn a_changed_statement_is_refused(place: usize, byte: u8) {
            let keys = keys(1);
            let mut text = keys.state(SESSION, "content", 100).unwrap().into_bytes();
            let place = place % text.len();
            prop_assume!(text[place] != byte);
            text[place] = byte;
            // The last character of a base64url text has bits that are not read.
            prop_assume!(place + 1 < text.len());
            if let Ok(text) = String::from_utf8(text) {
                prop_assert!(keys.stated::<String>(SESSION, &text, 99).is_err());
            }
        }
    }
}
