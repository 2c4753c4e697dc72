//! `/admin/v1/trusted-values`: values that a tenant trusts wherever they come from. What
//! is kept of each is a keyed fingerprint and what people call it.

use lango_api::{CreateTrustedValue, Timestamp, TrustedValueView};
use lango_audit_log::Layer;
use lango_identity::TrustedValueId;
use lango_store::{
    TrustedValueRow, delete_trusted_value, insert_trusted_value, list_trusted_values,
    load_trusted_value,
};
use worker::Response;

use super::{
    call::{Call, checked_name, done, listed, store, store_failed, unknown},
    pushing::push_to_gates,
    roles::whole,
};
use crate::{clock, denial::Denial, gateway::Done};

/// The longest value, in characters.
const LONGEST_VALUE: usize = 500;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let values = list_trusted_values(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(values, view)
}

/// Every gate is told, so that it holds for the next call.
pub(super) async fn create(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateTrustedValue = call.body()?;
    let value_id = TrustedValueId::from_random(clock::random()?);
    let target = Some(value_id.to_string());
    call.create("trusted_value.create", target, whole, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let label = checked_name(&wanted.label)?.to_owned();
        let is_short = wanted.value.chars().count() <= LONGEST_VALUE;
        let print_key = gateway.settings.print_key(scope);
        let found = print_key.value(wanted.value.trim()).filter(|_| is_short);
        let (kind, fingerprint) = found.ok_or_else(no_value)?;
        let row = TrustedValueRow {
            value_id,
            kind,
            fingerprint,
            label,
            created_by: permitted.principal().to_owned(),
            created_at: clock::now_ms(),
        };
        let is_one_more = insert_trusted_value(&store, scope, &row)
            .await
            .map_err(|error| store_failed(&error))?;
        if !is_one_more {
            return Err(too_many());
        }
        push_to_gates(gateway, &store, scope).await?;
        let created = view(row);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

pub(super) async fn delete(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = TrustedValueId::parse(call.captured("value_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    call.act("trusted_value.delete", named, async |permitted| {
        let (store, scope) = (store(gateway)?, permitted.scope());
        let target = target.ok_or_else(|| unknown("trusted value"))?;
        let before = load_trusted_value(&store, scope, &target)
            .await
            .map_err(|error| store_failed(&error))?
            .ok_or_else(|| unknown("trusted value"))?;
        delete_trusted_value(&store, scope, &target)
            .await
            .map_err(|error| store_failed(&error))?;
        push_to_gates(gateway, &store, scope).await?;
        Ok(Done::removed((), &view(before)))
    })
    .await?;
    done()
}

fn no_value() -> Denial {
    let detail = "value must be one e-mail address, phone number, account, till or paybill number, \
                  link or name, of at most 500 characters.";
    Denial::new(Layer::Screening, "value", 422, detail)
}

fn too_many() -> Denial {
    let detail = "As many values are trusted as there may be. Take one out first.";
    Denial::new(Layer::Access, "too_many", 409, detail)
}

fn view(row: TrustedValueRow) -> TrustedValueView {
    TrustedValueView {
        value_id: row.value_id.into(),
        kind: row.kind,
        label: row.label,
        created_by: row.created_by,
        created_at: Timestamp::from_millis(row.created_at),
    }
}
