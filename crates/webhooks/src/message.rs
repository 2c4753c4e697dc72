//! A message and its signatures.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq as _;

use crate::secret::Secret;

/// The field of the message's identifier: the same in every attempt, so a receiver
/// takes a message once.
pub const HEADER_ID: &str = "webhook-id";
/// The field of the attempt's time, in seconds since 1970.
pub const HEADER_TIMESTAMP: &str = "webhook-timestamp";
/// The field of the signatures.
pub const HEADER_SIGNATURE: &str = "webhook-signature";

const SCHEME: &str = "v1,";

/// One attempt at sending a message.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its identifier, the same in every attempt. It has no point in it.
    pub id: &'a str,
    /// When this attempt is made, in seconds since 1970.
    pub timestamp: i64,
    /// What is sent, byte by byte.
    pub body: &'a str,
}

/// No signature fits, or the time is too far off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message is not signed with this secret, or it is too old or too new")]
pub struct Unverified;

impl Message<'_> {
    /// The value of [`HEADER_SIGNATURE`]: one signature for each secret, so that a
    /// receiver may change its own while both are in force.
    #[must_use]
    pub fn signatures(&self, secrets: &[Secret]) -> String {
        let signed = secrets.iter().map(|secret| self.signature(secret));
        signed.collect::<Vec<_>>().join(" ")
    }

    /// Whether one of the signatures is made with the secret, and the time is at most
    /// so many seconds from now: what a receiver does.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn verify(
        &self,
        secret: &Secret,
        signatures: &str,
        now: i64,
        tolerance: i64,
    ) -> Result<(), Unverified> {
        if now.abs_diff(self.timestamp) > tolerance.unsigned_abs() {
            return Err(Unverified);
        }
        let expected = self.signature(secret);
        let fits = |given: &str| bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        if signatures.split(' ').any(fits) {
            Ok(())
        } else {
            Err(Unverified)
        }
    }

    fn signature(&self, secret: &Secret) -> String {
        let head = format!("{}.{}.", self.id, self.timestamp);
        let code = secret.code(&[head.as_bytes(), self.body.as_bytes()]);
        format!("{SCHEME}{}", STANDARD.encode(code))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const MESSAGE: Message<'_> = Message {
        id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        timestamp: 1_649_367_553,
        body: r#"{"email":"test@example.com","username":"test_user"}"#,
    };

    #[test]
    fn the_vector_of_the_specification_fits() {
        let secret = Secret::parse(SECRET).unwrap();
        let signatures = MESSAGE.signatures(&[secret]);
        assert_eq!(
            signatures,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn while_a_secret_is_rotated_both_fit() {
        let old = Secret::parse(SECRET).unwrap();
        let new = Secret::derived(&[1; 32], "t_1", &[2; 32]);
        let other = Secret::derived(&[1; 32], "t_2", &[2; 32]);
        let signatures = MESSAGE.signatures(&[new.clone(), old.clone()]);
        let at = MESSAGE.timestamp;
        for secret in [&new, &old] {
            assert!(MESSAGE.verify(secret, &signatures, at + 299, 300).is_ok());
        }
        assert!(MESSAGE.verify(&other, &signatures, at, 300).is_err());
        assert!(MESSAGE.verify(&new, &signatures, at + 301, 300).is_err());
        assert!(MESSAGE.verify(&new, &signatures, at - 301, 300).is_err());
        let with_others = format!("v1a,AAAA {signatures} v2,BBBB");
        assert!(MESSAGE.verify(&new, &with_others, at, 300).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_of_a_message_can_be_changed(
            body in ".{0,40}", other in ".{0,40}", later in 1_i64..1_000,
        ) {
            let secret = Secret::parse(SECRET).unwrap();
            let message = Message { body: &body, ..MESSAGE };
            let signed = message.signatures(core::slice::from_ref(&secret));
            let now = message.timestamp;
            prop_assert!(message.verify(&secret, &signed, now, 300).is_ok());
            let changed = Message { body: &other, ..message };
            prop_assert_eq!(changed.verify(&secret, &signed, now, 300).is_ok(), body == other);
            let moved = Message { timestamp: now + later, ..message };
            prop_assert!(moved.verify(&secret, &signed, now, 2_000).is_err());
        }

        #[test]
        fn no_header_is_too_odd(signatures in "\\PC{0,80}") {
            let secret = Secret::parse(SECRET).unwrap();
            prop_assert!(MESSAGE.verify(&secret, &signatures, MESSAGE.timestamp, 300).is_err());
        }
    }
}
