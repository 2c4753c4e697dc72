//! `POST /v1/call`: one tool, with credentials that are opened for it alone.

use std::time::Duration;

use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CallRequest, CredentialFields, Credentials, Manifest,
    Operation,
};
use lango_egress::Networks;
use lango_residency::Resident;
use lango_vault::{ErasureKey, KeyRing, KeyScope};
use worker::Env;

use crate::credentials::scrub;
use crate::token_owner::{KeyMaterial, Source};
use crate::{Call, Connector, FrameSender, Tokens, concurrency, outbound, within};

/// What the system may take longer than its own time limit before the Worker
/// gives up: connecting, signing in, the way there and back.
const GRACE: Duration = Duration::from_secs(3);

/// What a call is served with.
pub(crate) struct Means {
    /// Without proof that it may run here nothing is opened.
    pub(crate) resident: Resident,
    pub(crate) keys: KeyRing,
    pub(crate) networks: Networks,
    /// `None` where there is no platform, in tests.
    pub(crate) env: Option<Env>,
}

pub(crate) async fn call(
    means: &Means,
    connector: &impl Connector,
    request: &CallRequest,
    frames: &FrameSender,
) -> CallAnswer {
    run(means, connector, request, frames)
        .await
        .unwrap_or_else(CallAnswer::Error)
}

async fn run(
    means: &Means,
    connector: &impl Connector,
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
    let egress = outbound::egress(&means.networks, request.allowed_hosts.as_deref());
    let credentials = open(&means.resident, manifest, &fields, &means.keys, request)?;
    let tokens = tokens(means, manifest, request);
    let call = Call {
        call_id: &request.call_id,
        tenant: &request.tenant,
        connection: &request.connection,
        principal: request.principal.as_ref(),
        operation: request.operation,
        upstream: request.upstream.as_ref(),
        input: request.input.as_ref(),
        client_capabilities: &request.client_capabilities,
        trace: request.trace.as_ref(),
        tool: &request.tool,
        arguments: &request.arguments,
        database: request.database.as_ref(),
        credentials: &credentials,
        tokens: &tokens,
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

fn tokens<'a>(means: &'a Means, manifest: &Manifest, request: &'a CallRequest) -> Tokens<'a> {
    Tokens {
        source: means.env.as_ref().map(|env| Source {
            env,
            covers_objects: means.resident.covers_objects(),
            keys: KeyMaterial {
                connector: manifest.kind.clone(),
                tenant: request.tenant.clone(),
                connection: request.connection.clone(),
                data_key: request.data_key.clone(),
                erasure_key: request.erasure_key.clone(),
            },
        }),
        principal: request.principal.as_ref(),
    }
}

/// Whether the manifest declares what is asked for, or leaves it to an upstream.
fn has(manifest: &Manifest, request: &CallRequest) -> bool {
    let name = &request.tool;
    match request.operation {
        Operation::Tool if request.upstream.is_some() => manifest.has_upstream_tools,
        Operation::Tool => manifest.tool(name).is_some(),
        Operation::ListTools => manifest.has_upstream_tools,
        Operation::Test => true,
        Operation::Deliver => manifest.takes_audit_log,
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
