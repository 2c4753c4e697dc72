//! Changing a connection, and replacing its credentials.

use lango_admission::Slug;
use lango_api::ChangeConnection;
use lango_audit_log::Layer;
use lango_egress::HostPort;
use lango_identity::ConnectionId;
use lango_store::{ConnectionRow, NewCredentials, change_connection};
use serde::Deserialize;
use serde_json::value::RawValue;
use worker::Response;
use zeroize::Zeroizing;

use super::{find, sealing::Sealing, slug_is_taken, view};
use crate::{
    clock,
    denial::Denial,
    gateway::Done,
    routes::{
        call::{Call, checked_name, stale, store, store_failed, tagged},
        parse,
        pushing::push_to_all,
    },
};

/// More hosts than any system has.
const MOST_HOSTS: usize = 32;

/// In force with the next call.
pub(in crate::routes) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeConnection, _) = (call.body()?, call.if_match()?);
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("connection.change", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = find(&store, scope, target.as_ref()).await?;
            precondition.check(before.version)?;
            let mut after = changed(&before, wanted)?;
            let is_changed = change_connection(&store, scope, &after)
                .await
                .map_err(|error| match error.is_constraint() {
                    true => slug_is_taken(),
                    false => store_failed(&error),
                })?;
            if !is_changed {
                return Err(stale());
            }
            after.version += 1;
            push_to_all(gateway, &store, scope).await?;
            let (before, shown) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

/// `credentials` stays raw text: the gateway never has it as a value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials<'a> {
    #[serde(borrow)]
    credentials: &'a RawValue,
}

/// The connection keeps to its hosts: whoever may rotate credentials does not thereby
/// send them elsewhere.
pub(in crate::routes) async fn set_credentials(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let body = Zeroizing::new(call.identified.body().to_vec());
    let wanted: Credentials<'_> = parse(&body)?;
    let precondition = call.if_match()?;
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("connection.rotate", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = find(&store, scope, target.as_ref()).await?;
            precondition.check(before.version)?;
            let connection = ConnectionId::parse(&before.connection_id)
                .map_err(|_| Denial::internal("a stored connection has no identifier"))?;
            let sealing = Sealing {
                scope,
                connection: &connection,
                connector: &before.connector,
                allowed_hosts: before.allowed_hosts.as_deref(),
                credentials: wanted.credentials,
            };
            let sealed = sealing.seal(gateway, &store).await?;
            let credentials = NewCredentials {
                new_data_key: sealed.new_data_key,
                allowed_hosts: sealed.allowed_hosts.clone(),
                data_key_version: sealed.data_key_version,
                seals: sealed.seals,
                sealed: sealed.fields,
                credentials_at: clock::now_ms(),
            };
            let is_set = lango_store::set_credentials(&store, scope, &before, &credentials)
                .await
                .map_err(|error| store_failed(&error))?;
            if !is_set {
                return Err(stale());
            }
            push_to_all(gateway, &store, scope).await?;
            let after = ConnectionRow {
                allowed_hosts: Some(sealed.allowed_hosts),
                has_credentials: 1,
                credentials_at: credentials.credentials_at,
                version: before.version + 1,
                ..before.clone()
            };
            let (before, shown) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

fn changed(before: &ConnectionRow, wanted: ChangeConnection) -> Result<ConnectionRow, Denial> {
    let mut after = before.clone();
    if let Some(name) = &wanted.name {
        checked_name(name)?.clone_into(&mut after.name);
    }
    if let Some(slug) = &wanted.slug {
        after.slug = Slug::parse(slug).map_err(|error| {
            Denial::new(Layer::Screening, "slug", 422, format!("slug: {error}."))
        })?;
    }
    if let Some(enabled) = wanted.enabled {
        after.enabled = i64::from(enabled);
    }
    if let Some(hosts) = &wanted.allowed_hosts {
        after.allowed_hosts = Some(checked_hosts(hosts)?);
    }
    Ok(after)
}

/// In their normal form, each once.
fn checked_hosts(hosts: &[String]) -> Result<Vec<String>, Denial> {
    let refused = |detail| Denial::new(Layer::Screening, "allowed_hosts", 422, detail);
    if hosts.len() > MOST_HOSTS {
        return Err(refused(format!(
            "allowed_hosts may have {MOST_HOSTS} hosts."
        )));
    }
    let mut normal = hosts
        .iter()
        .map(|host| {
            host.parse::<HostPort>()
                .map(|host| host.to_string())
                .map_err(|error| refused(format!("allowed_hosts: {host:?} {error}.")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    normal.sort();
    normal.dedup();
    Ok(normal)
}
