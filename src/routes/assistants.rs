//! `/admin/v1/assistants`: what the tenant's users have allowed assistants, for
//! administrators. Users have the page `/assistants`.

use lango_api::{AssistantView, Timestamp};
use lango_audit_log::Layer;
use lango_durable_objects::{OauthGrantClient, RevokedBy, Unreachable};
use lango_identity::{KeyGateName, KeyId};
use lango_store::{GrantRow, list_grants, load_grant};
use worker::Response;

use super::call::{Call, done, listed, store, store_failed, unknown};
use crate::{denial::Denial, gateway::Done};

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let grants = list_grants(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(grants, view)
}

/// Ends a grant: its access tokens with their next call, its refresh tokens for
/// good.
pub(super) async fn revoke(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = KeyId::parse(call.captured("grant_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    call.act("assistant.revoke", named, async |permitted| {
        let scope = permitted.scope();
        let grant = target.ok_or_else(|| unknown("assistant"))?;
        let before = load_grant(&store(gateway)?, scope, &grant)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(|| unknown("assistant"))?;
        let unreachable =
            |error: Unreachable| Denial::unavailable(Layer::Access, error.to_string());
        let name = KeyGateName::new(scope.clone(), grant);
        OauthGrantClient::named(&gateway.env, &name, gateway.country.as_deref())
            .map_err(unreachable)?
            .revoke(&RevokedBy::Principal(permitted.principal().to_owned()))
            .await
            .map_err(unreachable)?;
        Ok(Done::removed((), &view(before)))
    })
    .await?;
    done()
}

fn view(grant: GrantRow) -> AssistantView {
    AssistantView {
        grant_id: grant.grant_id.into(),
        principal_id: grant.principal_id.into(),
        user: grant.user,
        client_id: grant.client_id,
        client_name: grant.client_name,
        permissions: grant.permissions,
        connections: grant.connections,
        created_at: Timestamp::from_millis(grant.created_at),
        expires_at: Timestamp::from_seconds(grant.expires_at),
        revoked_at: grant.revoked_at.map(Timestamp::from_millis),
    }
}
