//! Secrets of registered OAuth clients: a signature over the client's identifier,
//! so that a stranger's registration stores nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _};
use zeroize::Zeroizing;

use crate::{signing_keys::SigningKeys, token::IssuedToken};

/// Nothing else that is signed begins like this: tokens begin with `eyJ`.
const CONTEXT: &[u8] = b"lango-client-secret\0";

impl SigningKeys {
    /// The secret of a client.
    #[must_use]
    pub fn client_secret(&self, client_id: &str) -> IssuedToken {
        let signature = self.signer().1.sign(&message(client_id)).to_bytes();
        IssuedToken::new(Zeroizing::new(URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Whether a secret is this client's: signed by any key that still verifies.
    #[must_use]
    pub fn is_client_secret(&self, client_id: &str, secret: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(secret) else {
            return false;
        };
        let Ok(signature) = Signature::from_slice(&bytes) else {
            return false;
        };
        let message = message(client_id);
        self.verifiers()
            .any(|verifier| verifier.verify_strict(&message, &signature).is_ok())
    }
}

fn message(client_id: &str) -> Vec<u8> {
    [CONTEXT, client_id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing_keys::tests::{jwk, key_set};

    #[test]
    fn a_secret_is_its_clients_and_outlives_a_rotation() {
        let old = SigningKeys::parse(&key_set(&[jwk("old", 1, true)])).unwrap();
        let secret = old.client_secret("client");
        let keys =
            SigningKeys::parse(&key_set(&[jwk("new", 2, true), jwk("old", 1, false)])).unwrap();
        assert!(keys.is_client_secret("client", secret.expose()));
        assert!(!keys.is_client_secret("other", secret.expose()));
        assert_ne!(keys.client_secret("client").expose(), secret.expose());
        let stranger = SigningKeys::parse(&key_set(&[jwk("old", 3, true)])).unwrap();
        assert!(!stranger.is_client_secret("client", secret.expose()));
        for secret in ["", "AAAA", &"A".repeat(86)] {
            assert!(!keys.is_client_secret("client", secret), "{secret}");
        }
    }
}
