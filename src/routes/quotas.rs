//! How much of each thing a tenant may have.

use lango_admission::{Allowance, Plan};
use lango_api::{QuotaView, QuotasView};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_store::{AgreedQuotas, StoreError, load_agreed_quotas, load_usage};
use worker::Response;

use super::call::{Call, store, store_failed, tagged, unknown};
use crate::{clock, denial::Denial, layers::access::PermittedAction};

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let (quotas, version) = quotas_of(&store(gateway)?, &permitted).await?;
    tagged(&QuotasView { quotas }, version)
}

/// What becomes of an addition that the store refused: which quota is reached is said,
/// and what to do.
pub(super) async fn refused(
    store: &Store,
    permitted: &PermittedAction,
    error: &StoreError,
) -> Denial {
    if !error.is_quota() {
        return store_failed(error);
    }
    match quotas_of(store, permitted).await {
        Ok((quotas, _)) => reached(&quotas, permitted.plan()),
        Err(denial) => denial,
    }
}

/// Each thing, with what there may be of it and what there is.
pub(super) fn shown(plan: Plan, agreed: &AgreedQuotas, used: &Allowance) -> Vec<QuotaView> {
    let may = agreed.within(plan.allowance());
    [
        (
            "connections",
            may.connections,
            used.connections,
            agreed.connections,
        ),
        ("keys", may.keys, used.keys, agreed.keys),
        ("users", may.users, used.users, agreed.users),
        ("customers", may.customers, used.customers, agreed.customers),
        (
            "stored_bytes",
            may.stored_bytes,
            used.stored_bytes,
            agreed.stored_bytes,
        ),
    ]
    .map(|(quota, limit, used, agreed)| QuotaView {
        quota: quota.to_owned(),
        limit,
        used,
        agreed: agreed.is_some(),
    })
    .into()
}

async fn quotas_of(
    store: &Store,
    permitted: &PermittedAction,
) -> Result<(Vec<QuotaView>, i64), Denial> {
    let scope = permitted.scope();
    let used = load_usage(store, scope, clock::now_seconds())
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("tenant"))?;
    let agreed = load_agreed_quotas(store, scope)
        .await
        .map_err(|error| store_failed(&error))?;
    Ok((shown(permitted.plan(), &agreed, &used), agreed.version))
}

/// What was refused is not counted: what is full is reached, and else what it would have
/// stored was too much.
fn reached(quotas: &[QuotaView], plan: Plan) -> Denial {
    let is_full = |one: &&QuotaView| one.used >= one.limit;
    let Some(one) = quotas.iter().find(is_full).or(quotas.last()) else {
        return Denial::internal("there are no quotas");
    };
    let detail = format!(
        "There may be {} {} in this tenant (plan {}), and there are {}. Remove what is no longer \
         needed, or ask whoever runs this platform for a larger plan or quota.",
        one.limit,
        one.quota.replace('_', " "),
        plan.name(),
        one.used,
    );
    Denial::new(Layer::Access, "quota_reached", 409, detail)
        .with_member("quota", one.quota.as_str())
        .with_member("limit", one.limit)
        .with_member("used", one.used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_what_is_full() {
        let (agreed, mut used) = (AgreedQuotas::default(), Plan::Free.allowance());
        used.connections = 0;
        used.keys = 3;
        used.users = 10;
        used.customers = 0;
        used.stored_bytes = 7;
        let denial = reached(&shown(Plan::Free, &agreed, &used), Plan::Free);
        assert_eq!((denial.code, denial.status), ("quota_reached", 409));
        assert_eq!(denial.members["quota"], "users");
        assert_eq!(denial.members["limit"], 10);
        used.users = 0;
        let denial = reached(&shown(Plan::Free, &agreed, &used), Plan::Free);
        assert_eq!(denial.members["quota"], "stored_bytes");
    }
}
