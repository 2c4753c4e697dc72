//! What the gateway and the connector Workers agree on.
//!
//! In scope: the manifest that declares a connector (its class, its credential
//! fields, its tools), the JSON messages that cross the service binding, and the
//! envelope around each of them.
//! Out of scope: HTTP, sockets, storage and every decision about who may call
//! what; those live in the gateway and in the connector Workers.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod credential;
mod database;
mod delegation;
mod envelope;
mod frame;
mod manifest;
mod message;
mod test_report;
mod trace;
mod vault;

pub use credential::{CredentialError, CredentialFields};
pub use database::{
    DatabaseScope, Dialect, SampleArguments, SqlArgument, SqlCheck, SqlPosition, SqlPurpose,
    SqlRefusal, VisibleColumn, VisibleTable,
};
pub use delegation::{
    AskStanding, BeginConnect, CompleteAnswer, CompleteConnect, ConnectAnswer, Forget, Holder,
    HolderStanding, PATH_COMPLETE, PATH_CONNECT, PATH_FORGET, PATH_STANDING, SealedConnection,
    StandingAnswer,
};
pub use envelope::{
    ENVELOPE_FIELD, ENVELOPE_LIFETIME_S, Enclosed, EnvelopeError, EnvelopeKey, EnvelopeKeys,
    EnvelopeKeysError, Verified,
};
pub use frame::{Changed, FRAMES_MEDIA_TYPE, Frame, LogLevel, LogMessage, Progress};
pub use manifest::{
    Access, Binding, ConnectorClass, Manifest, ManifestError, PromptArgument, PromptDefinition,
    ResourceDefinition, ResourceTemplateDefinition, TaskSupport, ToolDefinition,
};
pub use message::{
    CallAnswer, CallError, CallErrorCode, CallLimits, CallRequest, CallerKind, ClientInput,
    Credentials, InputNeeded, InputRequest, Operation, PATH_CALL, PATH_SEAL, Principal,
    RESIDENCY_FIELD, STATUS_NOT_RESIDENT, SealAnswer, SealRequest, UnusableTool, UpstreamTool,
    UpstreamTools,
};
pub use test_report::{Step, StepOutcome, TestReport, TestStep};
pub use trace::{TraceParent, TraceParentError};
pub use vault::{
    DataKeyAnswer, DataKeyRequest, PATH_DATA_KEY, PATH_RESEAL, PATH_REWRAP, PATH_VAULT,
    ResealAnswer, ResealRequest, RewrapRequest, RingAnswer, RingRequest,
};
