//! `/admin/v1/flags`: features, switched for one tenant. They are part of what every
//! gate knows, so a switch holds for the next call.

use lango_api::SwitchFlag;
use lango_durable_objects::Store;
use lango_identity::TenantScope;
use lango_store::{reset_flag, switch_flag, switched_flag, switched_flags};
use lango_tenancy::{Flag, FlagState};
use worker::Response;

use super::{
    call::{Call, done, listed, store, store_failed, tagged, unknown},
    pushing::push_to_all,
};
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
};

/// In the order of their names.
pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let switched = switched_flags(&store(gateway)?, permitted.scope())
        .await
        .map_err(|error| store_failed(&error))?;
    let mut flags = FlagState::all(&switched);
    flags.sort_by_key(|state| state.flag.name());
    flags.retain(|state| page.is_behind(state.flag.name()));
    let paged = page.cut(flags, |state| state.flag.name());
    listed(paged, |state| state)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let permitted = call.look().await?;
    let flag = target.ok_or_else(|| unknown("feature"))?;
    let switched = load(&store(gateway)?, permitted.scope(), flag).await?;
    tagged(&FlagState::of(flag, switched), version(switched))
}

pub(super) async fn switch(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (SwitchFlag, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.map(|flag| flag.name().to_owned());
    let state = call
        .act("flag.switch", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let flag = target.ok_or_else(|| unknown("feature"))?;
            let before = load(&store, scope, flag).await?;
            precondition.check(version(before))?;
            switch_flag(&store, scope, flag, wanted.enabled, clock::now_ms())
                .await
                .map_err(|error| store_failed(&error))?;
            told(gateway, &store, scope, flag, before, Some(wanted.enabled)).await
        })
        .await?;
    tagged(&state, version(Some(state.enabled)))
}

pub(super) async fn reset(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = target(&call);
    let named = target.map(|flag| flag.name().to_owned());
    call.act("flag.reset", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let flag = target.ok_or_else(|| unknown("feature"))?;
        let before = load(&store, scope, flag).await?;
        // At its default already: that is what was asked for.
        reset_flag(&store, scope, flag)
            .await
            .map_err(|error| store_failed(&error))?;
        told(gateway, &store, scope, flag, before, None).await
    })
    .await?;
    done()
}

async fn told(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
    flag: Flag,
    before: Option<bool>,
    after: Option<bool>,
) -> Result<Done<FlagState>, Denial> {
    push_to_all(gateway, store, scope).await?;
    let (before, after) = (FlagState::of(flag, before), FlagState::of(flag, after));
    Ok(Done::updated(after.clone(), &before, &after))
}

async fn load(store: &Store, scope: &TenantScope, flag: Flag) -> Result<Option<bool>, Denial> {
    switched_flag(store, scope, flag)
        .await
        .map_err(|error| store_failed(&error))
}

/// A feature has three states, and its entity tag says which one it is in.
fn version(switched: Option<bool>) -> i64 {
    match switched {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

fn target(call: &Call<'_>) -> Option<Flag> {
    call.captured("flag").parse().ok()
}
