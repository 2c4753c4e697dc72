//! What is sealed until an approval is decided.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::reason::Reason;

/// The arguments of a held call, and the whole reason. Somebody's data: it is stored
/// sealed, and deleted when the approval is decided or has expired. Without `Debug`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// What the call is made with.
    pub arguments: Value,
    /// Why it is held.
    pub reason: Reason,
}

impl Held {
    /// The text to seal.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        serde_json::to_vec(self).map(Zeroizing::new)
    }

    /// Reads what was sealed.
    ///
    /// # Errors
    /// When this version would not have written it.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_stored_form_is_pinned() {
        let stored = br#"{"arguments":{"till":"522533"},"reason":{"kind":"policy"}}"#;
        let held = Held {
            arguments: json!({ "till": "522533" }),
            reason: Reason::of_policy(),
        };
        assert_eq!(held.to_bytes().unwrap().as_slice(), stored);
        assert!(Held::parse(stored).unwrap() == held);
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(bytes: Vec<u8>) {
            let _ = Held::parse(&bytes);
        }
    }
}
