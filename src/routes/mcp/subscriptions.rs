//! Hearing of changes: the session's own stream and `resources/subscribe` (2025),
//! `subscriptions/listen` (2026-07-28).

use std::{collections::BTreeSet, rc::Rc};

use lango_admission::Purpose;
use lango_audit_log::Layer;
use lango_connector_kit::Changed;
use lango_durable_objects::{AnnouncementsClient, McpSessionClient, Unreachable, Watch};
use lango_identity::TenantScope;
use lango_mcp_state::{EventId, Listener, MAXIMUM_SUBSCRIPTIONS, Manner, RpcRequest};
use serde_json::{Value, json};
use worker::{Env, Response, console_error};

use super::{
    answer::Answer,
    era::{Client, Era, Headers},
    fault::Fault,
    session::Session,
};
use crate::{
    catalogue::Catalogue, clock, denial::Denial, gateway::Gateway, layers::identity::Identified,
    problem,
};

/// A stream ends after this and the client opens it again: its key is checked
/// anew then.
const STREAM_LIFETIME_MS: i64 = 3_600_000;

/// Tells a tenant's listeners. What cannot be told is only logged: a client may
/// always ask again.
pub(crate) async fn announce(env: &Env, scope: &TenantScope, changes: &[Changed]) {
    let told = match AnnouncementsClient::of(env, scope) {
        Ok(object) => object.announce(changes).await,
        Err(unreachable) => Err(unreachable),
    };
    if let Err(unreachable) = told {
        console_error!("a change was not announced: {unreachable}");
    }
}

/// `GET`: a session's stream, or one that the client comes back to.
pub(super) async fn open(
    gateway: &Rc<Gateway>,
    headers: &Headers,
    identified: Identified,
    session: Session,
) -> Result<Response, Denial> {
    if !headers.takes_streams() {
        return Err(Denial::new(
            Layer::Transport,
            "not_acceptable",
            406,
            "This resource is an event stream: accept text/event-stream.",
        ));
    }
    let admitted = gateway
        .count(identified.for_next_round(), Purpose::Request)
        .await?;
    if let Some(last) = headers.last_event_id() {
        return resume(gateway, &identified, &session, last).await;
    }
    let listener = Listener {
        key_id: session.gate(&identified).key().as_str().to_owned(),
        ends_at_ms: ends_at_ms(),
        manner: Manner::Session(session.id().to_owned()),
        tools: true,
        prompts: true,
        resources: true,
        uris: BTreeSet::new(),
    };
    listen(gateway, admitted.scope(), &listener).await
}

async fn resume(
    gateway: &Rc<Gateway>,
    identified: &Identified,
    session: &Session,
    last: &str,
) -> Result<Response, Denial> {
    let no_stream = |detail: String| Denial::new(Layer::Transport, "last_event_id", 404, detail);
    let last = EventId::parse(last).map_err(|error| no_stream(format!("{error}.")))?;
    let object = McpSessionClient::named(&gateway.env, &session.gate(identified), session.id())
        .map_err(unreachable)?;
    let mut response = object.resume(&last).await.map_err(unreachable)?;
    if response.status_code() != 200 {
        return Err(no_stream(
            "There is nothing to resume after this event.".to_owned(),
        ));
    }
    let body = response.stream().map_err(internal)?;
    problem::event_stream(body).map_err(internal)
}

/// `subscriptions/listen`.
pub(super) async fn subscribe(
    gateway: &Rc<Gateway>,
    identified: Identified,
    request: &RpcRequest,
) -> Result<Response, Denial> {
    let wanted = request.params.get("notifications").unwrap_or(&Value::Null);
    let wants = |name: &str| wanted.get(name) == Some(&Value::Bool(true));
    let uris = match wanted.get("resourceSubscriptions") {
        None => BTreeSet::new(),
        Some(uris) => match serde_json::from_value::<BTreeSet<String>>(uris.clone()) {
            Ok(uris) if uris.len() <= MAXIMUM_SUBSCRIPTIONS => uris,
            _ => {
                let fault = Fault::invalid_params(
                    "params.notifications.resourceSubscriptions must be up to 100 URIs.",
                );
                return Answer::fault(Some(request.id.clone()), fault).into_response();
            }
        },
    };
    let listener = Listener {
        key_id: identified.gate().key().as_str().to_owned(),
        ends_at_ms: ends_at_ms(),
        manner: Manner::Subscription(json!(request.id)),
        tools: wants("toolsListChanged"),
        prompts: wants("promptsListChanged"),
        resources: wants("resourcesListChanged"),
        uris,
    };
    match gateway.count(identified, Purpose::Request).await {
        Ok(admitted) => listen(gateway, admitted.scope(), &listener).await,
        Err(denial) => Answer::refused(request.id.clone(), denial)?.into_response(),
    }
}

/// `resources/subscribe` and `resources/unsubscribe`, of a session.
pub(super) async fn watch(
    gateway: &Rc<Gateway>,
    identified: Identified,
    client: &Client,
    request: &RpcRequest,
) -> Result<Response, Denial> {
    let faulty = |fault: Fault| Answer::fault(Some(request.id.clone()), fault).into_response();
    let Some(session) = &client.session else {
        return faulty(Fault::invalid_params(
            "Subscribing needs a session: send Mcp-Session-Id.",
        ));
    };
    let uri = request.params.get("uri").and_then(Value::as_str);
    let Some(uri) = uri.filter(|uri| Catalogue::shipped().named_resource(uri).is_some()) else {
        return faulty(Fault::no_resource(Era::Handshake, uri.unwrap_or_default()));
    };
    let watch = Watch {
        session: session.id().to_owned(),
        uri: uri.to_owned(),
        watched: request.method == "resources/subscribe",
        expires_at_ms: u64::try_from(session.expires_at().saturating_mul(1_000)).unwrap_or(0),
    };
    let admitted = match gateway.count(identified, Purpose::Request).await {
        Ok(admitted) => admitted,
        Err(denial) => return Answer::refused(request.id.clone(), denial)?.into_response(),
    };
    let object = AnnouncementsClient::of(&gateway.env, admitted.scope()).map_err(unreachable)?;
    if object.watch(&watch).await.map_err(unreachable)? {
        Answer::result(&request.id, json!({})).into_response()
    } else {
        faulty(Fault::invalid_params(
            "This session watches as many resources as it may.",
        ))
    }
}

async fn listen(
    gateway: &Rc<Gateway>,
    scope: &TenantScope,
    listener: &Listener,
) -> Result<Response, Denial> {
    let object = AnnouncementsClient::of(&gateway.env, scope).map_err(unreachable)?;
    let mut response = object.listen(listener).await.map_err(unreachable)?;
    let body = response.stream().map_err(internal)?;
    problem::event_stream(body).map_err(internal)
}

fn ends_at_ms() -> u64 {
    u64::try_from(clock::now_ms().saturating_add(STREAM_LIFETIME_MS)).unwrap_or(u64::MAX)
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Release, unreachable.to_string())
}

fn internal(error: worker::Error) -> Denial {
    Denial::internal(error.to_string())
}
