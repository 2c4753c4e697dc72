//! Proof Key for Code Exchange (RFC 7636): S256 and nothing else.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::error::{ErrorCode, OauthError};

/// The SHA-256 of a verifier, as the authorization request gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeChallenge([u8; 32]);

/// What the client proves itself with at the token endpoint.
pub struct CodeVerifier(Zeroizing<String>);

impl CodeChallenge {
    /// Reads the two parameters. A missing method means `plain` (RFC 7636 §4.3),
    /// which is not taken, so it must be there.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, OauthError> {
        let refuse = |description| OauthError::new(ErrorCode::InvalidRequest, description);
        let challenge = challenge.ok_or(refuse("code_challenge is required (PKCE)."))?;
        if method != Some("S256") {
            return Err(refuse("code_challenge_method must be S256."));
        }
        Self::try_from(challenge.to_owned())
            .map_err(|_| refuse("code_challenge must be 43 characters of base64url."))
    }

    /// Whether two are equal; in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const REFUSED: &str = "a code challenge is 32 bytes in base64url";
        let bytes = URL_SAFE_NO_PAD.decode(&text).map_err(|_| REFUSED)?;
        bytes.try_into().map(Self).map_err(|_| REFUSED)
    }
}

impl From<CodeChallenge> for String {
    fn from(challenge: CodeChallenge) -> Self {
        URL_SAFE_NO_PAD.encode(challenge.0)
    }
}

impl CodeVerifier {
    /// Reads a verifier: 43 to 128 unreserved characters (RFC 7636 §4.1).
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(text: Option<&str>) -> Result<Self, OauthError> {
        let refuse = |description| OauthError::new(ErrorCode::InvalidRequest, description);
        let text = text.ok_or(refuse("code_verifier is required (PKCE)."))?;
        let well_formed = (43..=128).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        if !well_formed {
            return Err(refuse(
                "code_verifier must be 43 to 128 unreserved characters.",
            ));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The challenge that fits it (RFC 7636 §4.2).
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(Sha256::digest(self.0.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_holds() {
        let challenge = CodeChallenge::parse(Some(CHALLENGE), Some("S256")).unwrap();
        assert!(challenge.is(&CodeVerifier::parse(Some(VERIFIER)).unwrap().challenge()));
        let other = CodeVerifier::parse(Some(CHALLENGE)).unwrap();
        assert!(
            !challenge.is(&other.challenge()),
            "a challenge is not its verifier"
        );
    }

    #[test]
    fn there_is_no_way_down() {
        for method in [None, Some("plain"), Some("s256"), Some("S512"), Some("")] {
            assert!(
                CodeChallenge::parse(Some(CHALLENGE), method).is_err(),
                "{method:?}"
            );
        }
        for challenge in [None, Some(""), Some("short"), Some(&"A".repeat(44)[..])] {
            assert!(CodeChallenge::parse(challenge, Some("S256")).is_err());
        }
        for verifier in [
            None,
            Some(""),
            Some(&"a".repeat(42)[..]),
            Some(&"a".repeat(129)[..]),
        ] {
            assert!(CodeVerifier::parse(verifier).is_err());
        }
        assert!(CodeVerifier::parse(Some(&"é".repeat(30))).is_err());
    }

    proptest! {
        #[test]
        fn only_its_own_verifier_fits(
            one in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}",
        ) {
            let challenge = CodeVerifier::parse(Some(&one)).unwrap().challenge();
            let text = String::from(challenge.clone());
            let read = CodeChallenge::parse(Some(&text), Some("S256")).unwrap();
            prop_assert!(read.is(&challenge));
            let of_other = CodeVerifier::parse(Some(&other)).unwrap().challenge();
            prop_assert_eq!(challenge.is(&of_other), one == other);
        }
    }
}
