//! Tokens for an upstream that knows Lango as an OAuth client.

use std::rc::Rc;

use futures_util::StreamExt as _;
use lango_mcp_upstream::{AccessToken, ClientCredentials, Endpoint, TokenError};
use worker::{
    Headers, Method, Request, RequestInit, RequestRedirect, Response, wasm_bindgen::JsValue,
};
use zeroize::Zeroizing;

use crate::{exchange::send, failure::Failure, pool::Shared};

/// A token response is small.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The `Authorization` field for the upstream: the one that is still good, or a
/// new one.
pub(crate) async fn authorization(
    endpoint: &Endpoint,
    credentials: &ClientCredentials<'_>,
    known: &Shared,
    now_ms: impl Fn() -> u64,
) -> Result<Rc<Zeroizing<String>>, Failure> {
    if let Some(token) = known.borrow().token(now_ms()) {
        return Ok(token);
    }
    let token = ask(endpoint, credentials).await?;
    let authorization = Rc::new(token.authorization);
    known
        .borrow_mut()
        .set_token(Rc::clone(&authorization), token.lifetime_s, now_ms());
    Ok(authorization)
}

async fn ask(
    endpoint: &Endpoint,
    credentials: &ClientCredentials<'_>,
) -> Result<AccessToken, Failure> {
    let (form, authorization) = credentials.request();
    let headers = Headers::new();
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    headers.set("accept", "application/json")?;
    if let Some(authorization) = &authorization {
        headers.set("authorization", authorization)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(JsValue::from_str(&form)));
    let request = Request::new_with_init(endpoint.as_str(), &init)?;
    let (mut response, _cancel) = send(request).await?;
    let status = response.status_code();
    let body = body(&mut response).await?;
    Ok(AccessToken::parse(status, &body)?)
}

async fn body(response: &mut Response) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut body = Zeroizing::new(Vec::with_capacity(LARGEST_ANSWER));
    let Ok(mut chunks) = response.stream() else {
        return Ok(body);
    };
    while let Some(chunk) = chunks.next().await {
        let chunk = Zeroizing::new(chunk?);
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(TokenError::Shape.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
