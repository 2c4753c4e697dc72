//! Credentials on their way to the connector that seals them.

use lango_audit_log::Layer;
use lango_connector_kit::{PATH_SEAL, SealAnswer};
use lango_durable_objects::{ConnectorClient, ConnectorError, Store};
use lango_identity::{ConnectionId, TenantScope};
use lango_residency::Terms;
use lango_store::NewDataKey;
use lango_vault::ErasureKeyText;
use serde::Serialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::no_such_connector;
use crate::{
    denial::Denial, gateway::Gateway, layers::connection::not_asked, routes::residency::terms,
    state::sealing::SealedUnder,
};

/// Whose credentials, and for what.
pub(super) struct Sealing<'a> {
    pub(super) scope: &'a TenantScope,
    pub(super) connection: &'a ConnectionId,
    /// The kind of connector.
    pub(super) connector: &'a str,
    /// Where the connection may connect to; `None` for wherever the credentials say.
    pub(super) allowed_hosts: Option<&'a [String]>,
    /// Raw text: the gateway never has them as values.
    pub(super) credentials: &'a RawValue,
}

/// Sealed credentials, as they are stored.
pub(super) struct Sealed {
    /// A data key that is to be stored with them.
    pub(super) new_data_key: Option<NewDataKey>,
    pub(super) data_key_version: u32,
    pub(super) allowed_hosts: Vec<String>,
    /// The fields (JSON).
    pub(super) fields: String,
    /// How many they are.
    pub(super) seals: u64,
}

/// The body for the connector, which reads it as a `SealRequest`.
#[derive(Serialize)]
struct Seal<'a> {
    tenant: &'a str,
    connection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_key: Option<&'a RawValue>,
    data_key_version: u32,
    erasure_key: &'a ErasureKeyText,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_hosts: Option<&'a [String]>,
    residency: &'a Terms,
    credentials: &'a RawValue,
}

impl Sealing<'_> {
    /// Has the connector check the credentials and seal them, under the tenant's data
    /// key or a new one.
    pub(super) async fn seal(&self, gateway: &Gateway, store: &Store) -> Result<Sealed, Denial> {
        let under = SealedUnder::find(&gateway.env, store, self.scope, self.connector).await?;
        let terms = terms(gateway, store, self.scope).await?;
        let answer = self.ask(gateway, &under, &terms).await?;
        Ok(Sealed {
            new_data_key: under.new_data_key(&answer)?,
            seals: u64::try_from(answer.sealed.fields.len()).unwrap_or(u64::MAX),
            data_key_version: answer.sealed.data_key_version,
            allowed_hosts: answer.allowed_hosts,
            fields: text(&answer.sealed)?,
        })
    }

    async fn ask(
        &self,
        gateway: &Gateway,
        under: &SealedUnder,
        terms: &Terms,
    ) -> Result<SealAnswer, Denial> {
        let (tenant, connection) = (self.scope.tenant().as_str(), self.connection.as_str());
        let seal = Seal {
            tenant,
            connection,
            data_key: under.data_key.as_deref(),
            data_key_version: under.data_key_version,
            erasure_key: &under.erasure_key,
            allowed_hosts: self.allowed_hosts,
            residency: terms,
            credentials: self.credentials,
        };
        let body = Zeroizing::new(text(&seal)?);
        let connector = ConnectorClient {
            env: &gateway.env,
            kind: self.connector,
            tenant,
            connection,
            call_id: "",
        };
        connector
            .ask_text(PATH_SEAL, &body)
            .await
            .map_err(|error| refused_by_connector(terms, error))
    }
}

fn text(value: &impl Serialize) -> Result<String, Denial> {
    serde_json::to_string(value).map_err(|error| Denial::internal(error.to_string()))
}

fn refused_by_connector(terms: &Terms, error: ConnectorError) -> Denial {
    match error {
        error if error.not_resident().is_some() => not_asked(terms, &error),
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
