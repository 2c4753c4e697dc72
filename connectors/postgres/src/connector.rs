//! Which tool does what.

use std::sync::LazyLock;

use lango_connector_kit::{
    CallError, CredentialError, Credentials, Manifest, ManifestError, TestReport,
};
use lango_connector_runtime::{Call, Connector};
use lango_egress::{Destination, Egress};
use serde_json::Value;

use crate::bounds::Bounds;
use crate::check;
use crate::session::with_session;
use crate::settings::Settings;
use crate::tools::{describe_table, list_tables, query};

/// PostgreSQL, as the runtime sees it.
pub(crate) struct Postgres;

static MANIFEST: LazyLock<Result<Manifest, ManifestError>> =
    LazyLock::new(|| Manifest::parse(include_str!("../connector.json")));

impl Connector for Postgres {
    fn manifest(&self) -> Result<&Manifest, &ManifestError> {
        MANIFEST.as_ref()
    }

    fn destinations(
        &self,
        credentials: &Credentials,
        egress: &Egress,
    ) -> Result<Vec<Destination>, CredentialError> {
        Settings::parse(credentials, egress).map(|settings| vec![settings.destination])
    }

    async fn test(&self, call: Call<'_>) -> Result<TestReport, CallError> {
        let bounds = Bounds::of(call.limits);
        Ok(check::test(call.credentials, call.egress, &bounds).await)
    }

    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        let settings = Settings::parse(call.credentials, call.egress).map_err(unusable)?;
        let bounds = Bounds::of(call.limits);
        match call.tool {
            "postgres_query" => {
                let arguments: query::Arguments<'_> = call.arguments()?;
                with_session(&settings, &bounds, async |session| {
                    query::run(session, &bounds, &arguments).await
                })
                .await
            }
            "postgres_list_tables" => {
                let arguments: list_tables::Arguments<'_> = call.arguments()?;
                with_session(&settings, &bounds, async |session| {
                    list_tables::run(session, &bounds, &arguments).await
                })
                .await
            }
            "postgres_describe_table" => {
                let arguments: describe_table::Arguments<'_> = call.arguments()?;
                with_session(&settings, &bounds, async |session| {
                    describe_table::run(session, &arguments).await
                })
                .await
            }
            _ => Err(call.unknown_tool()),
        }
    }
}

/// The operator has narrowed the networks, or an administrator the hosts.
fn unusable(error: CredentialError) -> CallError {
    CallError::new(
        lango_connector_kit::CallErrorCode::Sealed,
        format!("The connection cannot be used: {error}."),
    )
}

#[cfg(test)]
mod tests {
    use super::MANIFEST;
    use lango_connector_kit::{Access, ConnectorClass};

    #[test]
    fn the_manifest_is_valid_and_only_reads() {
        let manifest = MANIFEST.as_ref().unwrap();
        assert_eq!(manifest.kind, "postgres");
        assert_eq!(manifest.class, ConnectorClass::Database);
        assert!(
            manifest
                .tools
                .iter()
                .all(|tool| tool.access == Access::Read)
        );
        let names: Vec<_> = manifest
            .tools
            .iter()
            .map(|tool| tool.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "postgres_query",
                "postgres_list_tables",
                "postgres_describe_table"
            ]
        );
    }

    #[test]
    fn every_schema_is_one() {
        for tool in &MANIFEST.as_ref().unwrap().tools {
            for schema in [Some(&tool.input_schema), tool.output_schema.as_ref()]
                .into_iter()
                .flatten()
            {
                let schema = serde_json::Value::Object(schema.clone());
                assert!(
                    jsonschema::draft202012::meta::is_valid(&schema),
                    "{}",
                    tool.name
                );
                assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
            }
        }
    }
}
