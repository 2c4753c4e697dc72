//! What the runtime asks of this connector.

use std::{sync::LazyLock, time::Duration};

use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CredentialError, Credentials, Manifest, ManifestError,
    Operation, TestReport,
};
use lango_connector_runtime::{Call, Connector, FrameSender, within};
use lango_egress::{Destination, Egress};
use lango_siem::{Deliver, Delivery};
use serde_json::Value;

use crate::{check, deliver::deliver, settings::Settings};

static MANIFEST: LazyLock<Result<Manifest, ManifestError>> =
    LazyLock::new(|| Manifest::parse(include_str!("../connector.json")));

/// SIEM receivers, as the runtime sees them.
pub(crate) struct Siem;

impl Connector for Siem {
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

    /// It declares no tool.
    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        Err(call.unknown_tool())
    }

    async fn answer(&self, call: Call<'_>, _: &FrameSender) -> Result<CallAnswer, CallError> {
        if call.operation != Operation::Deliver {
            return Err(call.unknown_tool());
        }
        let wanted: Deliver = call.arguments()?;
        let delivery = handed_over(&call, &wanted).await.without(&secrets(&call)?);
        serde_json::to_value(delivery)
            .map(CallAnswer::Result)
            .map_err(|_| CallError::new(CallErrorCode::Internal, "The result cannot be written."))
    }
}

async fn handed_over(call: &Call<'_>, wanted: &Deliver) -> Delivery {
    // Again, because the operator or an administrator may have narrowed it since.
    let settings = match Settings::parse(call.credentials, call.egress) {
        Ok(settings) => settings,
        Err(error) => {
            return Delivery::misconfigured(format!("The connection cannot be used: {error}."));
        }
    };
    let time = Duration::from_millis(call.limits.timeout_ms);
    within(time, deliver(&settings, call, wanted))
        .await
        .unwrap_or_else(|_| Delivery::retry("The receiver did not answer in time."))
}

/// A receiver may repeat what it was shown.
fn secrets<'a>(call: &Call<'a>) -> Result<Vec<&'a str>, CallError> {
    let fields = MANIFEST
        .as_ref()
        .ok()
        .and_then(|manifest| manifest.credential_fields().ok())
        .ok_or_else(|| CallError::new(CallErrorCode::Internal, "The manifest is not valid."))?;
    Ok(fields
        .passwords()
        .filter_map(|name| call.credentials.get(name))
        .map(|secret| secret.expose())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_valid_and_has_nothing_for_assistants() {
        let manifest = MANIFEST.as_ref().unwrap();
        assert_eq!(manifest.kind, "siem");
        assert!(manifest.takes_audit_log && !manifest.has_upstream_tools);
        assert!(manifest.tools.is_empty() && manifest.prompts.is_empty());
        assert!(manifest.resources.is_empty() && manifest.resource_templates.is_empty());
        let fields = manifest.credential_fields().unwrap();
        let passwords: Vec<_> = fields.passwords().collect();
        assert_eq!(passwords, ["client_secret", "signing_key", "token"]);
    }
}
