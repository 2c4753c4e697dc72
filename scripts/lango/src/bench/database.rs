//! A warm `select 1` through the PostgreSQL connector beside the same from a native
//! client: one machine, one server, one run, taking turns.
//!
//! The connector is spoken to as the gateway does, over HTTP: envelope, sealed
//! credentials and all. Neither side pays for signing in: both have done so before. Each
//! call follows the one before at once, so what is tidied up after a call is in the time of
//! the next.

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail};
use lango_connector_kit::{ENVELOPE_FIELD, Enclosed, EnvelopeKey, PATH_CALL, PATH_SEAL};
use lango_identity::GatewayKey;
use reqwest::Client;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_postgres::{Config, NoTls, Statement};
use zeroize::Zeroizing;

use super::statistics::percentile;
use crate::data_folder::read_json;

/// Calls before anything is measured: until the runtime has optimised what it runs.
const WARM_UP: usize = 500;
/// Calls of one side before it is the other's turn.
const TURN: usize = 25;
/// Any erasure key: what is sealed here is forgotten.
const ERASURE_KEY: &str = "1.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const CONNECTOR: &str = "postgres";

/// What was measured.
#[derive(Serialize)]
pub(super) struct DatabaseReport {
    /// A prepared `select 1`, executed.
    native: Measured,
    /// Through the connector, without TLS to the database, like the native client.
    connector: Measured,
    /// The same with TLS to the database.
    connector_with_tls: Measured,
    /// A call that the connector answers without its database: the way there and back,
    /// the envelope, the credentials.
    without_database: Measured,
    /// What the connector adds at the median, without TLS.
    added_ms: f64,
}

#[derive(Serialize)]
struct Measured {
    calls: usize,
    least_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
    mean_ms: f64,
}

/// Measures.
pub(super) async fn measure(
    data: &Path,
    connector_url: &str,
    database_url: &str,
    calls: usize,
) -> Result<DatabaseReport> {
    let config: Config = database_url.parse()?;
    let native = Native::connect(&config).await?;
    let plain = Connected::new(data, connector_url, &config, "disable").await?;
    let encrypted = Connected::new(data, connector_url, &config, "require").await?;
    for _ in 0..WARM_UP {
        native.call().await?;
        plain.call().await?;
        encrypted.call().await?;
        plain.call_without_database().await?;
    }
    let mut times = [const { Vec::new() }; 4];
    while times[0].len() < calls {
        for _ in 0..TURN {
            times[0].push(timed(native.call()).await?);
        }
        for _ in 0..TURN {
            times[1].push(timed(plain.call()).await?);
        }
        for _ in 0..TURN {
            times[2].push(timed(encrypted.call()).await?);
        }
        for _ in 0..TURN {
            times[3].push(timed(plain.call_without_database()).await?);
        }
    }
    let [native, connector, connector_with_tls, without_database] = times.map(Measured::of);
    let (native, connector) = (native?, connector?);
    Ok(DatabaseReport {
        added_ms: connector.p50_ms - native.p50_ms,
        native,
        connector,
        connector_with_tls: connector_with_tls?,
        without_database: without_database?,
    })
}

async fn timed(call: impl Future<Output = Result<()>>) -> Result<Duration> {
    let started = Instant::now();
    call.await?;
    Ok(started.elapsed())
}

struct Native {
    client: tokio_postgres::Client,
    statement: Statement,
}

impl Native {
    async fn connect(config: &Config) -> Result<Self> {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        let statement = client.prepare("SELECT 1").await?;
        Ok(Self { client, statement })
    }

    async fn call(&self) -> Result<()> {
        let row = self.client.query_one(&self.statement, &[]).await?;
        match row.get::<_, i32>(0) {
            1 => Ok(()),
            other => bail!("the server says {other}"),
        }
    }
}

/// A connection of no tenant that there is.
struct Connected {
    client: Client,
    url: String,
    key: EnvelopeKey,
    request: Value,
}

impl Connected {
    async fn new(data: &Path, url: &str, config: &Config, tls: &str) -> Result<Self> {
        let text: Zeroizing<String> = read_json(&data.join("secrets/gateway-key.json"))?
            .context("the stack has no key of its gateway")?;
        let root = GatewayKey::parse(&text)?;
        let password = config.get_password().unwrap_or_default();
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let seal = json!({
            "tenant": "t_bench", "connection": format!("c_{tls}"), "erasure_key": ERASURE_KEY,
            "credentials": {
                "host": "localhost", "port": port.to_string(),
                "database": config.get_dbname(), "user": config.get_user(),
                "password": std::str::from_utf8(password)?, "tls": tls,
            },
        });
        let mut connected = Self {
            client: Client::new(),
            url: url.to_owned(),
            key: EnvelopeKey::new(&root.derive(&EnvelopeKey::label(CONNECTOR))),
            request: Value::Null,
        };
        let sealed = connected.post(PATH_SEAL, &seal).await?;
        connected.request = json!({
            "call_id": "k_bench", "tenant": seal["tenant"], "connection": seal["connection"],
            "erasure_key": ERASURE_KEY, "data_key": sealed["data_key"], "sealed": sealed["sealed"],
            "tool": "postgres_query", "arguments": { "sql": "SELECT 1" },
            "limits": { "timeout_ms": 30_000, "max_rows": 500, "max_bytes": 1_048_576 },
        });
        Ok(connected)
    }

    async fn call(&self) -> Result<()> {
        let answer = self.post(PATH_CALL, &self.request).await?;
        if answer["result"]["rows"] == json!([[1]]) {
            return Ok(());
        }
        bail!("the connector says {answer}")
    }

    async fn call_without_database(&self) -> Result<()> {
        let mut request = self.request.clone();
        request["tool"] = json!("postgres_sql_check");
        request["database"] = json!({ "check": { "refused": {
            "code": "statement", "construct": "DELETE", "hint": "Write a SELECT.",
        } } });
        let answer = self.post(PATH_CALL, &request).await?;
        if answer["result"]["allowed"] == json!(false) {
            return Ok(());
        }
        bail!("the connector says {answer}")
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let bytes = serde_json::to_vec(body)?;
        let enclosed = Enclosed {
            connector: CONNECTOR,
            path,
            tenant: text("tenant"),
            connection: text("connection"),
            call_id: text("call_id"),
            body: &bytes,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let envelope = self.key.enclose(&enclosed, i64::try_from(now)?)?;
        let response = self
            .client
            .post(format!("{}{path}", self.url))
            .header(ENVELOPE_FIELD, envelope)
            .body(bytes)
            .send()
            .await?;
        Ok(response.json().await?)
    }
}

impl Measured {
    fn of(mut times: Vec<Duration>) -> Result<Self> {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        let mut at = |percent| {
            percentile(&mut times, percent)
                .map(milliseconds)
                .context("nothing was measured")
        };
        let (least_ms, p50_ms, p99_ms) = (at(0)?, at(50)?, at(99)?);
        let total: Duration = times.iter().sum();
        Ok(Self {
            calls: times.len(),
            least_ms,
            p50_ms,
            p99_ms,
            mean_ms: milliseconds(total) / f64::from(u32::try_from(times.len())?),
        })
    }
}

impl DatabaseReport {
    /// A line for each side, and one for the distance.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{:<22}  {:>7}  {:>8}  {:>8}  {:>8}  {:>8}",
            "warm select 1", "calls", "least ms", "p50 ms", "p99 ms", "mean ms"
        );
        for (name, side) in [
            ("native", &self.native),
            ("connector", &self.connector),
            ("connector, TLS", &self.connector_with_tls),
            ("connector alone", &self.without_database),
        ] {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n{name:<22}  {:>7}  {:>8.2}  {:>8.2}  {:>8.2}  {:>8.2}",
                side.calls, side.least_ms, side.p50_ms, side.p99_ms, side.mean_ms
            );
        }
        let _ = write!(text, "\n\nThe connector adds {:.2} ms.", self.added_ms);
        text
    }
}
