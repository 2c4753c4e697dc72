//! Telephone numbers in one form: E.164.

use serde::{Deserialize, Serialize};

/// Nobody types more, blanks and brackets included.
const MAXIMUM_LENGTH: usize = 40;

/// A number as the whole world dials it: `+254712345678`. Which lengths and beginnings
/// a country has is the library's knowledge.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// A text is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a telephone number begins with + and its country, such as +254 712 345 678")]
pub struct PhoneError;

impl PhoneNumber {
    /// Reads a number. Without `+` it would not say which country's it is: nothing is
    /// guessed.
    ///
    /// # Errors
    /// [`PhoneError`] when no country has such a number.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        let is_dialled = |character: char| {
            character.is_ascii_digit()
                || matches!(character, '+' | ' ' | '-' | '.' | '(' | ')' | '/')
        };
        let digits = text.strip_prefix('+').ok_or(PhoneError)?;
        if text.len() > MAXIMUM_LENGTH || !digits.chars().all(is_dialled) || digits.contains('+') {
            return Err(PhoneError);
        }
        let typed: String = digits.chars().filter(char::is_ascii_digit).collect();
        let number = phonelib::normalize_phone_number(&format!("+{typed}")).ok_or(PhoneError)?;
        // The library may correct; what is taken has the digits that were typed.
        if number.strip_prefix('+') == Some(&typed) && (8..=15).contains(&typed.len()) {
            Ok(Self(number))
        } else {
            Err(PhoneError)
        }
    }

    /// The number, with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number without its `+`, as messengers want it.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneError;

    fn try_from(text: String) -> Result<Self, PhoneError> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Mobile numbers of the countries that Lango is for first, from the numbering
    /// plans' own examples.
    #[test]
    fn numbers_of_many_countries_are_read() {
        for number in [
            "+254712345678",
            "+254110123456",
            "+255712345678",
            "+256712345678",
            "+250720123456",
            "+2348021234567",
            "+233231234567",
            "+27711234567",
            "+251911234567",
            "+201001234567",
            "+212650123456",
            "+221701234567",
            "+260955123456",
            "+263712345678",
            "+447400123456",
            "+12015550123",
            "+4915123456789",
            "+919876543210",
        ] {
            assert_eq!(
                PhoneNumber::parse(number).map(String::from),
                Ok(number.to_owned())
            );
        }
    }

    #[test]
    fn a_number_has_one_form() {
        for typed in [
            "+254 712 345 678",
            " +254-712-345-678 ",
            "+254 (712) 345.678",
        ] {
            let number = PhoneNumber::parse(typed).unwrap();
            assert_eq!(
                (number.as_str(), number.digits()),
                ("+254712345678", "254712345678")
            );
        }
    }

    #[test]
    fn what_nobody_can_dial_is_refused() {
        for text in [
            "",
            "+",
            "0712345678",
            "254712345678",
            "+2547123",
            "+254712345678901",
            "+99912345678",
            "+254 712 345 67x",
            "+254+712345678",
            "++254712345678",
            "tel:+254712345678",
            "+２５４712345678",
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(PhoneError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_is_stable_and_plain(text in "\\+?[0-9 ()./-]{0,24}") {
            if let Ok(number) = PhoneNumber::parse(&text) {
                prop_assert!(number.digits().bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert!((8..=15).contains(&number.digits().len()));
                prop_assert_eq!(PhoneNumber::parse(number.as_str()), Ok(number));
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            let _ = PhoneNumber::parse(&text);
        }
    }
}
