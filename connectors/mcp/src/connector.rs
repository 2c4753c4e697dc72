//! What the runtime asks of this connector.

use std::sync::LazyLock;

use lango_connector_kit::{
    CallError, CallErrorCode, CredentialError, Credentials, Manifest, ManifestError,
};
use lango_connector_runtime::{Call, Connector};
use lango_mcp_upstream::Networks;
use serde_json::Value;
use worker::Env;

use crate::settings::Settings;

static MANIFEST: LazyLock<Result<Manifest, ManifestError>> =
    LazyLock::new(|| Manifest::parse(include_str!("../connector.json")));

/// Other MCP servers, as the runtime sees them.
pub(crate) struct Mcp {
    networks: Networks,
}

impl Mcp {
    /// Anything but the word for it keeps the connector on the public Internet.
    pub(crate) fn new(env: &Env) -> Self {
        let networks = match env.var("LANGO_UPSTREAM_NETWORKS") {
            Ok(value) if value.to_string() == "private" => Networks::Private,
            _ => Networks::Public,
        };
        Self { networks }
    }
}

impl Connector for Mcp {
    fn manifest(&self) -> Result<&Manifest, &ManifestError> {
        MANIFEST.as_ref()
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), CredentialError> {
        Settings::parse(credentials, self.networks).map(|_| ())
    }

    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        let _ = call;
        Err(CallError::new(CallErrorCode::Internal, ""))
    }
}
