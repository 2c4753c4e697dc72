//! `/admin/v1/connections`: connecting and disconnecting a tenant's systems.
//!
//! Credentials pass through once, in a buffer that is wiped, on their way to the
//! connector that seals them. They are never stored and never shown.

use lango_admission::Slug;
use lango_api::{ConnectionView, Timestamp};
use lango_audit_log::Layer;
use lango_connector_kit::{PATH_SEAL, SealAnswer};
use lango_durable_objects::{ConnectorClient, ConnectorError, Store};
use lango_identity::{ConnectionId, TenantScope};
use lango_store::{
    ConnectionRow, NewConnection, Page, delete_connection, insert_connection, list_connections,
    load_connection,
};
use lango_vault::ErasureKeyText;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use worker::Response;
use zeroize::Zeroizing;

use super::{
    call::{Call, checked_name, done, listed, store, store_failed, unknown},
    parse,
    pushing::push_to_all,
    roles::whole,
};
use crate::{
    catalogue::Catalogue,
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    state::sealing::Sealing,
};

/// `credentials` stays raw text: the gateway never has it as a value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create<'a> {
    connector: String,
    name: String,
    /// What tells it apart in tool names; made of the name when it is not given.
    #[serde(default)]
    slug: Option<String>,
    #[serde(borrow)]
    credentials: &'a RawValue,
}

/// The body for the connector, which reads it as a `SealRequest`.
#[derive(Serialize)]
struct Seal<'a> {
    tenant: &'a str,
    connection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_key: Option<&'a RawValue>,
    data_key_version: u32,
    erasure_key: &'a ErasureKeyText,
    credentials: &'a RawValue,
}

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let rows = list_connections(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(rows, view)
}

pub(super) async fn connect(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let body = Zeroizing::new(call.identified.body().to_vec());
    let wanted: Create<'_> = parse(&body)?;
    let id = ConnectionId::from_random(clock::random()?);
    let target = Some(id.to_string());
    call.create("connection.create", target, whole, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let name = checked_name(&wanted.name)?.to_owned();
        if !Catalogue::shipped().has(&wanted.connector) {
            return Err(no_such_connector());
        }
        let slug = wanted_slug(&wanted)?;
        let slug = create(gateway, &store, scope, &id, &wanted, slug).await?;
        push_to_all(gateway, &store, scope).await?;
        let created = view(ConnectionRow {
            connection_id: id.to_string(),
            connector: wanted.connector.clone(),
            slug,
            name,
            enabled: 1,
            allowed_hosts: None,
            has_credentials: 1,
            credentials_at: clock::now_ms(),
            created_at: clock::now_ms(),
            version: 1,
        });
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

pub(super) async fn disconnect(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    call.act("connection.delete", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let id = target.ok_or_else(no_such_connection)?;
        let before = load_connection(&store, scope, &id)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(no_such_connection)?;
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

fn view(row: ConnectionRow) -> ConnectionView {
    ConnectionView {
        connection_id: row.connection_id,
        connector: row.connector,
        slug: row.slug.as_str().to_owned(),
        name: row.name,
        created_at: Timestamp::from_millis(row.created_at),
    }
}

async fn create(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
    id: &ConnectionId,
    wanted: &Create<'_>,
    slug: WantedSlug,
) -> Result<Slug, Denial> {
    let slug = free_slug(store, scope, slug).await?;
    let sealing = Sealing::find(&gateway.env, store, scope, &wanted.connector).await?;
    let sealed = seal(gateway, scope, id, wanted, &sealing).await?;
    let text = |value: serde_json::Result<String>| {
        value.map_err(|error| Denial::internal(error.to_string()))
    };
    let new = NewConnection {
        connection_id: id.clone(),
        connector: wanted.connector.clone(),
        slug: slug.clone(),
        name: checked_name(&wanted.name)?.to_owned(),
        new_data_key: sealing.new_data_key(&sealed)?,
        seals: sealed.sealed.fields.len() as u64,
        allowed_hosts: sealed.allowed_hosts,
        data_key_version: sealed.sealed.data_key_version,
        sealed: text(serde_json::to_string(&sealed.sealed))?,
        created_at: clock::now_ms(),
    };
    insert_connection(store, scope, &new)
        .await
        .map_err(|error| {
            if error.is_constraint() {
                let detail = "This business has a connection of this slug already; take another.";
                return Denial::new(Layer::Access, "conflict", 409, detail);
            }
            store_failed(&error)
        })?;
    Ok(slug)
}

/// Where a slug comes from.
enum WantedSlug {
    /// The administrator chose it.
    Chosen(Slug),
    /// One like this, whichever is free.
    Like(Slug),
}

fn wanted_slug(wanted: &Create<'_>) -> Result<WantedSlug, Denial> {
    if let Some(slug) = &wanted.slug {
        return Slug::parse(slug).map(WantedSlug::Chosen).map_err(|error| {
            Denial::new(Layer::Screening, "slug", 422, format!("slug: {error}."))
        });
    }
    // A kind is always a slug: it is a manifest's, in the same characters.
    Slug::like(&wanted.name)
        .or_else(|| Slug::like(&wanted.connector))
        .map(WantedSlug::Like)
        .ok_or_else(|| Denial::internal("a connector's kind is no slug"))
}

async fn free_slug(store: &Store, scope: &TenantScope, wanted: WantedSlug) -> Result<Slug, Denial> {
    let like = match wanted {
        WantedSlug::Chosen(slug) => return Ok(slug),
        WantedSlug::Like(slug) => slug,
    };
    let taken: Vec<_> = list_connections(store, scope, &Page::whole())
        .await
        .map_err(|error| store_failed(&error))?
        .items
        .into_iter()
        .map(|row| row.slug)
        .collect();
    let numbered = (2..).map(|number| like.numbered(number));
    Ok(std::iter::once(like.clone())
        .chain(numbered)
        .find(|slug| !taken.contains(slug))
        .unwrap_or(like))
}

async fn seal(
    gateway: &Gateway,
    scope: &TenantScope,
    id: &ConnectionId,
    wanted: &Create<'_>,
    sealing: &Sealing,
) -> Result<SealAnswer, Denial> {
    let seal = Seal {
        tenant: scope.tenant().as_str(),
        connection: id.as_str(),
        data_key: sealing.data_key.as_deref(),
        data_key_version: sealing.data_key_version,
        erasure_key: &sealing.erasure_key,
        credentials: wanted.credentials,
    };
    let body = serde_json::to_string(&seal).map_err(|error| Denial::internal(error.to_string()))?;
    let connector = ConnectorClient {
        env: &gateway.env,
        kind: &wanted.connector,
        tenant: scope.tenant().as_str(),
        connection: id.as_str(),
        call_id: "",
    };
    connector
        .ask_text(PATH_SEAL, &Zeroizing::new(body))
        .await
        .map_err(refused_by_connector)
}

fn refused_by_connector(error: ConnectorError) -> Denial {
    match error {
        ConnectorError::NotDeployed => no_such_connector(),
        ConnectorError::Refused(422, problem) => {
            let detail = problem["detail"]
                .as_str()
                .unwrap_or("The credentials do not fit.");
            Denial::new(Layer::Screening, "credentials", 422, detail)
        }
        error => Denial::unavailable(Layer::Connection, error.to_string()),
    }
}

fn no_such_connector() -> Denial {
    let kinds: Vec<_> = Catalogue::shipped()
        .kinds()
        .filter(|kind| *kind != "fixtures")
        .collect();
    let detail = format!(
        "connector must be one that this deployment runs, such as {}.",
        kinds.join(", ")
    );
    Denial::new(Layer::Screening, "connector", 422, detail)
}

pub(super) fn no_such_connection() -> Denial {
    unknown("connection")
}
