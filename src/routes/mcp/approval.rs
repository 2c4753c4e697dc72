//! A call that waits for a person's approval, as the protocol says it: since 2026-07-28
//! a question to the user, whom the client asks to come back once it is approved, or,
//! where the client cannot ask but takes tasks, a task that goes on once it is. All others
//! get an error that says the same.

use std::collections::BTreeMap;

use chrono::DateTime;
use lango_connector_kit::{ClientInput, InputNeeded, InputRequest};
use lango_identity::ApprovalId;
use lango_mcp_state::{AwaitedApproval, RpcRequest};
use serde_json::{Value, json};

use super::{
    era::{Client, Era},
    fault::Fault,
};
use crate::{
    denial::Denial,
    guarding::{APPROVAL_REQUIRED, META_APPROVAL},
};

/// The name of our own question, and the beginning of our own state. A connector whose
/// state begins so does not get it back.
const OURS: &str = "lango_approval";

/// The question, where the client can put one.
pub(super) fn question(
    denial: &Denial,
    client: &Client,
    input: Option<&ClientInput>,
) -> Option<InputNeeded> {
    if denial.code != APPROVAL_REQUIRED || !can_ask(client) || input.is_some_and(is_declined) {
        return None;
    }
    let request = InputRequest {
        method: "elicitation/create".to_owned(),
        params: json!({
            "mode": "form",
            "message": denial.detail,
            "requestedSchema": { "type": "object", "properties": {} },
        }),
    };
    Some(InputNeeded {
        requests: BTreeMap::from([(OURS.to_owned(), request)]),
        // So that whoever comes back asks for this very call, whatever has become of it.
        state: Some(
            match denial.members.get("approval").and_then(Value::as_str) {
                Some(approval) => format!("{OURS} {approval}"),
                None => OURS.to_owned(),
            },
        ),
    })
}

/// The approval that a call names: in its `_meta`, or by coming back with what we asked.
///
/// # Errors
/// A fault for what is no approval's identifier.
pub(super) fn named(
    params: &Value,
    input: Option<&ClientInput>,
) -> Result<Option<ApprovalId>, Fault> {
    let meta = params.get("_meta").and_then(|meta| meta.get(META_APPROVAL));
    match meta {
        None | Some(Value::Null) => {}
        Some(named) => {
            let id = named.as_str().and_then(|id| ApprovalId::parse(id).ok());
            let detail = "params._meta[\"dev.lango/approval\"] must be an approval's identifier.";
            return id.map(Some).ok_or_else(|| Fault::invalid_params(detail));
        }
    }
    let state = input.and_then(|input| input.state.as_deref());
    let asked = state.and_then(|state| state.strip_prefix(OURS)?.strip_prefix(' '));
    Ok(asked.and_then(|id| ApprovalId::parse(id).ok()))
}

/// What a task would wait for, where the call can become one.
pub(super) fn awaited(
    denial: &Denial,
    client: &Client,
    request: &RpcRequest,
) -> Option<AwaitedApproval> {
    let becomes_task = denial.code == APPROVAL_REQUIRED
        && request.method == "tools/call"
        && client.takes_tasks()
        && !can_ask(client);
    let member = |name: &str| denial.members.get(name).and_then(Value::as_str);
    let expires_at = DateTime::parse_from_rfc3339(member("expires_at")?).ok()?;
    becomes_task.then_some(AwaitedApproval {
        approval_id: member("approval")?.to_owned(),
        expires_at_ms: u64::try_from(expires_at.timestamp_millis()).ok()?,
    })
}

fn can_ask(client: &Client) -> bool {
    client.era == Era::Stateless && client.capabilities.get("elicitation").is_some()
}

/// What the connector is told of the client's answers: nothing of those to our own
/// question.
pub(super) fn for_the_connector(input: Option<ClientInput>) -> Option<ClientInput> {
    input.filter(|input| !is_ours(input))
}

fn is_ours(input: &ClientInput) -> bool {
    let state = input.state.as_deref().and_then(|it| it.strip_prefix(OURS));
    state.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Who does not want to wait is not asked again.
fn is_declined(input: &ClientInput) -> bool {
    is_ours(input)
        && input
            .responses
            .get(OURS)
            .is_some_and(|answer| answer["action"] != "accept")
}
