//! One body posted, and the beginning of what comes back.

use futures_util::StreamExt as _;
use lango_siem::Answer;
use worker::{
    AbortController, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    js_sys::Uint8Array,
};
use zeroize::Zeroizing;

/// The answer about 500 entries fits.
const ANSWER_LIMIT: usize = 1 << 20;

/// The header fields of a request. Some hold a secret.
pub(crate) type Fields = Vec<(&'static str, Zeroizing<String>)>;

/// What came back.
pub(crate) struct Received {
    pub(crate) status: u16,
    retry_after: Option<String>,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Received {
    pub(crate) fn answer(&self) -> Answer<'_> {
        Answer {
            status: self.status,
            retry_after: self.retry_after.as_deref(),
            body: &self.body,
        }
    }
}

/// Ends the exchange when it is dropped at the deadline.
struct Cancel(Option<AbortController>);

impl Drop for Cancel {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

/// Posts a body. A redirect is not followed: it could lead inside a network, and would
/// take the credential along.
///
/// # Errors
/// The platform's, whose words may hold the URL and are not shown.
pub(crate) async fn post(url: &str, fields: Fields, body: &[u8]) -> worker::Result<Received> {
    let headers = Headers::new();
    for (name, value) in &fields {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(Uint8Array::from(body).into()));
    let request = Request::new_with_init(url, &init)?;
    let controller = AbortController::default();
    let signal = controller.signal();
    let mut cancel = Cancel(Some(controller));
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    let received = Received {
        status: response.status_code(),
        retry_after: response.headers().get("retry-after")?,
        body: beginning(&mut response).await?,
    };
    // It is read to its end: the connection may serve the next one.
    if received.body.len() < ANSWER_LIMIT {
        cancel.0 = None;
    }
    Ok(received)
}

async fn beginning(response: &mut Response) -> worker::Result<Zeroizing<Vec<u8>>> {
    let mut body = Zeroizing::new(Vec::new());
    // Not every answer has a body.
    let Ok(mut chunks) = response.stream() else {
        return Ok(body);
    };
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        let room = ANSWER_LIMIT - body.len();
        body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
        if body.len() >= ANSWER_LIMIT {
            break;
        }
    }
    Ok(body)
}
