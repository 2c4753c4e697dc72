//! Standard Webhooks: a signature by which a receiver knows who has sent a body.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a signing key begins with.
pub const SIGNING_KEY_PREFIX: &str = "whsec_";

/// The three fields of a signed body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `webhook-id`: the same however often a body is sent.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
}

/// Signs a body. `None` where the key is not one.
#[must_use]
pub fn sign(key: &str, id: &str, now_s: u64, body: &[u8]) -> Option<Signed> {
    let bytes = key.strip_prefix(SIGNING_KEY_PREFIX).unwrap_or(key);
    let bytes = BASE64_STANDARD.decode(bytes).ok()?;
    if bytes.len() < 24 {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).ok()?;
    mac.update(format!("{id}.{now_s}.").as_bytes());
    mac.update(body);
    Some(Signed {
        id: id.to_owned(),
        timestamp: now_s.to_string(),
        signature: format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn a_signature_is_the_specifications() {
        let signed = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.unwrap().signature,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert!(sign("whsec_short", "m", 1, b"").is_none());
    }
}
