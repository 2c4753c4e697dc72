//! The name of a role: one of the five, or one that a tenant has defined.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::role::Role;

/// The longest name of a tenant's own role, in characters.
pub const ROLE_NAME_LENGTH: usize = 32;

/// A text that cannot name a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role's name begins with a letter and has 2 to 32 of [a-z0-9_-]")]
pub struct RoleNameError;

/// The name of a role. What a tenant's own role may do is for the store to say; the
/// built-in ones cannot be redefined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleName(String);

impl RoleName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`RoleNameError`] when it is not of the form.
    pub fn parse(text: &str) -> Result<Self, RoleNameError> {
        let begins_with_letter = text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase());
        let of_the_alphabet = text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        if begins_with_letter && of_the_alphabet && (2..=ROLE_NAME_LENGTH).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RoleNameError)
        }
    }

    /// The built-in role of this name; `None` when only its tenant knows it.
    #[must_use]
    pub fn built_in(&self) -> Option<Role> {
        self.0.parse().ok()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        Self(role.name().to_owned())
    }
}

impl TryFrom<String> for RoleName {
    type Error = RoleNameError;

    fn try_from(text: String) -> Result<Self, RoleNameError> {
        Self::parse(&text)
    }
}

impl From<RoleName> for String {
    fn from(name: RoleName) -> Self {
        name.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_are_known_and_others_are_their_tenants() {
        for role in Role::ALL {
            assert_eq!(RoleName::from(role).built_in(), Some(role));
            assert_eq!(RoleName::parse(role.name()), Ok(RoleName::from(role)));
        }
        assert_eq!(RoleName::parse("night-shift").unwrap().built_in(), None);
    }

    #[test]
    fn names_are_short_and_plain() {
        for text in ["", "a", "Admin", "-a", "1a", "a b", "é", &"a".repeat(33)] {
            assert_eq!(RoleName::parse(text), Err(RoleNameError), "{text}");
        }
        assert!(serde_json::from_str::<RoleName>("\"no/role\"").is_err());
    }
}
