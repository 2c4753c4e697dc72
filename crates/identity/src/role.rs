//! The five built-in roles.

use serde::{Deserialize, Serialize};

use crate::permission::{Permission, PermissionSet};

/// A name that is not one of the five roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of admin, manager, cfo, agent, viewer")]
pub struct UnknownRole;

/// What a principal is to their tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything in their tenant.
    Admin,
    /// Runs the business: every connector and tool, no administration.
    Manager,
    /// Runs the money: the financial connectors fully, no other.
    Cfo,
    /// Serves customers: messaging and CRM.
    Agent,
    /// Looks: read-only tools on every connector.
    Viewer,
}

impl Role {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Admin,
        Self::Manager,
        Self::Cfo,
        Self::Agent,
        Self::Viewer,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Cfo => "cfo",
            Self::Agent => "agent",
            Self::Viewer => "viewer",
        }
    }

    /// What it is for, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Admin => "May do everything in the business.",
            Self::Manager => "Runs the business: every connector and tool, no administration.",
            Self::Cfo => "Runs the money: the financial connectors fully, no other.",
            Self::Agent => "Serves customers: messaging and CRM.",
            Self::Viewer => "Looks: tools that change nothing, on every connector.",
        }
    }

    /// What holders of the role may do. One table, used everywhere.
    #[must_use]
    pub const fn permissions(self) -> PermissionSet {
        match self {
            Self::Admin => PermissionSet::ALL,
            Self::Manager => MANAGER,
            Self::Cfo => CFO,
            Self::Agent => AGENT,
            Self::Viewer => VIEWER,
        }
    }
}

/// What an end customer may do at most: read, with tools that bind every answer to
/// their customer number.
pub const CUSTOMER_PERMISSIONS: PermissionSet = PermissionSet::of(&[
    Permission::ToolRead,
    Permission::ConnectorMessaging,
    Permission::ConnectorFinancial,
    Permission::ConnectorCrm,
    Permission::ConnectorDatabase,
    Permission::ConnectorDocuments,
]);

/// What a platform admin may do in a tenant at most, under a support grant of its
/// Admin: look, and help with settings and features. Never tools, keys, people, roles,
/// private data, billing or exports.
pub const SUPPORT_PERMISSIONS: PermissionSet = PermissionSet::of(&[
    Permission::ConnectionView,
    Permission::AgentView,
    Permission::UserView,
    Permission::SettingsView,
    Permission::SettingsManage,
    Permission::FlagManage,
    Permission::AnalyticsView,
    Permission::AuditView,
]);

const MANAGER: PermissionSet = PermissionSet::of(&[
    Permission::ConnectionView,
    Permission::ToolRead,
    Permission::ToolWrite,
    Permission::ToolMoney,
    Permission::ToolApprove,
    Permission::ConnectorMessaging,
    Permission::ConnectorFinancial,
    Permission::ConnectorCrm,
    Permission::ConnectorDatabase,
    Permission::ConnectorDocuments,
    Permission::MessageSend,
    Permission::TicketCreate,
    Permission::AgentView,
    Permission::KeyCreateOwn,
    Permission::UserView,
    Permission::AnalyticsView,
    Permission::AuditView,
]);

const CFO: PermissionSet = PermissionSet::of(&[
    Permission::ConnectionView,
    Permission::ToolRead,
    Permission::ToolWrite,
    Permission::ToolMoney,
    Permission::ToolApprove,
    Permission::ConnectorFinancial,
    Permission::KeyCreateOwn,
    Permission::AnalyticsView,
    Permission::AuditView,
]);

const AGENT: PermissionSet = PermissionSet::of(&[
    Permission::ToolRead,
    Permission::ToolWrite,
    Permission::ConnectorMessaging,
    Permission::ConnectorCrm,
    Permission::MessageSend,
    Permission::TicketCreate,
    Permission::KeyCreateOwn,
]);

const VIEWER: PermissionSet = PermissionSet::of(&[
    Permission::ToolRead,
    Permission::ConnectorMessaging,
    Permission::ConnectorFinancial,
    Permission::ConnectorCrm,
    Permission::ConnectorDatabase,
    Permission::ConnectorDocuments,
    Permission::AnalyticsView,
]);

impl core::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or(UnknownRole)
    }
}

impl core::fmt::Display for Role {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admins_administer() {
        for role in [Role::Manager, Role::Cfo, Role::Agent, Role::Viewer] {
            for permission in [
                Permission::KeyManageAll,
                Permission::UserManage,
                Permission::SettingsManage,
                Permission::ConnectionManage,
                Permission::BillingManage,
            ] {
                assert!(
                    !role.permissions().contains(permission),
                    "{role} {permission}"
                );
            }
        }
        assert_eq!(Role::Admin.permissions(), PermissionSet::ALL);
    }

    #[test]
    fn viewers_change_nothing() {
        let viewer = Role::Viewer.permissions();
        assert!(viewer.contains(Permission::ToolRead));
        assert!(!viewer.contains(Permission::ToolWrite));
        assert!(!viewer.contains(Permission::ToolMoney));
    }

    #[test]
    fn a_cfo_uses_financial_connectors_alone() {
        let cfo = Role::Cfo.permissions();
        assert!(cfo.contains(Permission::ConnectorFinancial));
        for other in [
            Permission::ConnectorCrm,
            Permission::ConnectorMessaging,
            Permission::ConnectorDatabase,
            Permission::ConnectorDocuments,
        ] {
            assert!(!cfo.contains(other));
        }
    }

    #[test]
    fn names_are_the_wire_format() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
            assert_eq!(role.name().parse(), Ok(role));
        }
    }
}
