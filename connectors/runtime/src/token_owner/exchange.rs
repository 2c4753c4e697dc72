//! One request to a token endpoint, and what comes back.

use std::time::Duration;

use futures_util::StreamExt as _;
use lango_delegation::{Answer, Profile, TokenRequest, TokenResponse};
use worker::{
    AbortController, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    wasm_bindgen::JsValue,
};
use zeroize::{Zeroize as _, Zeroizing};

use crate::within;

/// How long a server may take. Whoever waits for the token waits as long.
pub(super) const LONGEST: Duration = Duration::from_secs(10);
/// A token response is small.
const LARGEST: usize = 64 * 1024;

/// Sends it, once. Whatever goes wrong on the way leaves unknown what the server did.
pub(super) async fn send(request: &TokenRequest, profile: &Profile) -> Answer<Zeroizing<String>> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let came = within(LONGEST, async {
        let request = prepared(request)?;
        let response = Fetch::Request(request).send_with_signal(&signal).await?;
        read(response, profile).await
    })
    .await;
    match came {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Answer::Unknown,
        Err(_) => {
            controller.abort();
            Answer::Unknown
        }
    }
}

fn prepared(asked: &TokenRequest) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("accept", "application/json")?;
    if let Some(authorization) = &asked.authorization {
        headers.set("authorization", authorization)?;
    }
    let mut init = RequestInit::new();
    if let Some(form) = &asked.form {
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        init.with_method(Method::Post)
            .with_body(Some(JsValue::from_str(form)));
    }
    // A redirect could lead inside a network, and would take the secret along.
    init.with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    Request::new_with_init(&asked.url, &init)
}

async fn read(
    mut response: Response,
    profile: &Profile,
) -> worker::Result<Answer<Zeroizing<String>>> {
    let status = response.status_code();
    let retry_after = response.headers().get("retry-after")?;
    let mut body = Zeroizing::new(Vec::with_capacity(LARGEST));
    if let Ok(mut chunks) = response.stream() {
        while let Some(chunk) = chunks.next().await {
            let mut chunk = chunk?;
            if body.len() + chunk.len() > LARGEST {
                return Ok(Answer::Unknown);
            }
            body.extend_from_slice(&chunk);
            chunk.zeroize();
        }
    }
    Ok(TokenResponse::parse(
        profile,
        status,
        retry_after.as_deref(),
        &body,
    ))
}
