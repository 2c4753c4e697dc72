//! What a step of a stream does: it reads entries of the log and has the connector hand
//! them over.

use lango_audit_log::LoggedEntry;
use lango_connector_kit::{
    CallAnswer, CallErrorCode, CallLimits, CallRequest, Operation, PATH_CALL,
};
use lango_identity::{ConnectionId, TenantScope};
use lango_residency::Terms;
use lango_siem::{Deliver, Delivery, Entry, Format};
use lango_store::{
    SealedConnectionRow, StreamRow, load_connection, load_promise, sealed_connection,
};
use lango_vault::ErasureKeyText;
use serde::de::DeserializeOwned;
use worker::Env;

use crate::{
    audit_log::AuditLogClient,
    connector::{ConnectorClient, ConnectorError},
    erasure_key::ErasureKeyClient,
    sql::Store,
};

/// How long a receiver may take.
const LIMITS: CallLimits = CallLimits {
    timeout_ms: 20_000,
    max_rows: 0,
    max_bytes: 1 << 20,
};
/// A connector takes 2 MiB, and leaves are JSON inside JSON: every quote counts twice.
const MOST_BYTES: usize = 600_000;

/// What serves one tenant's streams.
pub(super) struct Work<'a> {
    pub(super) env: &'a Env,
    pub(super) scope: &'a TenantScope,
}

impl Work<'_> {
    /// Entries of the log from there on, oldest first.
    ///
    /// # Errors
    /// Why the log could not be asked.
    pub(super) async fn entries(&self, from: u64, count: u32) -> Result<Vec<LoggedEntry>, String> {
        let log = AuditLogClient::of(self.env, self.scope).map_err(said)?;
        let mut entries = log.followed(from, count).await.map_err(said)?;
        let mut bytes = 0;
        let fits = entries.iter().take_while(|entry| {
            let is_first = bytes == 0;
            bytes += entry.leaf.as_deref().map_or(1, str::len);
            is_first || bytes <= MOST_BYTES
        });
        let fits = fits.count();
        entries.truncate(fits);
        Ok(entries)
    }

    /// Hands entries over.
    pub(super) async fn deliver(&self, stream: &StreamRow, entries: &[LoggedEntry]) -> Delivery {
        let entries = entries.iter().filter_map(|entry| {
            Some(Entry {
                index: entry.index,
                leaf: entry.leaf.clone()?,
            })
        });
        self.ask(stream, entries.collect(), None).await
    }

    /// Asks about entries that were handed over.
    pub(super) async fn inquire(&self, stream: &StreamRow, receipt: String) -> Delivery {
        self.ask(stream, Vec::new(), Some(receipt)).await
    }

    async fn ask(
        &self,
        stream: &StreamRow,
        entries: Vec<Entry>,
        receipt: Option<String>,
    ) -> Delivery {
        let deliver = Deliver {
            stream: stream.stream_id.to_string(),
            format: match stream.format.as_str() {
                "cef" => Format::Cef,
                _ => Format::Ocsf,
            },
            entries,
            receipt,
        };
        self.try_ask(stream, &deliver)
            .await
            .unwrap_or_else(|delivery| delivery)
    }

    async fn try_ask(&self, stream: &StreamRow, deliver: &Deliver) -> Result<Delivery, Delivery> {
        let sealed = self.connection(stream).await?;
        let arguments = serde_json::to_value(deliver).map_err(internal)?;
        let request = self.request(stream, &sealed, arguments).await?;
        let client = ConnectorClient {
            env: self.env,
            kind: &sealed.connector,
            tenant: self.scope.tenant().as_str(),
            connection: &stream.connection_id,
            call_id: "",
        };
        match client.ask(PATH_CALL, &request).await {
            Ok(CallAnswer::Result(value)) => serde_json::from_value(value).map_err(internal),
            Ok(CallAnswer::Error(error)) => Err(match error.code {
                CallErrorCode::Sealed | CallErrorCode::NotResident => {
                    Delivery::misconfigured(error.message)
                }
                _ => Delivery::retry(error.message),
            }),
            Ok(_) => Err(Delivery::retry(
                "The connector's answer is not one of its kind.",
            )),
            Err(ConnectorError::NotDeployed) => Err(Delivery::misconfigured(
                "This deployment has no connector for SIEM receivers.",
            )),
            Err(error) if error.not_resident().is_some() => Err(Delivery::misconfigured(
                "The connector does not run where the tenant was promised.",
            )),
            Err(error) => Err(Delivery::retry(format!("{error}."))),
        }
    }

    async fn request(
        &self,
        stream: &StreamRow,
        sealed: &SealedConnectionRow,
        arguments: serde_json::Value,
    ) -> Result<CallRequest, Delivery> {
        let store = Store::bound(self.env).map_err(internal)?;
        let promise = load_promise(&store, self.scope).await.map_err(internal)?;
        let residency = Terms {
            promise: promise.promise,
            colo: None,
        };
        Ok(CallRequest {
            call_id: String::new(),
            tenant: self.scope.tenant().as_str().to_owned(),
            connection: stream.connection_id.clone(),
            principal: None,
            operation: Operation::Deliver,
            tool: String::new(),
            upstream: None,
            arguments,
            database: None,
            input: None,
            client_capabilities: serde_json::Value::Null,
            trace: None,
            stream: false,
            residency,
            allowed_hosts: sealed.allowed_hosts.clone(),
            data_key: stored(&sealed.data_key)?,
            erasure_key: Some(self.erasure_key().await?),
            sealed: stored(&sealed.sealed)?,
            limits: LIMITS,
        })
    }

    /// Read for each step: whoever changes a connection changes it for the next one.
    async fn connection(&self, stream: &StreamRow) -> Result<SealedConnectionRow, Delivery> {
        let gone = || Delivery::misconfigured("The stream's connection is not there any more.");
        let id = ConnectionId::parse(&stream.connection_id).map_err(|_| gone())?;
        let store = Store::bound(self.env).map_err(internal)?;
        let row = load_connection(&store, self.scope, &id)
            .await
            .map_err(internal)?
            .ok_or_else(gone)?;
        if row.enabled != 1 {
            return Err(Delivery::misconfigured(
                "The stream's connection is switched off.",
            ));
        }
        sealed_connection(&store, self.scope, &id)
            .await
            .map_err(internal)?
            .ok_or_else(|| {
                Delivery::misconfigured("The stream's connection has no credentials any more.")
            })
    }

    async fn erasure_key(&self) -> Result<ErasureKeyText, Delivery> {
        ErasureKeyClient::of(self.env, self.scope)
            .map_err(internal)?
            .get_or_create()
            .await
            .map_err(internal)
    }
}

fn stored<T: DeserializeOwned>(json: &str) -> Result<T, Delivery> {
    serde_json::from_str(json).map_err(|_| Delivery::retry("A stored value is not readable."))
}

/// Something of Lango's own did not answer: that passes.
fn internal(error: impl core::fmt::Display) -> Delivery {
    Delivery::retry(format!("{error}."))
}

fn said(error: impl core::fmt::Display) -> String {
    error.to_string()
}
