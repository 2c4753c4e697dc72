//! `/admin/v1/connections/{id}/tools`: the tools of another MCP server, looked at
//! and approved one by one. What an administrator has approved is pinned by its
//! digest; whatever the server changes afterwards is blocked.

mod difference;
mod findings;
mod review;

use lango_api::{ApproveTools, ApprovedTool, WithdrawTools};
use lango_audit_log::Layer;
use lango_connector_kit::UnusableTool;
use lango_durable_objects::Store;
use lango_guard::Action;
use lango_identity::{ConnectionId, TenantScope};
use lango_mcp_upstream::Definition;
use lango_store::{
    Approval, SealedConnectionRow, SeenTool, UpstreamToolRow, approve_upstream_tools,
    list_upstream_tools, load_guard_policy, record_upstream_tools, sealed_connection,
    withdraw_upstream_tools,
};
use serde_json::{Value, json};
use worker::Response;

pub(super) use self::findings::suspicious;

use super::{
    call::{Call, store, store_failed},
    connections::no_such_connection,
    json as json_answer, no_such_thing,
    pushing::push_to_all,
    quotas,
    residency::terms,
};
use crate::{
    catalogue::Catalogue,
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    layers::{access::PermittedAction, connection},
};

/// More at once is no decision that anyone has made.
const MOST_AT_ONCE: usize = 200;
/// What one connection's approved definitions may come to, in bytes: every key's
/// gate has them in memory.
const LARGEST_APPROVED: usize = 512 * 1024;

/// `GET …/tools`: what is known of the tools.
pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, connection) = (call.gateway, call.captured("connection_id").to_owned());
    let permitted = call.look().await?;
    let store = store(gateway)?;
    let target = Target::find(&store, permitted.scope(), &connection).await?;
    let tools = target.tools(&store, permitted.scope()).await?;
    json_answer(200, &shown(&tools, &[]))
}

/// `POST …/tools/refresh`: asks the server for its tools.
pub(super) async fn refresh(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, connection) = (call.gateway, call.captured("connection_id").to_owned());
    let action = "connection.tools.refresh";
    let answer = call
        .act(action, named(&connection), async |permitted| {
            refreshed(gateway, permitted, &connection)
                .await
                .map(Done::without_change)
        })
        .await?;
    json_answer(200, &answer)
}

/// `POST …/tools/approve`: pins definitions.
pub(super) async fn approve(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, connection) = (call.gateway, call.captured("connection_id").to_owned());
    let wanted: ApproveTools = call.body()?;
    let action = "connection.tools.approve";
    let answer = call
        .act(action, named(&connection), async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let target = Target::find(&store, scope, &connection).await?;
            check_count(wanted.tools.len())?;
            let known = target.tools(&store, scope).await?;
            let policy = load_guard_policy(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?
                .policy;
            let approvals = wanted
                .tools
                .iter()
                .map(|tool| examine(tool, &known, policy.tool_descriptions.0))
                .collect::<Result<Vec<_>, _>>()?;
            check_size(&known, &approvals)?;
            let (by, now) = (permitted.principal(), clock::now_ms());
            let names = approve_upstream_tools(&store, scope, &target.id, &approvals, by, now)
                .await
                .map_err(|error| store_failed(&error))?;
            push_to_all(gateway, &store, scope).await?;
            if names.len() < approvals.len() {
                return Err(has_changed());
            }
            let answer = shown(&target.tools(&store, scope).await?, &[]);
            Ok(Done::updated(
                answer,
                &json!({ "approved": states(&known) }),
                &json!({ "approved": names }),
            ))
        })
        .await?;
    json_answer(200, &answer)
}

/// `POST …/tools/withdraw`: takes approvals back.
pub(super) async fn withdraw(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, connection) = (call.gateway, call.captured("connection_id").to_owned());
    let wanted: WithdrawTools = call.body()?;
    let action = "connection.tools.withdraw";
    let answer = call
        .act(action, named(&connection), async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let target = Target::find(&store, scope, &connection).await?;
            check_count(wanted.tools.len())?;
            let known = target.tools(&store, scope).await?;
            let is_known = |name: &&String| known.iter().any(|tool| tool.name == **name);
            if let Some(name) = wanted.tools.iter().find(|name| !is_known(name)) {
                return Err(no_such_tool(name));
            }
            withdraw_upstream_tools(&store, scope, &target.id, &wanted.tools)
                .await
                .map_err(|error| store_failed(&error))?;
            push_to_all(gateway, &store, scope).await?;
            let answer = shown(&target.tools(&store, scope).await?, &[]);
            Ok(Done::removed(answer, &json!({ "approved": wanted.tools })))
        })
        .await?;
    json_answer(200, &answer)
}

/// The names of the tools that are approved.
fn states(tools: &[UpstreamToolRow]) -> Vec<&str> {
    tools
        .iter()
        .filter(|tool| tool.approved_sha256.is_some())
        .map(|tool| tool.name.as_str())
        .collect()
}

/// A connection whose tools are an upstream's.
struct Target {
    id: ConnectionId,
    sealed: SealedConnectionRow,
}

impl Target {
    async fn find(store: &Store, scope: &TenantScope, connection: &str) -> Result<Self, Denial> {
        let id = ConnectionId::parse(connection).map_err(|_| no_such_connection())?;
        let sealed = sealed_connection(store, scope, &id)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(no_such_connection)?;
        let has_tools = Catalogue::shipped()
            .connector(&sealed.connector)
            .is_some_and(|connector| connector.has_upstream_tools());
        if !has_tools {
            let detail =
                "The tools of this connection are Lango's own: there is nothing to approve.";
            return Err(Denial::new(Layer::Access, "not_upstream", 409, detail));
        }
        Ok(Self { id, sealed })
    }

    async fn tools(
        &self,
        store: &Store,
        scope: &TenantScope,
    ) -> Result<Vec<UpstreamToolRow>, Denial> {
        list_upstream_tools(store, scope, &self.id)
            .await
            .map_err(|error| store_failed(&error))
    }
}

async fn refreshed(
    gateway: &Gateway,
    permitted: &PermittedAction,
    connection: &str,
) -> Result<Value, Denial> {
    let (store, scope) = (store(gateway)?, permitted.scope());
    let target = Target::find(&store, scope, connection).await?;
    let terms = terms(gateway, &store, scope).await?;
    let listed =
        connection::list_upstream_tools(permitted, &target.id, &target.sealed, terms, &gateway.env)
            .await?;
    let mut unusable = listed.unusable;
    let mut seen = Vec::new();
    for raw in &listed.definitions {
        // Read again here: the digest that is approved is the gateway's own.
        match Definition::parse(raw) {
            Ok(definition) => seen.push(SeenTool {
                name: definition.name().to_owned(),
                definition: definition.raw().to_owned(),
                sha256: definition.sha256().to_owned(),
            }),
            Err(error) => unusable.push(UnusableTool {
                name: None,
                problem: error.to_string(),
            }),
        }
    }
    let (of_plan, now) = (permitted.plan().allowance(), clock::now_ms());
    let recorded = record_upstream_tools(&store, scope, &target.id, &seen, of_plan, now).await;
    if let Err(error) = recorded {
        return Err(quotas::refused(&store, permitted, &error).await);
    }
    push_to_all(gateway, &store, scope).await?;
    Ok(shown(&target.tools(&store, scope).await?, &unusable))
}

fn shown(tools: &[UpstreamToolRow], unusable: &[UnusableTool]) -> Value {
    let items: Vec<_> = tools.iter().map(review::review).collect();
    let unusable: Vec<_> = unusable
        .iter()
        // The name is not one that clients take: it is shown, cut and cleaned.
        .map(|tool| json!({ "name": tool.name.as_deref().map(printable), "problem": tool.problem }))
        .collect();
    json!({ "items": items, "unusable": unusable })
}

/// What stands in the way of an approval, if nothing does.
fn examine(
    wanted: &ApprovedTool,
    known: &[UpstreamToolRow],
    on_findings: Action,
) -> Result<Approval, Denial> {
    let tool = known
        .iter()
        .find(|tool| tool.name == wanted.name)
        .ok_or_else(|| no_such_tool(&wanted.name))?;
    if tool.sha256 != wanted.sha256 {
        return Err(has_changed());
    }
    let definition: Value = serde_json::from_str(&tool.definition)
        .map_err(|_| Denial::internal("a stored definition is not readable"))?;
    if let Err(reason) = crate::catalogue::compile_schema(&definition["inputSchema"]) {
        let detail = format!("The input schema of {} is none: {reason}", tool.name);
        return Err(Denial::new(Layer::Screening, "schema_invalid", 422, detail));
    }
    let findings = findings::of(&definition);
    let is_open = |finding: &findings::Finding| !wanted.acknowledged.contains(&finding.rule);
    let how = match on_findings {
        Action::Block if !findings.is_empty() => "The guard policy blocks such tools.",
        Action::Hold if findings.iter().any(is_open) => {
            "To approve it all the same, name the rules in acknowledged."
        }
        _ => {
            return Ok(Approval {
                name: tool.name.clone(),
                sha256: tool.sha256.clone(),
                access: wanted.access,
                class: wanted.class,
            });
        }
    };
    let detail = format!(
        "The definition of {} reads like instructions to an assistant. {how}",
        tool.name
    );
    Err(Denial::new(Layer::Screening, "injection", 422, detail)
        .with_member("tool", tool.name.clone())
        .with_member("findings", json!(findings)))
}

/// Counts what was approved before as well.
fn check_size(known: &[UpstreamToolRow], approvals: &[Approval]) -> Result<(), Denial> {
    let is_approved = |tool: &&UpstreamToolRow| {
        tool.approved_sha256.is_some() || approvals.iter().any(|it| it.name == tool.name)
    };
    let size: usize = known
        .iter()
        .filter(is_approved)
        .map(|tool| tool.definition.len())
        .sum();
    if size <= LARGEST_APPROVED {
        return Ok(());
    }
    let detail = format!(
        "The approved definitions of one connection may have {} KiB together; these have {}. \
         Approve those that are needed.",
        LARGEST_APPROVED / 1024,
        size.div_ceil(1024)
    );
    Err(Denial::new(Layer::Screening, "too_large", 422, detail))
}

/// What the log calls the connection; nothing for a text that is no identifier.
fn named(connection: &str) -> Option<String> {
    let id = ConnectionId::parse(connection).ok()?;
    Some(id.as_str().to_owned())
}

fn check_count(count: usize) -> Result<(), Denial> {
    if (1..=MOST_AT_ONCE).contains(&count) {
        return Ok(());
    }
    let detail = format!("tools must name 1 to {MOST_AT_ONCE} tools.");
    Err(Denial::new(Layer::Screening, "tools", 422, detail))
}

fn has_changed() -> Denial {
    let detail = "The server has changed a tool since it was looked at. List them again.";
    Denial::new(Layer::Access, "definition_changed", 409, detail)
}

fn no_such_tool(name: &str) -> Denial {
    no_such_thing(&format!(
        "This connection has no tool {:?}. POST …/tools/refresh asks the server for its tools.",
        printable(name)
    ))
}

fn printable(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_ascii_graphic() || *character == ' ')
        .take(100)
        .collect()
}
