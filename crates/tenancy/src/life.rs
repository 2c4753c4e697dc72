//! A tenant's life: active, suspended, closed, erased.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a tenant may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TenantState {
    /// It may.
    Active,
    /// Not until it is reactivated.
    Suspended,
    /// It is over; until it is erased it can still be reopened.
    Closed,
}

/// A word that is not a tenant's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant is active, suspended or closed")]
pub struct UnknownTenantState;

/// Where a tenant is in its life. Moments are milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It may act.
    Active,
    /// It may not act, and loses nothing.
    Suspended,
    /// It may not act, and is to be erased.
    Closed {
        /// Since when.
        closed_at: i64,
        /// When it is erased.
        erase_at: i64,
    },
    /// Only its identifier is left.
    Erased {
        /// Since when.
        erased_at: i64,
    },
}

/// What may be done to a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It may not act for now.
    Suspend,
    /// It may act again.
    Activate,
    /// It ends, and is erased after so long.
    Close {
        /// In milliseconds.
        erase_after_ms: i64,
    },
    /// It was closed by mistake.
    Reopen,
    /// Its time has come.
    Erase,
}

/// A step that a tenant cannot take where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPossible {
    /// Only reopening leads out of a closed tenant.
    #[error("the tenant is closed; reopen it first")]
    Closed,
    /// Nothing leads out of an erased tenant.
    #[error("the tenant has been erased")]
    Erased,
    /// The moment of erasure has come.
    #[error("the tenant is being erased")]
    BeingErased,
    /// Only a closed tenant is reopened or erased.
    #[error("the tenant is not closed")]
    NotClosed,
    /// Erasure waits until its time.
    #[error("the tenant is not to be erased yet")]
    NotYet,
}

/// Stored columns that say nothing sensible together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a closed tenant needs the moments of its end")]
pub struct UnreadableLife;

impl TenantState {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }
}

impl core::str::FromStr for TenantState {
    type Err = UnknownTenantState;

    fn from_str(name: &str) -> Result<Self, UnknownTenantState> {
        [Self::Active, Self::Suspended, Self::Closed]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or(UnknownTenantState)
    }
}

impl Life {
    /// Reads the stored columns.
    ///
    /// # Errors
    /// [`UnreadableLife`] for a closed tenant without the moments of its end.
    pub fn read(
        state: TenantState,
        closed_at: Option<i64>,
        erase_at: Option<i64>,
        erased_at: Option<i64>,
    ) -> Result<Self, UnreadableLife> {
        match (state, closed_at, erase_at, erased_at) {
            (TenantState::Active, ..) => Ok(Self::Active),
            (TenantState::Suspended, ..) => Ok(Self::Suspended),
            (TenantState::Closed, _, _, Some(erased_at)) => Ok(Self::Erased { erased_at }),
            (TenantState::Closed, Some(closed_at), Some(erase_at), None) => Ok(Self::Closed {
                closed_at,
                erase_at,
            }),
            (TenantState::Closed, ..) => Err(UnreadableLife),
        }
    }

    /// Whether it may act.
    #[must_use]
    pub const fn state(self) -> TenantState {
        match self {
            Self::Active => TenantState::Active,
            Self::Suspended => TenantState::Suspended,
            Self::Closed { .. } | Self::Erased { .. } => TenantState::Closed,
        }
    }

    /// Its life after a step. A step to where it already is changes nothing: to
    /// close twice does not put the erasure off.
    ///
    /// # Errors
    /// [`NotPossible`] when the step does not lead on from here.
    pub const fn after(self, step: Step, now_ms: i64) -> Result<Self, NotPossible> {
        match (self, step) {
            (Self::Erased { .. }, _) => Err(NotPossible::Erased),
            (Self::Active | Self::Suspended, Step::Suspend) => Ok(Self::Suspended),
            (Self::Active | Self::Suspended, Step::Activate) => Ok(Self::Active),
            (Self::Active | Self::Suspended, Step::Close { erase_after_ms }) => Ok(Self::Closed {
                closed_at: now_ms,
                erase_at: now_ms.saturating_add(erase_after_ms),
            }),
            (Self::Active | Self::Suspended, Step::Reopen | Step::Erase) => {
                Err(NotPossible::NotClosed)
            }
            (Self::Closed { .. }, Step::Close { .. }) => Ok(self),
            (Self::Closed { .. }, Step::Suspend | Step::Activate) => Err(NotPossible::Closed),
            (Self::Closed { erase_at, .. }, Step::Reopen) if now_ms < erase_at => Ok(Self::Active),
            (Self::Closed { .. }, Step::Reopen) => Err(NotPossible::BeingErased),
            (Self::Closed { erase_at, .. }, Step::Erase) if now_ms < erase_at => {
                Err(NotPossible::NotYet)
            }
            (Self::Closed { .. }, Step::Erase) => Ok(Self::Erased { erased_at: now_ms }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Suspend),
            Just(Step::Activate),
            (1_i64..100).prop_map(|erase_after_ms| Step::Close { erase_after_ms }),
            Just(Step::Reopen),
            Just(Step::Erase),
        ]
    }

    proptest! {
        /// However a tenant is pushed about, it is erased no sooner than was said
        /// when it was closed, and never comes back.
        #[test]
        fn nothing_is_erased_early_and_nothing_comes_back(
            steps in proptest::collection::vec((step(), 0_i64..50), 0..40),
        ) {
            let (mut life, mut now) = (Life::Active, 0);
            let mut promised = None;
            for (step, later) in steps {
                now += later;
                let Ok(next) = life.after(step, now) else { continue };
                if let (Step::Close { erase_after_ms }, Life::Active | Life::Suspended) = (step, life) {
                    promised = Some(now + erase_after_ms);
                }
                if let Life::Erased { .. } = next {
                    prop_assert_eq!(life.state(), TenantState::Closed);
                    prop_assert!(promised.is_some_and(|promised| promised <= now));
                }
                life = next;
                if let Life::Erased { .. } = life {
                    break;
                }
            }
            if let Life::Erased { .. } = life {
                for step in [Step::Suspend, Step::Activate, Step::Reopen, Step::Erase] {
                    prop_assert_eq!(life.after(step, now), Err(NotPossible::Erased));
                }
            }
        }
    }

    #[test]
    fn a_closed_tenant_is_reopened_only_before_its_erasure() {
        let closed = Life::Active
            .after(Step::Close { erase_after_ms: 10 }, 5)
            .unwrap();
        assert_eq!(closed.state(), TenantState::Closed);
        assert_eq!(closed.after(Step::Activate, 6), Err(NotPossible::Closed));
        assert_eq!(closed.after(Step::Reopen, 14), Ok(Life::Active));
        assert_eq!(
            closed.after(Step::Reopen, 15),
            Err(NotPossible::BeingErased)
        );
        assert_eq!(closed.after(Step::Erase, 14), Err(NotPossible::NotYet));
        let again = closed.after(Step::Close { erase_after_ms: 99 }, 14);
        assert_eq!(again, Ok(closed), "closing twice puts nothing off");
    }

    #[test]
    fn the_stored_columns_are_read_back() {
        let life = |state: &str, closed, erase, erased| {
            Life::read(state.parse().unwrap(), closed, erase, erased)
        };
        assert_eq!(life("active", None, None, None), Ok(Life::Active));
        assert_eq!(
            life("closed", Some(1), Some(2), None),
            Ok(Life::Closed {
                closed_at: 1,
                erase_at: 2
            })
        );
        assert_eq!(
            life("closed", Some(1), Some(2), Some(3)),
            Ok(Life::Erased { erased_at: 3 })
        );
        assert_eq!(life("closed", None, None, None), Err(UnreadableLife));
        assert_eq!("gone".parse::<TenantState>(), Err(UnknownTenantState));
    }
}
