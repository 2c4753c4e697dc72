//! How people sign in: what the routes of `/auth/v1`, the pages and the platform's own
//! sign-in have in common.
//!
//! In scope: from what somebody has typed to a proof of who they are
//! ([`proof::Proven`]), from a proof to a session and its tokens, one-time codes and
//! the message that carries them, passwords and invitations. Out of scope: the
//! decisions (`crates/sign-in`), the counting (the `SignInGuard` object), and whether a
//! session is in force (the `KeyGate` of its name).

pub(crate) mod browser;
pub(crate) mod codes;
pub(crate) mod configuration;
pub(crate) mod guard;
pub(crate) mod password;
pub(crate) mod proof;
pub(crate) mod session;
mod whatsapp;

use lango_audit_log::{Actor, Layer};
use lango_identity::TenantId;
use lango_store::{AccountKind, TenantName};

use crate::denial::Denial;

/// Where somebody says that they have an account.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    tenant: String,
    id: Option<TenantId>,
    /// Whose account.
    pub(crate) kind: AccountKind,
}

impl Place {
    /// Reads what somebody has typed for the tenant: its slug or its identifier.
    pub(crate) fn new(tenant: &str, kind: AccountKind) -> Self {
        let tenant = tenant.trim().to_lowercase();
        Self {
            id: TenantId::parse(&tenant).ok(),
            tenant,
            kind,
        }
    }

    fn name(&self) -> TenantName<'_> {
        TenantName::of(&self.tenant, self.id.as_ref())
    }
}

/// Who acts, for the log.
pub(crate) fn actor(kind: AccountKind) -> Actor {
    match kind {
        AccountKind::Employee => Actor::Employee,
        AccountKind::Customer => Actor::Customer,
    }
}

/// An object of a sign-in did not answer: nobody is let in.
pub(crate) fn unreachable(error: lango_durable_objects::Unreachable) -> Denial {
    Denial::unavailable(Layer::Identity, error.to_string())
}
