//! Tenant configuration: the SQL port and every statement on it.
//!
//! In scope: the port ([`Sql`]) that D1 and the self-hosted SQLite object
//! implement, the migrations that feed both, and one typed function for each
//! thing the gateway reads or writes. Every function for a tenant's table takes
//! a [`lango_identity::TenantScope`], and every statement binds its tenant.
//! Out of scope: the two implementations (they need the Workers runtime and
//! live in `durable_objects`), the audit log and the ledgers (separate
//! databases), and plaintext credentials, which never get here.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod approvals;
mod audit;
mod audit_streams;
mod connections;
mod customers;
mod data_keys;
mod export;
mod grants;
mod guard;
mod issuers;
mod json;
mod keys;
mod limits;
mod migrations;
mod page;
mod passwords;
mod platform_admins;
mod port;
mod quotas;
mod residency;
mod roles;
mod sessions;
mod settings;
mod sign_in;
mod signing_keys;
mod snapshot;
mod sql_policies;
mod statements;
mod support;
mod tenant_end;
mod tenants;
mod transfers;
mod upstream_tools;
mod users;

pub use approvals::{
    ApprovalRow, MAXIMUM_PENDING, NewApproval, Requested, decide_approval, list_approvals,
    load_approval, request_approval, use_approval,
};
pub use audit::{AuditPolicyRow, audit_retention, load_audit_policy, store_audit_policy};
pub use audit_streams::{
    MAXIMUM_STREAMS, StreamRow, change_stream, delete_stream, insert_stream, list_streams,
    load_stream,
};
pub use connections::{
    ConnectionRow, NewConnection, NewCredentials, NewDataKey, SealedConnectionRow,
    change_connection, delete_connection, insert_connection, list_connections, load_connection,
    sealed_connection, set_credentials,
};
pub use customers::{CustomerRow, change_customer, insert_customer, list_customers, load_customer};
pub use data_keys::{
    DataKeyCount, DataKeyRow, DestroyedConnection, OutdatedConnection, SealingDataKey,
    count_data_keys, delete_unused_data_keys, destroy_credentials, list_data_keys,
    outdated_connections, outdated_tenants, reseal_connection, rewrap_data_key, rotate_data_key,
    sealing_data_key,
};
pub use export::{EXPORT_SECTIONS, ExportSection, Exported, export_section};
pub use grants::{
    GrantRow, NewGrant, insert_grant, list_grants, list_grants_of, load_grant, renew_grant,
    revoke_grant,
};
pub use guard::{
    MAXIMUM_TRUSTED_VALUES, StoredGuardPolicy, TrustedValueRow, delete_trusted_value,
    insert_trusted_value, list_trusted_values, load_guard_policy, load_trusted_value,
    store_guard_policy,
};
pub use issuers::{
    IssuerRow, claimed_issuer, delete_issuer, insert_issuer, list_issuers, map_subject,
    user_of_subject,
};
pub use keys::{
    KeyRevoked, KeyRow, change_key, insert_key, list_keys, load_key, revoke_key, rotate_key,
    touch_key,
};
pub use limits::{
    StoredLimits, load_limits, load_tenant_limits, store_limits, store_tenant_limits,
};
pub use migrations::{MIGRATIONS, Migration};
pub use page::{MAXIMUM_PAGE, Page, Paged};
pub use passwords::{
    Invited, NewInvitation, accept_invitation, insert_invitation, invited, set_password,
    upgrade_password,
};
pub use platform_admins::{
    AdminRow, AdminSecret, NewAdmin, NewPlatformSession, PlatformKeyRow, PlatformSessionKind,
    RefreshedSession, RevokedSession, admin_secret, change_admin, end_platform_sessions_of,
    find_admin, insert_admin, insert_first_admin, insert_platform_session, list_admins,
    list_platform_keys, load_admin, platform_standing, revoke_platform_session,
    rotate_platform_refresh, set_admin_password,
};
pub use port::{Rows, Sql, SqlError, SqlFailure, Statement, StoreError, Value};
pub use quotas::{
    AgreedQuotas, agree_on_quotas, load_agreed_quotas, load_usage, platform_agreed_quotas,
    platform_usage,
};
pub use residency::{StoredPromise, load_promise, store_promise};
pub use roles::{
    RoleRow, change_role, delete_role, insert_role, list_roles, load_role, role_permissions,
};
pub use sessions::{
    NewSession, Rotated, end_session, end_sessions_of, insert_session, rotate_refresh, sessions_of,
};
pub use settings::{
    StoredSettings, load_settings, reset_flag, settings_of_closing, store_settings, switch_flag,
    switched_flag, switched_flags,
};
pub use sign_in::{
    Account, AccountKind, ClaimedAccount, Login, TenantName, claim_tenant, claimed_account,
    load_account,
};
pub use signing_keys::{load_signing_keys, rotate_signing_keys, withdraw_signing_key};
pub use snapshot::load_snapshot;
pub use sql_policies::{SqlPolicyRow, load_sql_policy, store_sql_policy};
pub use statements::{
    SIGNING_KEY_STATEMENTS, TENANT_STATEMENTS, audit::STATEMENTS as AUDIT_STATEMENTS,
    audit_streams::STATEMENTS as AUDIT_STREAM_STATEMENTS,
    connections::STATEMENTS as CONNECTION_STATEMENTS, data_keys::STATEMENTS as DATA_KEY_STATEMENTS,
    export::STATEMENTS as EXPORT_STATEMENTS, guard::STATEMENTS as GUARD_STATEMENTS,
    limits::STATEMENTS as LIMIT_STATEMENTS, platform::STATEMENTS as PLATFORM_STATEMENTS,
    quotas::STATEMENTS as QUOTA_STATEMENTS, residency::STATEMENTS as RESIDENCY_STATEMENTS,
    sign_in::STATEMENTS as SIGN_IN_STATEMENTS, sql_policies::STATEMENTS as SQL_POLICY_STATEMENTS,
    tenancy::STATEMENTS as TENANCY_STATEMENTS,
};
pub use support::{
    NewSupportSession, SupportGrant, claimed_support, insert_support_grant, insert_support_session,
    list_support_grants, load_support_grant, revoke_support_grant,
};
pub use tenant_end::{TenantObjects, all_objects, erase_tenant, objects_in_force};
pub use tenants::{
    NewTenant, TenantRow, change_own_tenant, change_platform_tenant, insert_tenant, list_tenants,
    oldest_tenants, own_tenant, platform_tenant,
};
pub use transfers::{
    TransferRow, change_transfer, delete_transfer, insert_transfer, list_transfers, load_transfer,
};
pub use upstream_tools::{
    Approval, SeenTool, UpstreamToolRow, approve_upstream_tools, list_upstream_tools,
    record_upstream_tools, withdraw_upstream_tools,
};
pub use users::{UserChanged, UserRow, change_user, insert_user, list_users, load_user};

#[cfg(test)]
mod approvals_tests;
#[cfg(test)]
mod audit_tests;
#[cfg(test)]
mod data_keys_tests;
#[cfg(test)]
mod guard_tests;
#[cfg(test)]
mod isolation_tests;
#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod platform_tests;
#[cfg(test)]
mod quotas_tests;
#[cfg(test)]
mod residency_tests;
#[cfg(test)]
mod sign_in_tests;
#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod tenancy_tests;
