//! What the gateway and the connector Workers agree on.
//!
//! In scope: the manifest that declares a connector (its class, its credential
//! fields, its tools), and the JSON messages that cross the service binding.
//! Out of scope: HTTP, sockets, storage and every decision about who may call
//! what; those live in the gateway and in the connector Workers.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod credential;
mod delegation;
mod frame;
mod manifest;
mod message;

pub use credential::{CredentialError, CredentialFields};
pub use delegation::{
    AskStanding, BeginConnect, CompleteAnswer, CompleteConnect, ConnectAnswer, Forget, Holder,
    HolderStanding, PATH_COMPLETE, PATH_CONNECT, PATH_FORGET, PATH_STANDING, SealedConnection,
    StandingAnswer,
};
pub use frame::{Changed, FRAMES_MEDIA_TYPE, Frame, LogLevel, LogMessage, Progress};
pub use manifest::{
    Access, Binding, ConnectorClass, Dialect, Manifest, ManifestError, PromptArgument,
    PromptDefinition, ResourceDefinition, ResourceTemplateDefinition, SqlArgument, TaskSupport,
    ToolDefinition,
};
pub use message::{
    CallAnswer, CallError, CallErrorCode, CallLimits, CallRequest, CallerKind, ClientInput,
    Credentials, InputNeeded, InputRequest, Operation, PATH_CALL, PATH_SEAL, Principal, SealAnswer,
    SealRequest, UnusableTool, UpstreamTool, UpstreamTools,
};
