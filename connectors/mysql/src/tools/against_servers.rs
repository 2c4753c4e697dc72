//! The tools against real servers, natively: the same code as in the Worker, over a TCP
//! socket of the operating system.
//!
//! Run with `LANGO_TEST_MYSQL_URLS="mysql://user:password@127.0.0.1:3306 …" cargo test -p
//! lango-connector-mysql -- --ignored`: each test runs against each server. The login must
//! be allowed to create databases and users; `connectors/mysql/README.md` says what else
//! the servers need.

mod catalogue;
mod privileges;
mod queries;
mod signing_in;
mod stream;

use std::time::Duration;

use lango_connector_database::{Bounds, Tls};
use lango_connector_kit::{CallErrorCode, CallLimits};
use lango_mysql_protocol::Flavour;
use serde_json::Value;
use url::Url;

use self::stream::Stream;
use super::query;
use crate::connection::Connection;
use crate::settings::Who;
use crate::wire::Trouble;

/// A server to test against.
struct Server {
    port: u16,
    user: String,
    password: String,
}

fn servers() -> Vec<Server> {
    let urls = std::env::var("LANGO_TEST_MYSQL_URLS").expect("LANGO_TEST_MYSQL_URLS");
    let servers: Vec<_> = urls
        .split_whitespace()
        .map(|url| {
            let url: Url = url.parse().unwrap();
            assert_eq!(url.host_str(), Some("127.0.0.1"));
            Server {
                port: url.port().unwrap_or(3306),
                user: url.username().to_owned(),
                password: url.password().unwrap_or_default().to_owned(),
            }
        })
        .collect();
    assert!(!servers.is_empty());
    servers
}

type Native = Connection<Stream>;

impl Server {
    async fn sign_in(&self, user: &str, password: &str, tls: Tls) -> Result<Native, String> {
        self.sign_in_to("mysql", user, password, tls).await
    }

    async fn sign_in_to(
        &self,
        database: &str,
        user: &str,
        password: &str,
        tls: Tls,
    ) -> Result<Native, String> {
        let who = Who {
            database,
            user,
            password,
            tls,
        };
        let stream = Stream::connect(self.port).await;
        Connection::sign_in(stream, &who, Duration::from_secs(30))
            .await
            .map_err(|failed| {
                let step = failed.step;
                format!("{step:?}: {}", failed.into_error().message)
            })
    }

    /// Signed in as the login of the address, in a database.
    async fn owner(&self, database: &str) -> Native {
        let signed_in = self.sign_in_to(database, &self.user, &self.password, Tls::Require);
        signed_in.await.unwrap()
    }

    /// The owner, in a session that may write.
    async fn writer(&self) -> Native {
        let mut owner = self.owner("mysql").await;
        owner
            .run("SET SESSION TRANSACTION READ WRITE")
            .await
            .unwrap();
        owner.run("SET SESSION autocommit = 1").await.unwrap();
        owner
    }

    /// A database of a test's own, made anew.
    async fn database(&self, name: &str, statements: &[&str]) {
        let mut owner = self.writer().await;
        let first = [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
            format!("USE {name}"),
        ];
        for statement in first
            .iter()
            .map(String::as_str)
            .chain(statements.iter().copied())
        {
            owner.run(statement).await.expect(statement);
        }
    }
}

fn bounds(max_rows: u32, max_bytes: u32, timeout_ms: u64) -> Bounds {
    Bounds::of(CallLimits {
        timeout_ms,
        max_rows,
        max_bytes,
    })
}

fn wide() -> Bounds {
    bounds(500, 1 << 20, 30_000)
}

/// Runs a test against each server.
fn each(test: impl AsyncFn(&Server)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for server in servers() {
        runtime.block_on(test(&server));
    }
}

async fn select(
    connection: &mut Native,
    sql: &str,
    bounds: &Bounds,
) -> Result<Value, (CallErrorCode, String)> {
    connection.begin_call(bounds.time).await.unwrap();
    query::run(connection, bounds, sql)
        .await
        .map_err(|error| (error.code, error.message))
}

fn assert_fits(tool: &str, result: &Value) {
    let manifest: Value = serde_json::from_str(include_str!("../../connector.json")).unwrap();
    let tools = manifest["tools"].as_array().unwrap();
    let definition = tools.iter().find(|one| one["name"] == tool).unwrap();
    let validator = jsonschema::draft202012::new(&definition["output_schema"]).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(result)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}
