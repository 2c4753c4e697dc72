//! What a plan allows besides calls: how long its audit log is kept, what can be done
//! with it, and how much of each thing a tenant may have.

use serde::{Deserialize, Serialize};

use crate::plan::Plan;

const MIB: i64 = 1_048_576;

/// How much of each thing a tenant may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Connected systems.
    pub connections: i64,
    /// API keys that are in force.
    pub keys: i64,
    /// Employees.
    pub users: i64,
    /// Customers.
    pub customers: i64,
    /// Bytes of what the tenant stores: sealed credentials, definitions of upstream
    /// tools, policies, public keys of identity providers, descriptions.
    pub stored_bytes: i64,
}

impl Plan {
    /// How many days entries of the audit log are kept at least.
    #[must_use]
    pub const fn audit_days(self) -> u32 {
        match self {
            Self::Free => 30,
            Self::Starter => 90,
            Self::Business => 365,
            // Seven years, two leap days among them.
            Self::Enterprise => 7 * 365 + 2,
        }
    }

    /// Whether the audit log can be exported.
    #[must_use]
    pub const fn has_audit_export(self) -> bool {
        !matches!(self, Self::Free)
    }

    /// Whether the audit log can be searched, and not paged through alone.
    #[must_use]
    pub const fn has_audit_search(self) -> bool {
        matches!(self, Self::Business | Self::Enterprise)
    }

    /// Whether the audit log is archived, where the deployment has a place for that.
    #[must_use]
    pub const fn has_audit_archive(self) -> bool {
        matches!(self, Self::Enterprise)
    }

    /// How much of each thing a tenant may have, where nothing else was agreed.
    #[must_use]
    pub const fn allowance(self) -> Allowance {
        match self {
            Self::Free => Allowance {
                connections: 5,
                keys: 10,
                users: 10,
                customers: 1_000,
                stored_bytes: 2 * MIB,
            },
            Self::Starter => Allowance {
                connections: 20,
                keys: 50,
                users: 50,
                customers: 10_000,
                stored_bytes: 10 * MIB,
            },
            Self::Business => Allowance {
                connections: 100,
                keys: 500,
                users: 500,
                customers: 100_000,
                stored_bytes: 100 * MIB,
            },
            Self::Enterprise => Allowance {
                connections: 1_000,
                keys: 10_000,
                users: 10_000,
                customers: 1_000_000,
                stored_bytes: 1_000 * MIB,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dearer_plan_never_allows_less() {
        for pair in Plan::ALL.windows(2) {
            let [cheaper, dearer] = pair else { continue };
            let (less, more) = (cheaper.allowance(), dearer.allowance());
            assert!(cheaper.audit_days() < dearer.audit_days());
            assert!(cheaper.has_audit_export() <= dearer.has_audit_export());
            assert!(cheaper.has_audit_search() <= dearer.has_audit_search());
            assert!(less.connections < more.connections && less.keys < more.keys);
            assert!(less.users < more.users && less.customers < more.customers);
            assert!(less.stored_bytes < more.stored_bytes);
        }
        assert_eq!(Plan::Enterprise.audit_days(), 2_557);
    }
}
