//! Connecting a system.

use lango_admission::Slug;
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{ConnectionId, TenantScope};
use lango_store::{ConnectionRow, NewConnection, Page, insert_connection, list_connections};
use serde::Deserialize;
use serde_json::value::RawValue;
use worker::Response;
use zeroize::Zeroizing;

use super::{no_such_connector, sealing::Sealing, slug_is_taken, view};
use crate::{
    catalogue::Catalogue,
    clock,
    denial::Denial,
    gateway::Done,
    routes::{
        call::{Call, checked_name, store, store_failed},
        parse,
        pushing::push_to_all,
        quotas,
        roles::whole,
    },
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
    #[serde(default)]
    allowed_hosts: Option<Vec<String>>,
    #[serde(borrow)]
    credentials: &'a RawValue,
}

pub(in crate::routes) async fn connect(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let body = Zeroizing::new(call.identified.body().to_vec());
    let wanted: Create<'_> = parse(&body)?;
    let id = ConnectionId::from_random(clock::random()?);
    let target = Some(id.to_string());
    call.create("connection.create", target, whole, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let name = checked_name(&wanted.name)?;
        if !Catalogue::shipped().has(&wanted.connector) {
            return Err(no_such_connector());
        }
        let slug = free_slug(&store, scope, wanted_slug(&wanted)?).await?;
        let sealing = Sealing {
            scope,
            connection: &id,
            connector: &wanted.connector,
            allowed_hosts: wanted.allowed_hosts.as_deref(),
            credentials: wanted.credentials,
        };
        let sealed = sealing.seal(gateway, &store).await?;
        let new = NewConnection {
            connection_id: id.clone(),
            connector: wanted.connector.clone(),
            slug,
            name: name.to_owned(),
            new_data_key: sealed.new_data_key,
            allowed_hosts: sealed.allowed_hosts,
            data_key_version: sealed.data_key_version,
            seals: sealed.seals,
            sealed: sealed.fields,
            created_at: clock::now_ms(),
        };
        let of_plan = permitted.plan().allowance();
        match insert_connection(&store, scope, &new, of_plan).await {
            Ok(()) => {}
            Err(error) if error.is_quota() => {
                return Err(quotas::refused(&store, permitted, &error).await);
            }
            Err(error) if error.is_constraint() => return Err(slug_is_taken()),
            Err(error) => return Err(store_failed(&error)),
        }
        push_to_all(gateway, &store, scope).await?;
        let created = view(row(new));
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

fn row(new: NewConnection) -> ConnectionRow {
    ConnectionRow {
        connection_id: new.connection_id.to_string(),
        connector: new.connector,
        slug: new.slug,
        name: new.name,
        enabled: 1,
        allowed_hosts: Some(new.allowed_hosts),
        has_credentials: 1,
        credentials_at: new.created_at,
        created_at: new.created_at,
        version: 1,
    }
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
