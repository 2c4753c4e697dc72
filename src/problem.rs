//! Answers: problem documents (RFC 9457) and the header fields that every
//! answer has.

use futures_util::TryStream;
use serde::Serialize;
use serde_json::{Value, json};
use worker::{Headers, Response, ResponseBuilder};

use crate::denial::Denial;

/// Header fields of every answer, whatever it is.
///
/// The gateway serves data to programs: nothing of it may be cached, framed,
/// sniffed or run.
const SECURITY_HEADERS: [(&str, &str); 8] = [
    (
        "Strict-Transport-Security",
        "max-age=63072000; includeSubDomains",
    ),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "interest-cohort=()"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
];

/// A JSON answer.
pub(crate) fn json(status: u16, body: &impl Serialize) -> worker::Result<Response> {
    bytes(status, "application/json", serde_json::to_vec(body)?)
}

/// Lines of JSON, as they come.
pub(crate) fn json_lines<S>(lines: S) -> worker::Result<Response>
where
    S: TryStream + 'static,
    S::Ok: Into<Vec<u8>>,
    S::Error: Into<worker::Error>,
{
    self::lines("application/x-ndjson", lines)
}

/// Lines of some type, as they come.
pub(crate) fn lines<S>(content_type: &str, lines: S) -> worker::Result<Response>
where
    S: TryStream + 'static,
    S::Ok: Into<Vec<u8>>,
    S::Error: Into<worker::Error>,
{
    let headers = headers()?;
    headers.set("Content-Type", content_type)?;
    ResponseBuilder::new()
        .with_headers(headers)
        .from_stream(lines)
}

/// An event stream. Nothing on the way may hold its events back.
pub(crate) fn event_stream<S>(events: S) -> worker::Result<Response>
where
    S: TryStream + 'static,
    S::Ok: Into<Vec<u8>>,
    S::Error: Into<worker::Error>,
{
    let headers = headers()?;
    headers.set("Content-Type", "text/event-stream")?;
    headers.set("X-Accel-Buffering", "no")?;
    ResponseBuilder::new()
        .with_headers(headers)
        .from_stream(events)
}

/// An answer without a body.
pub(crate) fn empty(status: u16) -> worker::Result<Response> {
    Ok(ResponseBuilder::new()
        .with_status(status)
        .with_headers(headers()?)
        .empty())
}

/// The answer to a request that went no further.
pub(crate) fn refused(denial: &Denial) -> worker::Result<Response> {
    if denial.code == "https_redirect" {
        return with_headers(empty(denial.status)?, denial);
    }
    let body = serde_json::to_vec(&document(denial))?;
    with_headers(
        bytes(denial.status, "application/problem+json", body)?,
        denial,
    )
}

/// A problem document that was remembered.
pub(crate) fn remembered(status: u16, document: &Value) -> worker::Result<Response> {
    bytes(
        status,
        "application/problem+json",
        serde_json::to_vec(document)?,
    )
}

/// The problem document of a denial.
pub(crate) fn document(denial: &Denial) -> Value {
    let mut document = json!({
        "type": format!("urn:lango:denial:{}:{}", denial.layer.name(), denial.code),
        "title": title(denial.status),
        "status": denial.status,
        "detail": denial.detail,
        "layer": denial.layer.name(),
        "code": denial.code,
    });
    if let Some(members) = document.as_object_mut() {
        members.extend(denial.members.clone());
    }
    document
}

/// Adds the header fields of a denial to an answer.
pub(crate) fn with_headers(response: Response, denial: &Denial) -> worker::Result<Response> {
    let mut response = response;
    for (name, value) in &denial.headers {
        response.headers_mut().set(name, value)?;
    }
    Ok(response)
}

/// A page for a browser, with a policy of its own: it runs nothing and is framed
/// by nobody.
pub(crate) fn page(status: u16, html: String, policy: &str) -> worker::Result<Response> {
    let response = bytes(status, "text/html; charset=utf-8", html.into_bytes())?;
    let headers = response.headers();
    headers.set("Content-Security-Policy", policy)?;
    // Without any referrer a browser sends forms with `Origin: null`, and their
    // origin could not be checked.
    headers.set("Referrer-Policy", "same-origin")?;
    Ok(response)
}

/// Sends a browser elsewhere with GET (RFC 9110 §15.4.4).
pub(crate) fn see_other(location: &str) -> worker::Result<Response> {
    let response = empty(303)?;
    response.headers().set("Location", location)?;
    Ok(response)
}

fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> worker::Result<Response> {
    let headers = headers()?;
    headers.set("Content-Type", content_type)?;
    Ok(ResponseBuilder::new()
        .with_status(status)
        .with_headers(headers)
        .fixed(body))
}

fn headers() -> worker::Result<Headers> {
    let headers = Headers::new();
    for (name, value) in SECURITY_HEADERS {
        headers.set(name, value)?;
    }
    Ok(headers)
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        424 => "Failed Dependency",
        429 => "Too Many Requests",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}
