//! The seven layers of a call.

use serde::{Deserialize, Serialize};

/// The seven layers, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// TLS, method, origin, size, well-formed?
    Transport,
    /// Whose signed key, which tenant?
    Identity,
    /// Not revoked, within its rate, recorded as an intent?
    Admission,
    /// May this role use this tool?
    Access,
    /// Arguments valid, no injection, SQL that only reads?
    Screening,
    /// Credential opened there, system called, bounded.
    Connection,
    /// Secrets out, hostile content marked, outcome recorded.
    Release,
}

impl Layer {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Identity => "identity",
            Self::Admission => "admission",
            Self::Access => "access",
            Self::Screening => "screening",
            Self::Connection => "connection",
            Self::Release => "release",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_have_the_order_of_a_call() {
        assert!(Layer::Transport < Layer::Identity && Layer::Connection < Layer::Release);
        assert_eq!(
            serde_json::to_value(Layer::Access).unwrap(),
            Layer::Access.name()
        );
    }
}
