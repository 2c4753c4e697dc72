//! E-mail addresses in one form.

use serde::{Deserialize, Serialize};

/// RFC 5321 §4.5.3.1.3.
const MAXIMUM_LENGTH: usize = 254;

/// An address by which somebody signs in: trimmed, in lower case, so that it is found
/// however it was typed. Whether it can be written to is not checked: nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// A text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address has a name, one @ and a domain, and no spaces")]
pub struct EmailError;

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// [`EmailError`] when it is not one.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        let (name, domain) = text.split_once('@').ok_or(EmailError)?;
        let is_odd = |character: char| {
            character.is_whitespace()
                || character.is_control()
                || "@<>()[],;:\\\"".contains(character)
        };
        let is_domain = domain.split('.').count() > 1
            && domain
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
        let fits = !name.is_empty()
            && name.len() <= 64
            && text.len() <= MAXIMUM_LENGTH
            && is_domain
            && !name.contains(is_odd)
            && !domain.contains(is_odd);
        if fits {
            Ok(Self(text))
        } else {
            Err(EmailError)
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_found_however_it_was_typed() {
        let one = Email::parse(" Wanjiku.K@Example.co.KE ").unwrap();
        assert_eq!(one.as_str(), "wanjiku.k@example.co.ke");
        assert_eq!(Email::parse(one.as_str()), Ok(one));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.de",
            "a@b..c",
            "a@-b.c",
            "a@b@c.de",
            "a@b.c\r\nx",
            "<a@b.c>",
            long.as_str(),
        ] {
            assert_eq!(Email::parse(text), Err(EmailError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_is_stable(text in "\\PC{0,20}@\\PC{0,20}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }
    }
}
