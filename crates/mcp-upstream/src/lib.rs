//! The client's side of MCP, towards a server that is governed.
//!
//! In scope: which URLs may be asked ([`Endpoint`]), finding out the era
//! ([`Negotiation`]) and building requests in it ([`Session`]), reading answers
//! in chunks and within bounds ([`AnswerReader`]), tools as the server defines
//! them, with a digest that an administrator approves ([`Definition`]), and
//! the client credentials grant of OAuth ([`ClientCredentials`]).
//! Out of scope: HTTP itself, time, where credentials come from, and whether a
//! call may be made; the connector Worker and the gateway have those.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod client_credentials;
mod definition;
mod endpoint;
mod header;
mod negotiation;
mod parameter;
mod schema;
mod session;
mod sse;
mod strict_json;

pub use answer::{AnswerError, AnswerReader, Bounds, Message, Reply, RpcError};
pub use client_credentials::{AccessToken, ClientAuthentication, ClientCredentials, TokenError};
pub use definition::{Definition, DefinitionError, ToolsPage};
pub use endpoint::{Endpoint, EndpointError};
pub use header::is_field_name;
pub use negotiation::{Negotiation, NegotiationError, Next, Response};
pub use session::{Era, Outgoing, Session};
