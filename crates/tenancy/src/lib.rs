//! A tenant's settings, feature flags and life from creation to erasure.
//!
//! In scope: which settings there are and their bounds, a patch of them, the policy of
//! the audit log, which features can be switched, and the steps between active, suspended, closed and
//! erased. Out of scope: storage and the clock (moments come in as values), and
//! who may change what (the access layer).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod audit_policy;
mod flag;
mod life;
mod overrides;
mod settings;
mod slug;
mod within;

pub use audit_policy::{AuditPolicy, AuditPolicyError, AuditRetention};
pub use flag::{Flag, FlagOrigin, FlagSet, FlagState, UnknownFlag};
pub use life::{Life, NotPossible, Step, TenantState, UnknownTenantState, UnreadableLife};
pub use overrides::{Overrides, SettingsError};
pub use settings::Settings;
pub use slug::{SlugError, TenantSlug};
pub use within::{OutOfBounds, Within};
