//! `/admin/v1/guard-policy`: what a tenant wants of its content guard.

use std::collections::BTreeSet;

use lango_api::ChangeGuardPolicy;
use lango_audit_log::Layer;
use lango_guard::{GuardPolicy, PolicyError};
use lango_personal_data::Kind;
use lango_store::{StoredGuardPolicy, load_guard_policy, store_guard_policy};
use worker::Response;

use super::{
    call::{Call, stale, store, store_failed, tagged},
    pushing::push_to_gates,
};
use crate::{clock, denial::Denial, gateway::Done};

/// The schema changes with the code alone.
const SCHEMA_VERSION: i64 = 1;

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let stored = load_guard_policy(&store(gateway)?, permitted.scope())
        .await
        .map_err(|error| store_failed(&error))?;
    tagged(&stored.policy.shown(), stored.version)
}

pub(super) async fn schema(call: Call<'_>) -> Result<Response, Denial> {
    call.look().await?;
    tagged(&GuardPolicy::schema(), SCHEMA_VERSION)
}

/// Every gate is told, so that it holds for the next call.
pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (ChangeGuardPolicy(patch), precondition) = (call.body()?, call.if_match()?);
    let changed = call
        .act("guard_policy.change", None, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = load_guard_policy(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?;
            precondition.check(before.version)?;
            let kinds: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let policy = before
                .policy
                .patched(&patch, &kinds)
                .map_err(|error| unfit(&error))?;
            let now = clock::now_ms();
            let version = store_guard_policy(&store, scope, &policy, before.version, now)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            push_to_gates(gateway, &store, scope).await?;
            let (shown_before, shown_after) = (before.policy.shown(), policy.shown());
            let after = StoredGuardPolicy { policy, version };
            Ok(Done::updated(after, &shown_before, &shown_after))
        })
        .await?;
    tagged(&changed.policy.shown(), changed.version)
}

fn unfit(error: &PolicyError) -> Denial {
    let detail = format!("Correct the policy: {error}.");
    let denial = Denial::new(Layer::Screening, "guard_policy", 422, detail);
    match error {
        PolicyError::Unfit { member, .. } => denial.with_member("member", member.as_str()),
        PolicyError::NotAnObject | PolicyError::TooMany(_) | PolicyError::UnknownKind(_) => denial,
    }
}
