//! Statements of one issuer: what the authorization server hands out and wants
//! back unchanged, without storing it.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    signing_keys::SigningKeys,
    statement::{Purpose, Stated},
    token::{IssuedToken, TokenError},
};

/// Something that an issuer signs for itself. One of a purpose never passes for
/// another's, nor for a key or a token.
pub trait Statement: Serialize + DeserializeOwned {
    /// What it is for.
    const PURPOSE: Purpose;
}

#[derive(Serialize, Deserialize)]
struct Issued<S> {
    iss: String,
    #[serde(flatten)]
    statement: S,
}

impl SigningKeys {
    /// Signs a statement of this issuer, which ends at a time in seconds since
    /// 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when it cannot be written.
    pub fn sign_statement<S: Statement>(
        &self,
        issuer: &str,
        statement: &S,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let issued = Issued {
            iss: issuer.to_owned(),
            statement,
        };
        self.state(S::PURPOSE, issued, expires_at)
            .map(|text| IssuedToken::new(Zeroizing::new(text)))
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
        let stated: Stated<Issued<S>> = self.stated(S::PURPOSE, text, now)?;
        if stated.content.iss != issuer {
            return Err(TokenError::Issuer);
        }
        Ok(stated.content.statement)
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
        const PURPOSE: Purpose = Purpose::new("one");
    }
    impl Statement for Other {
        const PURPOSE: Purpose = Purpose::new("other");
    }

    #[test]
    fn a_statement_is_its_issuers_of_its_purpose_and_in_its_time() {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let signed = keys.sign_statement("i", &One { value: 7 }, 160).unwrap();
        let verify = |issuer, now| keys.verify_statement::<One>(issuer, signed.expose(), now);
        assert_eq!(verify("i", 159), Ok(One { value: 7 }));
        assert_eq!(verify("i", 160), Err(TokenError::Expired));
        assert_eq!(verify("other", 120), Err(TokenError::Issuer));
        let as_other = keys.verify_statement::<Other>("i", signed.expose(), 120);
        assert_eq!(as_other, Err(TokenError::WrongAudience));
        let stranger = SigningKeys::parse(&key_set(&[jwk("k", 2, true)])).unwrap();
        let forged = stranger.verify_statement::<One>("i", signed.expose(), 120);
        assert_eq!(forged, Err(TokenError::Signature));
    }
}
