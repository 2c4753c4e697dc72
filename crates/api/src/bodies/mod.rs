//! What routes take and give.

mod alerts;
mod approvals;
mod assistants;
mod audit;
mod audit_streams;
mod connections;
mod customers;
mod delegation;
mod guard;
mod issuers;
mod keys;
mod limits;
mod platform;
mod quotas;
mod residency;
mod roles;
mod sign_in;
mod signing_keys;
mod sql_policy;
mod support;
mod tenants;
mod users;
mod vault;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

pub use alerts::{
    AlertDelivery, AlertPage, AlertView, AuditLogCheck, ChangeAlertPolicy, CheckAuditLog,
    WebhookSecret,
};
pub use approvals::{ApprovalView, DecideApproval, OriginView, ReasonView};
pub use assistants::AssistantView;
pub use audit::{
    AuditArchiveProblem, AuditArchiveStatus, AuditArchiveView, AuditCheckpoint, AuditEntry,
    AuditKeys, AuditPage, AuditPolicyView, AuditProof, AuditWitness, EraseFromAudit,
    ErasedFromAudit, SetAuditPolicy,
};
pub use audit_streams::{
    ChangeStream, CreateStream, DeadLetterView, DeadLetters, ResumeStream, StreamFormat,
    StreamProgress, StreamState, StreamView,
};
pub use connections::{
    ApproveTools, ApprovedTool, ChangeConnection, ConnectionView, ConnectorView, Connectors,
    CreateConnection, SetCredentials, TestedConnection, TestedStep, WithdrawTools,
};
pub use customers::{ChangeCustomer, CreateCustomer, CustomerView};
pub use delegation::{
    AccountStanding, ConnectStarted, ConnectedAccount, ConnectedAccounts, OwnAccount, OwnAccounts,
};
pub use guard::{ChangeGuardPolicy, CreateTrustedValue, TrustedValueView};
pub use issuers::{CreateIssuer, IssuerView, MapSubject};
pub use keys::{ChangeKey, CreateKey, IssuedKey, KeyView, RotateKey};
pub use limits::{CallRate, LimitsView, SetLimits, SetTenantLimits};
pub use platform::{
    AdminView, Bootstrapped, ChangeAdmin, ChangeAdminPassword, CreateAdmin, CreatePlatformKey,
    IssuedPlatformKey, PlatformKeyView, PlatformSignIn,
};
pub use quotas::{ChangeQuotas, QuotaView, QuotasView};
pub use residency::{
    CallCounts, ChangePromise, ChangeTransfer, ConnectionResidency, CreateTransfer, DayCounts,
    EvidenceLine, ResidencyReport, TransferView,
};
pub use roles::{ChangeRole, CreateRole, RoleView};
pub use sign_in::{
    AskForCode, BrowserSession, BrowserSignIn, Invitation, Me, Nothing, RefreshSignIn, SetPassword,
    SignIn, SignInKind, SignInWithCode, SignOutEverywhere, TokenType, Tokens,
};
pub use signing_keys::{RotateSigningKey, SigningKeyState, SigningKeyView};
pub use sql_policy::{SetSqlPolicy, SqlPolicyView, TriedPrincipal, TriedSql, TrySqlPolicy};
pub use support::{GrantSupport, SupportGrantView, SupportSession};
pub use tenants::{
    ChangeSettings, ChangeTenant, CloseTenant, CreateTenant, CreatedTenant, SwitchFlag, TenantView,
};
pub use users::{AssignRole, ChangeUser, CreateUser, UserView};

pub use vault::{
    ConnectorKeysView, CredentialsDestroyed, DataKeyState, DataKeyView, DataKeyWear,
    DestroyCredentials, KeyEncryptionKeyView, RewrapDataKeys, Rewrapping, RotateDataKey, VaultView,
};

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct List<T> {
    /// What is on the page, in the order of the identifiers.
    pub items: Vec<T>,
    /// The `cursor` of the next page; null on the last one.
    pub next: Option<String>,
}

/// For a member of a change: absent leaves it as it is, null clears it. To be used
/// with `#[serde(default)]`.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
