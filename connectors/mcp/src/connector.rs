//! What the runtime asks of this connector.

use std::{sync::LazyLock, time::Duration};

use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CredentialError, Credentials, Manifest, ManifestError,
    Operation, TestReport, UnusableTool, UpstreamTools,
};
use lango_connector_runtime::{Call, Connector, FrameSender, within};
use lango_delegation::Application;
use lango_egress::{Destination, Egress};
use serde_json::{Map, Value};

use crate::{
    check,
    client::Client,
    failure::timed_out,
    pool,
    settings::Settings,
    tools::{self, Listed},
};

static MANIFEST: LazyLock<Result<Manifest, ManifestError>> =
    LazyLock::new(|| Manifest::parse(include_str!("../connector.json")));

/// Other MCP servers, as the runtime sees them.
pub(crate) struct Mcp;

impl Connector for Mcp {
    fn manifest(&self) -> Result<&Manifest, &ManifestError> {
        MANIFEST.as_ref()
    }

    fn destinations(
        &self,
        credentials: &Credentials,
        egress: &Egress,
    ) -> Result<Vec<Destination>, CredentialError> {
        Settings::parse(credentials, egress).map(|settings| settings.destinations())
    }

    async fn test(&self, call: Call<'_>) -> Result<TestReport, CallError> {
        Ok(check::test(&call).await)
    }

    fn application<'a>(
        &self,
        credentials: &'a Credentials,
        egress: &Egress,
    ) -> Result<Option<(Application, &'a str)>, CredentialError> {
        let settings = Settings::parse(credentials, egress)?;
        Ok(settings
            .tokens()
            .map(|(application, secret)| (application.clone(), secret)))
    }

    /// It declares no tool of its own.
    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        Err(call.unknown_tool())
    }

    async fn answer(&self, call: Call<'_>, _: &FrameSender) -> Result<CallAnswer, CallError> {
        // Again, because the operator or an administrator may have narrowed it since.
        let settings = Settings::parse(call.credentials, call.egress).map_err(unusable)?;
        let holder = settings.holder(&call)?;
        let key = pool::Key::new(call.tenant, call.connection, &holder, call.credentials);
        let client = Client::new(&settings, call.tokens, pool::of(key));
        let time = settings
            .timeout
            .min(Duration::from_millis(call.limits.timeout_ms));
        match within(time, run(&client, &call)).await {
            Ok(answer) => without_secrets(&client, answer),
            Err(_) => {
                client.give_up().await;
                Err(timed_out(time.as_secs()))
            }
        }
    }
}

async fn run(client: &Client<'_>, call: &Call<'_>) -> Result<CallAnswer, CallError> {
    match (call.operation, call.upstream) {
        (Operation::ListTools, _) => Ok(CallAnswer::Result(shown(tools::list(client).await?))),
        (Operation::Tool, Some(approved)) => {
            let none = Map::new();
            let arguments = call.arguments.as_object().unwrap_or(&none);
            let largest = usize::try_from(call.limits.max_bytes).unwrap_or(usize::MAX);
            let result = tools::call(
                client,
                call.tool,
                &approved.sha256,
                arguments,
                call.trace,
                largest,
            )
            .await?;
            Ok(CallAnswer::Mcp(result))
        }
        _ => Err(call.unknown_tool()),
    }
}

/// The connection's credentials are not for assistants, whoever repeats them.
fn without_secrets(
    client: &Client<'_>,
    answer: Result<CallAnswer, CallError>,
) -> Result<CallAnswer, CallError> {
    let secrets = client.secrets();
    match answer {
        Ok(CallAnswer::Mcp(mut result)) => {
            for value in result.values_mut() {
                secrets.remove_from(value);
            }
            Ok(CallAnswer::Mcp(result))
        }
        Err(error) => Err(match secrets.without(&error.message) {
            Some(message) => CallError { message, ..error },
            None => error,
        }),
        listed => listed,
    }
}

fn shown(listed: Listed) -> Value {
    let tools = UpstreamTools {
        definitions: listed
            .tools
            .iter()
            .map(|tool| tool.raw().to_owned())
            .collect(),
        unusable: listed
            .unusable
            .into_iter()
            .map(|(name, error)| UnusableTool {
                name,
                problem: error.to_string(),
            })
            .collect(),
    };
    serde_json::to_value(tools).unwrap_or_default()
}

/// The operator has narrowed the networks, or a connector of another version has
/// sealed it.
fn unusable(error: CredentialError) -> CallError {
    CallError::new(
        CallErrorCode::Sealed,
        format!("The connection cannot be used: {error}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_valid_and_leaves_tools_to_upstreams() {
        let manifest = MANIFEST.as_ref().unwrap();
        assert_eq!(manifest.kind, "mcp");
        assert!(manifest.has_upstream_tools && manifest.tools.is_empty());
        let fields = manifest.credential_fields().unwrap();
        let passwords: Vec<_> = fields.passwords().collect();
        assert_eq!(passwords, ["client_secret", "header_value"]);
    }
}
