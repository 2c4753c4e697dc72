//! Layer 4, **access**: may this role use this tool, this route?
//!
//! Proofs: [`Permitted`] for a tool call, [`PermittedAction`] for a route of
//! administration. It stands after admission because the role in force, not the
//! token's, decides; and before screening, so that nobody learns about the
//! arguments of a tool that is not theirs.

use lango_admission::{ConnectionName, Plan, Resolved, SealedConnection, Slug, UpstreamToolState};
use lango_audit_log::Layer;
use lango_connector_kit::{Access, Binding, CallerKind, ConnectorClass, Principal};
use lango_guard::Action;
use lango_identity::{Authority, Permission, PermissionSet, TenantScope};
use lango_tenancy::Flag;
use serde_json::Value;

use super::admission::{Admitted, Guarded, StepUp};
use crate::{
    catalogue::{Capability, Declared, Tool, UpstreamTool},
    denial::Denial,
};

/// Proof: the key may call this on this connection.
pub(crate) struct Permitted {
    scope: TenantScope,
    capability: Capability,
    arguments: Value,
    caller: Principal,
    connection: SealedConnection,
    guarded: Guarded,
}

/// Proof: the key may use this route of administration.
pub(crate) struct PermittedAction {
    scope: TenantScope,
    principal: String,
    authority: Authority,
    plan: Plan,
}

/// What a key can see of a tenant: its connections, and its rights on them.
pub(crate) struct Reach {
    permissions: PermissionSet,
    caller: Option<Principal>,
    connections: Vec<ConnectionName>,
    has_prompts: bool,
    has_resources: bool,
    upstream_tools: Vec<UpstreamToolState>,
    tool_descriptions: Action,
}

/// May the key call it?
pub(crate) fn permit(
    admitted: Admitted,
    feature: Option<Flag>,
    declared: Declared,
    arguments: Value,
) -> Result<Permitted, Denial> {
    if let Some(feature) = feature {
        require(&admitted, feature)?;
    }
    let has_upstream_tools = admitted.has(Flag::UpstreamTools);
    let (held, step_up) = (admitted.permissions(), admitted.step_up());
    let caller = admitted.caller().cloned().ok_or_else(unknown_tool)?;
    let (scope, resolved, guarded) = admitted.into_target();
    let resolved = match resolved {
        Some(Resolved::Connection(resolved)) => *resolved,
        Some(Resolved::Ambiguous(slugs)) => return Err(ambiguous(&slugs)),
        Some(Resolved::Nothing) | None => return Err(unknown_tool()),
    };
    let capability = match resolved.upstream {
        Some(_) if declared.may_be_upstream() && !has_upstream_tools => {
            return Err(switched_off(Flag::UpstreamTools));
        }
        Some(tool) if declared.may_be_upstream() => upstream(tool, held)?,
        Some(_) => return Err(unknown_tool()),
        None => declared.into_capability().ok_or_else(unknown_tool)?,
    };
    let missing = missing(held, capability.access(), capability.class());
    if !missing.is_empty() {
        return Err(not_permitted(&missing, step_up.as_ref()));
    }
    if let Some(binding) = unenforced(&caller, capability.class(), |one| capability.enforces(one)) {
        return Err(not_enforced(binding));
    }
    Ok(Permitted {
        scope,
        capability,
        arguments,
        caller,
        connection: resolved.connection,
        guarded,
    })
}

/// May the key use a route that needs one of these permissions?
pub(crate) fn permit_action(
    admitted: Admitted,
    any_of: &[Permission],
) -> Result<PermittedAction, Denial> {
    let held = admitted.permissions();
    if !any_of.iter().any(|permission| held.contains(*permission)) {
        // One would do: the first is the widest.
        let missing = any_of.get(..1).unwrap_or_default();
        return Err(not_permitted(missing, admitted.step_up().as_ref()));
    }
    let plan = admitted.plan();
    let (scope, principal, authority) = admitted.into_authority();
    Ok(PermittedAction {
        scope,
        principal,
        authority,
        plan,
    })
}

/// What concerns nobody but whoever is admitted: no permission is needed to sign out.
pub(crate) fn permit_own(admitted: Admitted) -> PermittedAction {
    let plan = admitted.plan();
    let (scope, principal, authority) = admitted.into_authority();
    PermittedAction {
        scope,
        principal,
        authority,
        plan,
    }
}

/// Is this feature on for the tenant?
pub(crate) fn require(admitted: &Admitted, feature: Flag) -> Result<(), Denial> {
    if admitted.has(feature) {
        Ok(())
    } else {
        Err(switched_off(feature))
    }
}

/// What the key can reach, for lists.
pub(crate) fn reach(admitted: Admitted) -> Reach {
    Reach {
        permissions: admitted.listable(),
        caller: admitted.caller().cloned(),
        tool_descriptions: admitted.guard().tool_descriptions.0,
        has_prompts: admitted.has(Flag::McpPrompts),
        has_resources: admitted.has(Flag::McpResources),
        upstream_tools: if admitted.has(Flag::UpstreamTools) {
            admitted.upstream_tools().to_vec()
        } else {
            Vec::new()
        },
        connections: admitted.into_connections(),
    }
}

impl Reach {
    /// The connections of the key's tenant that it may use, by slug.
    pub(crate) fn connections(&self) -> &[ConnectionName] {
        &self.connections
    }

    /// Whether prompts are to be listed at all.
    pub(crate) fn has_prompts(&self) -> bool {
        self.has_prompts
    }

    /// Whether resources are to be listed at all.
    pub(crate) fn has_resources(&self) -> bool {
        self.has_resources
    }

    /// What becomes of texts in an upstream's definitions that read like an attack.
    pub(crate) fn tool_descriptions(&self) -> Action {
        self.tool_descriptions
    }

    /// Whether names on this connection need its prefix.
    pub(crate) fn is_one_of_several(&self, connection: &ConnectionName) -> bool {
        let same_kind = |other: &&ConnectionName| other.connector == connection.connector;
        self.connections.iter().filter(same_kind).count() > 1
    }

    /// Whether the key may call what has this access and class, and enforces nothing
    /// that its holder might be bound to.
    pub(crate) fn allows(&self, access: Access, class: ConnectorClass) -> bool {
        self.allows_enforcing(access, class, &[])
    }

    /// The same for what enforces these.
    pub(crate) fn allows_enforcing(
        &self,
        access: Access,
        class: ConnectorClass,
        enforced: &[Binding],
    ) -> bool {
        let is_held = self.caller.as_ref().is_some_and(|caller| {
            unenforced(caller, class, |one| enforced.contains(&one)).is_none()
        });
        is_held && missing(self.permissions, access, class).is_empty()
    }

    /// Whether there is anything for the holder on the connection: customers see nothing of
    /// a database of which nobody has said which rows are theirs.
    pub(crate) fn may_see(&self, connection: &ConnectionName, tool: &Tool) -> bool {
        let caller = self.caller.as_ref();
        let is_customer = caller.is_some_and(|caller| caller.kind == CallerKind::Customer);
        !is_customer || tool.class() != ConnectorClass::Database || connection.has_sql_policy
    }

    /// The approved upstream tools on a connection that the key may call.
    pub(crate) fn upstream_tools(&self, connection_id: &str) -> impl Iterator<Item = UpstreamTool> {
        self.upstream_tools
            .iter()
            .filter(move |tool| tool.connection_id == connection_id)
            .cloned()
            .filter_map(UpstreamTool::approved)
            .filter(|tool| self.allows(tool.access, tool.class))
    }
}

impl Permitted {
    pub(super) fn into_parts(self) -> PermittedParts {
        PermittedParts {
            scope: self.scope,
            capability: self.capability,
            arguments: self.arguments,
            caller: self.caller,
            connection: self.connection,
            guarded: self.guarded,
        }
    }
}

impl PermittedAction {
    /// The right to the rows of the key's tenant.
    pub(crate) fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// Who acts.
    pub(crate) fn principal(&self) -> &str {
        &self.principal
    }

    /// The tenant's plan, as of this request.
    pub(crate) fn plan(&self) -> Plan {
        self.plan
    }

    /// What they hold themselves.
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Nobody grants what they do not hold.
    pub(crate) fn grant(&self, wanted: &Authority) -> Result<(), Denial> {
        self.authority.grant(wanted).map_err(|missing| {
            let names: Vec<_> = missing.permissions.iter().map(Permission::name).collect();
            let mut lacks: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            if missing.connections {
                lacks.push("all of these connections".to_owned());
            }
            if missing.tables {
                lacks.push("all of these tables".to_owned());
            }
            let detail = format!(
                "You cannot give what you do not have yourself: {}.",
                lacks.join(", ")
            );
            Denial::new(Layer::Access, "not_held", 403, detail).with_member("permissions", names)
        })
    }
}

/// What is left of the proof for the next layer.
pub(super) struct PermittedParts {
    pub(super) scope: TenantScope,
    pub(super) capability: Capability,
    pub(super) arguments: Value,
    pub(super) caller: Principal,
    pub(super) connection: SealedConnection,
    pub(super) guarded: Guarded,
}

/// What a caller is bound to and this does not enforce. A customer is bound whatever
/// they call; a list of tables binds where there are tables.
fn unenforced(
    caller: &Principal,
    class: ConnectorClass,
    enforces: impl Fn(Binding) -> bool,
) -> Option<Binding> {
    let is_database = class == ConnectorClass::Database;
    let bound = [
        (Binding::CustomerNumber, caller.kind == CallerKind::Customer),
        (
            Binding::AllowTables,
            is_database && caller.allow_tables.is_some(),
        ),
    ];
    bound
        .into_iter()
        .find(|(binding, is_bound)| *is_bound && !enforces(*binding))
        .map(|(binding, _)| binding)
}

fn not_enforced(binding: Binding) -> Denial {
    let detail = match binding {
        Binding::CustomerNumber => {
            "This is not for customers: it cannot be held to what is theirs."
        }
        Binding::AllowTables => {
            "You may read certain tables alone, and this cannot be held to them."
        }
    };
    Denial::new(Layer::Access, "not_enforced", 403, detail)
}

/// A tool whose definition has changed since it was approved is blocked until it
/// is approved again.
fn upstream(tool: UpstreamToolState, held: PermissionSet) -> Result<Capability, Denial> {
    let access = tool.access.unwrap_or(Access::Money);
    let known = tool.class.map(|class| missing(held, access, class));
    match UpstreamTool::approved(tool) {
        Some(tool) => Ok(Capability::Upstream(Box::new(tool))),
        // Who may not call it does not learn about it.
        None if known.is_some_and(|missing| missing.is_empty()) => Err(not_approved()),
        None => Err(unknown_tool()),
    }
}

fn missing(held: PermissionSet, access: Access, class: ConnectorClass) -> Vec<Permission> {
    [for_access(access), for_class(class)]
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
        ConnectorClass::Monitoring => Permission::SiemManage,
    }
}

/// The tenant's own choice, which its Admin can take back.
fn switched_off(feature: Flag) -> Denial {
    let detail = format!(
        "This is switched off for your business: {} An administrator can switch it on.",
        feature.description()
    );
    Denial::new(Layer::Access, "feature_off", 403, detail).with_member("feature", feature.name())
}

fn unknown_tool() -> Denial {
    Denial::new(
        Layer::Access,
        "tool_unknown",
        404,
        "There is no such tool here. tools/list names those that there are.",
    )
}

fn ambiguous(slugs: &[Slug]) -> Denial {
    let names: Vec<_> = slugs.iter().map(Slug::as_str).collect();
    Denial::new(
        Layer::Access,
        "tool_ambiguous",
        404,
        format!(
            "Several connections have this. Put one of their names and two underscores before \
             it: {}.",
            names.join(", ")
        ),
    )
    .with_member("connections", names)
}

fn not_approved() -> Denial {
    Denial::new(
        Layer::Access,
        "tool_not_approved",
        403,
        "The server behind this tool has changed it. An administrator of your business has to \
         approve it again.",
    )
}

/// Without the right. Where an assistant's user could give it, the answer is
/// OAuth's `insufficient_scope`, so that the assistant asks.
fn not_permitted(missing: &[Permission], step_up: Option<&StepUp>) -> Denial {
    let names: Vec<_> = missing.iter().map(|permission| permission.name()).collect();
    if let Some(field) = step_up.and_then(|step_up| step_up.field(missing)) {
        let detail = format!(
            "The user has not given this assistant {} yet.",
            names.join(" and ")
        );
        return Denial::new(Layer::Access, "insufficient_scope", 403, detail)
            .with_header("WWW-Authenticate", field)
            .with_member("permissions", names);
    }
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
    use crate::catalogue::Catalogue;

    fn may(role: Role, tool: &str) -> bool {
        let tool = Catalogue::shipped().tool(tool).unwrap();
        missing(role.permissions(), tool.definition().access, tool.class()).is_empty()
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
