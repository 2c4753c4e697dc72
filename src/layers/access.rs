//! Layer 4, **access**: may this role use this tool, this route?
//!
//! Proofs: [`Permitted`] for a tool call, [`PermittedAction`] for a route of
//! administration. It stands after admission because the role in force, not the
//! token's, decides; and before screening, so that nobody learns about the
//! arguments of a tool that is not theirs.

use lango_admission::SealedConnection;
use lango_audit_log::Layer;
use lango_connector_kit::{Access, ConnectorClass};
use lango_identity::{Permission, PermissionSet, TenantScope};
use serde_json::Value;

use super::admission::Admitted;
use crate::{
    catalogue::{Catalogue, Tool},
    denial::Denial,
};

/// Proof: the key may call this tool on this connection.
pub(crate) struct Permitted {
    scope: TenantScope,
    tool: &'static Tool,
    arguments: Value,
    connection: SealedConnection,
}

/// Proof: the key may use this route of administration.
pub(crate) struct PermittedAction {
    scope: TenantScope,
}

/// May the key call the tool? `tool` is `None` when no connector has one of
/// that name.
pub(crate) fn permit(
    admitted: Admitted,
    tool: Option<&'static Tool>,
    arguments: Value,
) -> Result<Permitted, Denial> {
    let tool = tool.ok_or_else(unknown_tool)?;
    if !admitted.has_connected(tool.connector()) {
        return Err(unknown_tool());
    }
    let missing = missing(admitted.permissions(), tool);
    if !missing.is_empty() {
        return Err(not_permitted(&missing));
    }
    let (scope, connection) = admitted.into_connection();
    let connection = connection.ok_or_else(unknown_tool)?;
    Ok(Permitted {
        scope,
        tool,
        arguments,
        connection,
    })
}

/// May the key use a route that needs this permission?
pub(crate) fn permit_action(
    admitted: Admitted,
    permission: Permission,
) -> Result<PermittedAction, Denial> {
    if !admitted.permissions().contains(permission) {
        return Err(not_permitted(&[permission]));
    }
    Ok(PermittedAction {
        scope: admitted.scope().clone(),
    })
}

/// The tools that the key may call, in the catalogue's order.
pub(crate) fn listed(admitted: &Admitted, catalogue: &'static Catalogue) -> Vec<&'static Tool> {
    catalogue
        .tools()
        .filter(|tool| admitted.has_connected(tool.connector()))
        .filter(|tool| missing(admitted.permissions(), tool).is_empty())
        .collect()
}

impl Permitted {
    pub(super) fn into_parts(self) -> (TenantScope, &'static Tool, Value, SealedConnection) {
        (self.scope, self.tool, self.arguments, self.connection)
    }
}

impl PermittedAction {
    /// The right to the rows of the key's tenant.
    pub(crate) fn scope(&self) -> &TenantScope {
        &self.scope
    }
}

fn missing(held: PermissionSet, tool: &Tool) -> Vec<Permission> {
    [
        for_access(tool.definition().access),
        for_class(tool.class()),
    ]
    .into_iter()
    .filter(|needed| !held.contains(*needed))
    .collect()
}

fn for_access(access: Access) -> Permission {
    match access {
        Access::Read => Permission::ToolRead,
        Access::Write => Permission::ToolWrite,
        Access::Money => Permission::ToolMoney,
    }
}

fn for_class(class: ConnectorClass) -> Permission {
    match class {
        ConnectorClass::Messaging => Permission::ConnectorMessaging,
        ConnectorClass::Financial => Permission::ConnectorFinancial,
        ConnectorClass::Crm => Permission::ConnectorCrm,
        ConnectorClass::Database => Permission::ConnectorDatabase,
        ConnectorClass::Documents => Permission::ConnectorDocuments,
    }
}

fn unknown_tool() -> Denial {
    Denial::new(
        Layer::Access,
        "tool_unknown",
        404,
        "There is no such tool here. tools/list names those that there are.",
    )
}

fn not_permitted(missing: &[Permission]) -> Denial {
    let names: Vec<_> = missing.iter().map(|permission| permission.name()).collect();
    Denial::new(
        Layer::Access,
        "not_permitted",
        403,
        format!(
            "This key's role lacks {}. An administrator of your business can give it.",
            names.join(" and ")
        ),
    )
    .with_member("permissions", names)
}

#[cfg(test)]
mod tests {
    use lango_identity::Role;

    use super::*;

    fn may(role: Role, tool: &str) -> bool {
        let tool = Catalogue::shipped().find(tool).unwrap();
        missing(role.permissions(), tool).is_empty()
    }

    #[test]
    fn a_tool_needs_its_access_and_its_class() {
        assert!(may(Role::Viewer, "postgres_query"));
        assert!(may(Role::Manager, "postgres_query"));
        assert!(!may(Role::Cfo, "postgres_query"), "no database for a CFO");
        assert!(
            !may(Role::Agent, "postgres_query"),
            "no database for an agent"
        );
        assert!(may(Role::Agent, "crm_create_note"));
        assert!(
            !may(Role::Viewer, "crm_create_note"),
            "a viewer changes nothing"
        );
        assert!(!may(Role::Cfo, "crm_find_contact"), "no CRM for a CFO");
        assert!(
            !may(Role::Agent, "crm_refund_order"),
            "an agent moves no money"
        );
    }
}
