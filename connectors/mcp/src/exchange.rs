//! One message posted, and what comes back for it.

use std::time::Duration;

use futures_util::StreamExt as _;
use lango_connector_runtime::within;
use lango_mcp_upstream::{AnswerReader, Bounds, Endpoint, Message, Outgoing, Reply, Session};
use worker::{
    AbortController, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    wasm_bindgen::JsValue,
};

use crate::failure::Failure;

/// The header field that authenticates, with its value.
pub(crate) type Credential<'a> = Option<(&'a str, &'a str)>;

/// What came back.
pub(crate) struct Received {
    pub(crate) status: u16,
    /// The `Mcp-Session-Id` field.
    pub(crate) session: Option<String>,
    pub(crate) reply: Option<Reply>,
    /// Whether the upstream announced that its tools are different now.
    pub(crate) tools_changed: bool,
}

/// How messages reach one upstream.
pub(crate) struct Exchange<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) credential: Credential<'a>,
    pub(crate) bounds: Bounds,
}

/// A stream that ends early is taken up again so many times.
const RESUMPTIONS: usize = 5;
const LONGEST_PAUSE_MS: u64 = 5_000;
/// How long a stream may stay open after its reply before it is cut.
const UNTIL_THE_END: Duration = Duration::from_millis(50);

impl Exchange<'_> {
    /// Posts a message and reads until the reply to it. `id` is `None` for a
    /// notification; `session` is there once one is.
    pub(crate) async fn post(
        &self,
        outgoing: &Outgoing,
        id: Option<u64>,
        session: Option<&Session>,
    ) -> Result<Received, Failure> {
        let request = self.request(Method::Post, &outgoing.headers, Some(&outgoing.body))?;
        let (mut response, _cancel) = send(request).await?;
        let status = response.status_code();
        if (300..400).contains(&status) {
            return Err(Failure::Redirect);
        }
        let mut received = Received {
            status,
            session: response.headers().get("mcp-session-id").ok().flatten(),
            reply: None,
            tools_changed: false,
        };
        let Some(mut reader) = self.reader(&response, id, status)? else {
            return Ok(received);
        };
        self.read(&mut response, &mut reader, session, &mut received)
            .await?;
        for _ in 0..RESUMPTIONS {
            if received.reply.is_some() {
                return Ok(received);
            }
            let Some((last, pause_ms, session)) = resumption(&reader, session) else {
                break;
            };
            pause(pause_ms).await;
            reader.restart();
            self.resume(&last, session, &mut reader, &mut received)
                .await?;
        }
        if received.reply.is_none()
            && let Some(Message::Reply(reply)) = reader.finish()?
        {
            received.reply = Some(reply);
        }
        Ok(received)
    }

    /// `None` where there is nothing to read: a notification's answer, or an
    /// error in some other form than the protocol's.
    fn reader(
        &self,
        response: &Response,
        id: Option<u64>,
        status: u16,
    ) -> Result<Option<AnswerReader>, Failure> {
        if id.is_none() {
            return Ok(None);
        }
        let media_type = response
            .headers()
            .get("content-type")
            .ok()
            .flatten()
            .unwrap_or_default();
        match AnswerReader::new(&media_type, id, self.bounds) {
            Ok(reader) => Ok(Some(reader)),
            Err(_) if status >= 400 || status == 202 => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn read(
        &self,
        response: &mut Response,
        reader: &mut AnswerReader,
        session: Option<&Session>,
        received: &mut Received,
    ) -> Result<(), Failure> {
        // Not every answer has a body.
        let Ok(mut chunks) = response.stream() else {
            return Ok(());
        };
        while let Some(chunk) = chunks.next().await {
            let messages = match reader.feed(&chunk?) {
                Ok(messages) => messages,
                // A page in the wrong wrapping is no worse than its status.
                Err(_) if received.status >= 400 => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            for message in messages {
                match message {
                    Message::Reply(reply) => {
                        received.reply = Some(reply);
                        // Servers end the stream after it: a connection that is
                        // read to its end serves the next call as well.
                        let _ = within(UNTIL_THE_END, chunks.next()).await;
                        return Ok(());
                    }
                    Message::Request(id, method) => {
                        if let Some(answer) = session.and_then(|it| it.answer(&id, &method)) {
                            self.tell(&answer).await?;
                        }
                    }
                    Message::Notification(method) => {
                        received.tools_changed |= method == "notifications/tools/list_changed";
                    }
                }
            }
        }
        Ok(())
    }

    /// Posts a message whose answer does not matter.
    async fn tell(&self, outgoing: &Outgoing) -> Result<(), Failure> {
        let request = self.request(Method::Post, &outgoing.headers, Some(&outgoing.body))?;
        send(request).await.map(drop)
    }

    /// Takes up a stream after its last event.
    async fn resume(
        &self,
        last: &str,
        session: &Session,
        reader: &mut AnswerReader,
        received: &mut Received,
    ) -> Result<(), Failure> {
        let mut headers = session.fields().unwrap_or_default();
        headers.push(("accept".to_owned(), "text/event-stream".to_owned()));
        headers.push(("last-event-id".to_owned(), last.to_owned()));
        let request = self.request(Method::Get, &headers, None)?;
        let (mut response, _cancel) = send(request).await?;
        if response.status_code() != 200 {
            return Err(Failure::NoReply);
        }
        self.read(&mut response, reader, Some(session), received)
            .await
    }

    fn request(
        &self,
        method: Method,
        fields: &[(String, String)],
        body: Option<&str>,
    ) -> Result<Request, Failure> {
        let headers = Headers::new();
        for (name, value) in fields {
            headers.set(name, value)?;
        }
        if let Some((name, value)) = self.credential {
            headers.set(name, value)?;
        }
        let mut init = RequestInit::new();
        init.with_method(method)
            .with_headers(headers)
            // A redirect could lead inside a network, and would take the
            // credential along.
            .with_redirect(RequestRedirect::Manual)
            .with_body(body.map(JsValue::from_str));
        Ok(Request::new_with_init(self.endpoint.as_str(), &init)?)
    }
}

/// Only a session of the older era has streams that can be taken up.
fn resumption<'a>(
    reader: &AnswerReader,
    session: Option<&'a Session>,
) -> Option<(String, u64, &'a Session)> {
    let session = session.filter(|session| session.fields().is_some())?;
    let (last, pause_ms) = reader.resumption()?;
    Some((last.to_owned(), pause_ms.min(LONGEST_PAUSE_MS), session))
}

async fn pause(milliseconds: u64) {
    worker::Delay::from(Duration::from_millis(milliseconds)).await;
}

/// Ends the exchange when it is dropped: at the deadline, or after the reply of
/// a stream that stays open.
pub(crate) struct Cancel(Option<AbortController>);

impl Drop for Cancel {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

/// Sends a request that ends with the value beside the response.
pub(crate) async fn send(request: Request) -> Result<(Response, Cancel), Failure> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let cancel = Cancel(Some(controller));
    let response = Fetch::Request(request).send_with_signal(&signal).await?;
    Ok((response, cancel))
}
