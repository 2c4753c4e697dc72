//! `/admin/v1/transfers`: the register of which systems get which data, where, and on
//! which legal ground.

use lango_api::{ChangeTransfer, CreateTransfer, Timestamp, TransferView};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{ConnectionId, TenantScope, TransferId};
use lango_residency::{GroundsError, check_grounds};
use lango_store::{
    TransferRow, change_transfer, delete_transfer, insert_transfer, list_transfers,
    load_connection, load_transfer,
};
use worker::Response;

use super::{
    call::{Call, done, listed, stale, store, store_failed, tagged, unknown},
    roles::whole,
};
use crate::{clock, denial::Denial, gateway::Done};

const LONGEST_TEXT: usize = 100;
const LONGEST_NOTE: usize = 1_000;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let transfers = list_transfers(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(transfers, view)
}

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let permitted = call.look().await?;
    let transfer = find(&store(gateway)?, permitted.scope(), target).await?;
    let version = transfer.version;
    tagged(&view(transfer), version)
}

pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateTransfer = call.body()?;
    let transfer_id = TransferId::from_random(clock::random()?);
    let target = Some(transfer_id.to_string());
    call.create("transfer.create", target, whole, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let now_ms = clock::now_ms();
        let row = checked(TransferRow {
            transfer_id,
            system: wanted.system,
            connection_id: wanted.connection_id,
            vendor: wanted.vendor,
            vendor_region: wanted.vendor_region,
            vendor_country: wanted.vendor_country,
            data_classes: wanted.data_classes,
            legal_grounds: wanted.legal_grounds,
            note: wanted.note,
            created_at: now_ms,
            changed_at: now_ms,
            version: 1,
        })?;
        has_connection(&store, scope, row.connection_id.as_deref()).await?;
        insert_transfer(&store, scope, &row)
            .await
            .map_err(|error| store_failed(&error))?;
        let created = view(row);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (wanted, precondition): (ChangeTransfer, _) = (call.body()?, call.if_match()?);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let changed = call
        .act("transfer.change", named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = find(&store, scope, target).await?;
            precondition.check(before.version)?;
            let mut after = checked(merged(before.clone(), wanted))?;
            // A connection that is gone may stay named: data did go there.
            if after.connection_id != before.connection_id {
                has_connection(&store, scope, after.connection_id.as_deref()).await?;
            }
            let is_changed = change_transfer(&store, scope, &after)
                .await
                .map_err(|error| store_failed(&error))?;
            if !is_changed {
                return Err(stale());
            }
            after.version += 1;
            let (before, shown) = (view(before), view(after.clone()));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    let version = changed.version;
    tagged(&view(changed), version)
}

pub(super) async fn delete(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    call.act("transfer.delete", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let before = find(&store, scope, target).await?;
        delete_transfer(&store, scope, &before.transfer_id)
            .await
            .map_err(|error| store_failed(&error))?;
        Ok(Done::removed((), &view(before)))
    })
    .await?;
    done()
}

fn merged(row: TransferRow, wanted: ChangeTransfer) -> TransferRow {
    TransferRow {
        system: wanted.system.unwrap_or(row.system),
        connection_id: wanted.connection_id.unwrap_or(row.connection_id),
        vendor: wanted.vendor.unwrap_or(row.vendor),
        vendor_region: wanted.vendor_region.unwrap_or(row.vendor_region),
        vendor_country: wanted.vendor_country.unwrap_or(row.vendor_country),
        data_classes: wanted.data_classes.unwrap_or(row.data_classes),
        legal_grounds: wanted.legal_grounds.unwrap_or(row.legal_grounds),
        note: wanted.note.unwrap_or(row.note),
        changed_at: clock::now_ms(),
        ..row
    }
}

async fn find(
    store: &Store,
    scope: &TenantScope,
    target: Option<TransferId>,
) -> Result<TransferRow, Denial> {
    let transfer = target.ok_or_else(|| unknown("transfer"))?;
    load_transfer(store, scope, &transfer)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("transfer"))
}

/// The tenant's own: another's is one that does not exist.
async fn has_connection(
    store: &Store,
    scope: &TenantScope,
    id: Option<&str>,
) -> Result<(), Denial> {
    let Some(id) = id else {
        return Ok(());
    };
    let found = match ConnectionId::parse(id) {
        Ok(id) => load_connection(store, scope, &id)
            .await
            .map_err(|error| store_failed(&error))?,
        Err(_) => None,
    };
    match found {
        Some(_) => Ok(()),
        None => {
            let detail = "connection_id must name a connection of yours, or be left out.";
            Err(Denial::new(Layer::Screening, "connection_id", 422, detail))
        }
    }
}

fn checked(row: TransferRow) -> Result<TransferRow, Denial> {
    check_grounds(row.vendor_country, &row.data_classes, &row.legal_grounds)
        .map_err(|error| unfit(&error))?;
    Ok(TransferRow {
        system: text("system", &row.system, 1, LONGEST_TEXT)?,
        vendor: text("vendor", &row.vendor, 1, LONGEST_TEXT)?,
        vendor_region: text("vendor_region", &row.vendor_region, 1, LONGEST_TEXT)?,
        note: text("note", &row.note, 0, LONGEST_NOTE)?,
        ..row
    })
}

fn unfit(error: &GroundsError) -> Denial {
    let code = match error {
        GroundsError::NoData => "data_classes",
        GroundsError::NoGround | GroundsError::SensitiveData => "legal_grounds",
    };
    Denial::new(
        Layer::Screening,
        code,
        422,
        format!("Correct {code}: {error}."),
    )
}

fn text(name: &'static str, text: &str, least: usize, most: usize) -> Result<String, Denial> {
    let text = text.trim();
    let length = text.chars().count();
    if (least..=most).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let detail =
        format!("{name} must have {least} to {most} characters, none of them control characters.");
    Err(Denial::new(Layer::Screening, name, 422, detail))
}

fn target(call: &Call<'_>) -> Option<TransferId> {
    TransferId::parse(call.captured("transfer_id")).ok()
}

/// An entry as it is shown.
pub(super) fn view(row: TransferRow) -> TransferView {
    TransferView {
        transfer_id: row.transfer_id.into(),
        system: row.system,
        connection_id: row.connection_id,
        vendor: row.vendor,
        vendor_region: row.vendor_region,
        vendor_country: row.vendor_country,
        data_classes: row.data_classes,
        legal_grounds: row.legal_grounds,
        note: row.note,
        created_at: Timestamp::from_millis(row.created_at),
        changed_at: Timestamp::from_millis(row.changed_at),
    }
}
