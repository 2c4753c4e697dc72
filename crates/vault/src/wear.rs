//! How much a data key has sealed, and how much it may.

use crate::MESSAGES_PER_KEY;

/// How many messages one connection's tokens may seal under one version of the data
/// key. Their owner counts them; whoever creates the connection sets them aside.
pub const SEALS_PER_CONNECTION: u64 = 1 << 20;
/// From here on a rotation of the data key is due.
pub const SEALS_UNTIL_DUE: u64 = SEALS_PER_DATA_KEY / 2;
/// From here on nothing is sealed under the data key, except by owners of tokens that
/// have their share set aside: half of what its nonces allow.
pub const SEALS_PER_DATA_KEY: u64 = MESSAGES_PER_KEY / 2;

/// How worn a data key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wear {
    /// It goes on.
    Fresh,
    /// It still seals, and should be rotated.
    Due,
    /// It only opens.
    Spent,
}

impl Wear {
    /// Of a data key that has sealed, or has promised to seal, so many messages.
    #[must_use]
    pub const fn after(seals: u64) -> Self {
        if seals >= SEALS_PER_DATA_KEY {
            Self::Spent
        } else if seals >= SEALS_UNTIL_DUE {
            Self::Due
        } else {
            Self::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_due_long_before_its_nonces_run_out() {
        let wear = [
            (0, Wear::Fresh),
            (SEALS_UNTIL_DUE - 1, Wear::Fresh),
            (SEALS_UNTIL_DUE, Wear::Due),
            (SEALS_PER_DATA_KEY - 1, Wear::Due),
            (SEALS_PER_DATA_KEY, Wear::Spent),
            (u64::MAX, Wear::Spent),
        ];
        for (seals, expected) in wear {
            assert_eq!(Wear::after(seals), expected, "{seals}");
        }
        // One more connection, begun just before the end, stays below the bound.
        let most = SEALS_PER_DATA_KEY + SEALS_PER_CONNECTION;
        assert!(most < MESSAGES_PER_KEY / 3 * 2);
    }
}
