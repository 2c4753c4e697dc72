//! `/admin/v1/settings`: what a tenant has chosen.

use lango_api::ChangeSettings;
use lango_audit_log::Layer;
use lango_store::{StoredSettings, load_settings, store_settings};
use lango_tenancy::{Settings, SettingsError};
use worker::Response;

use super::call::{Call, stale, store, store_failed, tagged};
use crate::{denial::Denial, gateway::Done};

/// The schema changes with the code alone.
const SCHEMA_VERSION: i64 = 1;

pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let stored = load_settings(&store(gateway)?, permitted.scope())
        .await
        .map_err(|error| store_failed(&error))?;
    tagged(&stored.settings(), stored.version)
}

pub(super) async fn schema(call: Call<'_>) -> Result<Response, Denial> {
    call.look().await?;
    tagged(&Settings::schema(), SCHEMA_VERSION)
}

/// Whoever signs in next is treated by the new settings.
pub(super) async fn change(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let (ChangeSettings(patch), precondition) = (call.body()?, call.if_match()?);
    let changed = call
        .act("settings.change", None, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let before = load_settings(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?;
            precondition.check(before.version)?;
            let overrides = before.overrides.patched(&patch).map_err(|it| unfit(&it))?;
            let version = store_settings(&store, scope, &overrides, before.version)
                .await
                .map_err(|error| store_failed(&error))?
                .ok_or_else(stale)?;
            let after = StoredSettings { overrides, version };
            let (shown_before, shown_after) = (before.settings(), after.settings());
            Ok(Done::updated(after, &shown_before, &shown_after))
        })
        .await?;
    tagged(&changed.settings(), changed.version)
}

fn unfit(error: &SettingsError) -> Denial {
    let denial = Denial::new(Layer::Screening, "settings", 422, format!("{error}."));
    match error {
        SettingsError::Unfit { member, .. } | SettingsError::Unknown(member) => {
            denial.with_member("member", member.as_str())
        }
        SettingsError::NotAnObject => denial,
    }
}
