//! `POST /v1/call`: one tool, with credentials that are opened for it alone.

use std::time::Duration;

use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CallRequest, CredentialFields, Credentials, Manifest,
    Operation,
};
use lango_egress::Networks;
use lango_residency::Resident;
use lango_vault::{ErasureKey, KeyRing, KeyScope};

use crate::credentials::scrub;
use crate::{Call, Connector, FrameSender, concurrency, outbound, within};

/// What the system may take longer than its own time limit before the Worker
/// gives up: connecting, signing in, the way there and back.
const GRACE: Duration = Duration::from_secs(3);

/// Without proof that it may run here nothing is opened.
pub(crate) async fn call(
    resident: &Resident,
    connector: &impl Connector,
    keys: &KeyRing,
    networks: &Networks,
    request: &CallRequest,
    frames: &FrameSender,
) -> CallAnswer {
    run(resident, connector, keys, networks, request, frames)
        .await
        .unwrap_or_else(CallAnswer::Error)
}

async fn run(
    resident: &Resident,
    connector: &impl Connector,
    keys: &KeyRing,
    networks: &Networks,
    request: &CallRequest,
    frames: &FrameSender,
) -> Result<CallAnswer, CallError> {
    let manifest = connector.manifest().map_err(manifest_error)?;
    let fields = manifest
        .credential_fields()
        .map_err(|error| manifest_error(&error))?;
    if !has(manifest, request) {
        return Err(CallError::new(
            CallErrorCode::Rejected,
            format!("There is no {:?} in this connector.", request.tool),
        ));
    }
    let _place = concurrency::place(&request.tenant, &request.connection).await?;
    let egress = outbound::egress(networks, request.allowed_hosts.as_deref());
    let credentials = open(resident, manifest, &fields, keys, request)?;
    let call = Call {
        call_id: &request.call_id,
        tenant: &request.tenant,
        connection: &request.connection,
        principal: request.principal.as_ref(),
        operation: request.operation,
        upstream: request.upstream.as_ref(),
        input: request.input.as_ref(),
        client_capabilities: &request.client_capabilities,
        tool: &request.tool,
        arguments: &request.arguments,
        credentials: &credentials,
        egress: &egress,
        limits: request.limits,
    };
    let time = Duration::from_millis(request.limits.timeout_ms).saturating_add(GRACE);
    within(time, work(connector, call, frames))
        .await
        .unwrap_or_else(|_| Err(timed_out()))
        .map_err(|error| scrub(error, &fields, &credentials))
}

async fn work(
    connector: &impl Connector,
    call: Call<'_>,
    frames: &FrameSender,
) -> Result<CallAnswer, CallError> {
    if call.operation != Operation::Test {
        return connector.answer(call, frames).await;
    }
    let report = connector.test(call).await?;
    serde_json::to_value(report)
        .map(CallAnswer::Result)
        .map_err(|_| CallError::new(CallErrorCode::Internal, "The report cannot be written."))
}

/// Whether the manifest declares what is asked for, or leaves it to an upstream.
fn has(manifest: &Manifest, request: &CallRequest) -> bool {
    let name = &request.tool;
    match request.operation {
        Operation::Tool if request.upstream.is_some() => manifest.has_upstream_tools,
        Operation::Tool => manifest.tool(name).is_some(),
        Operation::ListTools => manifest.has_upstream_tools,
        Operation::Test => true,
        Operation::Prompt => has_prompt(manifest, name),
        Operation::Resource => has_resource(manifest, name),
        Operation::Completion => has_prompt(manifest, name) || has_resource(manifest, name),
    }
}

fn has_prompt(manifest: &Manifest, name: &str) -> bool {
    manifest.prompts.iter().any(|prompt| prompt.name == name)
}

fn has_resource(manifest: &Manifest, name: &str) -> bool {
    let mut fixed = manifest.resources.iter().map(|it| &it.name);
    let mut templates = manifest.resource_templates.iter().map(|it| &it.name);
    fixed.any(|it| it == name) || templates.any(|it| it == name)
}

fn open(
    _: &Resident,
    manifest: &Manifest,
    fields: &CredentialFields,
    keys: &KeyRing,
    request: &CallRequest,
) -> Result<Credentials, CallError> {
    let scope = KeyScope {
        tenant: &request.tenant,
        connector: &manifest.kind,
    };
    let erasure_key = request
        .erasure_key
        .as_ref()
        .map(ErasureKey::parse)
        .transpose()
        .map_err(|error| sealed_error(&error.to_string()))?;
    let credentials = keys
        .unwrap(scope, &request.data_key, erasure_key.as_ref())
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
