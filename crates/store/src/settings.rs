//! A tenant's settings and features.

use std::collections::BTreeMap;

use lango_identity::{PlatformScope, TenantId, TenantScope};
use lango_tenancy::{Flag, Overrides, Settings};
use serde::Deserialize;

use crate::{
    port::{Sql, Statement, StoreError, run},
    statements::tenancy,
};

/// What a tenant has set, and which change that was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredSettings {
    /// What it has set.
    pub overrides: Overrides,
    /// How often it has; 0 for never.
    pub version: i64,
}

impl StoredSettings {
    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.overrides.settings()
    }
}

#[derive(Deserialize)]
struct SettingsColumns {
    document: String,
    version: i64,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

#[derive(Deserialize)]
pub(crate) struct FlagColumns {
    flag: String,
    enabled: i64,
}

/// What the tenant has set.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked, or a document does not fit the
/// schema of this version.
pub async fn load_settings(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<StoredSettings, StoreError> {
    load(sql, scope.tenant()).await
}

/// The settings of a tenant that the platform is closing: they say how long it is kept.
///
/// # Errors
/// As [`load_settings`].
pub async fn settings_of_closing(
    sql: &impl Sql,
    _scope: &PlatformScope,
    tenant: &TenantId,
) -> Result<Settings, StoreError> {
    Ok(load(sql, tenant).await?.settings())
}

async fn load(sql: &impl Sql, tenant: &TenantId) -> Result<StoredSettings, StoreError> {
    let values = [tenant.as_str().into()];
    let rows = run(sql, Statement::new(tenancy::LOAD_SETTINGS, values)).await?;
    let mut rows: Vec<SettingsColumns> = rows.decode()?;
    let Some(row) = rows.pop() else {
        return Ok(StoredSettings::default());
    };
    let overrides =
        Overrides::parse(&row.document).map_err(|error| StoreError::Row(error.to_string()))?;
    Ok(StoredSettings {
        overrides,
        version: row.version,
    })
}

/// Stores what a tenant has set, unless it was changed since it had this version.
/// Gives the new version; `None` when it was.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn store_settings(
    sql: &impl Sql,
    scope: &TenantScope,
    overrides: &Overrides,
    version: i64,
) -> Result<Option<i64>, StoreError> {
    let mut values = vec![
        scope.tenant().as_str().into(),
        overrides.to_string().as_str().into(),
    ];
    let statement = if version == 0 {
        Statement::new(tenancy::INSERT_SETTINGS, values)
    } else {
        values.push(version.into());
        Statement::new(tenancy::CHANGE_SETTINGS, values)
    };
    let versions: Vec<Version> = run(sql, statement).await?.decode()?;
    Ok(versions.first().map(|row| row.version))
}

/// The features that the tenant has switched.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn switched_flags(
    sql: &impl Sql,
    scope: &TenantScope,
) -> Result<BTreeMap<Flag, bool>, StoreError> {
    let values = [scope.tenant().as_str().into()];
    let rows = run(sql, Statement::new(tenancy::LIST_FLAGS, values)).await?;
    Ok(switched(rows.decode()?).collect())
}

/// What the tenant has switched a feature to; `None` when it has not.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn switched_flag(
    sql: &impl Sql,
    scope: &TenantScope,
    flag: Flag,
) -> Result<Option<bool>, StoreError> {
    let values = [scope.tenant().as_str().into(), flag.name().into()];
    let rows = run(sql, Statement::new(tenancy::LOAD_FLAG, values)).await?;
    Ok(switched(rows.decode()?).map(|(_, enabled)| enabled).next())
}

/// Switches a feature.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn switch_flag(
    sql: &impl Sql,
    scope: &TenantScope,
    flag: Flag,
    enabled: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    let values = [
        scope.tenant().as_str().into(),
        flag.name().into(),
        i64::from(enabled).into(),
        now_ms.into(),
    ];
    run(sql, Statement::new(tenancy::SWITCH_FLAG, values))
        .await
        .map(drop)
}

/// Sets a feature back to its default; `false` when it was not switched.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn reset_flag(
    sql: &impl Sql,
    scope: &TenantScope,
    flag: Flag,
) -> Result<bool, StoreError> {
    let values = [scope.tenant().as_str().into(), flag.name().into()];
    let rows = run(sql, Statement::new(tenancy::RESET_FLAG, values)).await?;
    Ok(!rows.0.is_empty())
}

/// A feature of another version has no effect in this one.
pub(crate) fn switched(rows: Vec<FlagColumns>) -> impl Iterator<Item = (Flag, bool)> {
    rows.into_iter()
        .filter_map(|row| Some((row.flag.parse().ok()?, row.enabled == 1)))
}
