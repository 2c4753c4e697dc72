//! What credentials are sealed under. The gateway carries it and opens nothing with it.

use lango_connector_kit::SealAnswer;
use lango_durable_objects::{ErasureKeyClient, Store, Unreachable};
use lango_identity::TenantScope;
use lango_store::{NewDataKey, SealingDataKey, sealing_data_key};
use lango_vault::{ErasureKeyText, Wear};
use serde_json::value::RawValue;
use worker::Env;

use crate::{denial::Denial, routes::call::store_failed};
use lango_audit_log::Layer;

/// A tenant's erasure key, and its data key for a connector.
pub(crate) struct SealedUnder {
    /// For the connector.
    pub(crate) erasure_key: ErasureKeyText,
    /// For the connector; none when it is to make one.
    pub(crate) data_key: Option<Box<RawValue>>,
    /// Which version the data key is or is to be.
    pub(crate) data_key_version: u32,
}

/// The tenant's erasure key, for opening; `None` when there is none (any more).
///
/// # Errors
/// A denial when its object does not answer: nothing can be opened then.
pub(crate) async fn erasure_key(
    env: &Env,
    scope: &TenantScope,
) -> Result<Option<ErasureKeyText>, Denial> {
    let client = ErasureKeyClient::of(env, scope).map_err(unreachable)?;
    client.get().await.map_err(unreachable)
}

impl SealedUnder {
    /// Reads what the tenant's credentials for a connector are sealed under now.
    ///
    /// # Errors
    /// A denial when that cannot be read, or when the data key has sealed as much as it
    /// may.
    pub(crate) async fn find(
        env: &Env,
        store: &Store,
        scope: &TenantScope,
        connector: &str,
    ) -> Result<Self, Denial> {
        let client = ErasureKeyClient::of(env, scope).map_err(unreachable)?;
        let erasure_key = client.get_or_create().await.map_err(unreachable)?;
        let known = sealing_data_key(store, scope, connector)
            .await
            .map_err(|error| store_failed(&error))?;
        if let Some(key) = &known
            && Wear::after(key.seals) == Wear::Spent
        {
            return Err(spent(connector));
        }
        let after = known
            .as_ref()
            .map_or(1, |key| key.version.saturating_add(1));
        let usable = known.filter(|key| is_usable(key, &erasure_key));
        Ok(Self {
            erasure_key,
            data_key_version: usable.as_ref().map_or(after, |key| key.version),
            data_key: usable
                .map(|key| RawValue::from_string(key.wrapped))
                .transpose()
                .map_err(|_| Denial::internal("a stored data key is not readable"))?,
        })
    }

    /// The data key that the connector has made, where it was to make one.
    ///
    /// # Errors
    /// A denial when it cannot be written.
    pub(crate) fn new_data_key(&self, answer: &SealAnswer) -> Result<Option<NewDataKey>, Denial> {
        if self.data_key.is_some() {
            return Ok(None);
        }
        new_data_key(&answer.data_key).map(Some)
    }
}

/// A data key that a connector has wrapped, for the store.
///
/// # Errors
/// A denial when it cannot be written.
pub(crate) fn new_data_key(key: &lango_vault::WrappedDataKey) -> Result<NewDataKey, Denial> {
    Ok(NewDataKey {
        version: key.version,
        key_encryption_key_version: key.key_encryption_key_version,
        erasure_generation: key.erasure_generation,
        wrapped: serde_json::to_string(key).map_err(|error| Denial::internal(error.to_string()))?,
    })
}

/// One that was wrapped under a destroyed erasure key is of no use to anybody.
fn is_usable(key: &SealingDataKey, erasure_key: &ErasureKeyText) -> bool {
    key.erasure_generation == 0 || Some(key.erasure_generation) == erasure_key.generation()
}

fn spent(connector: &str) -> Denial {
    let detail = format!(
        "The data key for {connector} has sealed as much as it may: rotate it with POST \
         /admin/v1/vault/rotate, and try again."
    );
    Denial::new(Layer::Connection, "data_key_spent", 409, detail)
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Connection, unreachable.to_string())
}
