//! The MySQL and MariaDB connector Worker.
//!
//! In scope: signing in over a TCP socket with TLS, transactions that only read with a
//! time limit on the server, and the tools of a database: query, list tables, describe a
//! table, sample rows, check a query. Results are bounded and say what was cut. Out of
//! scope: the protocol, which is `lango-mysql-protocol`, and whether a query may run: the
//! gateway has parsed it and sends the text of the checked tree. This Worker still never
//! sends a caller's text in a way that takes several statements.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod connection;
mod connector;
mod failure;
mod login;
mod pool;
mod rights;
mod settings;
mod sign_in;
mod tools;
mod transport;
mod values;
mod wire;

pub use pool::ConnectionPool;
use worker::{Context, Env, Request, Response, event};

/// A request of the gateway's service binding.
///
/// # Errors
/// Only if the platform cannot make a response.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let connector = const { &connector::Mysql::WITHOUT_POOL };
    lango_connector_runtime::serve_by_object(request, env, context, connector).await
}
