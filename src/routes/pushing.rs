//! Telling gates that the store says something else now, so that a change holds for
//! the next call, wherever it arrives.
//!
//! A gate that cannot be told is told again, for a while, behind the answer. When
//! that fails too, the age of its snapshot bounds the delay.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use lango_connector_kit::Changed;
use lango_durable_objects::{AnnouncementsClient, KeyGateClient, Store, Unreachable};
use lango_identity::{KeyGateName, KeyId, PrincipalId, TenantScope};
use lango_store::{AccountKind, Page, list_grants_of, list_keys, objects_in_force, sessions_of};
use worker::{Delay, Env, console_error};

use super::{call::store_failed, mcp::subscriptions::announce};
use crate::{clock, denial::Denial, gateway::Gateway};

/// How many gates are told of a change at once: each may be a continent away.
const AT_ONCE: usize = 16;
/// How long to wait before telling a gate again, in milliseconds.
const AGAIN_AFTER_MS: [u64; 4] = [250, 1_000, 4_000, 10_000];

/// Makes the key's gate read the store again.
pub(crate) async fn push(gateway: &Gateway, scope: &TenantScope, key: &KeyId) {
    let name = KeyGateName::new(scope.clone(), key.clone());
    if gateway.settings.development.cut_pushes {
        console_error!("a change is not pushed: this stack cuts pushes");
        return;
    }
    if let Err(unreachable) = tell(&gateway.env, &name).await {
        console_error!("a change was not pushed, and will be again: {unreachable}");
        let env = gateway.env.clone();
        gateway.context.wait_until(async move {
            for after in AGAIN_AFTER_MS {
                Delay::from(Duration::from_millis(after)).await;
                if tell(&env, &name).await.is_ok() {
                    return;
                }
            }
            console_error!("a change was never pushed: the snapshot's age bounds it");
        });
    }
}

async fn tell(env: &Env, name: &KeyGateName) -> Result<(), Unreachable> {
    KeyGateClient::named(env, name)?.forget().await
}

/// The same for each of these keys.
async fn push_each(gateway: &Gateway, scope: &TenantScope, keys: impl IntoIterator<Item = KeyId>) {
    stream::iter(keys)
        .for_each_concurrent(AT_ONCE, async |key| push(gateway, scope, &key).await)
        .await;
}

/// What holds for a whole tenant: connections, roles, plans, flags. Whatever is in
/// force is told, and whoever listens that lists are others now.
pub(super) async fn push_to_all(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
) -> Result<(), Denial> {
    push_to_gates(gateway, store, scope).await?;
    lists_have_changed(&gateway.env, scope).await;
    Ok(())
}

/// The same for what changes no list: the content guard.
pub(super) async fn push_to_gates(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
) -> Result<(), Denial> {
    let objects = objects_in_force(store, scope, clock::now_seconds())
        .await
        .map_err(|error| store_failed(&error))?;
    push_each(gateway, scope, objects.gates().cloned()).await;
    Ok(())
}

/// What holds for one person: their keys, their assistants, their sign-ins.
pub(super) async fn push_to_person(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
    kind: AccountKind,
    principal: &PrincipalId,
) -> Result<(), Denial> {
    let now = clock::now_seconds();
    let failed = |error| store_failed(&error);
    let keys = list_keys(store, scope, Some(principal), &Page::whole())
        .await
        .map_err(failed)?
        .items;
    let grants = list_grants_of(store, scope, principal)
        .await
        .map_err(failed)?;
    let sessions = sessions_of(store, scope, kind, principal, clock::now_ms())
        .await
        .map_err(failed)?;
    let keys = keys
        .into_iter()
        .filter(|key| key.is_in_force(now))
        .map(|key| key.key_id);
    let grants = grants
        .into_iter()
        .filter(|grant| grant.is_in_force(now))
        .map(|grant| grant.grant_id);
    push_each(gateway, scope, keys.chain(grants).chain(sessions)).await;
    lists_have_changed(&gateway.env, scope).await;
    Ok(())
}

/// A key that is no longer in force hears of no more changes.
pub(super) async fn close_streams(gateway: &Gateway, scope: &TenantScope, key: &KeyId) {
    let closed = match AnnouncementsClient::of(&gateway.env, scope) {
        Ok(object) => object.close(key.as_str()).await,
        Err(unreachable) => Err(unreachable),
    };
    if let Err(unreachable) = closed {
        console_error!("streams of a revoked key end at their own time: {unreachable}");
    }
}

async fn lists_have_changed(env: &Env, scope: &TenantScope) {
    let changes = [Changed::Tools, Changed::Prompts, Changed::Resources];
    announce(env, scope, &changes).await;
}
