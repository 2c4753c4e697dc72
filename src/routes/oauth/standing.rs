//! Whether a grant still stands in the store: not revoked, its user not suspended,
//! its tenant active.

use lango_identity::KeyGateName;
use lango_store::load_snapshot;
use lango_tenancy::TenantState;

use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

pub(super) async fn stands(gateway: &Gateway, name: &KeyGateName) -> Result<bool, Denial> {
    let snapshot = load_snapshot(&store(gateway)?, name.scope(), name.key())
        .await
        .map_err(|error| store_failed(&error))?;
    Ok(snapshot.is_some_and(|snapshot| {
        let holds = snapshot
            .key
            .is_some_and(|key| !key.revoked && key.expires_at > clock::now_seconds());
        snapshot.tenant == TenantState::Active && holds
    }))
}
