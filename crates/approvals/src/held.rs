//! What is sealed until an approval is decided.

use lango_guard::Reason;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

/// The arguments of a held call, and the whole reasons. Somebody's data: it is stored
/// sealed, and deleted when the approval is decided or has expired. Without `Debug`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// What the call is made with.
    pub arguments: Value,
    /// Why it is held.
    pub reasons: Vec<Reason>,
}

impl Held {
    /// The text to seal.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub fn text(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        serde_json::to_string(self).map(Zeroizing::new)
    }

    /// Reads what was sealed.
    ///
    /// # Errors
    /// When this version would not have written it.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use lango_guard::ReasonKind;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_stored_form_is_pinned() {
        let stored = r#"{"arguments":{"till":"522533"},"reasons":[{"kind":"always"}]}"#;
        let held = Held {
            arguments: json!({ "till": "522533" }),
            reasons: vec![Reason::of(ReasonKind::Always)],
        };
        assert_eq!(held.text().unwrap().as_str(), stored);
        assert!(Held::parse(stored).unwrap() == held);
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(text in ".*") {
            let _ = Held::parse(&text);
        }
    }
}
