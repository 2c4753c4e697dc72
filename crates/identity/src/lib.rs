//! Who acts, for whom, and what they may do.
//!
//! In scope: the 35 permissions and the five roles, identifiers, the tenant
//! scope that every store call takes, and the signed tokens (JWT, EdDSA) that
//! name tenant and principal.
//! Out of scope: revocation and role changes (they are state: the `KeyGate`
//! object answers them), HTTP, and the clock: time comes in as a value.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod id;
mod permission;
mod role;
mod scope;
mod signing_keys;
mod statement;
mod token;

pub use id::{ConnectionId, IdError, KeyId, PrincipalId, RANDOM_LENGTH, TenantId};
pub use permission::{Permission, PermissionSet, UnknownPermission};
pub use role::{Role, UnknownRole};
pub use scope::{KeyGateName, PlatformScope, TenantScope};
pub use signing_keys::{SigningKeys, SigningKeysError};
pub use statement::{Purpose as StatementPurpose, Stated};
pub use token::{
    Audience, Claims, IssuedToken, PrincipalKind, TokenDigest, TokenError, Verified, VerifiedKey,
    VerifiedPlatformAdmin,
};
