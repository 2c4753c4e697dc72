//! Signed statements to ourselves: what a deployment hands out and wants back
//! unchanged, without storing it.

use jwt_compact::Claims as JwtClaims;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    signing_keys::SigningKeys,
    token::{IssuedToken, TokenError},
};

/// Something that is signed. Its type is in the header, so that a statement of one
/// kind never passes for another, nor for a key or a token.
pub trait Statement: Serialize + DeserializeOwned {
    /// The `typ` of the header: `lango-…+jwt`.
    const TYPE: &'static str;
}

#[derive(Serialize, Deserialize)]
struct Issued<S> {
    iss: String,
    #[serde(flatten)]
    statement: S,
}

impl SigningKeys {
    /// Signs a statement of this issuer. Times are seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when it cannot be written.
    pub fn sign_statement<S: Statement>(
        &self,
        issuer: &str,
        statement: &S,
        issued_at: i64,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let issued = Issued {
            iss: issuer.to_owned(),
            statement,
        };
        self.sign_as(S::TYPE, issued, issued_at, expires_at)
    }

    /// Checks a statement of this issuer. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`], which is for the log alone.
    pub fn verify_statement<S: Statement>(
        &self,
        issuer: &str,
        text: &str,
        now: i64,
    ) -> Result<S, TokenError> {
        let claims: JwtClaims<Issued<S>> = self.verify_signed(S::TYPE, text, now)?;
        if claims.expiration.is_none() {
            return Err(TokenError::Expired);
        }
        if claims.custom.iss != issuer {
            return Err(TokenError::Issuer);
        }
        Ok(claims.custom.statement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing_keys::tests::{jwk, key_set};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct One {
        value: u8,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Other {
        value: u8,
    }
    impl Statement for One {
        const TYPE: &'static str = "one+jwt";
    }
    impl Statement for Other {
        const TYPE: &'static str = "other+jwt";
    }

    #[test]
    fn a_statement_is_its_issuers_of_its_type_and_in_its_time() {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let signed = keys
            .sign_statement("i", &One { value: 7 }, 100, 160)
            .unwrap();
        let verify = |issuer, now| keys.verify_statement::<One>(issuer, signed.expose(), now);
        assert_eq!(verify("i", 159), Ok(One { value: 7 }));
        assert_eq!(verify("i", 161), Err(TokenError::Expired));
        assert_eq!(verify("other", 120), Err(TokenError::Issuer));
        let as_other = keys.verify_statement::<Other>("i", signed.expose(), 120);
        assert_eq!(as_other, Err(TokenError::Type));
        let stranger = SigningKeys::parse(&key_set(&[jwk("k", 2, true)])).unwrap();
        let forged = stranger.verify_statement::<One>("i", signed.expose(), 120);
        assert_eq!(forged, Err(TokenError::Signature));
    }
}
