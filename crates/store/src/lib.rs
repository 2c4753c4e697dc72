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

mod connections;
mod customers;
mod grants;
mod issuers;
mod json;
mod keys;
mod migrations;
mod page;
mod passwords;
mod port;
mod roles;
mod sessions;
mod sign_in;
mod snapshot;
mod statements;
mod tenants;
mod upstream_tools;
mod users;

pub use connections::{
    ConnectionRow, NewConnection, data_key, delete_connection, insert_connection, list_connections,
};
pub use customers::{CustomerRow, change_customer, insert_customer, list_customers, load_customer};
pub use grants::{
    GrantRow, NewGrant, insert_grant, list_grants, list_grants_of, renew_grant, revoke_grant,
};
pub use issuers::{
    IssuerRow, claimed_issuer, delete_issuer, insert_issuer, list_issuers, map_subject,
    user_of_subject,
};
pub use keys::{
    KeyRevoked, KeyRow, change_key, insert_key, list_keys, load_key, revoke_key, rotate_key,
    touch_key,
};
pub use migrations::{MIGRATIONS, Migration};
pub use page::{MAXIMUM_PAGE, Page, Paged};
pub use passwords::{
    Invited, NewInvitation, accept_invitation, insert_invitation, invited, set_password,
    upgrade_password,
};
pub use port::{Rows, Sql, SqlError, SqlFailure, Statement, StoreError, Value};
pub use roles::{RoleRow, change_role, delete_role, insert_role, list_roles, load_role};
pub use sessions::{
    NewSession, Rotated, SessionOf, end_session, end_sessions_of, insert_session, rotate_refresh,
    sessions_of,
};
pub use sign_in::{
    Account, AccountKind, ClaimedAccount, Login, TenantName, claim_tenant, claimed_account,
    load_account, sign_in_settings,
};
pub use snapshot::load_snapshot;
pub use statements::{PLATFORM_STATEMENTS, TENANT_STATEMENTS};
pub use tenants::{NewTenant, TenantRow, insert_tenant, list_tenants};
pub use upstream_tools::{
    Approval, SealedConnectionRow, SeenTool, UpstreamToolRow, approve_upstream_tools,
    list_upstream_tools, record_upstream_tools, sealed_connection, withdraw_upstream_tools,
};
pub use users::{UserChanged, UserRow, change_user, insert_user, list_users, load_user};

#[cfg(test)]
mod sign_in_tests;
#[cfg(test)]
mod sqlite;
