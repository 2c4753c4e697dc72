//! Which tool does what.

use std::sync::LazyLock;

use lango_connector_kit::{
    CallError, CallErrorCode, CredentialError, Credentials, DatabaseScope, Manifest, ManifestError,
    SqlCheck, TestReport,
};
use lango_connector_runtime::{Call, Connector};
use lango_egress::{Destination, Egress};
use serde_json::Value;

use crate::check;
use crate::failure::Failed;
use crate::login::PostgresLogin;
use crate::session::{Names, Session};
use crate::settings::Settings;
use crate::tools::{describe_table, list_tables, query, sql_check};
use lango_connector_database::{Bounds, Hyperdrive, Hyperdrives, Pool, Scope, Verdict, with_login};

/// PostgreSQL, as the runtime sees it.
pub(crate) struct Postgres {
    kept: Option<Kept>,
}

/// What there is in an object.
struct Kept {
    pool: Pool<PostgresLogin>,
    hyperdrives: Hyperdrives,
}

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
        Settings::parse(credentials, egress).map(|settings| vec![settings.server.destination])
    }

    async fn test(&self, call: Call<'_>) -> Result<TestReport, CallError> {
        let bounds = Bounds::of(call.limits);
        let binding = self.binding(&call)?;
        Ok(check::test(call.credentials, call.egress, binding, &bounds).await)
    }

    fn object(&self) -> Option<&'static str> {
        Some("CONNECTION_POOL")
    }

    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        let settings = Settings::parse(call.credentials, call.egress).map_err(unusable)?;
        let settings = settings.by(self.binding(&call)?);
        let bounds = Bounds::of(call.limits);
        let scope = Scope::of(call.database, call.principal)?;
        let names = Names::within(scope);
        match call.tool {
            "postgres_query" => {
                let arguments: query::Arguments<'_> = call.arguments()?;
                self.select(&settings, &bounds, names, &arguments.sql).await
            }
            "postgres_list_tables" => {
                let arguments: list_tables::Arguments<'_> = call.arguments()?;
                self.with_session(&settings, &bounds, async |session| {
                    list_tables::run(session, &bounds, scope, &arguments).await
                })
                .await
            }
            "postgres_describe_table" => {
                let arguments: describe_table::Arguments<'_> = call.arguments()?;
                self.with_session(&settings, &bounds, async |session| {
                    describe_table::run(session, scope, &arguments).await
                })
                .await
            }
            "postgres_sample_rows" => {
                let statement = call.database.and_then(|it| it.statement.as_deref());
                let statement = statement.ok_or_else(|| not_said("the statement"))?;
                self.select(&settings, &bounds, names, statement).await
            }
            "postgres_sql_check" => {
                let database = call
                    .database
                    .ok_or_else(|| not_said("what the guard found"))?;
                self.check(&settings, &bounds, names, database).await
            }
            _ => Err(call.unknown_tool()),
        }
    }
}

impl Postgres {
    /// Without a pool: a login for each call.
    pub(crate) const WITHOUT_POOL: Self = Self { kept: None };

    /// With logins that outlive a call, and those that the operator has bound.
    pub(crate) fn in_object(pool: Pool<PostgresLogin>, hyperdrives: Hyperdrives) -> Self {
        Self {
            kept: Some(Kept { pool, hyperdrives }),
        }
    }

    /// The operator's way to the call's database. Outside of an object there is none:
    /// where a promise keeps a connection out of objects, a pooler is no place for it.
    fn binding(&self, call: &Call<'_>) -> Result<Option<Hyperdrive>, CallError> {
        match &self.kept {
            Some(kept) => kept.hyperdrives.binding(call.tenant, call.connection),
            None => Ok(None),
        }
    }

    async fn with_session<T>(
        &self,
        settings: &Settings<'_>,
        bounds: &Bounds,
        work: impl AsyncFn(&Session) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        self.with_login(settings, bounds, async |login| {
            login.serve(bounds, &work).await
        })
        .await
    }

    async fn select(
        &self,
        settings: &Settings<'_>,
        bounds: &Bounds,
        names: Names,
        sql: &str,
    ) -> Result<Value, CallError> {
        self.with_login(settings, bounds, async |login| {
            login.serve_query(bounds, names, sql).await
        })
        .await
    }

    async fn check(
        &self,
        settings: &Settings<'_>,
        bounds: &Bounds,
        names: Names,
        database: &DatabaseScope,
    ) -> Result<Value, CallError> {
        let (sql, tables) = match &database.check {
            None => return Err(not_said("what the guard found")),
            Some(SqlCheck::Refused(refusal)) => return Ok(sql_check::refused(refusal)),
            Some(SqlCheck::Allowed { sql, tables }) => (sql, tables),
        };
        // What would run may say more of the policy than the caller may know.
        let statement = database.statement.as_deref().unwrap_or(sql);
        self.with_login(settings, bounds, async |login| {
            let work = async |session: &Session, reached, parsed| match reached {
                Some(reached) => Ok(sql_check::of_the_owner(&reached, session.names())),
                None => sql_check::of_database(session, sql, tables, parsed),
            };
            login.serve_statement(bounds, names, statement, work).await
        })
        .await
    }

    async fn with_login<T>(
        &self,
        settings: &Settings<'_>,
        bounds: &Bounds,
        work: impl AsyncFn(&mut PostgresLogin) -> (Result<T, CallError>, Verdict),
    ) -> Result<T, CallError> {
        let sign_in = async || {
            PostgresLogin::sign_in(settings)
                .await
                .map_err(Failed::into_error)
        };
        // A binding is a pool of its own.
        let kept = self.kept.as_ref().filter(|_| settings.binding.is_none());
        let pool = kept.map(|kept| &kept.pool);
        with_login(pool, settings.key(), bounds.time, sign_in, work).await
    }
}

/// The gateway is older than the connector.
fn not_said(what: &str) -> CallError {
    CallError::new(
        CallErrorCode::Internal,
        format!("The gateway does not say {what}. An administrator has to update it."),
    )
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
                "postgres_describe_table",
                "postgres_sample_rows",
                "postgres_sql_check"
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
