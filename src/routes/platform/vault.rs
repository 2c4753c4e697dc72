//! `/platform/v1/vault`: what the key-encryption keys are needed for, and having data keys
//! wrapped under newer ones. The platform sees how many there are, and opens nothing.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use lango_api::{
    ConnectorKeysView, KeyEncryptionKeyView, List, RewrapDataKeys, Rewrapping, Timestamp,
};
use lango_audit_log::Layer;
use lango_connector_kit::{PATH_VAULT, RingAnswer, RingRequest};
use lango_durable_objects::{ConnectorClient, ConnectorError, KeyRotationClient, Unreachable};
use lango_store::{DataKeyCount, count_data_keys, outdated_tenants};
use worker::Response;

use super::PlatformCall;
use crate::{
    catalogue::Catalogue,
    denial::Denial,
    gateway::{Done, Gateway},
    routes::{
        call::{store, store_failed, unknown},
        json,
    },
};

/// How many tenants are told in one request, and how many of them at once.
const TENANTS_AT_ONCE: u32 = 500;
const CONCURRENTLY: usize = 16;
/// A gate may use what it has read for so long, in milliseconds.
const SNAPSHOT_MS: i64 = 60_000;

pub(in crate::routes) async fn read(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let counts = count_data_keys(&store(call.gateway)?, call.scope())
        .await
        .map_err(|error| store_failed(&error))?;
    let mut items = Vec::new();
    for kind in Catalogue::shipped().kinds() {
        let of_kind: Vec<_> = counts.iter().filter(|it| it.connector == kind).collect();
        match ring(call.gateway, kind).await {
            Ok(ring) => items.push(view(kind, Some(&ring), &of_kind)),
            // Not deployed, and nothing was ever sealed for it.
            Err(ConnectorError::NotDeployed) if of_kind.is_empty() => {}
            Err(_) => items.push(view(kind, None, &of_kind)),
        }
    }
    json(200, &List { items, next: None })
}

/// Each tenant's keys are moved behind the answer, by an object of its own.
pub(in crate::routes) async fn rewrap(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: RewrapDataKeys = call.body()?;
    let target = Some(wanted.connector.chars().take(64).collect());
    let told = call
        .act("data_keys.rewrap", target, async |identified| {
            if !Catalogue::shipped().has(&wanted.connector) {
                return Err(unknown("connector"));
            }
            let ring = ring(gateway, &wanted.connector)
                .await
                .map_err(|error| Denial::unavailable(Layer::Connection, error.to_string()))?;
            let tenants = outdated_tenants(
                &store(gateway)?,
                identified.scope(),
                &wanted.connector,
                ring.current,
                wanted.after.as_deref().unwrap_or_default(),
                TENANTS_AT_ONCE,
            )
            .await
            .map_err(|error| store_failed(&error))?;
            let next = tenants
                .last()
                .filter(|_| tenants.len() == TENANTS_AT_ONCE as usize)
                .map(ToString::to_string);
            let told: Vec<_> = stream::iter(&tenants)
                .map(async |tenant| {
                    KeyRotationClient::of_any(&gateway.env, identified.scope(), tenant)?
                        .start()
                        .await
                })
                .buffer_unordered(CONCURRENTLY)
                .collect()
                .await;
            told.into_iter()
                .collect::<Result<Vec<()>, _>>()
                .map_err(unreachable)?;
            Ok(Done::without_change(Rewrapping {
                tenants: tenants.len() as u64,
                next,
            }))
        })
        .await?;
    json(200, &told)
}

async fn ring(gateway: &Gateway, kind: &str) -> Result<RingAnswer, ConnectorError> {
    let connector = ConnectorClient {
        env: &gateway.env,
        kind,
        tenant: "",
        connection: "",
        call_id: "",
    };
    connector.ask(PATH_VAULT, &RingRequest::default()).await
}

fn view(kind: &str, ring: Option<&RingAnswer>, counts: &[&DataKeyCount]) -> ConnectorKeysView {
    let mut versions: BTreeMap<u32, Option<&DataKeyCount>> = BTreeMap::new();
    for version in ring.into_iter().flat_map(|ring| &ring.versions) {
        versions.insert(*version, None);
    }
    for count in counts {
        versions.insert(count.key_encryption_key_version, Some(count));
    }
    // When the last data key left a version is when it came to another one.
    let moved_ms = counts.iter().map(|it| it.wrapped_at).max().unwrap_or(0);
    let current = ring.map(|ring| ring.current);
    let removable_from = |version: u32, count: Option<&DataKeyCount>| {
        let is_needed = count.is_some() || current.is_none_or(|current| current == version);
        (!is_needed).then(|| Timestamp::from_millis(moved_ms.saturating_add(SNAPSHOT_MS)))
    };
    ConnectorKeysView {
        connector: kind.to_owned(),
        current,
        versions: versions
            .into_iter()
            .map(|(version, count)| KeyEncryptionKeyView {
                version,
                present: ring.is_some_and(|ring| ring.versions.contains(&version)),
                data_keys: count.map_or(0, |count| count.data_keys),
                tenants: count.map_or(0, |count| count.tenants),
                removable_from: removable_from(version, count),
            })
            .collect(),
        without_erasure_key: counts.iter().map(|it| it.without_erasure_key).sum(),
    }
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Connection, unreachable.to_string())
}
