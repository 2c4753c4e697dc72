//! `/platform/v1`: the tenants, the admins who run the platform, and their log. Nothing
//! here sees what is in a tenant; a tenant's own Admin can let support in for a while.

mod admins;
mod audit;
mod bootstrap;
mod call;
mod keys;
mod passwords;
pub(super) mod quotas;
mod session;
mod sign_in;
mod support;
pub(super) mod tenants;
pub(super) mod vault;

pub(super) use admins::{
    change as change_admin, create as create_admin, list as list_admins, read as read_admin,
};
pub(super) use audit::page as audit;
pub(super) use bootstrap::bootstrap;
pub(super) use call::PlatformCall;
pub(super) use keys::{create as create_key, list as list_keys, revoke as revoke_key};
pub(super) use sign_in::{change_password, refresh, sign_in, sign_out};
pub(super) use support::open as open_support_session;
