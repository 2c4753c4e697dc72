//! Identifiers: a prefix that tells the kind, and 100 random bits.

use serde::{Deserialize, Serialize};

/// How many random bytes a new identifier takes.
pub const RANDOM_LENGTH: usize = 20;

/// Crockford's alphabet in lower case: no `i`, `l`, `o`, `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An identifier that is not of its kind's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier of this kind is {prefix:?} followed by 1 to 40 of [a-z0-9_]")]
pub struct IdError {
    prefix: &'static str,
}

fn generate(prefix: &str, random: [u8; RANDOM_LENGTH]) -> String {
    let body = random.map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    prefix.chars().chain(body).collect()
}

fn check(prefix: &'static str, text: &str) -> Result<(), IdError> {
    let well_formed = text.strip_prefix(prefix).is_some_and(|body| {
        (1..=40).contains(&body.len())
            && body
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    });
    if well_formed {
        Ok(())
    } else {
        Err(IdError { prefix })
    }
}

macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident, $prefix:literal) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A new identifier from fresh random bytes.
            #[must_use]
            pub fn from_random(random: [u8; RANDOM_LENGTH]) -> Self {
                Self(generate($prefix, random))
            }

            /// Reads an identifier.
            ///
            /// # Errors
            /// [`IdError`] when the text is not of this kind's form.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($prefix, text)?;
                Ok(Self(text.to_owned()))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                check($prefix, &text)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// A business with an account: `t_…`.
    TenantId,
    "t_"
);
identifier!(
    /// An API key: `k_…`; the `jti` of its token.
    KeyId,
    "k_"
);
identifier!(
    /// Whoever acts: `p_…`; the `sub` of a token.
    PrincipalId,
    "p_"
);
identifier!(
    /// A tenant's connected system: `c_…`.
    ConnectionId,
    "c_"
);

identifier!(
    /// An identity provider that a tenant trusts: `i_…`.
    IssuerId,
    "i_"
);

identifier!(
    /// Someone who runs the platform: `a_…`.
    AdminId,
    "a_"
);

identifier!(
    /// What a tenant's Admin has allowed the platform's support: `s_…`.
    SupportGrantId,
    "s_"
);

identifier!(
    /// An entry of a tenant's register of transfers: `x_…`.
    TransferId,
    "x_"
);

identifier!(
    /// A stream of a tenant's audit log to a SIEM: `e_…`.
    StreamId,
    "e_"
);

identifier!(
    /// A call that is held until somebody has approved it: `h_…`.
    ApprovalId,
    "h_"
);

identifier!(
    /// A value that a tenant trusts, wherever it comes from: `v_…`.
    TrustedValueId,
    "v_"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_generated_can_be_read(random: [u8; RANDOM_LENGTH]) {
            let id = TenantId::from_random(random);
            prop_assert_eq!(TenantId::parse(id.as_str()), Ok(id));
        }

        #[test]
        fn reading_never_panics(text in ".*") {
            let _ = KeyId::parse(&text);
        }
    }

    #[test]
    fn kinds_do_not_mix() {
        let key = KeyId::from_random([7; RANDOM_LENGTH]);
        assert!(TenantId::parse(key.as_str()).is_err());
        assert!(KeyId::parse("k_").is_err());
        assert!(KeyId::parse("k_a/b").is_err());
        assert!(serde_json::from_str::<KeyId>("\"t_abc\"").is_err());
    }
}
