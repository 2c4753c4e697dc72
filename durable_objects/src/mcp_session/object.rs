//! The `McpSession` object: the streams of one protocol session (2025
//! revisions), and the questions on them. It exists only for sessions that had a
//! stream.
//!
//! **Atomicity.** An event is a row before it is written to the client, so what
//! a client has seen can be resumed after. Who reads a stream and who waits for an
//! answer is in memory: after a restart a client resumes, and a call that waited
//! for an answer fails.
//!
//! **Tables.** `streams` and `events`: see [`super::events`].
//!
//! **Messages.** `POST /open`: `OpenStream` → event stream. `POST /append`:
//! `Append` → `()`. `POST /detach`: stream → `()`. `POST /ask`: `Ask` →
//! `Result<answers, AskFailure>`. `POST /answer`: `Answer` → `bool`. `POST
//! /cancel`: request identifier → `()`. `POST /until-cancelled`: stream → `bool`.
//! `POST /resume`: stream and sequence → event stream. `POST /end`: `()` → `()`.
//! The alarm forgets streams that are too old to be resumed.

use std::{cell::RefCell, collections::HashMap, time::Duration};

use futures_util::future::{Either, select};
use lango_mcp_state::{EventId, SseEvent};
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, oneshot};
use worker::{
    Date, Delay, DurableObject, Env, Request, Response, ScheduledTime, State, durable_object,
};

use super::{
    client::{
        Answer, Append, Ask, AskFailure, OpenStream, PATH_ANSWER, PATH_APPEND, PATH_ASK,
        PATH_CANCEL, PATH_DETACH, PATH_END, PATH_OPEN, PATH_RESUME, PATH_UNTIL_CANCELLED,
    },
    events::{Events, StreamState},
};
use crate::{
    exchange::{answer, question},
    sse::SseWriter,
};

/// A stream can be resumed for this long after it was opened.
const KEPT_MS: u64 = 600_000;
/// A person gets this long to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(300);
/// After this a client that was detached comes back.
const RETRY_MS: u32 = 500;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct McpSession {
    state: State,
    readers: RefCell<HashMap<String, SseWriter>>,
    asked: RefCell<HashMap<String, oneshot::Sender<Result<Value, Value>>>>,
    changed: Notify,
}

impl DurableObject for McpSession {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            readers: RefCell::default(),
            asked: RefCell::default(),
            changed: Notify::new(),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_OPEN => self.open(question(&mut request).await?).await,
            PATH_APPEND => answer(&self.append(&question(&mut request).await?)?),
            PATH_DETACH => {
                let stream: String = question(&mut request).await?;
                answer(&drop(self.readers.borrow_mut().remove(&stream)))
            }
            PATH_ASK => answer(&self.ask(question(&mut request).await?).await?),
            PATH_ANSWER => answer(&self.answer(question(&mut request).await?)),
            PATH_CANCEL => answer(&self.cancel(&question(&mut request).await?)?),
            PATH_UNTIL_CANCELLED => {
                let stream: String = question(&mut request).await?;
                answer(&self.until_cancelled(&stream).await?)
            }
            PATH_RESUME => {
                let (stream, sequence): (String, u64) = question(&mut request).await?;
                self.resume(stream, sequence)
            }
            PATH_END => {
                self.readers.borrow_mut().clear();
                self.asked.borrow_mut().clear();
                self.state.storage().delete_all().await?;
                self.changed.notify_waiters();
                answer(&())
            }
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        if self
            .events()?
            .forget_before(now_ms().saturating_sub(KEPT_MS))?
        {
            self.wake().await?;
        } else {
            self.state.storage().delete_all().await?;
        }
        Response::empty()
    }
}

impl McpSession {
    fn events(&self) -> worker::Result<Events> {
        Events::create(self.state.storage().sql())
    }

    async fn open(&self, open: OpenStream) -> worker::Result<Response> {
        let events = self.events()?;
        events.open(&open.stream, &open.request_id, now_ms())?;
        let (writer, response) = SseWriter::open()?;
        if open.primed {
            let id = events.append(&open.stream, None)?;
            let first = SseEvent {
                id: Some(id),
                retry_ms: Some(RETRY_MS),
                data: "",
            };
            writer.write(first.to_string());
        }
        self.readers.borrow_mut().insert(open.stream, writer);
        self.wake().await?;
        Ok(response)
    }

    fn append(&self, append: &Append) -> worker::Result<()> {
        let events = self.events()?;
        self.write(&events, &append.stream, &append.message)?;
        if append.is_last {
            events.end(&append.stream)?;
            self.readers.borrow_mut().remove(&append.stream);
            self.changed.notify_waiters();
        }
        Ok(())
    }

    fn write(&self, events: &Events, stream: &str, message: &Value) -> worker::Result<()> {
        let data = message.to_string();
        let id = events.append(stream, Some(&data))?;
        let mut readers = self.readers.borrow_mut();
        if let Some(reader) = readers.get(stream)
            && !reader.write(written(id, &data))
        {
            readers.remove(stream);
        }
        Ok(())
    }

    async fn ask(&self, ask: Ask) -> worker::Result<Result<Map<String, Value>, AskFailure>> {
        let events = self.events()?;
        let mut waiting = Vec::new();
        for (number, (name, request)) in ask.requests.into_iter().enumerate() {
            let id = format!("{}_{}_{number}", ask.stream, now_ms());
            let (sender, receiver) = oneshot::channel();
            self.asked.borrow_mut().insert(id.clone(), sender);
            let message = json!({
                "jsonrpc": "2.0", "id": id, "method": request.method, "params": request.params,
            });
            self.write(&events, &ask.stream, &message)?;
            waiting.push((name, id, receiver));
        }
        let ids: Vec<_> = waiting.iter().map(|(_, id, _)| id.clone()).collect();
        let answers = Box::pin(answers(waiting));
        let answered = match select(answers, Delay::from(ANSWER_WITHIN)).await {
            Either::Left((answered, _)) => answered,
            Either::Right(_) => Err(AskFailure::Unanswered),
        };
        let mut asked = self.asked.borrow_mut();
        for id in ids {
            asked.remove(&id);
        }
        Ok(answered)
    }

    fn answer(&self, answer: Answer) -> bool {
        self.asked
            .borrow_mut()
            .remove(&answer.id)
            .is_some_and(|sender| sender.send(answer.result).is_ok())
    }

    fn cancel(&self, request_id: &Value) -> worker::Result<()> {
        for stream in self.events()?.cancel(request_id)? {
            let of_stream = format!("{stream}_");
            self.asked
                .borrow_mut()
                .retain(|id, _| !id.starts_with(&of_stream));
            self.readers.borrow_mut().remove(&stream);
        }
        self.changed.notify_waiters();
        Ok(())
    }

    async fn until_cancelled(&self, stream: &str) -> worker::Result<bool> {
        loop {
            let changed = self.changed.notified();
            match self.events()?.state(stream)? {
                Some(StreamState::Open) => {}
                state => return Ok(state == Some(StreamState::Cancelled)),
            }
            changed.await;
        }
    }

    fn resume(&self, stream: String, sequence: u64) -> worker::Result<Response> {
        let events = self.events()?;
        let Some(state) = events.state(&stream)? else {
            return Response::error("no such stream", 404);
        };
        let (writer, response) = SseWriter::open()?;
        for event in events.after(&stream, sequence)? {
            let id = EventId {
                stream: stream.clone(),
                sequence: event.sequence,
            };
            writer.write(written(id, &event.data));
        }
        if state == StreamState::Open {
            self.readers.borrow_mut().insert(stream, writer);
        }
        Ok(response)
    }

    async fn wake(&self) -> worker::Result<()> {
        let delay = Duration::from_millis(KEPT_MS);
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await
    }
}

type Waiting = (String, String, oneshot::Receiver<Result<Value, Value>>);

async fn answers(waiting: Vec<Waiting>) -> Result<Map<String, Value>, AskFailure> {
    let mut answers = Map::new();
    for (name, _, receiver) in waiting {
        match receiver.await {
            Ok(Ok(answer)) => answers.insert(name, answer),
            Ok(Err(_)) => return Err(AskFailure::Refused),
            Err(_) => return Err(AskFailure::Unanswered),
        };
    }
    Ok(answers)
}

fn written(id: EventId, data: &str) -> String {
    SseEvent {
        id: Some(id),
        retry_ms: None,
        data,
    }
    .to_string()
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}
