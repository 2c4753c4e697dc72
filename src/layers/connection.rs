//! Layer 6, **connection**: credential opened there, system called, bounded.
//!
//! Proof: [`Answered`]. The connector Worker alone can open the credential; the
//! gateway hands it over as ciphertext. It takes nothing but [`Screened`].

use lango_audit_log::Layer;
use lango_connector_kit::{CallAnswer, CallError, CallLimits, CallRequest, PATH_CALL};
use lango_vault::{SealedFields, WrappedDataKey};
use serde::de::DeserializeOwned;
use worker::Env;

use super::screening::Screened;
use crate::{
    denial::Denial,
    state::connector::{self, ConnectorError},
};

/// What every call is bound by until policies say less.
const LIMITS: CallLimits = CallLimits {
    timeout_ms: 30_000,
    max_rows: 500,
    max_bytes: 1 << 20,
};

/// Proof: a connector has answered a screened call.
pub(crate) struct Answered {
    answer: Result<serde_json::Value, CallError>,
}

/// Calls the tool's connector.
///
/// # Errors
/// A denial when the connector cannot be asked. A failure of the system behind
/// it is an answer.
pub(crate) async fn call(screened: Screened, call_id: &str, env: &Env) -> Result<Answered, Denial> {
    let (scope, tool, arguments, connection) = screened.into_parts();
    let request = CallRequest {
        call_id: call_id.to_owned(),
        tenant: scope.tenant().as_str().to_owned(),
        connection: connection.connection_id,
        tool: tool.definition().name.clone(),
        arguments,
        data_key: stored::<WrappedDataKey>(&connection.data_key)?,
        sealed: stored::<SealedFields>(&connection.sealed)?,
        limits: LIMITS,
    };
    let answer = connector::ask(env, tool.connector(), PATH_CALL, &request)
        .await
        .map_err(|error| denial(&error))?;
    Ok(Answered {
        answer: result(answer),
    })
}

impl Answered {
    pub(super) fn into_answer(self) -> Result<serde_json::Value, CallError> {
        self.answer
    }
}

fn result(answer: CallAnswer) -> Result<serde_json::Value, CallError> {
    match answer {
        CallAnswer::Result(value) => Ok(value),
        CallAnswer::Error(error) => Err(error),
    }
}

fn stored<T: DeserializeOwned>(json: &str) -> Result<T, Denial> {
    serde_json::from_str(json)
        .map_err(|_| Denial::unavailable(Layer::Connection, "a stored connection is not readable"))
}

fn denial(error: &ConnectorError) -> Denial {
    Denial::new(
        Layer::Connection,
        "connector_unavailable",
        502,
        "The connector of this tool did not answer. Whether the call took effect is not known.",
    )
    .because(error.to_string())
}
