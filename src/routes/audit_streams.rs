//! `/admin/v1/audit/streams`: where the tenant's audit log is streamed to.

use lango_admission::Plan;
use lango_api::{
    ChangeStream, CreateStream, DeadLetterView, DeadLetters, List, ResumeStream, StreamFormat,
    StreamProgress, StreamState, StreamView, Timestamp,
};
use lango_audit_log::Layer;
use lango_durable_objects::{AuditStreamClient, Letter, Standing, Store, Unreachable};
use lango_identity::{ConnectionId, StreamId, TenantScope};
use lango_siem::Phase;
use lango_store::{
    MAXIMUM_STREAMS, Page, StreamRow, change_stream, delete_stream, insert_stream, list_streams,
    load_connection, load_stream, own_tenant,
};
use worker::Response;

use super::{
    call::{Call, checked_name, done, stale, store, store_failed, tagged, unknown},
    connections, json,
    roles::whole,
};
use crate::{
    catalogue::Catalogue,
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
};

const LETTERS_AT_ONCE: usize = 1_000;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let scope = permitted.scope();
    let rows = list_streams(&store(gateway)?, scope, &page)
        .await
        .map_err(|error| store_failed(&error))?;
    let standings = standings(gateway, scope).await;
    let next = rows.next.map(|id| lango_api::Cursor::behind(&id).text());
    let items = rows.items.iter().map(|row| view(row, &standings)).collect();
    json(200, &List { items, next })
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let permitted = call.look().await?;
    let scope = permitted.scope();
    let row = find(&store(gateway)?, scope, target).await?;
    tagged(&view(&row, &standings(gateway, scope).await), row.version)
}

pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateStream = call.body()?;
    let stream_id = StreamId::from_random(clock::random()?);
    let target = Some(stream_id.to_string());
    call.create("audit_stream.create", target, whole, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        require_plan(&store, scope).await?;
        let name = checked_name(&wanted.name)?.to_owned();
        takes_the_log(&store, scope, &wanted.connection_id).await?;
        is_room(&store, scope).await?;
        let now_ms = clock::now_ms();
        let row = StreamRow {
            stream_id,
            name,
            connection_id: wanted.connection_id,
            format: format_name(wanted.format).to_owned(),
            enabled: 1,
            created_at: now_ms,
            changed_at: now_ms,
            version: 1,
        };
        let object = object(gateway, scope)?;
        // First, so that it begins where it was wanted to.
        object
            .begin(&row.stream_id, wanted.from)
            .await
            .map_err(unavailable)?;
        insert_stream(&store, scope, &row)
            .await
            .map_err(|error| store_failed(&error))?;
        object.wake().await.map_err(unavailable)?;
        let created = view(&row, &standings(gateway, scope).await);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeStream, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("audit_stream.change", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = find(&store, scope, target).await?;
            precondition.check(before.version)?;
            let mut after = merged(&before, wanted)?;
            if after.connection_id != before.connection_id {
                takes_the_log(&store, scope, &after.connection_id).await?;
            }
            if after.enabled == 1 {
                require_plan(&store, scope).await?;
            }
            let is_changed = change_stream(&store, scope, &after)
                .await
                .map_err(|error| store_failed(&error))?;
            if !is_changed {
                return Err(stale());
            }
            after.version += 1;
            // What was wrong may be right now: it is tried at once.
            object(gateway, scope)?
                .resume(&after.stream_id, None)
                .await
                .map_err(unavailable)?;
            let standings = standings(gateway, scope).await;
            let (before, shown) = (view(&before, &[]), view(&after, &[]));
            Ok(Done::updated((after, standings), &before, &shown))
        })
        .await?;
    let (row, standings) = changed;
    tagged(&view(&row, &standings), row.version)
}

pub(super) async fn delete(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let named = target.as_ref().map(ToString::to_string);
    call.act("audit_stream.delete", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let before = find(&store, scope, target).await?;
        delete_stream(&store, scope, &before.stream_id)
            .await
            .map_err(|error| store_failed(&error))?;
        object(gateway, scope)?
            .forget(&before.stream_id)
            .await
            .map_err(unavailable)?;
        Ok(Done::removed((), &view(&before, &[])))
    })
    .await?;
    done()
}

/// Nothing is sent; it is recorded, because the credentials are used.
pub(super) async fn test(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let named = target.as_ref().map(ToString::to_string);
    let report = call
        .act("audit_stream.test", named, async |permitted| {
            let row = find(&store(gateway)?, permitted.scope(), target).await?;
            let connection = ConnectionId::parse(&row.connection_id).ok();
            let report = connections::find_out(gateway, permitted, connection).await?;
            Ok(Done::without_change(report))
        })
        .await?;
    json(200, &connections::tested(report))
}

pub(super) async fn resume(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let ResumeStream { from } = call.body()?;
    let named = target.as_ref().map(ToString::to_string);
    let shown = call
        .act("audit_stream.resume", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let row = find(&store, scope, target).await?;
            require_plan(&store, scope).await?;
            let before = view(&row, &standings(gateway, scope).await);
            object(gateway, scope)?
                .resume(&row.stream_id, from)
                .await
                .map_err(unavailable)?;
            let after = view(&row, &standings(gateway, scope).await);
            Ok(Done::updated(after.clone(), &before, &after))
        })
        .await?;
    json(200, &shown)
}

pub(super) async fn dead_letters(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let after = call.query("after")?;
    let after = after.map(|text| text.parse()).transpose().map_err(|_| {
        let detail = "Correct the query: after is the index of an entry.";
        Denial::new(Layer::Transport, "query", 400, detail)
    })?;
    let permitted = call.look().await?;
    let scope = permitted.scope();
    let row = find(&store(gateway)?, scope, target).await?;
    let count = u32::try_from(LETTERS_AT_ONCE).unwrap_or(u32::MAX);
    let letters = object(gateway, scope)?
        .letters(&row.stream_id, after, count)
        .await
        .map_err(unavailable)?;
    let next = letters
        .last()
        .filter(|_| letters.len() == LETTERS_AT_ONCE)
        .map(|last| last.first);
    let items = letters.into_iter().map(letter).collect();
    json(200, &DeadLetters { items, next })
}

fn merged(row: &StreamRow, wanted: ChangeStream) -> Result<StreamRow, Denial> {
    let name = match &wanted.name {
        Some(name) => checked_name(name)?.to_owned(),
        None => row.name.clone(),
    };
    let format = wanted.format.map(|format| format_name(format).to_owned());
    Ok(StreamRow {
        stream_id: row.stream_id.clone(),
        name,
        connection_id: wanted
            .connection_id
            .unwrap_or_else(|| row.connection_id.clone()),
        format: format.unwrap_or_else(|| row.format.clone()),
        enabled: wanted.enabled.map_or(row.enabled, i64::from),
        created_at: row.created_at,
        changed_at: clock::now_ms(),
        version: row.version,
    })
}

async fn require_plan(store: &Store, scope: &TenantScope) -> Result<(), Denial> {
    let tenant = own_tenant(store, scope)
        .await
        .map_err(|error| store_failed(&error))?;
    let may = |plan| matches!(plan, Plan::Business | Plan::Enterprise);
    if tenant.is_some_and(|tenant| may(tenant.plan)) {
        return Ok(());
    }
    let detail = "Streaming the audit log takes the Business plan.";
    Err(Denial::new(Layer::Access, "plan_required", 403, detail)
        .with_member("plan", Plan::Business.name()))
}

/// It is a connection of the tenant's, and its connector takes the audit log.
async fn takes_the_log(store: &Store, scope: &TenantScope, id: &str) -> Result<(), Denial> {
    let connection = match ConnectionId::parse(id) {
        Ok(id) => load_connection(store, scope, &id)
            .await
            .map_err(|error| store_failed(&error))?,
        Err(_) => None,
    };
    let takes_it = connection
        .and_then(|row| Catalogue::shipped().connector(&row.connector))
        .is_some_and(|connector| connector.manifest().takes_audit_log);
    if takes_it {
        return Ok(());
    }
    let detail = "connection_id must name a connection of this business to a SIEM receiver.";
    Err(Denial::new(Layer::Screening, "connection_id", 422, detail))
}

async fn is_room(store: &Store, scope: &TenantScope) -> Result<(), Denial> {
    let streams = list_streams(store, scope, &Page::whole())
        .await
        .map_err(|error| store_failed(&error))?;
    if streams.items.len() < MAXIMUM_STREAMS {
        return Ok(());
    }
    let detail = format!("A business has at most {MAXIMUM_STREAMS} streams. End one first.");
    Err(Denial::new(Layer::Access, "too_many_streams", 409, detail))
}

async fn find(
    store: &Store,
    scope: &TenantScope,
    stream: Option<StreamId>,
) -> Result<StreamRow, Denial> {
    let no_such_stream = || unknown("stream");
    load_stream(store, scope, &stream.ok_or_else(no_such_stream)?)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(no_such_stream)
}

fn target(call: &Call<'_>) -> Option<StreamId> {
    StreamId::parse(call.captured("stream_id")).ok()
}

fn object(gateway: &Gateway, scope: &TenantScope) -> Result<AuditStreamClient, Denial> {
    AuditStreamClient::of(&gateway.env, scope).map_err(unavailable)
}

fn unavailable(error: Unreachable) -> Denial {
    Denial::unavailable(Layer::Release, error.to_string())
}

/// What is configured is shown in any case.
async fn standings(gateway: &Gateway, scope: &TenantScope) -> Vec<Standing> {
    match AuditStreamClient::of(&gateway.env, scope) {
        Ok(object) => object.standings().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn format_name(format: StreamFormat) -> &'static str {
    match format {
        StreamFormat::Ocsf => "ocsf",
        StreamFormat::Cef => "cef",
    }
}

fn view(row: &StreamRow, standings: &[Standing]) -> StreamView {
    let standing = standings
        .iter()
        .find(|standing| standing.stream == row.stream_id.as_str());
    StreamView {
        stream_id: row.stream_id.to_string(),
        name: row.name.clone(),
        connection_id: row.connection_id.clone(),
        format: match row.format.as_str() {
            "cef" => StreamFormat::Cef,
            _ => StreamFormat::Ocsf,
        },
        enabled: row.enabled == 1,
        progress: standing.map(|standing| progress(row, standing)),
        created_at: Timestamp::from_millis(row.created_at),
        changed_at: Timestamp::from_millis(row.changed_at),
    }
}

fn progress(row: &StreamRow, standing: &Standing) -> StreamProgress {
    let (state, problem) = match &standing.phase {
        _ if row.enabled != 1 => (StreamState::Disabled, None),
        Phase::Streaming => (StreamState::Streaming, None),
        Phase::Awaiting { .. } => (StreamState::Awaiting, None),
        Phase::Retrying { why } => (StreamState::Retrying, Some(why.clone())),
        Phase::Paused { why } => (StreamState::Paused, Some(why.clone())),
    };
    let has_next = matches!(state, StreamState::Retrying | StreamState::Paused)
        || state == StreamState::Streaming && standing.is_idle;
    StreamProgress {
        state,
        position: standing.position,
        failures: standing.failures,
        problem,
        next_at: has_next.then(|| moment(standing.due_ms)),
        delivered_at: standing.delivered_ms.map(moment),
        dead_letters: standing.dead_letters,
        dead_letters_dropped: standing.dead_letters_dropped,
    }
}

fn letter(letter: Letter) -> DeadLetterView {
    DeadLetterView {
        first: letter.first,
        end: letter.end,
        reason: letter.why,
        at: Timestamp::from_millis(letter.at_ms),
    }
}

fn moment(at_ms: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(at_ms).unwrap_or(i64::MAX))
}
