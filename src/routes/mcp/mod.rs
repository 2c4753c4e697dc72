//! `/mcp`: the Model Context Protocol over Streamable HTTP, for both eras: with a
//! handshake (2025) and without (2026-07-28).
//!
//! An answer is JSON unless there is something to say before it; then it is an
//! event stream. `GET` opens or resumes a session's stream, `DELETE` ends a
//! session; both are of the 2025 revisions.

mod answer;
mod approval;
mod calls;
mod era;
mod fault;
mod input;
mod results;
mod session;
mod streams;
pub(crate) mod subscriptions;
mod tasks;
mod work;

use std::rc::Rc;

use lango_admission::{Purpose, SessionChange, SessionNote};
use lango_audit_log::Layer;
use lango_connector_kit::LogLevel;
use lango_durable_objects::{ClientAnswer, KeyGateClient, McpSessionClient, Unreachable};
use lango_mcp_state::{Message, Notification, RpcRequest};
use lango_talk::Turn;
use serde_json::{Value, json};
use worker::{Method, Request, Response};

use self::{
    answer::Answer,
    era::{Client, Era, Headers},
    fault::Fault,
    session::Session,
    work::Said,
};
use super::empty;
use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::{
        access,
        identity::{Identified, Takes},
        transport::Expectation,
    },
    state::flood::TOO_MANY_FAILURES,
};

const METHODS: Expectation<'_> = Expectation {
    methods: &["POST", "GET", "DELETE"],
};

pub(super) async fn answer(request: Request, gateway: &Rc<Gateway>) -> Result<Response, Denial> {
    let headers = Headers::of(&request);
    let method = request.method();
    let identified = match gateway.receive(request, METHODS, Takes::Tools).await {
        Ok(identified) => identified,
        // A client of the protocol reads an error of the protocol's.
        Err(denial) if denial.code == TOO_MANY_FAILURES && method == Method::Post => {
            return Answer::turned_away(denial).into_response();
        }
        Err(denial) => return Err(denial),
    };
    if method != Method::Post {
        return of_session(gateway, &headers, identified, &method).await;
    }
    match Message::parse(identified.body()) {
        Ok(Message::Request(request)) => requested(gateway, &headers, identified, request).await,
        Ok(Message::Notification(notification)) => {
            notified(gateway, &headers, identified, &notification).await
        }
        Ok(Message::Answer(answer)) => answered(gateway, &headers, identified, answer).await,
        Err(error) => Answer::fault(None, error.into()).into_response(),
    }
}

async fn requested(
    gateway: &Rc<Gateway>,
    headers: &Headers,
    identified: Identified,
    request: RpcRequest,
) -> Result<Response, Denial> {
    let faulty = |fault| Answer::fault(Some(request.id.clone()), fault).into_response();
    let era = match Era::of(headers, &request) {
        Ok(era) => era,
        Err(fault) => return faulty(fault),
    };
    if era == Era::Stateless || request.method == "initialize" {
        let client = Rc::new(Client::of(headers, era, &request, None));
        return respond(gateway, identified, client, request).await;
    }
    let Some((identified, session)) = in_session(gateway, headers, identified).await? else {
        return faulty(Fault::no_session());
    };
    let client = Rc::new(Client::of(headers, era, &request, session));
    respond(gateway, identified, client, request).await
}

/// `None` when the request names a session that is not its key's.
async fn in_session(
    gateway: &Gateway,
    headers: &Headers,
    identified: Identified,
) -> Result<Option<(Identified, Option<Session>)>, Denial> {
    let Some(text) = headers.session() else {
        return Ok(Some((identified, None)));
    };
    gateway.meet(Some(text)).await?;
    let session = Session::verify(&gateway.settings, &identified, text);
    Ok(session.map(|session| (identified.in_session(session.id()), Some(session))))
}

async fn respond(
    gateway: &Rc<Gateway>,
    identified: Identified,
    client: Rc<Client>,
    request: RpcRequest,
) -> Result<Response, Denial> {
    match (request.method.as_str(), client.era) {
        ("tools/call" | "prompts/get" | "resources/read" | "completion/complete", _) => {
            call(gateway, identified, client, request).await
        }
        ("tools/list" | "prompts/list" | "resources/list" | "resources/templates/list", _) => {
            list(gateway, identified, &client, request).await
        }
        ("initialize", Era::Handshake) => initialize(gateway, identified, request).await,
        ("ping", Era::Handshake) => {
            counted(gateway, identified, &request, results::empty(client.era)).await
        }
        ("logging/setLevel", Era::Handshake) => {
            set_level(gateway, identified, &client, request).await
        }
        ("resources/subscribe" | "resources/unsubscribe", Era::Handshake) => {
            subscriptions::watch(gateway, identified, &client, &request).await
        }
        ("server/discover", Era::Stateless) => {
            counted(gateway, identified, &request, results::discover()).await
        }
        ("subscriptions/listen", Era::Stateless) => {
            subscriptions::subscribe(gateway, identified, &request).await
        }
        ("tasks/get" | "tasks/update" | "tasks/cancel", Era::Stateless) => {
            tasks::manage(gateway, identified, &client, request).await
        }
        (_, era) => {
            Answer::fault(Some(request.id.clone()), Fault::unknown_method(era)).into_response()
        }
    }
}

async fn call(
    gateway: &Rc<Gateway>,
    identified: Identified,
    client: Rc<Client>,
    request: RpcRequest,
) -> Result<Response, Denial> {
    let state = request.params.get("requestState");
    gateway.meet(state.and_then(Value::as_str)).await?;
    let prepared = tasks::may_become_task(&request, &client).and_then(|may_become_task| {
        let input = input::read(&gateway.settings, &identified, &client, &request.params)?;
        Ok((may_become_task, input))
    });
    let (may_become_task, input) = match prepared {
        Ok(prepared) => prepared,
        Err(fault) => return Answer::fault(Some(request.id), fault).into_response(),
    };
    let request = Rc::new(request);
    let mut work = work::begin(
        Rc::clone(gateway),
        identified.for_next_round(),
        Rc::clone(&client),
        Rc::clone(&request),
        input.clone(),
    );
    loop {
        match work.next().await {
            Some(Turn::Answer(answer)) => return answer?.into_response(),
            Some(Turn::Said(Said::Detach { has_tasks: true })) if may_become_task => {
                return tasks::create(gateway, &identified, &request, input, work).await;
            }
            Some(Turn::Said(Said::Held(awaited))) => {
                if tasks::are_taken(gateway, &identified).await {
                    return tasks::hold(gateway, &identified, &request, input, awaited).await;
                }
            }
            // Without a session there is no stream to come back to.
            Some(Turn::Said(Said::Detach { .. })) if client.session.is_none() => {}
            Some(Turn::Said(first)) if client.takes_streams => {
                let id = &request.id;
                return streams::answer(gateway, &identified, &client, id, first, work).await;
            }
            Some(Turn::Said(_)) => {}
            None => return Err(Denial::internal("a call ended without an answer")),
        }
    }
}

async fn list(
    gateway: &Rc<Gateway>,
    identified: Identified,
    client: &Client,
    request: RpcRequest,
) -> Result<Response, Denial> {
    let cursor = request.params.get("cursor");
    if cursor.is_some_and(|cursor| !cursor.is_null()) {
        let fault = Fault::invalid_params("The list has one page: send no cursor.");
        return Answer::fault(Some(request.id), fault).into_response();
    }
    match gateway.count(identified, Purpose::List).await {
        Ok(admitted) => {
            let reach = access::reach(admitted);
            let result = results::list(&request.method, &reach, client.era);
            Answer::result(&request.id, result).into_response()
        }
        Err(denial) => Answer::refused(request.id, denial)?.into_response(),
    }
}

/// Answers a request that is only counted.
async fn counted(
    gateway: &Rc<Gateway>,
    identified: Identified,
    request: &RpcRequest,
    result: Value,
) -> Result<Response, Denial> {
    match gateway.count(identified, Purpose::Request).await {
        Ok(_) => Answer::result(&request.id, result).into_response(),
        Err(denial) => Answer::refused(request.id.clone(), denial)?.into_response(),
    }
}

async fn initialize(
    gateway: &Rc<Gateway>,
    identified: Identified,
    request: RpcRequest,
) -> Result<Response, Denial> {
    let (version, result) = match results::initialize(&request.params) {
        Ok(result) => result,
        Err(fault) => return Answer::fault(Some(request.id), fault).into_response(),
    };
    let capabilities = request.params.get("capabilities");
    let session = Session::begin(
        &gateway.settings,
        &identified,
        version.as_str(),
        capabilities,
    )?;
    let mut response = counted(gateway, identified, &request, result).await?;
    response
        .headers_mut()
        .set(session::HEADER, &session)
        .map_err(|error| Denial::internal(error.to_string()))?;
    Ok(response)
}

/// Remembered by the key's gate, which tells it with each call.
async fn set_level(
    gateway: &Rc<Gateway>,
    identified: Identified,
    client: &Client,
    request: RpcRequest,
) -> Result<Response, Denial> {
    let level = request.params.get("level").cloned().unwrap_or_default();
    let (Ok(level), Some(session)) = (
        serde_json::from_value::<LogLevel>(level),
        client.session.as_ref(),
    ) else {
        let detail = "params.level must be a level, and Mcp-Session-Id a session.";
        let fault = Fault::invalid_params(detail);
        return Answer::fault(Some(request.id), fault).into_response();
    };
    note(
        gateway,
        &identified,
        session,
        SessionChange::LogLevel(level),
    )
    .await?;
    counted(gateway, identified, &request, json!({})).await
}

async fn notified(
    gateway: &Rc<Gateway>,
    headers: &Headers,
    identified: Identified,
    notification: &Notification,
) -> Result<Response, Denial> {
    let Some((identified, session)) = in_session(gateway, headers, identified).await? else {
        return Answer::fault(None, Fault::no_session()).into_response();
    };
    if let (Some(session), "notifications/cancelled") = (session, notification.method.as_str()) {
        let request_id = notification.params.get("requestId");
        let object =
            McpSessionClient::named(&gateway.env, &session.gate(&identified), session.id())
                .map_err(unreachable)?;
        gateway.count(identified, Purpose::Request).await?;
        object
            .cancel(request_id.unwrap_or(&Value::Null))
            .await
            .map_err(unreachable)?;
    }
    empty(202)
}

/// The client's answer to a question of ours, on its way to the stream on which
/// it was asked.
async fn answered(
    gateway: &Rc<Gateway>,
    headers: &Headers,
    identified: Identified,
    answer: lango_mcp_state::ClientAnswer,
) -> Result<Response, Denial> {
    let (identified, session) = match in_session(gateway, headers, identified).await? {
        Some((identified, Some(session))) => (identified, session),
        _ => return Answer::fault(None, Fault::no_session()).into_response(),
    };
    let object = McpSessionClient::named(&gateway.env, &session.gate(&identified), session.id())
        .map_err(unreachable)?;
    gateway.count(identified, Purpose::Request).await?;
    if let Some(id) = answer.id.as_str() {
        let answer = ClientAnswer {
            id: id.to_owned(),
            result: answer.result,
        };
        object.answer(&answer).await.map_err(unreachable)?;
    }
    empty(202)
}

/// `GET` and `DELETE`.
async fn of_session(
    gateway: &Rc<Gateway>,
    headers: &Headers,
    identified: Identified,
    method: &Method,
) -> Result<Response, Denial> {
    let Some((identified, session)) = in_session(gateway, headers, identified).await? else {
        return Answer::fault(None, Fault::no_session()).into_response();
    };
    let Some(session) = session else {
        return Err(Denial::new(
            Layer::Transport,
            "method",
            405,
            "Without a session this resource takes POST.",
        )
        .with_header("Allow", "POST"));
    };
    if *method == Method::Get {
        return subscriptions::open(gateway, headers, identified, session).await;
    }
    gateway
        .count(identified.for_next_round(), Purpose::Request)
        .await?;
    note(gateway, &identified, &session, SessionChange::End).await?;
    McpSessionClient::named(&gateway.env, &session.gate(&identified), session.id())
        .map_err(unreachable)?
        .end()
        .await
        .map_err(unreachable)?;
    empty(204)
}

async fn note(
    gateway: &Gateway,
    identified: &Identified,
    session: &Session,
    change: SessionChange,
) -> Result<(), Denial> {
    let note = SessionNote {
        session: session.id().to_owned(),
        expires_at: session.expires_at(),
        change,
    };
    KeyGateClient::named(&gateway.env, &identified.gate())
        .map_err(unreachable)?
        .note(&note)
        .await
        .map_err(unreachable)
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Admission, unreachable.to_string())
}
