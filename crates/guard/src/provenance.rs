//! What the policy says of values from outside.

use std::collections::BTreeSet;

use lango_connector_kit::{Access, ConnectorClass};
use lango_tenancy::Within;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const MS_PER_MINUTE: u64 = 60_000;

/// What becomes of values from outside that would steer a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Provenance {
    /// When a call that moves money carries one.
    pub money: Steering,
    /// When another call that changes something carries one.
    pub write: Steering,
    /// How long it is remembered where a value came from, in minutes.
    pub remember_minutes: Within<1, 10080>,
    /// When a call would change something soon after a suspicious result.
    pub after_suspicious: Steering,
    /// How long "soon" is, in minutes.
    pub after_suspicious_minutes: Within<1, 1440>,
    /// Connections whose records are the business's own, by their slugs.
    #[schemars(with = "Vec<String>")]
    pub trusted_connections: BTreeSet<String>,
    /// Connections in which others write, by their slugs. One that is in both lists is
    /// in this one.
    #[schemars(with = "Vec<String>")]
    pub untrusted_connections: BTreeSet<String>,
}

/// What becomes of a call that a text from outside may have steered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Steering {
    /// It is refused.
    Block,
    /// A person approves it first.
    #[default]
    Hold,
    /// It is made, and the audit log says what was found.
    Log,
}

impl Provenance {
    /// What becomes of a call with this access when it is steered. Reads stay free.
    #[must_use]
    pub fn on(&self, access: Access) -> Option<Steering> {
        match access {
            Access::Read => None,
            Access::Write => Some(self.write),
            Access::Money => Some(self.money),
        }
    }

    /// Whether the whole fields of this connection's results are the business's own
    /// records. In mails, chats and documents others write, and in whatever another
    /// server says.
    #[must_use]
    pub fn trusts(&self, slug: &str, class: ConnectorClass, is_upstream: bool) -> bool {
        if self.untrusted_connections.contains(slug) {
            return false;
        }
        if self.trusted_connections.contains(slug) {
            return true;
        }
        match class {
            ConnectorClass::Crm | ConnectorClass::Database | ConnectorClass::Financial => {
                !is_upstream
            }
            ConnectorClass::Messaging | ConnectorClass::Documents | ConnectorClass::Monitoring => {
                false
            }
        }
    }

    /// How long it is remembered where a value came from, in milliseconds.
    #[must_use]
    pub fn remember_ms(&self) -> u64 {
        u64::from(self.remember_minutes.get()) * MS_PER_MINUTE
    }

    /// How long a suspicious result stands behind what follows, in milliseconds.
    #[must_use]
    pub fn after_suspicious_ms(&self) -> u64 {
        u64::from(self.after_suspicious_minutes.get()) * MS_PER_MINUTE
    }
}

impl Default for Provenance {
    fn default() -> Self {
        Self {
            money: Steering::Hold,
            write: Steering::Hold,
            remember_minutes: Within::constant::<1440>(),
            after_suspicious: Steering::Hold,
            after_suspicious_minutes: Within::constant::<10>(),
            trusted_connections: BTreeSet::new(),
            untrusted_connections: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_mails_and_documents_others_write() {
        let provenance = Provenance {
            trusted_connections: ["payees".to_owned(), "both".to_owned()].into(),
            untrusted_connections: ["form".to_owned(), "both".to_owned()].into(),
            ..Provenance::default()
        };
        let trusts = |slug, class| provenance.trusts(slug, class, false);
        assert!(trusts("crm", ConnectorClass::Crm));
        assert!(!trusts("mail", ConnectorClass::Messaging));
        assert!(trusts("payees", ConnectorClass::Documents), "it is listed");
        assert!(!trusts("form", ConnectorClass::Crm), "it is listed");
        assert!(!trusts("both", ConnectorClass::Crm));
        assert!(!provenance.trusts("wiki", ConnectorClass::Crm, true));
    }

    #[test]
    fn reads_stay_free() {
        assert_eq!(Provenance::default().on(Access::Read), None);
        assert_eq!(
            Provenance::default().on(Access::Write),
            Some(Steering::Hold)
        );
    }
}
