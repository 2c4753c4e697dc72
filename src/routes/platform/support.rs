//! `POST /platform/v1/tenants/{tenant_id}/support-session`: a platform admin goes into
//! a tenant, because its Admin has let support in. The token passes while that grant is
//! in force, for what it allows, on the tenant's routes of administration alone; the
//! tenant's log names the admin in everything that is done with it.

use lango_api::{Nothing, SupportSession, Timestamp};
use lango_audit_log::Layer;
use lango_identity::{ClaimedTenant, KeyId, PrincipalKind, SignInClaims, TenantId};
use lango_store::{NewSupportSession, claimed_support, insert_support_session};
use worker::Response;

use super::PlatformCall;
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    layers::identity::PlatformIdentified,
    routes::{
        call::{store, store_failed},
        json, support,
    },
};

/// How long a token lasts; another one can be had while the grant is in force.
const TOKEN_SECONDS: i64 = 15 * 60;

pub(in crate::routes) async fn open(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let target = TenantId::parse(call.captured("tenant_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    let opened = call
        .act("support.open", named, async |identified| {
            let tenant = target.ok_or_else(no_grant)?;
            let session = opened(gateway, identified, tenant).await?;
            let after = serde_json::json!({
                "session_id": session.session_id,
                "support_grant_id": session.support_grant_id,
                "permissions": session.permissions,
                "expires_at": session.expires_at,
            });
            Ok(Done::created(session, &after))
        })
        .await?;
    json(200, &opened)
}

async fn opened(
    gateway: &Gateway,
    identified: &PlatformIdentified,
    tenant: TenantId,
) -> Result<SupportSession, Denial> {
    let (store, now) = (store(gateway)?, clock::now_seconds());
    let claimed = ClaimedTenant::of_support_request(tenant);
    let grant = claimed_support(&store, &claimed, now)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(no_grant)?;
    let scope = claimed.confirmed_by_its_support_grant();
    let expires_at = grant.expires_at.min(now + TOKEN_SECONDS);
    let session = NewSupportSession {
        session_id: KeyId::from_random(clock::random()?),
        grant_id: grant.grant_id.clone(),
        admin_id: identified.admin().clone(),
        created_at: now * 1_000,
        expires_at,
    };
    insert_support_session(&store, &scope, &session)
        .await
        .map_err(|error| store_failed(&error))?;
    support::log_entry(gateway, &scope, &session).await?;
    let claims = SignInClaims {
        tenant: scope.tenant().clone(),
        kind: PrincipalKind::Support,
        principal: identified.admin().to_string(),
        session: session.session_id.clone(),
        role: None,
        connections: None,
        allow_tables: None,
        customer_number: None,
        token_id: clock::random_name("")?,
    };
    let token = gateway
        .settings
        .signing_keys()
        .issue_sign_in(&gateway.settings.audience, &claims, now, expires_at - now)
        .map_err(|error| Denial::internal(error.to_string()))?;
    Ok(SupportSession {
        session_id: session.session_id.to_string(),
        support_grant_id: grant.grant_id.to_string(),
        permissions: grant.permissions,
        access_token: token.expose().to_owned(),
        expires_at: Timestamp::from_seconds(expires_at),
    })
}

/// The same for a tenant that there is not.
fn no_grant() -> Denial {
    let detail = "No Admin of such a tenant has let support in. They do so at \
                  /admin/v1/support-grants.";
    Denial::new(Layer::Access, "no_support_grant", 404, detail)
}
