//! The PostgreSQL connector Worker.
//!
//! In scope: signing in over a TCP socket (TLS where the server offers it), a
//! read-only transaction with a time limit on the server, and three tools:
//! query, list tables, describe a table. Results are bounded and say what was
//! cut. Out of scope: whether a query may run; the gateway has parsed it and
//! sends the text of the checked tree. This Worker still never sends a caller's
//! text by the simple protocol, which would take several statements.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod connector;
mod failure;
mod frame_guard;
mod known;
mod login;
pub mod owners_code;
mod pool;
mod projection;
mod rights;
mod session;
mod settings;
mod socket;
mod tools;

pub use pool::ConnectionPool;
pub use session::Names;
use worker::{Context, Env, Request, Response, event};

/// A request of the gateway's service binding.
///
/// # Errors
/// Only if the platform cannot make a response.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let connector = const { &connector::Postgres::WITHOUT_POOL };
    lango_connector_runtime::serve_by_object(request, env, context, connector).await
}
