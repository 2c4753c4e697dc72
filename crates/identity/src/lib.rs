//! Who acts, for whom, and what they may do.
//!
//! In scope: the 35 permissions and the five roles, identifiers, the tenant
//! scope that every store call takes, and the signed texts (JWT, EdDSA) that name
//! tenant and principal: API keys, access tokens, sessions, codes and refresh
//! tokens, each of a type of its own.
//! Out of scope: revocation and role changes (they are state: the `KeyGate`
//! object answers them), HTTP, and the clock: time comes in as a value.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod access_token;
mod authority;
mod claimed;
mod client_secret;
mod connect_state;
mod gateway_key;
mod grant_ticket;
mod guard_name;
mod id;
mod issued;
mod permission;
mod platform_token;
mod role;
mod role_name;
mod scope;
mod session;
mod sign_in_token;
mod signing_keys;
mod signing_ring;
mod statement;
mod token;

pub use access_token::{ACCESS_TOKEN_SECONDS, AccessClaims, VerifiedAccess};
pub use authority::{Authority, NotHeld, Reach};
pub use claimed::{ClaimedAdmin, ClaimedTenant};
pub use connect_state::ConnectState;
pub use gateway_key::{GatewayKey, GatewayKeyError};
pub use grant_ticket::{TicketKind, VerifiedTicket};
pub use guard_name::SignInGuardName;
pub use id::{
    AdminId, ApprovalId, ConnectionId, IdError, IssuerId, KeyId, PrincipalId, RANDOM_LENGTH,
    StreamId, SupportGrantId, TenantId, TransferId, TrustedValueId,
};
pub use issued::Statement;
pub use permission::{Permission, PermissionSet, UnknownPermission};
pub use platform_token::{
    NotInForce, PlatformInForce, PlatformStanding, VerifiedBootstrap, VerifiedPlatformAdmin,
};
pub use role::{CUSTOMER_PERMISSIONS, Role, SUPPORT_PERMISSIONS, UnknownRole};
pub use role_name::{ROLE_NAME_LENGTH, RoleName, RoleNameError};
pub use scope::{KeyGateName, PlatformScope, TenantScope};
pub use session::{DevelopmentSignIn, VerifiedSession};
pub use sign_in_token::{SignInClaims, VerifiedSignIn};
pub use signing_keys::{SigningKeys, SigningKeysError};
pub use signing_ring::{
    LONGEST_LIFE_SECONDS, NEW_KEY_RANDOM_LENGTH, PUBLISHED_AHEAD_SECONDS, RING_SECONDS, RingError,
    RingSeal, Rotation, ShownSigningKey, SigningKeyState, SigningRing, Start as SigningStart,
    StoredSigningKey, Withdrawal,
};
pub use statement::{Purpose as StatementPurpose, Stated};
pub use token::{
    Audience, Claims, IssuedToken, PrincipalKind, TokenDigest, TokenError, Verified, VerifiedKey,
};
