//! The Durable Objects and the typed clients that reach them, and the connectors.
//!
//! In scope: loading, calling a pure step, storing; each object's tables and
//! messages; the two implementations of the SQL port.
//! Out of scope: decisions. They are pure functions of `lango-admission`,
//! `lango-audit-log` and `lango-store`, and are tested there.
//!
//! Each class is one file that opens with its atomicity argument, its tables
//! and its messages. The client beside it is the only place that knows the
//! class's binding, the object's name and the paths of its messages.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alerts;
mod announcements;
mod audit_log;
mod audit_stream;
mod cloud_api;
mod config_store;
mod connector;
mod development;
mod erasure_key;
mod exchange;
mod key_gate;
mod key_rotation;
mod mcp_session;
mod mcp_task;
mod metrics;
mod oauth_grant;
mod repeats;
mod sign_in_guard;
mod sql;
mod sse;
mod tenant_life;

pub use alerts::{
    Alerts, AlertsClient, AlertsPage, CheckState, DeliveryState, StoredAlert, StoredAlertPolicy,
};
pub use announcements::{Announcements, AnnouncementsClient, Watch};
pub use audit_log::{
    ArchiveProblem, ArchiveState, AuditLog, AuditLogClient, Begun, CheckpointAt, Ended, LogFigures,
    PlatformLogClient, RetentionState, WitnessState,
};
pub use audit_stream::{AuditStream, AuditStreamClient, Letter, Standing};
pub use cloud_api::CloudApi;
pub use config_store::ConfigStore;
pub use connector::{ConnectorClient, ConnectorError, Frames, Heard};
pub use erasure_key::{ErasureKey, ErasureKeyClient};
pub use exchange::Unreachable;
pub use key_gate::{ApprovedAnswer, KeyGate, KeyGateClient};
pub use key_rotation::{KeyRotation, KeyRotationClient, RotationState};
pub use mcp_session::{AskFailure, ClientAnswer, McpSession, McpSessionClient, OpenStream};
pub use mcp_task::{McpTask, McpTaskClient};
pub use metrics::{Counted, Metrics, MetricsClient};
pub use oauth_grant::{Assert, OauthGrant, OauthGrantClient, RevokedBy};
pub use sign_in_guard::{Attempt, Noted, SignInGuard, SignInGuardClient};
pub use sql::{Store, rows_written};
pub use tenant_life::{TenantLife, TenantLifeClient};
