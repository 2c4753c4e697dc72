//! What Lango promises, kept by the real Wasm on a real runtime in front of a
//! real PostgreSQL. `scripts/test` starts the stack and says where it is:
//! `LANGO_DEV_JSON` names the `dev.json` of a running `scripts/dev --fixtures`.
//!
//! The modules have the names of the layers and of the routes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod support;

mod layer_1_transport;
mod layer_2_identity;
mod layer_3_admission;
mod layer_4_access;
mod layer_5_screening;
mod layer_6_connection;
mod layer_7_release;

mod admin_alerts;
mod admin_approvals;
mod admin_assistants;
mod admin_audit;
mod admin_audit_archive;
mod admin_audit_export;
mod admin_audit_policy;
mod admin_connections;
mod admin_customers;
mod admin_export;
mod admin_flags;
mod admin_guard;
mod admin_keys;
mod admin_quotas;
mod admin_residency;
mod admin_roles;
mod admin_settings;
mod admin_sql_policy;
mod admin_support;
mod admin_users;
mod auth_browser;
mod auth_codes;
mod auth_passwords;
mod auth_sessions;
mod auth_sign_in;
mod metrics;
mod mysql;
mod oauth_authorize;
mod oauth_discovery;
mod oauth_documents;
mod oauth_register;
mod oauth_scopes;
mod oauth_token;
mod platform_admins;
mod platform_tenants;
mod signing_keys;
mod well_known;

mod approved_repeats;
mod audit_litewitness;
mod audit_log;
mod audit_streams;
mod audit_streams_resume;
mod audit_streams_syslog;
mod audit_witness;
mod canary;
mod cli;
mod connection_pool;
mod crash;
mod cross_tenant_matrix;
mod delegation_connect;
mod delegation_crash;
mod delegation_keys;
mod delegation_tokens;
mod envelopes;
mod floods;
mod guard_actions;
mod hyperdrive;
mod least_privilege;
mod mcp_approvals;
mod mcp_sessions;
mod mcp_state;
mod permission_matrix;
mod protocol;
mod provenance;
mod provenance_crash;
mod pseudonyms;
mod push_bound;
mod residency;
mod residency_sites;
mod rest;
mod restrictions;
mod rmcp_client;
mod scenarios;
mod sql_isolation;
mod tenant_end;
mod tenants_apart;
mod token_claims;
mod tool_names;

mod vault_isolation;
mod vault_rotation;
mod vault_shredding;

mod upstream_eras;
mod upstream_failures;
mod upstream_layers;
mod upstream_pinning;
