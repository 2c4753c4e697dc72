//! Scopes are permissions by their names; not every permission can be given to
//! an assistant.

use lango_identity::{Permission, PermissionSet};
use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, OauthError};

/// What an assistant may be given at all: tools, what connectors they use, and
/// views. Nothing that gives rights (keys, users, roles, policies), approves what
/// the assistant itself asked for, or outlives its revocation.
const GRANTABLE: PermissionSet = PermissionSet::of(&[
    Permission::ConnectionView,
    Permission::ToolRead,
    Permission::ToolWrite,
    Permission::ToolMoney,
    Permission::ConnectorMessaging,
    Permission::ConnectorFinancial,
    Permission::ConnectorCrm,
    Permission::ConnectorDatabase,
    Permission::ConnectorDocuments,
    Permission::MessageSend,
    Permission::TicketCreate,
    Permission::AgentView,
    Permission::AnalyticsView,
    Permission::AuditView,
]);

/// What an assistant is told to ask for at first: the tools. The user narrows it;
/// what was left out is asked for when it is needed (`insufficient_scope`), which
/// not every client can do, so it must be possible to give it at first.
const FIRST: PermissionSet = PermissionSet::of(&[
    Permission::ToolRead,
    Permission::ToolWrite,
    Permission::ToolMoney,
    Permission::ConnectorMessaging,
    Permission::ConnectorFinancial,
    Permission::ConnectorCrm,
    Permission::ConnectorDatabase,
    Permission::ConnectorDocuments,
    Permission::MessageSend,
    Permission::TicketCreate,
]);

/// Asks for a refresh token (OpenID Connect Core §11). Every grant has one, so
/// there is nothing to decide; it is no right.
const OFFLINE: &str = "offline_access";

/// Permissions as OAuth writes them: names with spaces between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(PermissionSet);

/// Every permission that an assistant may be given.
#[must_use]
pub const fn grantable() -> PermissionSet {
    GRANTABLE
}

/// The `scope` of a 401: what to ask for at first.
#[must_use]
pub fn challenge_scope() -> Scope {
    Scope(FIRST)
}

/// The `scope` of a 403 `insufficient_scope`: what the token has and what the
/// call needs, so that stepping up loses nothing. `None` when the user could not
/// give what is missing, so that asking them would be in vain.
#[must_use]
pub fn step_up_scope(
    held: PermissionSet,
    missing: &[Permission],
    of_user: PermissionSet,
) -> Option<Scope> {
    let can_give = of_user.intersection(GRANTABLE);
    if missing.is_empty() || !can_give.includes(PermissionSet::of(missing)) {
        return None;
    }
    let needed: Vec<_> = held
        .intersection(GRANTABLE)
        .iter()
        .chain(missing.iter().copied())
        .collect();
    Some(Scope(PermissionSet::of(&needed)))
}

impl Scope {
    /// What a request asks for. Without a scope it is what a 401 names. Rights
    /// that cannot be given are left out, as RFC 6749 §3.3 allows; the answer
    /// says what was given.
    ///
    /// # Errors
    /// `invalid_scope` when nothing that can be given is left.
    pub fn asked(scope: Option<&str>) -> Result<Self, OauthError> {
        let Some(scope) = scope else {
            return Ok(Self(FIRST));
        };
        let names: Vec<_> = scope.split(' ').filter(|name| !name.is_empty()).collect();
        if names.iter().all(|name| *name == OFFLINE) {
            return Ok(Self(FIRST));
        }
        let permissions: Vec<Permission> =
            names.iter().filter_map(|name| name.parse().ok()).collect();
        let asked = PermissionSet::of(&permissions).intersection(GRANTABLE);
        if asked == PermissionSet::NONE {
            let description =
                "None of these scopes can be given; the metadata lists those that can.";
            return Err(OauthError::new(ErrorCode::InvalidScope, description));
        }
        Ok(Self(asked))
    }

    /// What of these permissions an assistant may have.
    #[must_use]
    pub const fn of(permissions: PermissionSet) -> Self {
        Self(permissions.intersection(GRANTABLE))
    }

    /// The permissions.
    #[must_use]
    pub const fn permissions(self) -> PermissionSet {
        self.0
    }

    /// What both have.
    #[must_use]
    pub const fn intersection(self, permissions: PermissionSet) -> Self {
        Self(self.0.intersection(permissions))
    }

    /// The same without the right to move money.
    #[must_use]
    pub const fn without_money(self) -> Self {
        Self(self.0.without(PermissionSet::of(&[Permission::ToolMoney])))
    }

    /// Whether there is no right in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == PermissionSet::NONE
    }

    /// The names, in the order of the table of permissions.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.0.iter().map(Permission::name).collect()
    }
}

impl core::fmt::Display for Scope {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&self.names().join(" "))
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl TryFrom<String> for Scope {
    type Error = lango_identity::UnknownPermission;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let permissions = text
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<Permission>, _>>()?;
        Ok(Self(PermissionSet::of(&permissions)))
    }
}

#[cfg(test)]
mod tests {
    use lango_identity::Role;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_that_gives_rights_can_be_given() {
        for permission in [
            Permission::KeyManageAll,
            Permission::KeyCreateOwn,
            Permission::UserManage,
            Permission::RoleAssign,
            Permission::PolicyManage,
            Permission::ToolApprove,
            Permission::AgentManage,
            Permission::ConnectionManage,
            Permission::ConnectionRotate,
            Permission::SettingsManage,
            Permission::AuditExport,
            Permission::PrivacyErase,
        ] {
            assert!(!GRANTABLE.contains(permission), "{permission}");
            assert!(
                Scope::asked(Some(permission.name())).is_err(),
                "{permission}"
            );
        }
        assert!(GRANTABLE.includes(FIRST));
    }

    #[test]
    fn without_a_scope_it_is_what_a_401_names() {
        for scope in [None, Some("offline_access"), Some("  ")] {
            assert_eq!(Scope::asked(scope).unwrap(), challenge_scope(), "{scope:?}");
        }
        let asked = Scope::asked(Some("tool.write openid key.manage_all tool.read")).unwrap();
        assert_eq!(asked.to_string(), "tool.read tool.write");
        assert_eq!(
            Scope::asked(Some("openid email")).unwrap_err().code,
            ErrorCode::InvalidScope
        );
    }

    #[test]
    fn stepping_up_names_everything_needed_and_only_what_can_be_had() {
        let held = PermissionSet::of(&[Permission::ToolRead, Permission::ConnectorCrm]);
        let missing = [Permission::ToolWrite];
        let scope = step_up_scope(held, &missing, Role::Agent.permissions()).unwrap();
        assert_eq!(scope.to_string(), "tool.read tool.write connector.crm");
        assert_eq!(
            step_up_scope(held, &missing, Role::Viewer.permissions()),
            None
        );
        assert_eq!(
            step_up_scope(held, &[Permission::KeyManageAll], PermissionSet::ALL),
            None
        );
        assert_eq!(step_up_scope(held, &[], PermissionSet::ALL), None);
    }

    proptest! {
        #[test]
        fn what_is_asked_reads_back_and_never_exceeds(text in "[a-z._ ]{0,60}|(tool.read |tool.money |audit.view |key.manage_all ){0,5}") {
            if let Ok(scope) = Scope::asked(Some(&text)) {
                prop_assert!(GRANTABLE.includes(scope.permissions()));
                prop_assert_eq!(Scope::try_from(scope.to_string()).unwrap(), scope);
            }
        }
    }
}
