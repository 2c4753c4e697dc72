//! What the gateway and the connector Workers agree on.
//!
//! In scope: the manifest that declares a connector (its class, its credential
//! fields, its tools), and the JSON messages that cross the service binding.
//! Out of scope: HTTP, sockets, storage and every decision about who may call
//! what; those live in the gateway and in the connector Workers.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod credential;
mod manifest;
mod message;

pub use credential::{CredentialError, CredentialFields};
pub use manifest::{
    Access, ConnectorClass, Dialect, Manifest, ManifestError, SqlArgument, ToolDefinition,
};
pub use message::{
    CallAnswer, CallError, CallErrorCode, CallLimits, CallRequest, Credentials, PATH_CALL,
    PATH_SEAL, SealAnswer, SealRequest,
};
