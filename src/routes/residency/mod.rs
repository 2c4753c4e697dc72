//! `/admin/v1/residency`: where a tenant's calls may run, and where they did.

mod report;

use lango_api::ChangePromise;
use lango_audit_log::Layer;
use lango_durable_objects::{AuditLogClient, Store, Unreachable};
use lango_identity::TenantScope;
use lango_residency::{Enforcement, Promise, Terms};
use lango_store::{
    Page, StoredPromise, list_connections, list_transfers, load_promise, store_promise,
};
use worker::Response;

use super::{
    call::{Call, stale, store, store_failed, tagged},
    json,
    pushing::push_to_all,
};
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
};

const DEFAULT_DAYS: u32 = 30;
const MOST_DAYS: u32 = 90;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// On which terms a connector is asked about a tenant's connection, outside of calls:
/// what an admission says of them, read from the store.
pub(super) async fn terms(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
) -> Result<Terms, Denial> {
    let promise = load_promise(store, scope)
        .await
        .map_err(|error| store_failed(&error))?
        .promise;
    let colo = gateway.colo;
    Ok(Terms { promise, colo })
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let stored = load_promise(&store(gateway)?, permitted.scope())
        .await
        .map_err(|error| store_failed(&error))?;
    tagged(&stored.promise, stored.version)
}

/// Every gate is told, so that it holds for the next call.
pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangePromise, _) = (call.body()?, call.if_match()?);
    let changed = call
        .act("residency.promise", None, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = load_promise(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?;
            precondition.check(before.version)?;
            let promise = checked(Promise {
                residency: wanted
                    .residency
                    .unwrap_or_else(|| before.promise.residency.clone()),
                enforcement: wanted.enforcement.unwrap_or(before.promise.enforcement),
            })?;
            let version = store_promise(&store, scope, &promise, before.version, clock::now_ms())
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            push_to_all(gateway, &store, scope).await?;
            let after = StoredPromise { promise, version };
            Ok(Done::updated(
                after.clone(),
                &before.promise,
                &after.promise,
            ))
        })
        .await?;
    tagged(&changed.promise, changed.version)
}

/// Promise and evidence, side by side.
pub(super) async fn report(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, days) = (call.gateway, days(call.query("days")?)?);
    let permitted = call.look().await?;
    let (store, scope) = (store(gateway)?, permitted.scope());
    let failed = |error| store_failed(&error);
    let promise = load_promise(&store, scope).await.map_err(failed)?.promise;
    let everything = Page::whole();
    let connections = list_connections(&store, scope, &everything)
        .await
        .map_err(failed)?;
    let transfers = list_transfers(&store, scope, &everything)
        .await
        .map_err(failed)?;
    let since = clock::now_ms().div_euclid(DAY_MS) - i64::from(days) + 1;
    let unavailable = |error: Unreachable| Denial::unavailable(Layer::Release, error.to_string());
    let tally = AuditLogClient::of(&gateway.env, scope)
        .map_err(unavailable)?
        .residency_since(since)
        .await
        .map_err(unavailable)?;
    let report = report::Facts {
        promise,
        since,
        days,
        tally,
        connections: connections.items,
        transfers: transfers.items,
    };
    json(200, &report.report())
}

/// To require anything is to require nothing, and would only look like a promise.
fn checked(promise: Promise) -> Result<Promise, Denial> {
    if promise.is_any() && promise.enforcement == Enforcement::Require {
        let detail = "Nothing can be required of any place: name africa or countries, or set \
                      enforcement to prefer.";
        return Err(Denial::new(Layer::Screening, "enforcement", 422, detail));
    }
    Ok(promise)
}

fn days(text: Option<String>) -> Result<u32, Denial> {
    let Some(text) = text else {
        return Ok(DEFAULT_DAYS);
    };
    match text.parse() {
        Ok(days @ 1..=MOST_DAYS) => Ok(days),
        _ => {
            let detail = format!("Correct the query: days is a number from 1 to {MOST_DAYS}.");
            Err(Denial::new(Layer::Transport, "query", 400, detail))
        }
    }
}
