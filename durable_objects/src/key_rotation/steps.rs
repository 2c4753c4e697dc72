//! What a step of a pass does: it reads what is to be moved, has the connector move it,
//! and stores that in the place of what was read.

use std::collections::BTreeMap;

use lango_connector_kit::{
    DataKeyAnswer, PATH_RESEAL, PATH_REWRAP, PATH_VAULT, ResealAnswer, ResealRequest,
    RewrapRequest, RingAnswer, RingRequest,
};
use lango_identity::TenantScope;
use lango_residency::Terms;
use lango_store::{
    DataKeyRow, NewDataKey, OutdatedConnection, delete_unused_data_keys, list_data_keys,
    load_promise, outdated_connections, reseal_connection, rewrap_data_key,
};
use lango_vault::{ErasureKeyText, SealedFields, WrappedDataKey};
use serde::{Serialize, de::DeserializeOwned};
use worker::{Date, Env};

use crate::{
    connector::{ConnectorClient, ConnectorError},
    erasure_key::ErasureKeyClient,
    sql::Store,
    tenant_life::TenantLifeClient,
};

/// How much is moved in one event.
const DATA_KEYS_AT_ONCE: usize = 20;
const CONNECTIONS_AT_ONCE: u32 = 20;

/// What a step has left.
pub(super) enum Round {
    /// More of the same, behind this connection.
    GoesOn {
        behind: String,
        problem: Option<String>,
    },
    /// The round is over, and something is left.
    Left { problem: Option<String> },
    /// The round is over, and everything is as it should be.
    Nothing,
}

/// The steps of one tenant's pass.
pub(super) struct Steps<'a> {
    pub(super) env: &'a Env,
    pub(super) scope: &'a TenantScope,
}

impl Steps<'_> {
    /// Does one step.
    ///
    /// # Errors
    /// Why nothing could be done, in words without a secret.
    pub(super) async fn take(&self, behind: &str) -> Result<Round, String> {
        let store = Store::bound(self.env).map_err(said)?;
        let rows = list_data_keys(&store, self.scope).await.map_err(said)?;
        if rows.is_empty() {
            return Ok(Round::Nothing);
        }
        let erasure_key = ErasureKeyClient::of(self.env, self.scope)
            .map_err(said)?
            .get_or_create()
            .await
            .map_err(said)?;
        let mut outdated = self.outdated(&rows).await?;
        if !outdated.is_empty() {
            let is_more = outdated.len() > DATA_KEYS_AT_ONCE;
            outdated.truncate(DATA_KEYS_AT_ONCE);
            for row in outdated {
                self.rewrap(&store, row, &erasure_key).await?;
            }
            if !is_more {
                // What wrapped them is needed by nobody, once no gate has it any more.
                self.gates_read_again().await?;
            }
            return Ok(goes_on("", None));
        }
        self.reseal_some(&store, behind, &erasure_key).await
    }

    /// Data keys that are not wrapped as new ones would be.
    async fn outdated<'r>(&self, rows: &'r [DataKeyRow]) -> Result<Vec<&'r DataKeyRow>, String> {
        let mut rings = BTreeMap::new();
        let mut outdated = Vec::new();
        for row in rows {
            if !rings.contains_key(&row.connector) {
                let ring = self.ring(&row.connector).await?;
                rings.insert(row.connector.clone(), ring.current);
            }
            let is_current = rings.get(&row.connector) == Some(&row.key_encryption_key_version);
            if !is_current || row.erasure_generation == 0 {
                outdated.push(row);
            }
        }
        Ok(outdated)
    }

    async fn ring(&self, connector: &str) -> Result<RingAnswer, String> {
        let question = RingRequest {
            tenant: self.scope.tenant().as_str().to_owned(),
        };
        self.ask(connector, "", PATH_VAULT, &question).await
    }

    async fn rewrap(
        &self,
        store: &Store,
        row: &DataKeyRow,
        erasure_key: &ErasureKeyText,
    ) -> Result<(), String> {
        let question = RewrapRequest {
            tenant: self.scope.tenant().as_str().to_owned(),
            data_key: parsed(&row.wrapped)?,
            erasure_key: erasure_key.clone(),
            residency: self.terms(store).await?,
        };
        let answer: DataKeyAnswer = self.ask(&row.connector, "", PATH_REWRAP, &question).await?;
        let key = NewDataKey {
            version: answer.data_key.version,
            key_encryption_key_version: answer.data_key.key_encryption_key_version,
            erasure_generation: answer.data_key.erasure_generation,
            wrapped: written(&answer.data_key)?,
        };
        // Whoever was quicker has moved it.
        rewrap_data_key(store, self.scope, row, &key, now_ms())
            .await
            .map(drop)
            .map_err(said)
    }

    async fn reseal_some(
        &self,
        store: &Store,
        behind: &str,
        erasure_key: &ErasureKeyText,
    ) -> Result<Round, String> {
        let some = outdated_connections(store, self.scope, behind, CONNECTIONS_AT_ONCE)
            .await
            .map_err(said)?;
        let Some(last) = some.last() else {
            return self.end_round(store).await;
        };
        let (mut problem, last) = (None, last.connection_id.clone());
        for connection in &some {
            // One that does not open holds nobody else up.
            if let Err(why) = self.reseal(store, connection, erasure_key).await {
                problem = Some(format!("connection {}: {why}", connection.connection_id));
            }
        }
        Ok(goes_on(&last, problem))
    }

    async fn reseal(
        &self,
        store: &Store,
        connection: &OutdatedConnection,
        erasure_key: &ErasureKeyText,
    ) -> Result<(), String> {
        let (kind, id) = (&connection.connector, &connection.connection_id);
        let question = ResealRequest {
            tenant: self.scope.tenant().as_str().to_owned(),
            connection: id.clone(),
            old_data_key: parsed::<WrappedDataKey>(&connection.old_data_key)?,
            data_key: parsed::<WrappedDataKey>(&connection.data_key)?,
            sealed: parsed::<SealedFields>(&connection.sealed)?,
            erasure_key: erasure_key.clone(),
            residency: self.terms(store).await?,
        };
        let answer: ResealAnswer = self.ask(kind, id, PATH_RESEAL, &question).await?;
        let seals = u64::try_from(answer.sealed.fields.len()).unwrap_or(u64::MAX);
        let (sealed, store_seals) = (
            written(&answer.sealed)?,
            lango_vault::SEALS_PER_CONNECTION.saturating_add(seals),
        );
        reseal_connection(store, self.scope, connection, &sealed, store_seals)
            .await
            .map(drop)
            .map_err(said)
    }

    /// What nothing refers to goes; what something refers to is left for another round.
    async fn end_round(&self, store: &Store) -> Result<Round, String> {
        delete_unused_data_keys(store, self.scope)
            .await
            .map_err(said)?;
        let rows = list_data_keys(store, self.scope).await.map_err(said)?;
        if rows.iter().any(|row| row.retired_at.is_some()) {
            return Ok(Round::Left { problem: None });
        }
        if self.outdated(&rows).await?.is_empty() {
            return Ok(Round::Nothing);
        }
        Ok(goes_on("", None))
    }

    /// Nothing is opened where the tenant's calls may not run.
    async fn terms(&self, store: &Store) -> Result<Terms, String> {
        let stored = load_promise(store, self.scope).await.map_err(said)?;
        Ok(Terms {
            promise: stored.promise,
            colo: None,
        })
    }

    async fn gates_read_again(&self) -> Result<(), String> {
        let life = TenantLifeClient::of(self.env, self.scope).map_err(said)?;
        life.changed().await.map_err(said)
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        kind: &str,
        connection: &str,
        path: &str,
        question: &impl Serialize,
    ) -> Result<A, String> {
        let client = ConnectorClient {
            env: self.env,
            kind,
            tenant: self.scope.tenant().as_str(),
            connection,
            call_id: "",
        };
        client.ask(path, question).await.map_err(|error| {
            let detail = match &error {
                // The connector's own words, which never have a secret in them.
                ConnectorError::Refused(_, problem) => problem["detail"].as_str(),
                _ => None,
            };
            match detail {
                Some(detail) => format!("connector {kind}: {error}: {detail}"),
                None => format!("connector {kind}: {error}"),
            }
        })
    }
}

fn goes_on(behind: &str, problem: Option<String>) -> Round {
    Round::GoesOn {
        behind: behind.to_owned(),
        problem,
    }
}

fn parsed<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|_| "a stored value is not readable".to_owned())
}

fn written(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(said)
}

fn said(error: impl core::fmt::Display) -> String {
    error.to_string()
}

fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}
