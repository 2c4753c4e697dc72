//! Tasks: calls whose result is fetched later (`io.modelcontextprotocol/tasks`).
//!
//! A call becomes a task when its connector says that the answer will take a
//! while, the tool allows it, and the client takes tasks. The rounds of a task
//! pass the seven layers like any call; the task's object only remembers.

use std::rc::Rc;

use chrono::{DateTime, SecondsFormat};
use futures_util::future::{Either, select};
use lango_admission::Purpose;
use lango_audit_log::Layer;
use lango_connector_kit::{ClientInput, InputNeeded, TaskSupport};
use lango_durable_objects::{McpTaskClient, Unreachable};
use lango_mcp_state::{AwaitedApproval, Delivered, NewTask, Report, Round, RpcRequest, Task};
use lango_tenancy::Flag;
use rmcp::model::ErrorCode;
use serde_json::{Map, Value, json};
use worker::{Response, console_error};

use super::{
    answer::Answer,
    calls,
    era::{Client, TASKS_EXTENSION},
    fault::Fault,
    input, streams, work,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    guarding::META_APPROVAL,
    layers::{access, identity::Identified},
    state::approvals,
};

/// Whether a call may become a task.
///
/// # Errors
/// A fault when the tool only runs as one and the client takes none.
pub(super) fn may_become_task(request: &RpcRequest, client: &Client) -> Result<bool, Fault> {
    if request.method != "tools/call" {
        return Ok(false);
    }
    let support = calls::declared_tool(&request.params).map(|tool| tool.definition().task);
    match support.unwrap_or_default() {
        TaskSupport::Forbidden => Ok(false),
        TaskSupport::Optional => Ok(client.takes_tasks()),
        TaskSupport::Required if client.takes_tasks() => Ok(true),
        TaskSupport::Required => Err(no_extension()),
    }
}

/// Makes a task of a call that is on its way.
pub(super) async fn create(
    gateway: &Rc<Gateway>,
    identified: &Identified,
    request: &RpcRequest,
    input: Option<ClientInput>,
    work: work::Work,
) -> Result<Response, Denial> {
    let (object, task) = store(gateway, identified, request, input, None).await?;
    let number = task.current_round().number;
    gateway
        .context
        .wait_until(carry(Rc::clone(gateway), object, number, work));
    created(request, &task)
}

/// Makes a task of a call that waits for a person. Nobody works on it meanwhile: whoever
/// looks after it, once it is decided, has it made again.
pub(super) async fn hold(
    gateway: &Rc<Gateway>,
    identified: &Identified,
    request: &RpcRequest,
    input: Option<ClientInput>,
    awaited: AwaitedApproval,
) -> Result<Response, Denial> {
    let (_, task) = store(gateway, identified, request, input, Some(awaited)).await?;
    created(request, &task)
}

/// Whether the tenant lets calls go on as tasks.
pub(super) async fn are_taken(gateway: &Gateway, identified: &Identified) -> bool {
    let purpose = Purpose::Request;
    let admitted = gateway.count(identified.for_next_round(), purpose).await;
    admitted.is_ok_and(|admitted| access::require(&admitted, Flag::McpTasks).is_ok())
}

async fn store(
    gateway: &Gateway,
    identified: &Identified,
    request: &RpcRequest,
    input: Option<ClientInput>,
    awaits: Option<AwaitedApproval>,
) -> Result<(McpTaskClient, Task), Denial> {
    let task_id = clock::random_name("task_")?;
    let object =
        McpTaskClient::named(&gateway.env, &identified.gate(), &task_id).map_err(unreachable)?;
    let call = json!({
        "name": request.params.get("name"),
        "arguments": request.params.get("arguments"),
        // It is made again for this very approval, whatever became of it meanwhile.
        "_meta": awaits.as_ref().map(|it| json!({ META_APPROVAL: it.approval_id })),
    });
    let new = NewTask {
        task_id,
        call,
        input,
        awaits,
    };
    let task = object.create(&new).await.map_err(unreachable)?;
    Ok((object, task))
}

fn created(request: &RpcRequest, task: &Task) -> Result<Response, Denial> {
    let mut result = task.envelope(rfc3339);
    result.insert("resultType".to_owned(), "task".into());
    Answer::result(&request.id, Value::Object(result)).into_response()
}

/// `tasks/get`, `tasks/update` and `tasks/cancel`.
pub(super) async fn manage(
    gateway: &Rc<Gateway>,
    identified: Identified,
    client: &Rc<Client>,
    request: RpcRequest,
) -> Result<Response, Denial> {
    let id = request.id.clone();
    let faulty = |fault| Answer::fault(Some(id.clone()), fault).into_response();
    if !client.takes_tasks() {
        return faulty(no_extension());
    }
    let admitted = gateway
        .count(identified.for_next_round(), Purpose::Request)
        .await;
    let admitted = admitted.and_then(|admitted| access::require(&admitted, Flag::McpTasks));
    if let Err(denial) = admitted {
        return Answer::refused(id.clone(), denial)?.into_response();
    }
    let Some(task_id) = task_id(&request.params) else {
        return faulty(no_task());
    };
    let object =
        McpTaskClient::named(&gateway.env, &identified.gate(), task_id).map_err(unreachable)?;
    let result = match request.method.as_str() {
        "tasks/get" => {
            if let Some(round) = decided(gateway, &identified, &object).await? {
                let resumed = McpTaskClient::named(&gateway.env, &identified.gate(), task_id)
                    .map_err(unreachable)?;
                go_on(gateway, &identified, client, &request, resumed, &round);
            }
            get(&object).await?
        }
        "tasks/cancel" => object
            .cancel()
            .await
            .map_err(unreachable)?
            .then(acknowledged),
        _ => match request.params.get("inputResponses") {
            Some(Value::Object(answers)) => {
                let delivered = object.deliver(answers).await.map_err(unreachable)?;
                if let Some(Delivered::Next(round)) = &delivered {
                    go_on(gateway, &identified, client, &request, object, round);
                }
                delivered.map(|_| acknowledged())
            }
            _ => {
                let detail = "params.inputResponses must be an object.";
                return faulty(Fault::invalid_params(detail));
            }
        },
    };
    match result {
        Some(result) => Answer::result(&id, Value::Object(result)).into_response(),
        None => faulty(no_task()),
    }
}

async fn get(object: &McpTaskClient) -> Result<Option<Map<String, Value>>, Denial> {
    let task = object.get().await.map_err(unreachable)?;
    let now_ms = u64::try_from(clock::now_ms()).unwrap_or_default();
    Ok(task.map(|task| {
        let mut detailed = task.detailed(now_ms, rfc3339);
        detailed.extend(acknowledged());
        detailed
    }))
}

/// The round that can be made now, of a call whose approval has been decided about.
async fn decided(
    gateway: &Gateway,
    identified: &Identified,
    object: &McpTaskClient,
) -> Result<Option<Round>, Denial> {
    let task = object.get().await.map_err(unreachable)?;
    let Some(awaited) = task.as_ref().and_then(Task::awaits) else {
        return Ok(None);
    };
    if approvals::is_pending(gateway, &identified.scope(), &awaited.approval_id).await? {
        return Ok(None);
    }
    let resumed = object.resume(&awaited.approval_id).await;
    resumed.map_err(unreachable)
}

/// All questions are answered: the next round, on its own.
fn go_on(
    gateway: &Rc<Gateway>,
    identified: &Identified,
    client: &Rc<Client>,
    request: &RpcRequest,
    object: McpTaskClient,
    round: &Round,
) {
    let call = RpcRequest {
        id: request.id.clone(),
        method: "tools/call".to_owned(),
        params: round.call.clone(),
    };
    let client = Client {
        // The header fields were those of `tasks/update`.
        parameters: None,
        trace: None,
        ..Client::clone(client)
    };
    let work = work::begin(
        Rc::clone(gateway),
        identified.for_next_round(),
        Rc::new(client),
        Rc::new(call),
        round.input.clone(),
    );
    gateway
        .context
        .wait_until(carry(Rc::clone(gateway), object, round.number, work));
}

/// Carries a round to its end, unless the client wants it no more.
async fn carry(gateway: Rc<Gateway>, object: McpTaskClient, round: u64, work: work::Work) {
    let cancelled = Box::pin(object.until_cancelled());
    let answer = Box::pin(streams::answer_of(work));
    let (answer, awaited) = match select(answer, cancelled).await {
        Either::Left((answer, _)) => answer,
        // Dropping the work drops the call; its intent is settled as unknown.
        Either::Right((Ok(true), _)) => return,
        Either::Right((_, answer)) => answer.await,
    };
    let report = awaited.map_or_else(|| report(&gateway, answer), Report::Held);
    if let Err(unreachable) = object.report(round, report).await {
        console_error!("a task was not reported: {unreachable}");
    }
}

fn report(gateway: &Gateway, answer: Result<Answer, Denial>) -> Report {
    let outcome = match answer {
        Ok(answer) => answer.into_outcome(),
        Err(denial) => Err(json!({ "code": -32000, "message": denial.detail })),
    };
    match outcome {
        Ok(result) => match questions(gateway, &result) {
            Some(needed) => Report::InputNeeded(needed),
            None => Report::Completed(without_result_type(result)),
        },
        Err(error) => Report::Failed(error),
    }
}

/// A round that asks says so as any call does; its state stays in the object.
fn questions(gateway: &Gateway, result: &Value) -> Option<InputNeeded> {
    if result.get("resultType").and_then(Value::as_str) != Some("input_required") {
        return None;
    }
    let requests = result.get("inputRequests").cloned().unwrap_or_default();
    Some(InputNeeded {
        requests: serde_json::from_value(requests).unwrap_or_default(),
        state: input::state_of(&gateway.settings, result),
    })
}

fn without_result_type(mut result: Value) -> Value {
    if let Some(members) = result.as_object_mut() {
        members.remove("resultType");
    }
    result
}

fn acknowledged() -> Map<String, Value> {
    Map::from_iter([("resultType".to_owned(), "complete".into())])
}

fn task_id(params: &Value) -> Option<&str> {
    params
        .get("taskId")
        .and_then(Value::as_str)
        .filter(|id| (1..=64).contains(&id.len()))
        .filter(|id| {
            id.strip_prefix("task_").is_some_and(|random| {
                random
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
        })
}

fn no_task() -> Fault {
    Fault::new(200, ErrorCode::INVALID_PARAMS, "There is no such task.")
}

fn no_extension() -> Fault {
    Fault::missing_capability(json!({ "extensions": { TASKS_EXTENSION: {} } }))
}

fn rfc3339(at_ms: u64) -> String {
    i64::try_from(at_ms)
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
        .unwrap_or_default()
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Release, unreachable.to_string())
}
