//! Every route of administration.

use lango_anomaly::AlertPolicy;
use lango_guard::GuardPolicy;
use lango_identity::Permission as P;
use lango_residency::Promise;
use lango_tenancy::{FlagState, Settings};

use crate::bodies::{
    AlertPage, AlertView, AuditLogCheck, ChangeAlertPolicy, CheckAuditLog, WebhookSecret,
};
use crate::bodies::{
    ChangeStream, ConnectorKeysView, CreateStream, CredentialsDestroyed, DeadLetters,
    DestroyCredentials, List, ResumeStream, RewrapDataKeys, Rewrapping, RotateDataKey, StreamView,
    VaultView,
};
use crate::{
    bodies::{
        AdminView, ApprovalView, ApproveTools, AskForCode, AssignRole, AssistantView,
        AuditArchiveView, AuditCheckpoint, AuditKeys, AuditPage, AuditPolicyView, AuditProof,
        Bootstrapped, BrowserSession, BrowserSignIn, ChangeAdmin, ChangeAdminPassword,
        ChangeConnection, ChangeCustomer, ChangeGuardPolicy, ChangeKey, ChangePromise,
        ChangeQuotas, ChangeRole, ChangeSettings, ChangeTenant, ChangeTransfer, ChangeUser,
        CloseTenant, ConnectStarted, ConnectedAccounts, ConnectionView, Connectors, CreateAdmin,
        CreateConnection, CreateCustomer, CreateIssuer, CreateKey, CreatePlatformKey, CreateRole,
        CreateTenant, CreateTransfer, CreateTrustedValue, CreateUser, CreatedTenant, CustomerView,
        DecideApproval, EraseFromAudit, ErasedFromAudit, GrantSupport, Invitation, IssuedKey,
        IssuedPlatformKey, IssuerView, KeyView, LimitsView, MapSubject, Me, Nothing, OwnAccounts,
        PlatformKeyView, PlatformSignIn, QuotasView, RefreshSignIn, ResidencyReport, RoleView,
        RotateKey, RotateSigningKey, SetAuditPolicy, SetCredentials, SetLimits, SetPassword,
        SetSqlPolicy, SetTenantLimits, SignIn, SignInWithCode, SignOutEverywhere, SigningKeyView,
        SqlPolicyView, SupportGrantView, SupportSession, SwitchFlag, TenantView, TestedConnection,
        Tokens, TransferView, TriedSql, TrustedValueView, TrySqlPolicy, UserView, WithdrawTools,
    },
    route::{QueryParameter, Route, Who},
};

macro_rules! routes {
    ($($operation:ident $summary:literal = $route:expr;)*) => {
        /// Every route, by what it does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $(#[doc = $summary] $operation,)*
        }

        impl Operation {
            pub(crate) const FIRST: Self = [$(Self::$operation,)*][0];

            /// The name, such as `ListKeys`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$operation => stringify!($operation),)* }
            }
        }

        /// All of them. The gateway dispatches by this table and by nothing else.
        pub const ROUTES: &[Route] = &[
            $($route.named(Operation::$operation, $summary),)*
        ];
    };
}

const fn parameter(name: &'static str, description: &'static str) -> QueryParameter {
    QueryParameter { name, description }
}

const FROM: QueryParameter = parameter("from", "From this time on (RFC 3339), or this day, UTC.");
const TO: QueryParameter = parameter("to", "Before this time (RFC 3339), or this day, UTC.");
const PRINCIPAL: QueryParameter = parameter("principal", "Who acted. From the Business plan up.");
const KEY_ID: QueryParameter = parameter(
    "key_id",
    "With which key, grant or session. From the Business plan up.",
);
const TOOL: QueryParameter = parameter("tool", "Which tool or action. From the Business plan up.");
const CONNECTOR: QueryParameter = parameter(
    "connector",
    "Which kind of connector. From the Business plan up.",
);
const STATUS: QueryParameter = parameter(
    "status",
    "How it ended: succeeded, failed, denied or unknown. From the Business plan up.",
);
const TEXT: QueryParameter = parameter(
    "text",
    "Up to 8 words, each of which stands in the entry. From the Business plan up.",
);
const CURSOR: QueryParameter = parameter("cursor", "The `next` of an earlier page.");

/// What a search of the audit log takes.
const AUDIT_SEARCH: &[QueryParameter] = &[
    parameter("limit", "How many entries, 1 to 200; 50 when absent."),
    CURSOR,
    FROM,
    TO,
    PRINCIPAL,
    KEY_ID,
    TOOL,
    CONNECTOR,
    STATUS,
    TEXT,
];

/// What an export of it takes.
const AUDIT_EXPORT: &[QueryParameter] = &[
    parameter("format", "ndjson, with proofs, or csv; ndjson when absent."),
    parameter(
        "first",
        "The index of the first entry, to go on with an export; 0 when absent.",
    ),
    parameter(
        "tree_size",
        "The size of the checkpoint that the export is held against, to go on with one; the newest when absent.",
    ),
    FROM,
    TO,
    PRINCIPAL,
    KEY_ID,
    TOOL,
    CONNECTOR,
    STATUS,
    TEXT,
];

const AUDIT_CHECKPOINT: &[QueryParameter] = &[parameter(
    "size",
    "Of the log when it had this many entries; the newest when absent.",
)];

const AUDIT_INCLUSION: &[QueryParameter] = &[
    parameter("index", "The entry's index."),
    parameter("size", "Of which checkpoint; the newest when absent."),
];

const AUDIT_CONSISTENCY: &[QueryParameter] = &[
    parameter("from", "The size of the older checkpoint."),
    parameter("to", "The size of the newer one; the newest when absent."),
];

/// What the audit log's own paging takes.
const AUDIT_QUERY: &[QueryParameter] = &[
    QueryParameter {
        name: "limit",
        description: "How many entries, 1 to 200; 50 when absent.",
    },
    QueryParameter {
        name: "cursor",
        description: "The `next` of an earlier page.",
    },
];

/// How far back a report looks.
const DAYS_QUERY: &[QueryParameter] = &[QueryParameter {
    name: "days",
    description: "How many days, 1 to 90, today included; 30 when absent.",
}];

/// Behind which entry a list begins.
const AFTER_QUERY: &[QueryParameter] = &[QueryParameter {
    name: "after",
    description: "Those behind this index; the `next` of an earlier answer.",
}];

const SIEM: Who = Who::Tenant(&[P::SiemManage]);

const KEYS: Who = Who::Tenant(&[P::KeyManageAll, P::KeyCreateOwn]);

/// Which held calls a list shows.
const STATUS_QUERY: &[QueryParameter] = &[QueryParameter {
    name: "status",
    description: "Of this state alone: pending, approved, refused, expired or used.",
}];

const GUARD_POLICY: Who = Who::Tenant(&[P::SettingsView, P::PolicyManage]);

const APPROVE: Who = Who::Tenant(&[P::ToolApprove]);

/// Which alerts a list shows.
const ALERTS_QUERY: &[QueryParameter] = &[
    QueryParameter {
        name: "limit",
        description: "How many alerts, 1 to 200; 50 when absent.",
    },
    QueryParameter {
        name: "cursor",
        description: "The `next` of an earlier page.",
    },
];

const ALERT_POLICY: Who = Who::Tenant(&[P::SettingsView, P::WebhookManage]);

const FLAGS: Who = Who::Tenant(&[P::SettingsView, P::FlagManage]);

routes! {
    ListKeys "List the API keys; those of one's own where one may not manage all." =
        Route::list::<KeyView>("/admin/v1/keys", KEYS);
    CreateKey "Make an API key. Its token is shown this once." =
        Route::create::<CreateKey, IssuedKey>("/admin/v1/keys", KEYS);
    ReadKey "Show an API key." =
        Route::read::<KeyView>("/admin/v1/keys/{key_id}", KEYS);
    ChangeKey "Change an API key; it holds for the next call." =
        Route::update::<ChangeKey, KeyView>("/admin/v1/keys/{key_id}", KEYS);
    RevokeKey "Revoke an API key; it holds for the next call." =
        Route::delete("/admin/v1/keys/{key_id}", KEYS);
    RotateKey "Make the key that follows another, which passes a while longer." =
        Route::create::<RotateKey, IssuedKey>("/admin/v1/keys/{key_id}/rotate", KEYS);

    ListUsers "List the employees." =
        Route::list::<UserView>("/admin/v1/users", Who::Tenant(&[P::UserView]));
    CreateUser "Register an employee." =
        Route::create::<CreateUser, UserView>("/admin/v1/users", Who::Tenant(&[P::UserManage]));
    ReadUser "Show an employee." =
        Route::read::<UserView>("/admin/v1/users/{user_id}", Who::Tenant(&[P::UserView]));
    ChangeUser "Change or suspend an employee; it holds for the next call." =
        Route::update::<ChangeUser, UserView>("/admin/v1/users/{user_id}", Who::Tenant(&[P::UserManage]));
    AssignRole "Give an employee another role; it holds for the next call." =
        Route::update::<AssignRole, UserView>("/admin/v1/users/{user_id}/role", Who::Tenant(&[P::RoleAssign])).by_put();

    ListRoles "List the roles: the five, and the tenant's own." =
        Route::list::<RoleView>("/admin/v1/roles", Who::Tenant(&[P::UserView]));
    CreateRole "Define a role." =
        Route::create::<CreateRole, RoleView>("/admin/v1/roles", Who::Tenant(&[P::RoleAssign]));
    ReadRole "Show a role." =
        Route::read::<RoleView>("/admin/v1/roles/{role}", Who::Tenant(&[P::UserView]));
    ChangeRole "Change a role of the tenant's own; it holds for the next call." =
        Route::update::<ChangeRole, RoleView>("/admin/v1/roles/{role}", Who::Tenant(&[P::RoleAssign]));
    DeleteRole "Delete a role that nobody has." =
        Route::delete("/admin/v1/roles/{role}", Who::Tenant(&[P::RoleAssign]));

    ListCustomers "List the customers." =
        Route::list::<CustomerView>("/admin/v1/customers", Who::Tenant(&[P::UserView]));
    CreateCustomer "Register a customer." =
        Route::create::<CreateCustomer, CustomerView>("/admin/v1/customers", Who::Tenant(&[P::UserManage]));
    ReadCustomer "Show a customer." =
        Route::read::<CustomerView>("/admin/v1/customers/{customer_id}", Who::Tenant(&[P::UserView]));
    ChangeCustomer "Change or suspend a customer; it holds for the next call." =
        Route::update::<ChangeCustomer, CustomerView>("/admin/v1/customers/{customer_id}", Who::Tenant(&[P::UserManage]));

    ListConnections "List the connections." =
        Route::list::<ConnectionView>("/admin/v1/connections", Who::Tenant(&[P::ConnectionView]));
    CreateConnection "Connect a system. Its credentials are sealed and never shown." =
        Route::create::<CreateConnection, ConnectionView>("/admin/v1/connections", Who::Tenant(&[P::ConnectionManage]));
    ReadConnection "Show a connection, without its credentials." =
        Route::read::<ConnectionView>("/admin/v1/connections/{connection_id}", Who::Tenant(&[P::ConnectionView]));
    ChangeConnection "Change a connection's name, slug, hosts, or whether it may be called; it holds for the next call." =
        Route::update::<ChangeConnection, ConnectionView>("/admin/v1/connections/{connection_id}", Who::Tenant(&[P::ConnectionManage]));
    SetCredentials "Replace a connection's credentials; they lead to its allowed hosts. The next call has them." =
        Route::update::<SetCredentials, ConnectionView>("/admin/v1/connections/{connection_id}/credentials", Who::Tenant(&[P::ConnectionRotate])).by_put();
    TestConnection "Find out whether a connection works, and what is wrong: host, port, TLS, authentication or rights." =
        Route::action::<Nothing, TestedConnection>("/admin/v1/connections/{connection_id}/test", Who::Tenant(&[P::ConnectionManage, P::ConnectionRotate]));
    ListConnectors "List what can be connected, with the schema of each one's credentials." =
        Route::read::<Connectors>("/admin/v1/connectors", Who::Tenant(&[P::ConnectionView]));
    DeleteConnection "Disconnect a system." =
        Route::delete("/admin/v1/connections/{connection_id}", Who::Tenant(&[P::ConnectionManage]));
    ReadSqlPolicy "Show what of a connected database may be seen, and by whom." =
        Route::read::<SqlPolicyView>("/admin/v1/connections/{connection_id}/sql-policy", Who::Tenant(&[P::ConnectionView]));
    SetSqlPolicy "Say what of a connected database may be seen, and by whom; it holds for the next call." =
        Route::update::<SetSqlPolicy, SqlPolicyView>("/admin/v1/connections/{connection_id}/sql-policy", Who::Tenant(&[P::PolicyManage])).by_put();
    TrySqlPolicy "Try a query for somebody, without running it: with the policy in force, or with another." =
        Route::action::<TrySqlPolicy, TriedSql>("/admin/v1/connections/{connection_id}/sql-policy/try", Who::Tenant(&[P::PolicyManage]));
    ReadSqlPolicySchema "Show the JSON Schema of what of a database may be seen." =
        Route::read::<serde_json::Map<String, serde_json::Value>>("/admin/v1/sql-policy/schema", Who::Tenant(&[P::ConnectionView]));
    ListUpstreamTools "List the tools of another MCP server and what was decided about them." =
        Route::read::<serde_json::Value>("/admin/v1/connections/{connection_id}/tools", Who::Tenant(&[P::ConnectionView]));
    RefreshUpstreamTools "Ask another MCP server for its tools again." =
        Route::action::<serde_json::Value, serde_json::Value>("/admin/v1/connections/{connection_id}/tools/refresh", Who::Tenant(&[P::ConnectionManage]));
    ApproveUpstreamTools "Approve tools of another MCP server." =
        Route::action::<ApproveTools, serde_json::Value>("/admin/v1/connections/{connection_id}/tools/approve", Who::Tenant(&[P::ConnectionManage]));
    WithdrawUpstreamTools "Withdraw the approval of tools of another MCP server." =
        Route::action::<WithdrawTools, serde_json::Value>("/admin/v1/connections/{connection_id}/tools/withdraw", Who::Tenant(&[P::ConnectionManage]));

    ReadVault "Show the versions of the data keys that credentials are sealed under, and what is being moved." =
        Route::read::<VaultView>("/admin/v1/vault", Who::Tenant(&[P::ConnectionView]));
    RotateDataKey "Make a new data key for a connector; what is sealed is moved to it without interruption." =
        Route::action::<RotateDataKey, VaultView>("/admin/v1/vault/rotate", Who::Tenant(&[P::ConnectionRotate]));
    DestroyCredentials "Make every credential of the tenant unreadable at once, in every backup too. It cannot be undone." =
        Route::action::<DestroyCredentials, CredentialsDestroyed>("/admin/v1/vault/destroy", Who::Tenant(&[P::SettingsManage]));
    ReadKeyEncryptionKeys "Show what the key-encryption keys of each connector are needed for." =
        Route::read::<List<ConnectorKeysView>>("/platform/v1/vault", Who::Platform);
    RewrapDataKeys "Have data keys wrapped under a connector's current key-encryption key." =
        Route::action::<RewrapDataKeys, Rewrapping>("/platform/v1/vault/rewrap", Who::Platform);

    ListAssistants "List what users have allowed assistants." =
        Route::list::<AssistantView>("/admin/v1/assistants", Who::Tenant(&[P::AgentView]));
    RevokeAssistant "End what a user has allowed an assistant." =
        Route::delete("/admin/v1/assistants/{grant_id}", Who::Tenant(&[P::AgentManage]));

    ListIssuers "List the identity providers that are trusted." =
        Route::list::<IssuerView>("/admin/v1/issuers", Who::Tenant(&[P::SettingsView]));
    TrustIssuer "Trust an identity provider." =
        Route::create::<CreateIssuer, IssuerView>("/admin/v1/issuers", Who::Tenant(&[P::SettingsManage]));
    DistrustIssuer "Trust an identity provider no more." =
        Route::delete("/admin/v1/issuers/{issuer_id}", Who::Tenant(&[P::SettingsManage]));
    MapSubject "Say which user a provider's subject is." =
        Route::action::<MapSubject, ()>("/admin/v1/issuers/{issuer_id}/subjects", Who::Tenant(&[P::UserManage])).without_answer();

    ListSigningKeys "List the keys that sign tokens." =
        Route::list::<SigningKeyView>("/platform/v1/signing-keys", Who::Platform);
    RotateSigningKey "Make a new signing key; the tokens of the old ones stay valid." =
        Route::create::<RotateSigningKey, SigningKeyView>("/platform/v1/signing-keys", Who::Platform);
    WithdrawSigningKey "Withdraw a signing key that has leaked: its tokens are refused." =
        Route::delete("/platform/v1/signing-keys/{kid}", Who::Platform);

    ReadAudit "Read the audit log, newest first." =
        Route::read::<AuditPage>("/admin/v1/audit", Who::Tenant(&[P::AuditView])).with_query(AUDIT_SEARCH);
    ExportAudit "Export the audit log, with the proofs that nothing was changed or left out, or as CSV." =
        Route::export::<serde_json::Map<String, serde_json::Value>>("/admin/v1/audit/export", Who::Tenant(&[P::AuditExport])).with_query(AUDIT_EXPORT);
    ReadAuditCheckpoint "Show the newest checkpoint of the audit log, or the one of a size." =
        Route::read::<AuditCheckpoint>("/admin/v1/audit/checkpoint", Who::Tenant(&[P::AuditView])).with_query(AUDIT_CHECKPOINT);
    ProveAuditInclusion "Prove that an entry is in the audit log." =
        Route::read::<AuditProof>("/admin/v1/audit/proofs/inclusion", Who::Tenant(&[P::AuditView])).with_query(AUDIT_INCLUSION);
    ProveAuditConsistency "Prove that nothing was changed between two checkpoints of the audit log." =
        Route::read::<AuditProof>("/admin/v1/audit/proofs/consistency", Who::Tenant(&[P::AuditView])).with_query(AUDIT_CONSISTENCY);
    ReadAuditKeys "Show the keys that verify the audit log's checkpoints." =
        Route::read::<AuditKeys>("/admin/v1/audit/key", Who::Tenant(&[P::AuditView]));
    ReadAuditArchive "Show how far the archive of the audit log is, and what is wrong with it." =
        Route::read::<AuditArchiveView>("/admin/v1/audit/archive", Who::Tenant(&[P::AuditView]));
    ReadAuditPolicy "Show which arguments stand in the audit log, how long it is kept, and whether it is held." =
        Route::read::<AuditPolicyView>("/admin/v1/audit/policy", Who::Tenant(&[P::RetentionManage, P::AuditView]));
    SetAuditPolicy "Say which arguments stand in the audit log, how long it is kept, and whether nothing may be destroyed." =
        Route::update::<SetAuditPolicy, AuditPolicyView>("/admin/v1/audit/policy", Who::Tenant(&[P::RetentionManage])).by_put();
    EraseFromAudit "Erase a person's personal values from the audit log; its proofs go on holding. It cannot be undone." =
        Route::action::<EraseFromAudit, ErasedFromAudit>("/admin/v1/audit/erasures", Who::Tenant(&[P::PrivacyErase]));
    ReadQuotas "Show how much of each thing there may be, and how much there is." =
        Route::read::<QuotasView>("/admin/v1/quotas", Who::Tenant(&[P::SettingsView]));

    SignIn "Sign in with an e-mail address and a password." =
        Route::action::<SignIn, Tokens>("/auth/v1/sign-in", Who::Public);
    AskForCode "Have a one-time code sent to a telephone. The answer is the same whether or not the number is anybody's." =
        Route::action::<AskForCode, ()>("/auth/v1/codes", Who::Public).without_answer().later();
    SignInWithCode "Sign in with a telephone number and its one-time code." =
        Route::action::<SignInWithCode, Tokens>("/auth/v1/codes/verify", Who::Public);
    RefreshSignIn "Get the next tokens of a sign-in. A refresh token that comes twice ends it." =
        Route::action::<RefreshSignIn, Tokens>("/auth/v1/refresh", Who::Public);
    StartBrowserSession "Sign in with a browser: the session is a cookie." =
        Route::action::<BrowserSignIn, BrowserSession>("/auth/v1/browser-session", Who::Public);
    SetPassword "Set a password: the first or a new one with an invitation, another one with the one until now." =
        Route::action::<SetPassword, ()>("/auth/v1/password", Who::Public).without_answer();
    SignOut "End this sign-in; it holds for the next call." =
        Route::action::<Nothing, ()>("/auth/v1/sign-out", Who::SignedIn).without_answer();
    SignOutEverywhere "End every sign-in of one's own; it holds for the next call." =
        Route::action::<SignOutEverywhere, ()>("/auth/v1/sign-out-everywhere", Who::SignedIn).without_answer();
    ReadMe "Show who has signed in, and what they may do." =
        Route::read::<Me>("/auth/v1/me", Who::SignedIn);

    ListOwnAccounts "List the systems that act as oneself, and whether one's account there is connected." =
        Route::read::<OwnAccounts>("/auth/v1/connections", Who::SignedIn);
    ConnectAccount "Connect one's account in a system that acts as oneself: where to go for it, in the same browser." =
        Route::action::<Nothing, ConnectStarted>("/auth/v1/connections/{connection_id}/connect", Who::SignedIn);
    DisconnectAccount "Disconnect one's account: what Lango was given for it is forgotten." =
        Route::delete("/auth/v1/connections/{connection_id}/connect", Who::SignedIn);
    ListConnectedAccounts "List those who have connected their account in a system that acts as them." =
        Route::read::<ConnectedAccounts>("/admin/v1/connections/{connection_id}/accounts", Who::Tenant(&[P::ConnectionView]));

    InviteUser "Make an invitation with which an employee sets a password. It is shown this once." =
        Route::create::<Nothing, Invitation>("/admin/v1/users/{user_id}/invitation", Who::Tenant(&[P::UserManage]));
    InviteCustomer "Make an invitation with which a customer sets a password. It is shown this once." =
        Route::create::<Nothing, Invitation>("/admin/v1/customers/{customer_id}/invitation", Who::Tenant(&[P::UserManage]));

    ReadTenant "Show one's own tenant." =
        Route::read::<TenantView>("/admin/v1/tenant", Who::Tenant(&[P::SettingsView, P::BillingManage]));
    CloseTenant "Close one's own tenant; everything is erased later." =
        Route::action::<CloseTenant, TenantView>("/admin/v1/close", Who::Tenant(&[P::BillingManage]));
    ExportTenant "Export the configuration, without secrets, and the audit log; also while the tenant is closed." =
        Route::export::<serde_json::Map<String, serde_json::Value>>("/admin/v1/export", Who::Tenant(&[P::AuditExport]));
    ReadSettings "Show the settings in force." =
        Route::read::<Settings>("/admin/v1/settings", Who::Tenant(&[P::SettingsView]));
    ChangeSettings "Change settings by a merge patch." =
        Route::update::<ChangeSettings, Settings>("/admin/v1/settings", Who::Tenant(&[P::SettingsManage]));
    ReadLimits "Show how often each key, each tool and the tenant may call, and who has said so." =
        Route::read::<LimitsView>("/admin/v1/limits", Who::Tenant(&[P::SettingsView]));
    SetLimits "Limit the calls of all keys together, and of tools; it holds for the next call." =
        Route::update::<SetLimits, LimitsView>("/admin/v1/limits", Who::Tenant(&[P::SettingsManage])).by_put();
    ReadSettingsSchema "Show the JSON Schema of the settings." =
        Route::read::<serde_json::Map<String, serde_json::Value>>("/admin/v1/settings/schema", Who::Tenant(&[P::SettingsView]));
    ListFlags "List the features, and where the state of each comes from." =
        Route::list::<FlagState>("/admin/v1/flags", FLAGS);
    ReadFlag "Show a feature." =
        Route::read::<FlagState>("/admin/v1/flags/{flag}", FLAGS);
    SwitchFlag "Switch a feature; it holds for the next call." =
        Route::update::<SwitchFlag, FlagState>("/admin/v1/flags/{flag}", Who::Tenant(&[P::FlagManage])).by_put();
    ResetFlag "Set a feature back to its default; it holds for the next call." =
        Route::delete("/admin/v1/flags/{flag}", Who::Tenant(&[P::FlagManage]));
    ListSupportGrants "List what the platform's support was and is allowed." =
        Route::list::<SupportGrantView>("/admin/v1/support-grants", Who::Tenant(&[P::RoleAssign]));
    GrantSupport "Let the platform's support in for a while." =
        Route::create::<GrantSupport, SupportGrantView>("/admin/v1/support-grants", Who::Tenant(&[P::RoleAssign]));
    ReadSupportGrant "Show a support grant." =
        Route::read::<SupportGrantView>("/admin/v1/support-grants/{support_grant_id}", Who::Tenant(&[P::RoleAssign]));
    RevokeSupportGrant "Let the platform's support in no more; it holds for the next call." =
        Route::delete("/admin/v1/support-grants/{support_grant_id}", Who::Tenant(&[P::RoleAssign]));

    ListStreams "List the streams of the audit log, and where each of them stands." =
        Route::list::<StreamView>("/admin/v1/audit/streams", SIEM);
    CreateStream "Stream the audit log to a SIEM, over a connection whose connector takes it: from the Business plan up." =
        Route::create::<CreateStream, StreamView>("/admin/v1/audit/streams", SIEM);
    ReadStream "Show a stream of the audit log and where it stands." =
        Route::read::<StreamView>("/admin/v1/audit/streams/{stream_id}", SIEM);
    ChangeStream "Change a stream of the audit log; it goes on where it stands." =
        Route::update::<ChangeStream, StreamView>("/admin/v1/audit/streams/{stream_id}", SIEM);
    DeleteStream "End a stream of the audit log. The receiver keeps what it has." =
        Route::delete("/admin/v1/audit/streams/{stream_id}", SIEM);
    TestStream "Find out whether a stream's receiver can be reached and takes the credentials; nothing is sent." =
        Route::action::<Nothing, TestedConnection>("/admin/v1/audit/streams/{stream_id}/test", SIEM);
    ResumeStream "Have a stream go on at once: where it stands, or from an entry on, which sends again what was sent." =
        Route::action::<ResumeStream, StreamView>("/admin/v1/audit/streams/{stream_id}/resume", SIEM);
    ListDeadLetters "List the entries that a stream's receiver did not take." =
        Route::read::<DeadLetters>("/admin/v1/audit/streams/{stream_id}/dead-letters", SIEM).with_query(AFTER_QUERY);

    ReadResidency "Show where calls may run, and where those of the last days did." =
        Route::read::<ResidencyReport>("/admin/v1/residency", Who::Tenant(&[P::AuditView, P::SettingsView])).with_query(DAYS_QUERY);
    ReadPromise "Show where calls may run." =
        Route::read::<Promise>("/admin/v1/residency/promise", Who::Tenant(&[P::SettingsView]));
    ChangePromise "Say where calls may run; it holds for the next call." =
        Route::update::<ChangePromise, Promise>("/admin/v1/residency/promise", Who::Tenant(&[P::SettingsManage]));
    ListTransfers "List the register of transfers." =
        Route::list::<TransferView>("/admin/v1/transfers", Who::Tenant(&[P::SettingsView]));
    CreateTransfer "Write a system into the register of transfers." =
        Route::create::<CreateTransfer, TransferView>("/admin/v1/transfers", Who::Tenant(&[P::SettingsManage]));
    ReadTransfer "Show an entry of the register of transfers." =
        Route::read::<TransferView>("/admin/v1/transfers/{transfer_id}", Who::Tenant(&[P::SettingsView]));
    ChangeTransfer "Change an entry of the register of transfers." =
        Route::update::<ChangeTransfer, TransferView>("/admin/v1/transfers/{transfer_id}", Who::Tenant(&[P::SettingsManage]));
    DeleteTransfer "Take an entry out of the register of transfers." =
        Route::delete("/admin/v1/transfers/{transfer_id}", Who::Tenant(&[P::SettingsManage]));

    ReadGuardPolicy "Show the policy of the content guard." =
        Route::read::<GuardPolicy>("/admin/v1/guard-policy", GUARD_POLICY);
    ChangeGuardPolicy "Change the policy of the content guard by a merge patch; it holds for the next call." =
        Route::update::<ChangeGuardPolicy, GuardPolicy>("/admin/v1/guard-policy", Who::Tenant(&[P::PolicyManage]));
    ReadGuardPolicySchema "Show the JSON Schema of the guard policy." =
        Route::read::<serde_json::Map<String, serde_json::Value>>("/admin/v1/guard-policy/schema", GUARD_POLICY);
    ListTrustedValues "List the values that are trusted wherever they come from." =
        Route::list::<TrustedValueView>("/admin/v1/trusted-values", Who::Tenant(&[P::PolicyManage]));
    TrustValue "Trust a value wherever it comes from; it holds for the next call. The value itself is not kept." =
        Route::create::<CreateTrustedValue, TrustedValueView>("/admin/v1/trusted-values", Who::Tenant(&[P::PolicyManage]));
    DistrustValue "Trust a value no more; it holds for the next call." =
        Route::delete("/admin/v1/trusted-values/{value_id}", Who::Tenant(&[P::PolicyManage]));
    ListApprovals "List the calls that are or were held." =
        Route::list::<ApprovalView>("/admin/v1/approvals", APPROVE).with_query(STATUS_QUERY);
    ReadApproval "Show a held call; its arguments, to a person who has signed in." =
        Route::read::<ApprovalView>("/admin/v1/approvals/{approval_id}", APPROVE);
    ApproveCall "Let a held call be made, once. Only a person who has signed in may." =
        Route::action::<DecideApproval, ApprovalView>("/admin/v1/approvals/{approval_id}/approve", APPROVE);
    RefuseCall "Refuse a held call. Only a person who has signed in may." =
        Route::action::<DecideApproval, ApprovalView>("/admin/v1/approvals/{approval_id}/refuse", APPROVE);

    ListAlerts "List what in the audit log was out of the ordinary, newest first." =
        Route::read::<AlertPage>("/admin/v1/alerts", Who::Tenant(&[P::AuditView])).with_query(ALERTS_QUERY);
    ReadAlertPolicy "Show what raises alerts, and where they go." =
        Route::read::<AlertPolicy>("/admin/v1/alerts/policy", ALERT_POLICY);
    ChangeAlertPolicy "Change what raises alerts and where they go, by a merge patch." =
        Route::update::<ChangeAlertPolicy, AlertPolicy>("/admin/v1/alerts/policy", Who::Tenant(&[P::WebhookManage]));
    ReadAlertPolicySchema "Show the JSON Schema of the alert policy." =
        Route::read::<serde_json::Map<String, serde_json::Value>>("/admin/v1/alerts/policy/schema", ALERT_POLICY);
    RotateWebhookSecret "Make the secret that alerts to the webhook are signed with. It is shown this once; the one before signs for another day." =
        Route::action::<Nothing, WebhookSecret>("/admin/v1/alerts/webhook-secret", Who::Tenant(&[P::WebhookManage]));
    TestAlerts "Raise a test alert, to see whether it arrives." =
        Route::action::<Nothing, AlertView>("/admin/v1/alerts/test", Who::Tenant(&[P::WebhookManage]));
    CheckAuditLog "Check now whether the audit log's newest checkpoint verifies, and begins with all that was read before." =
        Route::action::<CheckAuditLog, AuditLogCheck>("/admin/v1/alerts/check", Who::Tenant(&[P::WebhookManage]));

    Bootstrap "Make the first platform admin, while there is none in force." =
        Route::action::<CreateAdmin, Bootstrapped>("/platform/v1/bootstrap", Who::Bootstrap);
    PlatformSignIn "Sign in as a platform admin." =
        Route::action::<PlatformSignIn, Tokens>("/platform/v1/sign-in", Who::Public);
    PlatformRefresh "Get the next access token of a sign-in." =
        Route::action::<RefreshSignIn, Tokens>("/platform/v1/refresh", Who::Public);
    PlatformSignOut "End the sign-in, or the key, that the request is made with." =
        Route::action::<Nothing, ()>("/platform/v1/sign-out", Who::Platform).without_answer();
    ChangeAdminPassword "Change one's own password; every other sign-in of one's ends." =
        Route::action::<ChangeAdminPassword, ()>("/platform/v1/password", Who::Platform).without_answer();
    ListAdmins "List the platform admins." =
        Route::list::<AdminView>("/platform/v1/admins", Who::Platform);
    CreateAdmin "Register a platform admin." =
        Route::create::<CreateAdmin, AdminView>("/platform/v1/admins", Who::Platform);
    ReadAdmin "Show a platform admin." =
        Route::read::<AdminView>("/platform/v1/admins/{admin_id}", Who::Platform);
    ChangeAdmin "Change or suspend a platform admin; it holds for the next request." =
        Route::update::<ChangeAdmin, AdminView>("/platform/v1/admins/{admin_id}", Who::Platform);
    ListPlatformKeys "List the platform's keys." =
        Route::list::<PlatformKeyView>("/platform/v1/keys", Who::Platform);
    CreatePlatformKey "Make a key of one's own, for automation. Its token is shown this once." =
        Route::create::<CreatePlatformKey, IssuedPlatformKey>("/platform/v1/keys", Who::Platform);
    RevokePlatformKey "Revoke a platform key; it holds for the next request." =
        Route::delete("/platform/v1/keys/{platform_key_id}", Who::Platform);
    ListTenants "List the tenants." =
        Route::list::<TenantView>("/platform/v1/tenants", Who::Platform);
    CreateTenant "Create a tenant, with a key of its first admin." =
        Route::create::<CreateTenant, CreatedTenant>("/platform/v1/tenants", Who::Platform);
    ReadPlatformTenant "Show a tenant; nothing of what is in it." =
        Route::read::<TenantView>("/platform/v1/tenants/{tenant_id}", Who::Platform);
    ChangeTenant "Change a tenant's name, slug or plan; it holds for the next call." =
        Route::update::<ChangeTenant, TenantView>("/platform/v1/tenants/{tenant_id}", Who::Platform);
    ReadTenantQuotas "Show how much of each thing a tenant may have, and how much it has." =
        Route::read::<QuotasView>("/platform/v1/tenants/{tenant_id}/quotas", Who::Platform);
    ChangeTenantQuotas "Agree with a tenant on how much of each thing it may have." =
        Route::update::<ChangeQuotas, QuotasView>("/platform/v1/tenants/{tenant_id}/quotas", Who::Platform);
    ReadTenantLimits "Show how often a tenant may call." =
        Route::read::<LimitsView>("/platform/v1/tenants/{tenant_id}/limits", Who::Platform);
    SetTenantLimits "Set other limits for a tenant than its plan's; they hold for the next call." =
        Route::update::<SetTenantLimits, LimitsView>("/platform/v1/tenants/{tenant_id}/limits", Who::Platform).by_put();
    SuspendTenant "Stop a tenant for now; it holds for the next call." =
        Route::action::<Nothing, TenantView>("/platform/v1/tenants/{tenant_id}/suspend", Who::Platform);
    ActivateTenant "Let a suspended tenant act again; it holds for the next call." =
        Route::action::<Nothing, TenantView>("/platform/v1/tenants/{tenant_id}/activate", Who::Platform);
    ClosePlatformTenant "Close a tenant; everything of it is erased later." =
        Route::action::<Nothing, TenantView>("/platform/v1/tenants/{tenant_id}/close", Who::Platform);
    ReopenTenant "Reopen a closed tenant before it is erased." =
        Route::action::<Nothing, TenantView>("/platform/v1/tenants/{tenant_id}/reopen", Who::Platform);
    OpenSupportSession "Go into a tenant under its support grant." =
        Route::action::<Nothing, SupportSession>("/platform/v1/tenants/{tenant_id}/support-session", Who::Platform);
    ReadPlatformAudit "Read the platform's log, newest first." =
        Route::read::<AuditPage>("/platform/v1/audit", Who::Platform).with_query(AUDIT_QUERY);
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
