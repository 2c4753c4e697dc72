//! The 35 permissions.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name that is not one of the 35 permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a permission")]
pub struct UnknownPermission;

macro_rules! permissions {
    ($($variant:ident $name:literal $meaning:literal,)*) => {
        /// One right. What a tenant's roles are made of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Permission {
            $(#[doc = $meaning] $variant,)*
        }

        impl Permission {
            /// All of them, in the order of the table.
            pub const ALL: [Self; 35] = [$(Self::$variant,)*];

            /// The stable name, such as `tool.read`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it lets its holder do.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

permissions! {
    ConnectionView "connection.view" "See which systems are connected.",
    ConnectionManage "connection.manage" "Connect, change and disconnect systems.",
    ConnectionRotate "connection.rotate" "Replace the credentials of a connection.",
    ToolRead "tool.read" "Call tools that change nothing.",
    ToolWrite "tool.write" "Call tools that change something.",
    ToolMoney "tool.money" "Call tools that move money or file something legally binding.",
    ToolApprove "tool.approve" "Approve calls that are held.",
    ConnectorMessaging "connector.messaging" "Use messaging connectors.",
    ConnectorFinancial "connector.financial" "Use financial connectors.",
    ConnectorCrm "connector.crm" "Use customer and ticket connectors.",
    ConnectorDatabase "connector.database" "Use database connectors.",
    ConnectorDocuments "connector.documents" "Use mail, file and calendar connectors.",
    MessageSend "message.send" "Send messages to people.",
    TicketCreate "ticket.create" "Open tickets.",
    AgentView "agent.view" "See which assistants are connected.",
    AgentManage "agent.manage" "Revoke assistants.",
    KeyCreateOwn "key.create_own" "Create API keys for oneself.",
    KeyManageAll "key.manage_all" "Create, list and revoke all API keys.",
    UserView "user.view" "See users.",
    UserManage "user.manage" "Invite, change and suspend users.",
    RoleAssign "role.assign" "Give roles.",
    SettingsView "settings.view" "See settings.",
    SettingsManage "settings.manage" "Change settings.",
    FlagManage "flag.manage" "Switch features.",
    PolicyManage "policy.manage" "Change policies.",
    WebhookManage "webhook.manage" "Manage webhooks.",
    AnalyticsView "analytics.view" "See usage figures.",
    AuditView "audit.view" "Read the audit log.",
    AuditExport "audit.export" "Export the audit log.",
    SiemManage "siem.manage" "Manage streaming of the audit log.",
    PrivacyScan "privacy.scan" "Look for personal data.",
    PrivacyExport "privacy.export" "Export a person's data.",
    PrivacyErase "privacy.erase" "Erase a person's data.",
    RetentionManage "retention.manage" "Change how long data is kept.",
    BillingManage "billing.manage" "Manage plan and payment.",
}

impl core::str::FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(name: &str) -> Result<Self, UnknownPermission> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.name() == name)
            .ok_or(UnknownPermission)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A set of permissions, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// All 35.
    pub const ALL: Self = Self::of(&Permission::ALL);

    /// The set of those listed.
    #[must_use]
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < permissions.len() {
            bits |= 1 << permissions[index] as u64;
            index += 1;
        }
        Self(bits)
    }

    /// Whether the permission is in the set.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// Whether every permission of `other` is in this set.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// What both sets have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What this set has and `other` has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The permissions in the set, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.contains(*permission))
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_set()
            .entries(self.iter().map(Permission::name))
            .finish()
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Permission::name))
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    /// Fails on a name that is not a permission: a right that this version does
    /// not know must not be silently dropped or granted.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names: Vec<std::borrow::Cow<'de, str>> = Deserialize::deserialize(deserializer)?;
        let permissions = names
            .iter()
            .map(|name| name.parse())
            .collect::<Result<Vec<Permission>, _>>()
            .map_err(serde::de::Error::custom)?;
        Ok(Self::of(&permissions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_35_with_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = Permission::ALL
            .iter()
            .map(|permission| permission.name())
            .collect();
        assert_eq!(names.len(), 35);
        assert_eq!(PermissionSet::ALL.iter().count(), 35);
    }

    #[test]
    fn names_read_back_and_strangers_are_refused() {
        for permission in Permission::ALL {
            assert_eq!(permission.name().parse(), Ok(permission));
        }
        assert!(serde_json::from_str::<PermissionSet>("[\"tool.everything\"]").is_err());
    }

    #[test]
    fn sets_keep_exactly_what_they_are_given() {
        let set = PermissionSet::of(&[Permission::ToolRead, Permission::AuditView]);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["tool.read","audit.view"]"#);
        assert_eq!(serde_json::from_str::<PermissionSet>(&json).unwrap(), set);
        assert!(PermissionSet::ALL.includes(set) && !set.includes(PermissionSet::ALL));
        assert_eq!(set.without(set), PermissionSet::NONE);
    }
}
