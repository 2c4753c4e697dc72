//! The event stream that answers a request which has something to say before its
//! result.
//!
//! Since 2026-07-28 the stream is the call: reading it drives the work, closing
//! it drops it. In a session of the 2025 revisions the stream lives in the
//! session's object, so that the client can come back to it.

use std::rc::Rc;

use futures_util::{
    StreamExt,
    future::{Either, select},
    stream::{self, Stream},
};
use lango_durable_objects::{AskFailure, McpSessionClient, OpenStream, Unreachable};
use lango_mcp_state::{AwaitedApproval, RequestId, SseEvent};
use lango_talk::Turn;
use serde_json::{Value, json};
use worker::{Response, console_error};

use super::{
    answer::Answer,
    era::Client,
    session::Session,
    work::{Said, Work},
};
use crate::{clock, denial::Denial, gateway::Gateway, layers::identity::Identified, problem};

/// Streams begin with an event that only tells its identifier since this version.
const PRIMED_SINCE: &str = "2025-11-25";

/// Answers with what has been said, what will be, and the answer.
pub(super) async fn answer(
    gateway: &Rc<Gateway>,
    identified: &Identified,
    client: &Client,
    id: &RequestId,
    first: Said,
    work: Work,
) -> Result<Response, Denial> {
    match &client.session {
        Some(session) => in_session(gateway, identified, session, id, first, work).await,
        None => {
            let turns = stream::iter([Turn::Said(first)]).chain(work.into_stream());
            problem::event_stream(events(id.clone(), turns)).map_err(internal)
        }
    }
}

/// The events of a stream that is the call itself.
fn events(
    id: RequestId,
    turns: impl Stream<Item = Turn<Said, Result<Answer, Denial>>> + 'static,
) -> impl Stream<Item = worker::Result<Vec<u8>>> + 'static {
    turns.filter_map(move |turn| {
        let message = message(&id, turn);
        async move {
            let data = message?.to_string();
            let event = SseEvent {
                id: None,
                retry_ms: None,
                data: &data,
            };
            Some(Ok(event.to_string().into_bytes()))
        }
    })
}

fn message(id: &RequestId, turn: Turn<Said, Result<Answer, Denial>>) -> Option<Value> {
    match turn {
        Turn::Said(Said::Notification(notification)) => Some(notification),
        // Without a session the connection is all there is, and nobody to ask.
        Turn::Said(Said::Detach { .. } | Said::Held(_)) => None,
        Turn::Said(Said::Question(_, answers)) => {
            let _ = answers.send(Err(AskFailure::Unanswered));
            None
        }
        Turn::Answer(answer) => Some(last(id, answer)),
    }
}

/// The head of the response is sent: a 401 can only be said as an error now.
fn last(id: &RequestId, answer: Result<Answer, Denial>) -> Value {
    let answer = answer.or_else(|denial| {
        let denial = Denial {
            status: 403,
            headers: Vec::new(),
            ..denial
        };
        Answer::refused(id.clone(), denial)
    });
    answer.map(Answer::into_message).unwrap_or_default()
}

async fn in_session(
    gateway: &Rc<Gateway>,
    identified: &Identified,
    session: &Session,
    id: &RequestId,
    first: Said,
    work: Work,
) -> Result<Response, Denial> {
    let object = McpSessionClient::named(&gateway.env, &session.gate(identified), session.id())
        .map_err(unreachable)?;
    let open = OpenStream {
        stream: clock::random_name("e_")?,
        request_id: json!(id),
        primed: session.version() >= PRIMED_SINCE,
    };
    let mut response = object.open(&open).await.map_err(unreachable)?;
    let (stream, id) = (open.stream, id.clone());
    gateway.context.wait_until(async move {
        let pumped = pump(&object, &stream, &id, first, work).await;
        if let Err(unreachable) = pumped {
            console_error!("a stream broke off: {unreachable}");
        }
    });
    let body = response.stream().map_err(internal)?;
    problem::event_stream(body).map_err(internal)
}

/// Carries what is said into the session's object until the answer is there or
/// the client wants it no more.
async fn pump(
    object: &McpSessionClient,
    stream: &str,
    id: &RequestId,
    first: Said,
    mut work: Work,
) -> Result<(), Unreachable> {
    say(object, stream, first).await?;
    let cancelled = Box::pin(object.until_cancelled(stream));
    let carried = Box::pin(async {
        while let Some(turn) = work.next().await {
            match turn {
                Turn::Said(said) => say(object, stream, said).await?,
                Turn::Answer(answer) => {
                    return object.append(stream, last(id, answer), true).await;
                }
            }
        }
        Ok(())
    });
    match select(carried, cancelled).await {
        Either::Left((carried, _)) => carried,
        // Dropping the work drops the call; its intent is settled as unknown.
        Either::Right((Ok(true), _)) => Ok(()),
        Either::Right((_, carried)) => carried.await,
    }
}

async fn say(object: &McpSessionClient, stream: &str, said: Said) -> Result<(), Unreachable> {
    match said {
        Said::Notification(notification) => object.append(stream, notification, false).await,
        Said::Detach { .. } => object.detach(stream).await,
        Said::Held(_) => Ok(()),
        Said::Question(requests, answers) => {
            let answered = object.ask(stream, requests).await?;
            // The call may be gone by now.
            let _ = answers.send(answered);
            Ok(())
        }
    }
}

/// Work that nobody listens to any more, until its answer, and the approval that it
/// waits for instead of one.
pub(super) async fn answer_of(mut work: Work) -> (Result<Answer, Denial>, Option<AwaitedApproval>) {
    let mut awaited = None;
    while let Some(turn) = work.next().await {
        match turn {
            Turn::Answer(answer) => return (answer, awaited),
            Turn::Said(Said::Held(approval)) => awaited = Some(approval),
            Turn::Said(Said::Question(_, answers)) => {
                let _ = answers.send(Err(AskFailure::Unanswered));
            }
            Turn::Said(Said::Notification(_) | Said::Detach { .. }) => {}
        }
    }
    let lost = Denial::internal("a call ended without an answer");
    (Err(lost), None)
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(lango_audit_log::Layer::Release, unreachable.to_string())
}

fn internal(error: worker::Error) -> Denial {
    Denial::internal(error.to_string())
}
