//! `/admin/v1/audit/policy` and `/admin/v1/audit/erasures`: what of arguments stands in
//! the log, how long things are kept, and what goes before its time.

use lango_admission::Plan;
use lango_api::{AuditPolicyView, EraseFromAudit, ErasedFromAudit, SetAuditPolicy, Timestamp};
use lango_audit_log::Layer;
use lango_store::{AuditPolicyRow, load_audit_policy, store_audit_policy};
use lango_tenancy::{AuditPolicy, AuditPolicyError};
use serde_json::json;
use worker::Response;

use super::{log, unavailable};
use crate::{
    clock,
    denial::Denial,
    gateway::Done,
    routes::{
        call::{Call, stale, store, store_failed, tagged},
        json as json_answer,
        pushing::push_to_gates,
    },
};

/// No identifier is longer.
const LONGEST_PERSON: usize = 200;

pub(in crate::routes) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let row = load_audit_policy(&store(gateway)?, permitted.scope())
        .await
        .map_err(|error| store_failed(&error))?;
    tagged(&view(&row, permitted.plan()), row.version)
}

/// Every gate is told, so that it holds for the next call.
pub(in crate::routes) async fn set(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (SetAuditPolicy(wanted), precondition) = (call.body()?, call.if_match()?);
    let (row, plan) = call
        .act("audit_policy.set", None, async |permitted| {
            let (store, scope, plan) = (store(gateway)?, permitted.scope(), permitted.plan());
            let before = load_audit_policy(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?;
            precondition.check(before.version)?;
            let policy = AuditPolicy::parse(&wanted).map_err(|error| unfit(&error))?;
            policy
                .check(plan.audit_days())
                .map_err(|error| unfit(&error))?;
            let mut after = AuditPolicyRow {
                policy,
                changed_by: permitted.principal().to_owned(),
                changed_at: clock::now_ms(),
                version: before.version,
            };
            after.version = store_audit_policy(&store, scope, &after)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            push_to_gates(gateway, &store, scope).await?;
            let (before, shown) = (before.policy, after.policy.clone());
            Ok(Done::updated((after, plan), &before, &shown))
        })
        .await?;
    tagged(&view(&row, plan), row.version)
}

/// What opens the commitments that are about a person goes; the entries stay, and the
/// tree over them.
pub(in crate::routes) async fn erase(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let EraseFromAudit { person } = call.body()?;
    let is_one = (1..=LONGEST_PERSON).contains(&person.len())
        && person.bytes().all(|byte| byte.is_ascii_graphic());
    let target = is_one.then(|| person.clone());
    let values = call
        .act("audit.erase_person", target, async |permitted| {
            if !is_one {
                let detail =
                    "person must be the identifier of a user, a customer or whoever acted.";
                return Err(Denial::new(Layer::Screening, "person", 422, detail));
            }
            let row = load_audit_policy(&store(gateway)?, permitted.scope())
                .await
                .map_err(|error| store_failed(&error))?;
            if row.policy.legal_hold {
                return Err(held());
            }
            let log = log(&gateway.env, permitted.scope())?;
            let values = log.erase_person(&person).await.map_err(unavailable)?;
            Ok(Done::created(values, &json!({ "values": values })))
        })
        .await?;
    json_answer(200, &ErasedFromAudit { person, values })
}

fn view(row: &AuditPolicyRow, plan: Plan) -> AuditPolicyView {
    let kept = row.policy.retention(plan.audit_days());
    let is_set = row.version > 0;
    AuditPolicyView {
        policy: row.policy.clone(),
        keep_days: kept.keep_days,
        personal_days: kept.personal_days,
        changed_by: is_set.then(|| row.changed_by.clone()),
        changed_at: is_set.then(|| Timestamp::from_millis(row.changed_at)),
    }
}

fn unfit(error: &AuditPolicyError) -> Denial {
    let detail = format!("Correct the policy: {error}.");
    Denial::new(Layer::Screening, "audit_policy", 422, detail)
        .with_member("member", error.member.as_str())
}

fn held() -> Denial {
    let detail = "A legal hold is on: nothing of the audit log is destroyed. Whoever may manage \
                  retention can end it (PUT /admin/v1/audit/policy).";
    Denial::new(Layer::Access, "legal_hold", 409, detail)
}
