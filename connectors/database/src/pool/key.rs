//! Which logins are the same.

use sha2::{Digest, Sha256};

/// A digest of everything that was signed in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginKey([u8; 32]);

impl LoginKey {
    /// Of all parts, in their order: host, port, TLS, user, password, database.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // Two parts are not the same as one of both.
            digest.update(part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(digest.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::LoginKey;

    #[test]
    fn parts_do_not_run_together() {
        let key = LoginKey::of(&["ab", "c"]);
        assert_eq!(key, LoginKey::of(&["ab", "c"]));
        for other in [&["a", "bc"][..], &["abc"], &["ab", "c", ""], &["c", "ab"]] {
            assert_ne!(key, LoginKey::of(other), "{other:?}");
        }
    }
}
