//! Keyed hashes: HMAC-SHA-256 over parts that cannot be confused with one another.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// HMAC over parts, each with its length before it.
pub(crate) fn digest(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    // HMAC itself fills a key up to its block with zeroes (RFC 2104 §2).
    let mut block = Zeroizing::new([0; 64]);
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

/// Names the state of an account without saying whose it is: an e-mail address or a
/// telephone number is in no object's name.
pub struct AccountKey(Zeroizing<[u8; 32]>);

impl AccountKey {
    /// The label under which the gateway's key derives this one.
    pub const LABEL: &str = "sign-in-accounts";

    /// A derived key.
    #[must_use]
    pub fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    /// 40 hexadecimal digits that stand for these parts, and for no others.
    #[must_use]
    pub fn name(&self, parts: &[&str]) -> String {
        use core::fmt::Write as _;
        let digest = digest(&self.0, parts);
        digest
            .iter()
            .take(20)
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_not_confused() {
        let key = AccountKey::new(Zeroizing::new([1; 32]));
        assert_ne!(key.name(&["ab", "c"]), key.name(&["a", "bc"]));
        assert_ne!(key.name(&["ab", ""]), key.name(&["ab"]));
        assert_eq!(key.name(&["ab", "c"]), key.name(&["ab", "c"]));
        let other = AccountKey::new(Zeroizing::new([2; 32]));
        assert_ne!(key.name(&["ab"]), other.name(&["ab"]));
        assert_eq!(key.name(&["ab"]).len(), 40);
    }
}
