//! The connector Worker for SIEM receivers.
//!
//! In scope: handing entries of an audit log to a receiver, by HTTPS or by syslog over
//! TLS, and saying what became of them; finding out whether a receiver takes any. It
//! has no tools: no assistant reaches it. Out of scope: which entries, and when, which
//! are the gateway's `AuditStream` object's; and what bodies and answers mean, which is
//! in `lango-siem`.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod connector;
mod deliver;
mod entra;
mod exchange;
mod settings;
mod syslog;

use worker::{Context, Env, Request, Response, event};

/// A request of the gateway's service binding.
///
/// # Errors
/// Only if the platform cannot make a response.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    lango_connector_runtime::serve(request, env, &connector::Siem).await
}
