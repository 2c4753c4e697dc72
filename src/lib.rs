//! The gateway Worker: seven layers between an AI assistant and a business's
//! own systems.
//!
//! In scope: the entry, the seven layers (`src/gateway.rs` has them in order), the
//! routes, and the answers. Out of scope: decisions that need no runtime (they
//! are in `crates/`), state (in `durable_objects/`), and speaking to business
//! systems (in `connectors/`).
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod catalogue;
mod clock;
mod delegation;
mod denial;
mod gateway;
mod guarding;
mod header_text;
mod layers;
mod problem;
mod routes;
mod settings;
mod sign_in;
mod sql;
mod state;

pub use lango_durable_objects::{
    Alerts, Announcements, AuditLog, AuditStream, ConfigStore, ErasureKey, KeyGate, KeyRotation,
    McpSession, McpTask, Metrics, OauthGrant, SignInGuard, TenantLife,
};
use worker::{Context, Env, Request, Response, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    routes::answer(request, env, context).await
}
