//! `/admin/v1/vault`: the data keys of a tenant, their rotation, and the end of every
//! credential.

use lango_api::{
    CredentialsDestroyed, DataKeyState, DataKeyView, DataKeyWear, DestroyCredentials,
    RotateDataKey, Timestamp, VaultView,
};
use lango_audit_log::Layer;
use lango_connector_kit::{DataKeyAnswer, DataKeyRequest, PATH_DATA_KEY};
use lango_durable_objects::{
    ConnectorClient, ErasureKeyClient, KeyRotationClient, Store, Unreachable,
};
use lango_identity::TenantScope;
use lango_store::{DataKeyRow, destroy_credentials, list_data_keys, rotate_data_key};
use lango_vault::Wear;
use serde_json::json;
use worker::Response;

use super::{
    call::{Call, store, store_failed, unknown},
    json as json_answer,
    pushing::push_to_all,
};
use crate::{
    clock,
    delegation::forget_all,
    denial::Denial,
    gateway::{Done, Gateway},
    state::sealing::new_data_key,
};

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    json_answer(200, &view(gateway, permitted.scope()).await?)
}

/// What is sealed from now on is sealed under the new key; what is sealed already is
/// moved behind the answer. Both open.
pub(super) async fn rotate(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: RotateDataKey = call.body()?;
    let target = Some(wanted.connector.chars().take(64).collect());
    let rotated = call
        .act("data_key.rotate", target, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let rows = rows(&store, scope).await?;
            let newest = rows
                .iter()
                .filter(|row| row.connector == wanted.connector)
                .max_by_key(|row| row.version)
                .ok_or_else(|| unknown("data key"))?;
            let before = json!({ "connector": newest.connector, "version": newest.version });
            let version = make_next(gateway, &store, scope, newest).await?;
            start(gateway, scope).await?;
            let after = json!({ "connector": newest.connector, "version": version });
            Ok(Done::updated(view(gateway, scope).await?, &before, &after))
        })
        .await?;
    json_answer(200, &rotated)
}

/// Nothing that was sealed for the tenant can be opened from now on, whoever has a copy
/// of it. The connections keep their names and wait for other credentials.
pub(super) async fn destroy(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: DestroyCredentials = call.body()?;
    let target = Some(call.identified.scope().tenant().to_string());
    let destroyed = call
        .act("vault.destroy", target, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            if wanted.tenant_id != scope.tenant().as_str() {
                let detail = "Repeat the identifier of your own tenant in tenant_id.";
                return Err(Denial::new(Layer::Screening, "tenant_id", 422, detail));
            }
            // The key first: what comes after can be done again, and must be, when it
            // breaks off.
            let erasure_generation = ErasureKeyClient::of(&gateway.env, scope)
                .map_err(unreachable)?
                .destroy()
                .await
                .map_err(unreachable)?;
            let connections = destroy_credentials(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?;
            push_to_all(gateway, &store, scope).await?;
            for connection in &connections {
                let id = &connection.connection_id;
                forget_all(gateway, scope, &connection.connector, id).await?;
            }
            let destroyed = CredentialsDestroyed {
                erasure_generation,
                connections: connections.into_iter().map(|it| it.connection_id).collect(),
            };
            Ok(Done::removed(destroyed.clone(), &destroyed))
        })
        .await?;
    json_answer(200, &destroyed)
}

/// Makes the version that follows and stores it; says which one it is.
async fn make_next(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
    newest: &DataKeyRow,
) -> Result<u32, Denial> {
    let version = newest.version.saturating_add(1);
    let erasure_key = ErasureKeyClient::of(&gateway.env, scope)
        .map_err(unreachable)?
        .get_or_create()
        .await
        .map_err(unreachable)?;
    let question = DataKeyRequest {
        tenant: scope.tenant().as_str().to_owned(),
        version,
        erasure_key,
    };
    let connector = ConnectorClient {
        env: &gateway.env,
        kind: &newest.connector,
        tenant: scope.tenant().as_str(),
        connection: "",
        call_id: "",
    };
    let answer: DataKeyAnswer = connector
        .ask(PATH_DATA_KEY, &question)
        .await
        .map_err(|error| Denial::unavailable(Layer::Connection, error.to_string()))?;
    let key = new_data_key(&answer.data_key)?;
    rotate_data_key(store, scope, &newest.connector, &key, clock::now_ms())
        .await
        .map_err(|error| store_failed(&error))?;
    Ok(version)
}

async fn start(gateway: &Gateway, scope: &TenantScope) -> Result<(), Denial> {
    let rotation = KeyRotationClient::of(&gateway.env, scope).map_err(unreachable)?;
    rotation.start().await.map_err(unreachable)
}

async fn view(gateway: &Gateway, scope: &TenantScope) -> Result<VaultView, Denial> {
    let rows = rows(&store(gateway)?, scope).await?;
    let rotation = KeyRotationClient::of(&gateway.env, scope).map_err(unreachable)?;
    let state = rotation.state().await.map_err(unreachable)?;
    Ok(VaultView {
        data_keys: rows.into_iter().map(data_key_view).collect(),
        rotating_since: state.since_ms.map(Timestamp::from_millis),
        problem: state.problem,
    })
}

async fn rows(store: &Store, scope: &TenantScope) -> Result<Vec<DataKeyRow>, Denial> {
    list_data_keys(store, scope)
        .await
        .map_err(|error| store_failed(&error))
}

fn data_key_view(row: DataKeyRow) -> DataKeyView {
    DataKeyView {
        state: match row.retired_at {
            None => DataKeyState::Sealing,
            Some(_) => DataKeyState::Opening,
        },
        wear: match Wear::after(row.seals) {
            Wear::Fresh => DataKeyWear::Fresh,
            Wear::Due => DataKeyWear::Due,
            Wear::Spent => DataKeyWear::Spent,
        },
        connector: row.connector,
        version: row.version,
        connections: row.connections,
        seals: row.seals,
        key_encryption_key_version: row.key_encryption_key_version,
        erasure_generation: row.erasure_generation,
        created_at: Timestamp::from_millis(row.created_at),
        retired_at: row.retired_at.map(Timestamp::from_millis),
    }
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Connection, unreachable.to_string())
}
