//! `POST /v1/call`: one tool, with credentials that are opened for it alone.

use std::time::Duration;

use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CallRequest, CredentialFields, Credentials, Manifest,
};
use lango_vault::{KeyRing, KeyScope};
use serde_json::Value;

use crate::credentials::scrub;
use crate::{Call, Connector, within};

/// What the system may take longer than its own time limit before the Worker
/// gives up: connecting, signing in, the way there and back.
const GRACE: Duration = Duration::from_secs(3);

pub(crate) async fn call(
    connector: &impl Connector,
    keys: &KeyRing,
    request: &CallRequest,
) -> CallAnswer {
    match run(connector, keys, request).await {
        Ok(result) => CallAnswer::Result(result),
        Err(error) => CallAnswer::Error(error),
    }
}

async fn run(
    connector: &impl Connector,
    keys: &KeyRing,
    request: &CallRequest,
) -> Result<Value, CallError> {
    let manifest = connector.manifest().map_err(manifest_error)?;
    let fields = manifest
        .credential_fields()
        .map_err(|error| manifest_error(&error))?;
    if manifest.tool(&request.tool).is_none() {
        return Err(CallError::new(
            CallErrorCode::Rejected,
            format!("There is no tool {:?} in this connector.", request.tool),
        ));
    }
    let credentials = open(manifest, &fields, keys, request)?;
    let call = Call {
        call_id: &request.call_id,
        tool: &request.tool,
        arguments: &request.arguments,
        credentials: &credentials,
        limits: request.limits,
    };
    let time = Duration::from_millis(request.limits.timeout_ms).saturating_add(GRACE);
    within(time, connector.call(call))
        .await
        .unwrap_or_else(|_| Err(timed_out()))
        .map_err(|error| scrub(error, &fields, &credentials))
}

fn open(
    manifest: &Manifest,
    fields: &CredentialFields,
    keys: &KeyRing,
    request: &CallRequest,
) -> Result<Credentials, CallError> {
    let scope = KeyScope {
        tenant: &request.tenant,
        connector: &manifest.kind,
    };
    let credentials = keys
        .unwrap(scope, &request.data_key)
        .and_then(|key| key.open_fields(&request.connection, &request.sealed))
        .map_err(|error| sealed_error(&error.to_string()))?;
    fields
        .check_complete(&credentials)
        .map_err(|error| sealed_error(&error.to_string()))?;
    Ok(credentials)
}

fn sealed_error(why: &str) -> CallError {
    CallError::new(
        CallErrorCode::Sealed,
        format!(
            "The connection's credentials could not be opened: {why}. An administrator has to set them again."
        ),
    )
}

fn manifest_error(_: &lango_connector_kit::ManifestError) -> CallError {
    CallError::new(
        CallErrorCode::Internal,
        "The connector's manifest is not valid.",
    )
}

fn timed_out() -> CallError {
    CallError::new(
        CallErrorCode::TimedOut,
        "The system did not answer within the time limit.",
    )
}
