//! The routes of administration: one table of them, and what they take and give.
//!
//! In scope: which routes there are, who may use them, the bodies of requests and
//! answers with their JSON Schemas, cursors, entity tags, and the OpenAPI document
//! made of all that. Out of scope: what a route does (`src/routes` in the gateway),
//! HTTP itself, and the protocols for assistants (MCP, OAuth, the tools over REST).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bodies;
mod body;
mod cursor;
#[cfg(test)]
mod describe;
mod matrix;
mod openapi;
mod route;
mod schema;
mod table;
mod timestamp;

pub use bodies::*;
pub use cursor::{Cursor, CursorError, ListQuery, ListQueryError, Version, VersionError};
pub use matrix::matrix;
pub use openapi::document;
pub use route::{Found, Identifier, Kind, Method, QueryParameter, Route, Who, find};
pub use table::{Operation, ROUTES};
pub use timestamp::Timestamp;
