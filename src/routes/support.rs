//! `/admin/v1/support-grants`: what a tenant's Admin lets the platform's support do,
//! for a while.

use lango_api::{GrantSupport, SupportGrantView, Timestamp};
use lango_audit_log::{Actor, Batch, Intent, Layer, Outcome, Record, Subject};
use lango_durable_objects::AuditLogClient;
use lango_identity::{Authority, PermissionSet, SUPPORT_PERMISSIONS, SupportGrantId, TenantScope};
use lango_store::{
    NewSupportSession, SupportGrant, insert_support_grant, list_support_grants, load_support_grant,
    revoke_support_grant,
};
use worker::Response;

use super::{
    call::{Call, done, listed, store, store_failed, tagged, unknown},
    pushing::push,
    roles::whole,
};
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    layers::access::PermittedAction,
};

const SHORTEST_MINUTES: u32 = 5;
const LONGEST_MINUTES: u32 = 24 * 60;
const LONGEST_REASON: usize = 500;
const SECONDS_PER_MINUTE: i64 = 60;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let grants = list_support_grants(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(grants, view)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let permitted = call.look().await?;
    let grant = find(gateway, permitted.scope(), target).await?;
    let version = version(&grant);
    tagged(&view(grant), version)
}

pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: GrantSupport = call.body()?;
    let grant_id = SupportGrantId::from_random(clock::random()?);
    let target = Some(grant_id.to_string());
    call.create("support.grant", target, whole, async |permitted| {
        may_be_given(permitted, wanted.permissions)?;
        let now = clock::now_seconds();
        let grant = SupportGrant {
            grant_id,
            permissions: wanted.permissions,
            reason: checked_reason(&wanted.reason)?.to_owned(),
            granted_by: permitted.principal().to_owned(),
            created_at: now * 1_000,
            expires_at: now + checked_minutes(wanted.minutes)? * SECONDS_PER_MINUTE,
            revoked_at: None,
        };
        insert_support_grant(&store(gateway)?, permitted.scope(), &grant)
            .await
            .map_err(|error| store_failed(&error))?;
        let created = view(grant);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

/// Every session under it ends with the next call.
pub(super) async fn revoke(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    call.act("support.revoke", named, async |permitted| {
        let scope = permitted.scope();
        let before = find(gateway, scope, target).await?;
        let store = store(gateway)?;
        let ended = revoke_support_grant(&store, scope, &before.grant_id, clock::now_ms())
            .await
            .map_err(|error| store_failed(&error))?;
        // Revoked twice is revoked.
        for session in ended.unwrap_or_default() {
            push(gateway, scope, &session).await;
        }
        Ok(Done::removed((), &view(before)))
    })
    .await?;
    done()
}

/// Writes into the tenant's log that a platform admin has come in, before they have a
/// token.
pub(super) async fn log_entry(
    gateway: &Gateway,
    scope: &TenantScope,
    session: &NewSupportSession,
) -> Result<(), Denial> {
    let session_id = session.session_id.as_str();
    let record = Record {
        key_id: session_id.to_owned(),
        at_ms: session.created_at,
        intent: Intent {
            call_id: clock::random_name("call_")?,
            principal: session.admin_id.to_string(),
            actor: Some(Actor::Support),
            country: gateway.country.clone(),
            subject: Subject::Action {
                action: "support.enter".to_owned(),
                target: Some(session.grant_id.to_string()),
            },
        },
        outcome: Outcome::succeeded(0),
    };
    // The session's gate is another sender, with numbers of its own.
    let batch = Batch {
        source: format!("support/{session_id}"),
        number: 1,
        records: vec![record],
        counts: None,
    };
    let unavailable = |error: lango_durable_objects::Unreachable| {
        Denial::unavailable(Layer::Release, error.to_string())
    };
    AuditLogClient::of(&gateway.env, scope)
        .map_err(unavailable)?
        .append(&batch)
        .await
        .map_err(unavailable)
}

/// Nothing that support never does, and nothing that the giver does not hold.
fn may_be_given(permitted: &PermittedAction, wanted: PermissionSet) -> Result<(), Denial> {
    let beyond = wanted.without(SUPPORT_PERMISSIONS);
    if beyond != PermissionSet::NONE {
        let names: Vec<_> = beyond.iter().map(|one| one.name()).collect();
        let detail = format!("Support never has {}.", names.join(", "));
        return Err(Denial::new(Layer::Screening, "permissions", 422, detail)
            .with_member("permissions", names));
    }
    if wanted == PermissionSet::NONE {
        let detail = "Name at least one permission.";
        return Err(Denial::new(Layer::Screening, "permissions", 422, detail));
    }
    let held = permitted.authority();
    permitted.grant(&Authority {
        permissions: wanted,
        connections: held.connections.clone(),
        tables: held.tables.clone(),
    })
}

async fn find(
    gateway: &Gateway,
    scope: &TenantScope,
    target: Option<SupportGrantId>,
) -> Result<SupportGrant, Denial> {
    let grant = target.ok_or_else(|| unknown("support grant"))?;
    load_support_grant(&store(gateway)?, scope, &grant)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("support grant"))
}

fn target(call: &Call<'_>) -> Option<SupportGrantId> {
    SupportGrantId::parse(call.captured("support_grant_id")).ok()
}

/// It changes once, when it is revoked.
fn version(grant: &SupportGrant) -> i64 {
    1 + i64::from(grant.revoked_at.is_some())
}

fn view(grant: SupportGrant) -> SupportGrantView {
    SupportGrantView {
        support_grant_id: grant.grant_id.into(),
        permissions: grant.permissions,
        reason: grant.reason,
        granted_by: grant.granted_by,
        created_at: Timestamp::from_millis(grant.created_at),
        expires_at: Timestamp::from_seconds(grant.expires_at),
        revoked_at: grant.revoked_at.map(Timestamp::from_millis),
    }
}

fn checked_minutes(minutes: u32) -> Result<i64, Denial> {
    if (SHORTEST_MINUTES..=LONGEST_MINUTES).contains(&minutes) {
        return Ok(i64::from(minutes));
    }
    let detail = format!("minutes must be from {SHORTEST_MINUTES} to {LONGEST_MINUTES}.");
    Err(Denial::new(Layer::Screening, "minutes", 422, detail))
}

fn checked_reason(text: &str) -> Result<&str, Denial> {
    let text = text.trim();
    let length = text.chars().count();
    if (1..=LONGEST_REASON).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    let detail = format!(
        "reason must have 1 to {LONGEST_REASON} characters, none of them control characters."
    );
    Err(Denial::new(Layer::Screening, "reason", 422, detail))
}
