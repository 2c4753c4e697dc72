//! What somebody may do, and what of it they may hand on.
//!
//! The rule of the whole administration stands here: **nobody grants what they do
//! not hold**. What is asked to be granted is compared with the authority of
//! whoever asks, as the store has it now, never as their token has it.

use std::collections::BTreeSet;

use crate::permission::{Permission, PermissionSet};

/// Rights, and the connections and tables that they hold for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The rights.
    pub permissions: PermissionSet,
    /// The connections that may be used.
    pub connections: Reach,
    /// The tables that may be read on SQL connections.
    pub tables: Reach,
}

/// All of something, or those that are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All of them, and those that come later.
    All,
    /// These alone.
    Only(BTreeSet<String>),
}

/// What is asked for and not held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHeld {
    /// Permissions beyond those of whoever grants.
    pub permissions: PermissionSet,
    /// Whether connections are asked for beyond theirs.
    pub connections: bool,
    /// Whether tables are asked for beyond theirs.
    pub tables: bool,
}

impl Authority {
    /// Everything in a tenant.
    pub const ALL: Self = Self {
        permissions: PermissionSet::ALL,
        connections: Reach::All,
        tables: Reach::All,
    };

    /// May a holder of this authority grant `wanted`?
    ///
    /// # Errors
    /// [`NotHeld`]: what they do not hold themselves.
    pub fn grant(&self, wanted: &Self) -> Result<(), NotHeld> {
        let missing = NotHeld {
            permissions: wanted.permissions.without(self.permissions),
            connections: !self.connections.includes(&wanted.connections),
            tables: !self.tables.includes(&wanted.tables),
        };
        if missing.permissions == PermissionSet::NONE && !missing.connections && !missing.tables {
            Ok(())
        } else {
            Err(missing)
        }
    }

    /// What both hold: the authority of a key that is bounded by its owner's.
    #[must_use]
    pub fn bounded_by(&self, bound: &Self) -> Self {
        Self {
            permissions: self.permissions.intersection(bound.permissions),
            connections: self.connections.intersection(&bound.connections),
            tables: self.tables.intersection(&bound.tables),
        }
    }

    /// Whether the right is held.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }
}

impl Reach {
    /// All where nothing is listed.
    #[must_use]
    pub fn of(list: Option<&[String]>) -> Self {
        list.map_or(Self::All, |list| Self::Only(list.iter().cloned().collect()))
    }

    /// Whether it is in reach.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }

    /// Whether all of `other` is in reach.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Only(_), Self::All) => false,
            (Self::Only(ours), Self::Only(theirs)) => theirs.is_subset(ours),
        }
    }

    /// What both reach.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, reach) | (reach, Self::All) => reach.clone(),
            (Self::Only(ours), Self::Only(theirs)) => {
                Self::Only(ours.intersection(theirs).cloned().collect())
            }
        }
    }

    /// As it is stored: `None` for all.
    #[must_use]
    pub fn listed(&self) -> Option<Vec<String>> {
        match self {
            Self::All => None,
            Self::Only(names) => Some(names.iter().cloned().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_set, prelude::*, sample::select};

    use super::*;

    fn reach() -> impl Strategy<Value = Reach> {
        prop_oneof![
            Just(Reach::All),
            btree_set(select(vec!["a", "b", "c"]), 0..4)
                .prop_map(|names| Reach::Only(names.into_iter().map(str::to_owned).collect())),
        ]
    }

    fn authority() -> impl Strategy<Value = Authority> {
        let some = prop::collection::vec(select(Permission::ALL.to_vec()), 0..35);
        (some, reach(), reach()).prop_map(|(permissions, connections, tables)| Authority {
            permissions: PermissionSet::of(&permissions),
            connections,
            tables,
        })
    }

    proptest! {
        /// Whatever chain of grants is tried, nobody ends up with a right, a
        /// connection or a table that the first of them did not hold.
        #[test]
        fn no_chain_of_grants_leads_to_what_was_not_held(
            first in authority(),
            tries in prop::collection::vec(authority(), 1..12),
        ) {
            let mut held = vec![first.clone()];
            for wanted in tries {
                if held.iter().any(|holder| holder.grant(&wanted).is_ok()) {
                    held.push(wanted);
                }
            }
            for holder in held {
                prop_assert!(first.permissions.includes(holder.permissions));
                prop_assert!(first.connections.includes(&holder.connections));
                prop_assert!(first.tables.includes(&holder.tables));
            }
        }

        /// Bounding takes away and never adds, whichever way round.
        #[test]
        fn what_is_bounded_is_held_by_both(a in authority(), b in authority()) {
            let bounded = a.bounded_by(&b);
            prop_assert!(a.grant(&bounded).is_ok() && b.grant(&bounded).is_ok());
            prop_assert_eq!(&bounded, &b.bounded_by(&a));
            prop_assert_eq!(&bounded.bounded_by(&a), &bounded);
        }

        /// Two cannot do together what neither may do alone.
        #[test]
        fn a_grant_needs_one_who_holds_all_of_it(a in authority(), wanted in authority()) {
            match a.grant(&wanted) {
                Ok(()) => prop_assert_eq!(wanted.bounded_by(&a), wanted),
                Err(missing) => prop_assert!(
                    missing.connections || missing.tables
                        || missing.permissions.iter().all(|one| !a.may(one) && wanted.may(one))
                ),
            }
        }

        #[test]
        fn a_reach_is_stored_and_read_back(reach in reach()) {
            prop_assert_eq!(Reach::of(reach.listed().as_deref()), reach);
        }
    }

    #[test]
    fn all_is_more_than_any_list() {
        let some = Authority {
            connections: Reach::Only(BTreeSet::from(["c_1".to_owned()])),
            ..Authority::ALL
        };
        assert!(Authority::ALL.grant(&some).is_ok());
        let missing = some.grant(&Authority::ALL).unwrap_err();
        assert!(missing.connections && !missing.tables);
    }
}
