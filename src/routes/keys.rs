//! `/admin/v1/keys`: issuing, listing and revoking a tenant's API keys.

use lango_audit_log::Layer;
use lango_durable_objects::{AnnouncementsClient, KeyGateClient, Store};
use lango_identity::{Claims, KeyGateName, KeyId, Permission, PrincipalId, Role, TenantScope};
use lango_store::{NewKey, StoreError, insert_key, list_keys, revoke_key};
use serde::{Deserialize, Serialize};
use worker::{Method, Request, Response, console_error};

use super::{empty, json, no_such_thing, parse};
use crate::{clock, denial::Denial, gateway::Gateway, layers::transport::Expectation};

const COLLECTION: Expectation = Expectation {
    methods: &["GET", "POST"],
};
const ITEM: Expectation = Expectation {
    methods: &["DELETE"],
};

const DEFAULT_DAYS: u32 = 90;
const MAXIMUM_DAYS: u32 = 365;
const SECONDS_PER_DAY: i64 = 86_400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    role: Role,
    #[serde(default)]
    expires_in_days: Option<u32>,
}

/// A key as it is shown once, with its token.
#[derive(Serialize)]
pub(super) struct Issued {
    key_id: String,
    name: String,
    role: Role,
    token: String,
    expires_at: i64,
}

pub(super) async fn collection(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let creates = request.method() == Method::Post;
    let identified = gateway.receive(request, COLLECTION).await?;
    let store = store(gateway)?;
    if !creates {
        let permitted = gateway.look(identified, Permission::KeyManageAll).await?;
        let items = list_keys(&store, permitted.scope())
            .await
            .map_err(|error| store_failed(&error))?;
        return json(200, &serde_json::json!({ "items": items }));
    }
    let wanted: Create = parse(identified.body())?;
    let name = checked_name(&wanted.name)?.to_owned();
    let days = checked_days(wanted.expires_in_days)?;
    let issued = gateway
        .act(
            identified,
            "key.create",
            None,
            Permission::KeyManageAll,
            async |permitted| {
                issue(gateway, &store, permitted.scope(), &name, wanted.role, days).await
            },
        )
        .await?;
    json(201, &issued)
}

pub(super) async fn item(
    request: Request,
    gateway: &Gateway,
    key: &str,
) -> Result<Response, Denial> {
    let identified = gateway.receive(request, ITEM).await?;
    let store = store(gateway)?;
    let target = KeyId::parse(key).ok();
    let named = target.as_ref().map(|key| key.as_str().to_owned());
    gateway
        .act(
            identified,
            "key.revoke",
            named,
            Permission::KeyManageAll,
            async |permitted| {
                let key = target.ok_or_else(no_such_key)?;
                let revoked = revoke_key(&store, permitted.scope(), &key, clock::now_ms())
                    .await
                    .map_err(|error| store_failed(&error))?;
                if !revoked {
                    return Err(no_such_key());
                }
                push(gateway, permitted.scope(), &key).await;
                close_streams(gateway, permitted.scope(), &key).await;
                Ok(())
            },
        )
        .await?;
    empty(204)
}

/// A revoked key hears of no more changes.
async fn close_streams(gateway: &Gateway, scope: &TenantScope, key: &KeyId) {
    let closed = match AnnouncementsClient::of(&gateway.env, scope) {
        Ok(object) => object.close(key.as_str()).await,
        Err(unreachable) => Err(unreachable),
    };
    if let Err(unreachable) = closed {
        console_error!("streams of a revoked key end at their own time: {unreachable}");
    }
}

/// Signs and registers a key of a new principal.
pub(super) async fn issue(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
    name: &str,
    role: Role,
    days: u32,
) -> Result<Issued, Denial> {
    let claims = Claims {
        tenant: scope.tenant().clone(),
        principal: PrincipalId::from_random(clock::random()?),
        role,
        key: KeyId::from_random(clock::random()?),
    };
    let issued_at = clock::now_seconds();
    let expires_at = issued_at + i64::from(days) * SECONDS_PER_DAY;
    let token = gateway
        .settings
        .signing_keys()
        .issue_key(&gateway.settings.audience, &claims, issued_at, expires_at)
        .map_err(|error| Denial::internal(error.to_string()))?;
    let new = NewKey {
        key_id: claims.key.clone(),
        principal_id: claims.principal,
        name: name.to_owned(),
        role,
        digest: token.digest(),
        created_at: issued_at * 1_000,
        expires_at,
    };
    insert_key(store, scope, &new)
        .await
        .map_err(|error| store_failed(&error))?;
    Ok(Issued {
        key_id: claims.key.as_str().to_owned(),
        name: name.to_owned(),
        role,
        token: token.expose().to_owned(),
        expires_at,
    })
}

/// Makes the key's gate read the store again, so that a change holds for the
/// next call. When the push fails, the snapshot's age bounds the delay.
pub(super) async fn push(gateway: &Gateway, scope: &TenantScope, key: &KeyId) {
    let name = KeyGateName::new(scope.clone(), key.clone());
    let pushed = match KeyGateClient::named(&gateway.env, &name) {
        Ok(gate) => gate.forget().await,
        Err(unreachable) => Err(unreachable),
    };
    if let Err(unreachable) = pushed {
        console_error!("a change was not pushed: {unreachable}");
    }
}

/// The store of this deployment.
pub(super) fn store(gateway: &Gateway) -> Result<Store, Denial> {
    Store::bound(&gateway.env)
        .map_err(|error| Denial::unavailable(Layer::Admission, error.to_string()))
}

/// The store said no.
pub(super) fn store_failed(error: &StoreError) -> Denial {
    if error.is_constraint() {
        return Denial::new(
            Layer::Access,
            "conflict",
            409,
            "Something of this kind stands already.",
        );
    }
    Denial::unavailable(Layer::Admission, error.to_string())
}

/// A name for people: 1 to 100 characters, no control characters.
pub(super) fn checked_name(name: &str) -> Result<&str, Denial> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        let detail = "name must have 1 to 100 characters, none of them control characters.";
        return Err(Denial::new(Layer::Screening, "name", 422, detail));
    }
    Ok(name)
}

fn checked_days(days: Option<u32>) -> Result<u32, Denial> {
    match days.unwrap_or(DEFAULT_DAYS) {
        days @ 1..=MAXIMUM_DAYS => Ok(days),
        _ => {
            let detail = format!("expires_in_days must be from 1 to {MAXIMUM_DAYS}.");
            Err(Denial::new(
                Layer::Screening,
                "expires_in_days",
                422,
                detail,
            ))
        }
    }
}

fn no_such_key() -> Denial {
    no_such_thing("There is no such key.")
}
