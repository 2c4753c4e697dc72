//! Which tool does what.

use std::sync::LazyLock;

use lango_connector_database::{Bounds, DatabaseSocket, Pool, Scope, Verdict, with_login};
use lango_connector_kit::{
    CallError, CallErrorCode, CredentialError, Credentials, DatabaseScope, Manifest, ManifestError,
    TestReport,
};
use lango_connector_runtime::{Call, Connector};
use lango_egress::{Destination, Egress};
use serde_json::Value;

use crate::check;
use crate::connection::Connection;
use crate::failure::Failed;
use crate::login::MysqlLogin;
use crate::settings::Settings;
use crate::tools::{describe_table, list_tables, query, sql_check};

/// MySQL and MariaDB, as the runtime sees them.
pub(crate) struct Mysql {
    pool: Option<Pool<MysqlLogin>>,
}

static MANIFEST: LazyLock<Result<Manifest, ManifestError>> =
    LazyLock::new(|| Manifest::parse(include_str!("../connector.json")));

impl Connector for Mysql {
    fn manifest(&self) -> Result<&Manifest, &ManifestError> {
        MANIFEST.as_ref()
    }

    fn destinations(
        &self,
        credentials: &Credentials,
        egress: &Egress,
    ) -> Result<Vec<Destination>, CredentialError> {
        Settings::parse(credentials, egress).map(|settings| vec![settings.server.destination])
    }

    async fn test(&self, call: Call<'_>) -> Result<TestReport, CallError> {
        let bounds = Bounds::of(call.limits);
        Ok(check::test(call.credentials, call.egress, &bounds).await)
    }

    fn object(&self) -> Option<&'static str> {
        Some("CONNECTION_POOL")
    }

    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        let settings = Settings::parse(call.credentials, call.egress).map_err(unusable)?;
        let bounds = Bounds::of(call.limits);
        let scope = Scope::of(call.database, call.principal)?;
        let (settings, bounds) = (&settings, &bounds);
        match call.tool {
            "mysql_query" => {
                let arguments: query::Arguments<'_> = call.arguments()?;
                let work = async |on: &mut _| query::run(on, bounds, &arguments.sql).await;
                self.with(settings, bounds, work).await
            }
            "mysql_sample_rows" => {
                let sql = statement(call.database)?;
                let work = async |on: &mut _| query::run(on, bounds, sql).await;
                self.with(settings, bounds, work).await
            }
            "mysql_sql_check" => match sql_check::verdict(call.database)? {
                sql_check::Verdict::Refused(answer) => Ok(answer),
                sql_check::Verdict::Allowed(allowed) => {
                    let work = async |on: &mut _| sql_check::run(on, bounds, &allowed).await;
                    self.with(settings, bounds, work).await
                }
            },
            "mysql_list_tables" => {
                let arguments: list_tables::Arguments<'_> = call.arguments()?;
                let work = async |on: &mut _| list_tables::run(on, bounds, &arguments, scope).await;
                self.with(settings, bounds, work).await
            }
            "mysql_describe_table" => {
                let arguments: describe_table::Arguments<'_> = call.arguments()?;
                let work =
                    async |on: &mut _| describe_table::run(on, bounds, &arguments, scope).await;
                self.with(settings, bounds, work).await
            }
            _ => Err(call.unknown_tool()),
        }
    }
}

impl Mysql {
    /// Without a pool: a login for each call.
    pub(crate) const WITHOUT_POOL: Self = Self { pool: None };

    /// With logins that outlive a call.
    pub(crate) fn with_pool(pool: Pool<MysqlLogin>) -> Self {
        Self { pool: Some(pool) }
    }

    async fn with(
        &self,
        settings: &Settings<'_>,
        bounds: &Bounds,
        work: impl AsyncFn(&mut Connection<DatabaseSocket>) -> Result<Value, CallError>,
    ) -> Result<Value, CallError> {
        let sign_in = async || {
            MysqlLogin::sign_in(settings, bounds)
                .await
                .map_err(Failed::into_error)
        };
        let serve = async |login: &mut MysqlLogin| -> (Result<Value, CallError>, Verdict) {
            login.serve(bounds, &work).await
        };
        let pool = self.pool.as_ref();
        with_login(pool, settings.key(), bounds.time, sign_in, serve).await
    }
}

/// The sample's statement, which the gateway has written.
fn statement(database: Option<&DatabaseScope>) -> Result<&str, CallError> {
    database
        .and_then(|it| it.statement.as_deref())
        .ok_or_else(|| {
            CallError::new(
                CallErrorCode::Rejected,
                "The gateway did not say what to read.",
            )
        })
}

/// The operator has narrowed the networks, or an administrator the hosts.
fn unusable(error: CredentialError) -> CallError {
    CallError::new(
        CallErrorCode::Sealed,
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
        assert_eq!(manifest.kind, "mysql");
        assert_eq!(manifest.class, ConnectorClass::Database);
        let is_fit = |tool: &lango_connector_kit::ToolDefinition| {
            tool.access == Access::Read && tool.enforces.len() == 2
        };
        assert!(manifest.tools.iter().all(is_fit));
        let names: Vec<_> = manifest.tools.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "mysql_query",
                "mysql_list_tables",
                "mysql_describe_table",
                "mysql_sample_rows",
                "mysql_sql_check"
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
                let is_valid = jsonschema::draft202012::meta::is_valid(&schema);
                assert!(is_valid, "{}", tool.name);
                assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
            }
        }
    }
}
