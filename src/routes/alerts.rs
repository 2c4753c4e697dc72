//! `/admin/v1/alerts`: what in the audit log was out of the ordinary, what raises alerts
//! and where they go.

use lango_anomaly::PolicyError;
use lango_api::{
    AlertDelivery, AlertPage, AlertView, AuditLogCheck, ChangeAlertPolicy, CheckAuditLog,
    ListQuery, Nothing, Timestamp, WebhookSecret,
};
use lango_audit_log::Layer;
use lango_durable_objects::{
    AlertsClient, AlertsPage, CheckState, StoredAlert, StoredAlertPolicy, Unreachable,
};
use lango_identity::TenantScope;
use serde_json::{Value, json};
use worker::Response;

use super::{
    call::{Call, stale, tagged},
    json as json_answer,
};
use crate::{
    denial::Denial,
    gateway::{Done, Gateway},
};

/// The schema changes with the code alone.
const SCHEMA_VERSION: i64 = 1;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (below, limit) = (call.query("cursor")?, call.query("limit")?);
    let permitted = call.look().await?;
    let (below, limit) = place(below.as_deref(), limit.as_deref())?;
    let page = client(gateway, permitted.scope())?
        .list(below, limit)
        .await
        .map_err(unreachable)?;
    json_answer(200, &shown(page))
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let stored = client(gateway, permitted.scope())?.policy().await;
    let stored = stored.map_err(unreachable)?;
    tagged(&stored.policy, stored.version)
}

pub(super) async fn schema(call: Call<'_>) -> Result<Response, Denial> {
    call.look().await?;
    tagged(&lango_anomaly::AlertPolicy::schema(), SCHEMA_VERSION)
}

pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (ChangeAlertPolicy(patch), precondition) = (call.body()?, call.if_match()?);
    let changed = call
        .act("alert_policy.change", None, async |permitted| {
            let client = client(gateway, permitted.scope())?;
            let before = client.policy().await.map_err(unreachable)?;
            precondition.check(before.version)?;
            let own = gateway.settings.development.webhook_origin.as_deref();
            let policy = before.policy.patched(&patch, own);
            let policy = policy.map_err(|error| unfit(&error))?;
            let version = client
                .set_policy(&policy, before.version)
                .await
                .map_err(unreachable)?
                .ok_or_else(stale)?;
            let after = StoredAlertPolicy { policy, version };
            let (shown_before, shown_after) = (logged(&before), logged(&after));
            Ok(Done::updated(after, &shown_before, &shown_after))
        })
        .await?;
    tagged(&changed.policy, changed.version)
}

pub(super) async fn rotate_secret(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let secret = call
        .act("alert_webhook.rotate_secret", None, async |permitted| {
            let scope = permitted.scope();
            let random = client(gateway, scope)?.new_secret().await;
            let random = random.map_err(unreachable)?;
            let tenant = scope.tenant().as_str();
            let secret = AlertsClient::secret_of(&gateway.env, tenant, &random);
            let secret = secret.map_err(unreachable)?.expose().to_string();
            Ok(Done::without_change(WebhookSecret { secret }))
        })
        .await?;
    json_answer(200, &secret)
}

pub(super) async fn test(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let alert = call
        .act("alert.test", None, async |permitted| {
            let raised = client(gateway, permitted.scope())?.test().await;
            Ok(Done::without_change(view(raised.map_err(unreachable)?)))
        })
        .await?;
    json_answer(200, &alert)
}

pub(super) async fn check(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let CheckAuditLog { begin_anew } = call.body()?;
    let name = if begin_anew {
        "audit.begin_watch_anew"
    } else {
        "audit.check"
    };
    let checked = call
        .act(name, None, async |permitted| {
            let checked = client(gateway, permitted.scope())?.check(begin_anew).await;
            Ok(Done::without_change(found(checked.map_err(unreachable)?)))
        })
        .await?;
    json_answer(200, &checked)
}

fn client(gateway: &Gateway, scope: &TenantScope) -> Result<AlertsClient, Denial> {
    AlertsClient::of(&gateway.env, scope).map_err(unreachable)
}

/// Which page is asked for: a cursor is the number of the last alert shown.
fn place(cursor: Option<&str>, limit: Option<&str>) -> Result<(Option<u64>, u32), Denial> {
    let pairs = limit.map(|limit| ("limit", limit));
    let limit = ListQuery::parse(pairs)
        .map_err(|error| invalid(&error.to_string()))?
        .limit;
    let below = cursor.map(|cursor| {
        let number = cursor.strip_prefix('n').and_then(|text| text.parse().ok());
        number.filter(|number| *number < 1 << 53)
    });
    match below {
        Some(None) => Err(invalid("cursor must be the `next` of an earlier page")),
        Some(below) => Ok((below, limit)),
        None => Ok((None, limit)),
    }
}

fn shown(page: AlertsPage) -> AlertPage {
    AlertPage {
        items: page.alerts.into_iter().map(view).collect(),
        next: page.next.map(|number| format!("n{number}")),
    }
}

fn view(stored: StoredAlert) -> AlertView {
    let StoredAlert {
        id,
        alert,
        deliveries,
    } = stored;
    let deliveries = deliveries.into_iter().map(|delivery| AlertDelivery {
        channel: delivery.channel.name().to_owned(),
        state: delivery.state,
        attempts: delivery.attempts,
        problem: delivery.problem,
    });
    AlertView {
        alert_id: id,
        time: Timestamp::from_millis(alert.at_ms),
        rule: alert.rule,
        title: alert.rule.title().to_owned(),
        severity: alert.rule.severity(),
        key_id: alert.key_id,
        principal: alert.principal,
        index: alert.index,
        seen: alert.seen,
        held_back: alert.held_back,
        runbook: alert.rule.runbook().to_owned(),
        deliveries: deliveries.collect(),
    }
}

fn found(state: CheckState) -> AuditLogCheck {
    AuditLogCheck {
        checked_at: Timestamp::from_millis(state.at_ms),
        size: state.size,
        verifies: state.problem.is_none(),
        problem: state.problem,
    }
}

/// The log says how many telephones there are, and not which; of a URL the host, for the
/// rest may be a secret.
fn logged(stored: &StoredAlertPolicy) -> Value {
    let mut shown = serde_json::to_value(&stored.policy).unwrap_or_default();
    shown["whatsapp"] = json!(stored.policy.whatsapp.len());
    let url = stored.policy.webhook.as_deref().unwrap_or_default();
    let host = url.split('/').nth(2).filter(|host| !host.is_empty());
    shown["webhook"] = json!(host);
    shown
}

fn unfit(error: &PolicyError) -> Denial {
    let detail = format!("Correct the policy: {error}.");
    Denial::new(Layer::Screening, "alert_policy", 422, detail)
        .with_member("member", error.member.as_str())
}

fn invalid(problem: &str) -> Denial {
    let detail = format!("Correct the query: {problem}.");
    Denial::new(Layer::Transport, "query", 400, detail)
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Release, unreachable.to_string())
}
