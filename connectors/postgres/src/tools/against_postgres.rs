//! The tools against a real PostgreSQL, natively: the same code as in the
//! Worker, over a TCP socket of the operating system.
//!
//! Run with `LANGO_TEST_DATABASE_URL=postgres://user:password@host:port/database
//! cargo test -p lango-connector-postgres -- --ignored`. The login must be
//! allowed to create a schema.

mod catalogue;
mod checks;
mod limits;
mod owners_code;
mod values;

use std::future::ready;

use lango_connector_database::Bounds;
use lango_connector_kit::{CallErrorCode, CallLimits};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use super::query;
use crate::known::KnownStatements;
use crate::session::Session;

async fn connect() -> Client {
    let url = std::env::var("LANGO_TEST_DATABASE_URL").expect("LANGO_TEST_DATABASE_URL");
    let config: Config = url.parse().unwrap();
    let [Host::Tcp(host)] = config.get_hosts() else {
        panic!("one TCP host, please");
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let socket = TcpStream::connect((host.as_str(), port)).await.unwrap();
    let (client, connection) = config.connect_raw(socket, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
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

fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

async fn select(sql: &str, bounds: &Bounds) -> Result<Value, (CallErrorCode, String)> {
    let session = Session::for_test(connect().await, bounds).await.unwrap();
    let (mut known, begun) = (KnownStatements::default(), ready(Ok(())));
    query::run(&session, bounds, sql, &mut known, begun)
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
