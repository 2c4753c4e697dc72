//! `/admin/v1/connections`: connecting and disconnecting a tenant's systems.
//!
//! Credentials pass through once, in a buffer that is wiped, on their way to the
//! connector that seals them. They are never stored and never shown.

use futures_util::{StreamExt as _, stream};
use lango_admission::Slug;
use lango_audit_log::Layer;
use lango_connector_kit::{Changed, PATH_SEAL, SealAnswer};
use lango_durable_objects::Store;
use lango_identity::{ConnectionId, KeyId, Permission, TenantScope};
use lango_store::{
    NewConnection, data_key, delete_connection, insert_connection, list_connections, list_grants,
    list_keys,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use worker::{Method, Request, Response};
use zeroize::Zeroizing;

use super::{
    empty, json,
    keys::{checked_name, push, store, store_failed},
    mcp::subscriptions::announce,
    no_such_thing, parse,
};
use crate::{
    catalogue::Catalogue,
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::transport::Expectation,
    state::connector::{self, ConnectorError},
};

const COLLECTION: Expectation = Expectation {
    methods: &["GET", "POST"],
};
/// How many gates are told of a change at once.
const PUSHED_AT_ONCE: usize = 16;

const ITEM: Expectation = Expectation {
    methods: &["DELETE"],
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

#[derive(Serialize)]
struct Created<'a> {
    connection_id: &'a str,
    connector: &'a str,
    slug: &'a Slug,
    name: &'a str,
}

/// The body for the connector, which reads it as a `SealRequest`.
#[derive(Serialize)]
struct Seal<'a> {
    tenant: &'a str,
    connection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_key: Option<&'a RawValue>,
    credentials: &'a RawValue,
}

pub(super) async fn collection(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let creates = request.method() == Method::Post;
    let identified = gateway.receive(request, COLLECTION).await?;
    let store = store(gateway)?;
    if !creates {
        let permitted = gateway.look(identified, Permission::ConnectionView).await?;
        let items = list_connections(&store, permitted.scope())
            .await
            .map_err(|error| store_failed(&error))?;
        return json(200, &serde_json::json!({ "items": items }));
    }
    let body = Zeroizing::new(identified.body().to_vec());
    let wanted: Create<'_> = parse(&body)?;
    let name = checked_name(&wanted.name)?;
    if !Catalogue::shipped().has(&wanted.connector) {
        return Err(no_such_connector());
    }
    let slug = wanted_slug(&wanted)?;
    let id = ConnectionId::from_random(clock::random()?);
    let named = Some(id.as_str().to_owned());
    let slug = gateway
        .act(
            identified,
            "connection.create",
            named,
            Permission::ConnectionManage,
            async |permitted| {
                let scope = permitted.scope();
                let slug = create(gateway, &store, scope, &id, &wanted, slug).await?;
                push_to_all(gateway, &store, scope).await?;
                Ok(slug)
            },
        )
        .await?;
    let connection_id = id.as_str();
    json(
        201,
        &Created {
            connection_id,
            connector: &wanted.connector,
            slug: &slug,
            name,
        },
    )
}

pub(super) async fn item(
    request: Request,
    gateway: &Gateway,
    connection: &str,
) -> Result<Response, Denial> {
    let identified = gateway.receive(request, ITEM).await?;
    let store = store(gateway)?;
    let target = ConnectionId::parse(connection).ok();
    let named = target.as_ref().map(|id| id.as_str().to_owned());
    gateway
        .act(
            identified,
            "connection.delete",
            named,
            Permission::ConnectionManage,
            async |permitted| {
                let id = target.ok_or_else(no_such_connection)?;
                let deleted = delete_connection(&store, permitted.scope(), &id)
                    .await
                    .map_err(|error| store_failed(&error))?;
                if !deleted {
                    return Err(no_such_connection());
                }
                push_to_all(gateway, &store, permitted.scope()).await
            },
        )
        .await?;
    empty(204)
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
    let known = data_key(store, scope, &wanted.connector)
        .await
        .map_err(|error| store_failed(&error))?;
    let sealed = seal(gateway, scope, id, wanted, known.as_deref()).await?;
    let text = |value: serde_json::Result<String>| {
        value.map_err(|error| Denial::internal(error.to_string()))
    };
    let new = NewConnection {
        connection_id: id.clone(),
        connector: wanted.connector.clone(),
        slug: slug.clone(),
        name: checked_name(&wanted.name)?.to_owned(),
        new_data_key: match known {
            Some(_) => None,
            None => Some(text(serde_json::to_string(&sealed.data_key))?),
        },
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
    let taken: Vec<_> = list_connections(store, scope)
        .await
        .map_err(|error| store_failed(&error))?
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
    data_key: Option<&str>,
) -> Result<SealAnswer, Denial> {
    let data_key: Option<&RawValue> = data_key
        .map(serde_json::from_str)
        .transpose()
        .map_err(|_| Denial::internal("a stored data key is not readable"))?;
    let seal = Seal {
        tenant: scope.tenant().as_str(),
        connection: id.as_str(),
        data_key,
        credentials: wanted.credentials,
    };
    let body = serde_json::to_string(&seal).map_err(|error| Denial::internal(error.to_string()))?;
    connector::ask_text(
        &gateway.env,
        &wanted.connector,
        PATH_SEAL,
        &Zeroizing::new(body),
    )
    .await
    .map_err(refused_by_connector)
}

/// Connections are part of the snapshot of every key and every grant, and of what
/// assistants have listed.
pub(super) async fn push_to_all(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
) -> Result<(), Denial> {
    let keys = list_keys(store, scope)
        .await
        .map_err(|error| store_failed(&error))?;
    let in_force = keys.iter().filter(|key| key.revoked_at.is_none());
    let keys = in_force.filter_map(|key| KeyId::parse(&key.key_id).ok());
    let grants = list_grants(store, scope)
        .await
        .map_err(|error| store_failed(&error))?;
    let now = clock::now_seconds();
    let in_force = grants.iter().filter(|grant| grant.is_in_force(now));
    let all = keys.chain(in_force.map(|grant| grant.grant_id.clone()));
    // Each gate may be a continent away.
    stream::iter(all)
        .for_each_concurrent(PUSHED_AT_ONCE, async |key| push(gateway, scope, &key).await)
        .await;
    let changes = [Changed::Tools, Changed::Prompts, Changed::Resources];
    announce(&gateway.env, scope, &changes).await;
    Ok(())
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
    no_such_thing("There is no such connection.")
}
