//! `/admin/v1/connections`: connecting and disconnecting a tenant's systems.
//!
//! Credentials pass through once, in a buffer that is wiped, on their way to the
//! connector that seals them. They are never stored and never shown.

mod change;
mod connectors;
mod create;
mod sealing;
mod test;

use lango_api::{ConnectionView, Timestamp};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{ConnectionId, TenantScope};
use lango_store::{ConnectionRow, Page, delete_connection, list_connections, load_connection};
use worker::Response;

pub(super) use self::{
    change::{change, set_credentials},
    connectors::list as list_connectors,
    create::connect,
    test::{find_out, test, tested},
};
use super::{
    call::{Call, done, listed, store, store_failed, tagged, unknown},
    pushing::push_to_all,
};
use crate::{catalogue::Catalogue, delegation::forget_all, denial::Denial, gateway::Done};

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let rows = list_connections(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(rows, view)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let permitted = call.look().await?;
    let row = find(&store(gateway)?, permitted.scope(), target.as_ref()).await?;
    let version = row.version;
    tagged(&view(row), version)
}

pub(super) async fn disconnect(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    call.act("connection.delete", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let id = target.ok_or_else(no_such_connection)?;
        let before = find(&store, scope, Some(&id)).await?;
        // First, so that no token outlives the connection unseen.
        forget_all(gateway, scope, &before.connector, id.as_str()).await?;
        let deleted = delete_connection(&store, scope, &id)
            .await
            .map_err(|error| store_failed(&error))?;
        if !deleted {
            return Err(no_such_connection());
        }
        push_to_all(gateway, &store, scope).await?;
        Ok(Done::removed((), &view(before)))
    })
    .await?;
    done()
}

/// Whoever is held to certain connections is held to ones that are there.
pub(super) async fn check_known(
    store: &Store,
    scope: &TenantScope,
    connections: Option<&[String]>,
) -> Result<(), Denial> {
    let Some(wanted) = connections else {
        return Ok(());
    };
    let known = list_connections(store, scope, &Page::whole())
        .await
        .map_err(|error| store_failed(&error))?
        .items;
    let is_known = |id: &String| known.iter().any(|row| row.connection_id == *id);
    if wanted.iter().all(is_known) {
        return Ok(());
    }
    let detail = "connections must name connections of this business by their identifiers.";
    Err(Denial::new(Layer::Screening, "connections", 422, detail))
}

/// The row of a connection that the path names.
async fn find(
    store: &Store,
    scope: &TenantScope,
    connection: Option<&ConnectionId>,
) -> Result<ConnectionRow, Denial> {
    let id = connection.ok_or_else(no_such_connection)?;
    load_connection(store, scope, id)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(no_such_connection)
}

fn view(row: ConnectionRow) -> ConnectionView {
    ConnectionView {
        connection_id: row.connection_id,
        connector: row.connector,
        slug: row.slug.as_str().to_owned(),
        name: row.name,
        enabled: row.enabled == 1,
        allowed_hosts: row.allowed_hosts,
        has_credentials: row.has_credentials == 1,
        credentials_at: Timestamp::from_millis(row.credentials_at),
        created_at: Timestamp::from_millis(row.created_at),
    }
}

fn no_such_connector() -> Denial {
    let kinds: Vec<_> = Catalogue::shipped()
        .kinds()
        .filter(|kind| !kind.starts_with("fixtures"))
        .collect();
    let detail = format!(
        "connector must be one that this deployment runs, such as {}.",
        kinds.join(", ")
    );
    Denial::new(Layer::Screening, "connector", 422, detail)
}

/// Another connection of the tenant has the slug.
fn slug_is_taken() -> Denial {
    let detail = "This business has a connection of this slug already; take another.";
    Denial::new(Layer::Access, "conflict", 409, detail)
}

pub(crate) fn no_such_connection() -> Denial {
    unknown("connection")
}
