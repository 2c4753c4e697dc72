//! `/platform/v1/keys`: keys for automation. Each is its admin's, registered by the
//! digest of its one token, and looked up in the store with every request.

use lango_api::{CreatePlatformKey, IssuedPlatformKey, PlatformKeyView, Timestamp};
use lango_audit_log::Layer;
use lango_identity::{AdminId, ClaimedAdmin, KeyId};
use lango_store::{
    NewPlatformSession, PlatformSessionKind, insert_platform_session, list_platform_keys,
    platform_standing, revoke_platform_session,
};
use serde_json::Value;
use worker::Response;

use super::PlatformCall;
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    routes::call::{checked_name, done, listed, store, store_failed, unknown},
};

const DEFAULT_DAYS: u32 = 90;
const MAXIMUM_DAYS: u32 = 365;
const SECONDS_PER_DAY: i64 = 86_400;

pub(in crate::routes) async fn list(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let page = call.page()?;
    let keys = list_platform_keys(&store(call.gateway)?, call.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(keys, |row| PlatformKeyView {
        platform_key_id: row.session_id.into(),
        admin_id: row.admin_id.into(),
        name: row.name,
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: Timestamp::from_seconds(row.expires_at),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
    })
}

pub(in crate::routes) async fn create(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreatePlatformKey = call.body()?;
    let key_id = KeyId::from_random(clock::random()?);
    let target = Some(key_id.to_string());
    let days = wanted.expires_in_days.unwrap_or(DEFAULT_DAYS);
    call.create(
        "platform_key.create",
        target,
        without_token,
        async |identified| {
            let (session, issued) = sign(gateway, identified.admin(), key_id, &wanted.name, days)?;
            let is_made =
                insert_platform_session(&store(gateway)?, ClaimedAdmin::of_sign_in(), &session)
                    .await
                    .map_err(|error| store_failed(&error))?;
            if !is_made {
                return Err(unknown("admin"));
            }
            let after = issued.key.clone();
            Ok(Done::created(issued, &after))
        },
    )
    .await
}

/// In force with the next request.
pub(in crate::routes) async fn revoke(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = KeyId::parse(call.captured("platform_key_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    call.act("platform_key.revoke", named, async |_| {
        let (store, claimed) = (store(gateway)?, ClaimedAdmin::of_sign_in());
        let key = target.ok_or_else(|| unknown("key"))?;
        let standing = platform_standing(&store, claimed, &key)
            .await
            .map_err(|error| store_failed(&error))?
            .filter(|standing| standing.token.is_some())
            .ok_or_else(|| unknown("key"))?;
        // Revoked twice is revoked.
        revoke_platform_session(&store, claimed, &key, clock::now_ms())
            .await
            .map_err(|error| store_failed(&error))?;
        let before = serde_json::json!({ "admin_id": standing.admin });
        Ok(Done::removed((), &before))
    })
    .await?;
    done()
}

/// Signs a key's token, for the store and for its holder.
pub(super) fn sign(
    gateway: &Gateway,
    admin: &AdminId,
    key_id: KeyId,
    name: &str,
    days: u32,
) -> Result<(NewPlatformSession, IssuedPlatformKey), Denial> {
    if !(1..=MAXIMUM_DAYS).contains(&days) {
        let detail = format!("expires_in_days must be from 1 to {MAXIMUM_DAYS}.");
        return Err(Denial::new(
            Layer::Screening,
            "expires_in_days",
            422,
            detail,
        ));
    }
    let name = checked_name(name)?.to_owned();
    let now = clock::now_seconds();
    let expires_at = now + i64::from(days) * SECONDS_PER_DAY;
    let token = gateway
        .settings
        .signing_keys()
        .issue_platform_admin(
            &gateway.settings.audience,
            admin.as_str(),
            key_id.as_str(),
            now,
            expires_at,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    let issued = IssuedPlatformKey {
        key: PlatformKeyView {
            platform_key_id: key_id.to_string(),
            admin_id: admin.to_string(),
            name: name.clone(),
            created_at: Timestamp::from_seconds(now),
            expires_at: Timestamp::from_seconds(expires_at),
            revoked_at: None,
        },
        token: Some(token.expose().to_owned()),
    };
    let session = NewPlatformSession {
        session_id: key_id,
        admin_id: admin.clone(),
        kind: PlatformSessionKind::Key {
            name,
            digest: token.digest(),
        },
        created_at: now * 1_000,
        expires_at,
    };
    Ok((session, issued))
}

fn without_token(issued: &IssuedPlatformKey) -> Value {
    let shown = IssuedPlatformKey {
        token: None,
        ..issued.clone()
    };
    serde_json::to_value(shown).unwrap_or_default()
}
