//! The connector Worker for other MCP servers.
//!
//! In scope: asking an upstream for its tools and calling them, in both eras of
//! the protocol, with sessions that are kept and made again; three kinds of
//! authentication; holding a tool to the definition that an administrator has
//! approved. Out of scope: who may call what, screening and approval, which are
//! the gateway's; and the protocol itself, which is in `lango-mcp-upstream`.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod client;
mod connector;
mod exchange;
mod failure;
mod pool;
mod scrub;
mod settings;
mod token;
mod tools;

use worker::{Context, Env, Request, Response, event};

/// A request of the gateway's service binding.
///
/// # Errors
/// Only if the platform cannot make a response.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    lango_connector_runtime::serve(request, env, &connector::Mcp).await
}
