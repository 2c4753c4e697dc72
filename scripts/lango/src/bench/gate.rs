//! What the gate of one key costs: the same object with and without a durable intent, at
//! many concurrent calls and one after the other, on plain workerd with its real fsync, in turns.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use futures_util::future::try_join_all;
use reqwest::Client;
use serde::Serialize;

use super::statistics::percentile;
use crate::{
    ports, secrets,
    workers::{Binding, Config, Network, Socket, WorkerConfig, workerd_program},
};

/// Calls that are on their way at once.
const CONCURRENT: usize = 64;
/// Turns of each kind.
const TURNS: usize = 5;
/// Calls one after the other, of each kind.
const ALONE: usize = 200;
/// Calls of the key that are open beside them: more than anybody could wait for.
const OPEN: usize = 3;
/// What is made many times at once.
const LOADS: [&str; 5] = ["request", "intent", "call", "once", "plain"];
/// Finished records are handed over a second later, open calls after a minute.
const HANDED_OVER_AFTER: Duration = Duration::from_millis(2_500);
/// Dollars a million rows written, on Cloudflare.
const PRICE_OF_A_MILLION_ROWS: f64 = 1.0;
/// Objects that one key's calls touch.
const CLASSES: [(&str, &str); 6] = [
    ("KEY_GATE", "KeyGate"),
    ("AUDIT_LOG", "AuditLog"),
    ("CONFIG_STORE", "ConfigStore"),
    ("ERASURE_KEY", "ErasureKey"),
    ("TENANT_LIFE", "TenantLife"),
    ("PLAIN_GATE", "PlainGate"),
];
/// A tenant and a key that nobody has: their identifiers are as long as any.
const KEY: &str = "t_0123456789abcdef0123456789abcdef/k_0123456789abcdef0123456789abcdef";

/// What was measured.
#[derive(Serialize)]
pub(super) struct GateReport {
    /// Calls a second at many at once, by what is written of each.
    a_second: BTreeMap<&'static str, f64>,
    /// Intents a second, of those that write nothing.
    intents_percent: f64,
    /// One call after the other, each settled before the next one comes.
    alone: BTreeMap<&'static str, Alone>,
    /// Rows that a call and its outcome cost, the hand-over included.
    rows: BTreeMap<&'static str, Rows>,
}

#[derive(Serialize)]
struct Alone {
    p50_ms: f64,
    p99_ms: f64,
}

/// Rows for each call, and what they cost.
#[derive(Clone, Copy, Serialize)]
struct Rows {
    /// In the key's gate, alarms included.
    gate: f64,
    /// In the tenant's log.
    log: f64,
    dollars_per_million_calls: f64,
}

/// So far.
#[derive(Default)]
struct Measured {
    /// Calls under load, and how long they took.
    load: BTreeMap<&'static str, (usize, Duration)>,
    alone: BTreeMap<&'static str, Vec<Duration>>,
    /// Calls, and rows of the gate and the log that they have written.
    rows: BTreeMap<&'static str, (usize, u64, u64)>,
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures.
pub(super) async fn measure(repository: &Path, calls: usize) -> Result<GateReport> {
    let folder = std::env::temp_dir().join(format!("lango-gate-bench-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("state"))?;
    let port = ports::any()?;
    let server = start(repository, &folder, port)?;
    let report = measure_at(&format!("http://127.0.0.1:{port}"), calls).await;
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    report
}

fn start(repository: &Path, folder: &Path, port: u16) -> Result<Server> {
    let modules = folder.join("modules");
    copy(&repository.join("tests/gate_bench/build"), &modules)?;
    let name = "gate-bench".to_owned();
    let bindings = CLASSES.iter().map(|(name, class)| Binding::DurableObject {
        name: (*name).to_owned(),
        class: (*class).to_owned(),
        of: None,
    });
    // The logs that the gate hands over to sign with it.
    let checkpoint_keys = Binding::Text {
        name: "LANGO_CHECKPOINT_KEYS".to_owned(),
        value: format!("[\"{}\"]", secrets::random_text()?.as_str()),
    };
    let config = Config {
        sockets: vec![Socket {
            name: "http",
            port,
            cf_header: None,
            service: name.clone(),
        }],
        neighbours: Vec::new(),
        databases: Vec::new(),
        workers: vec![WorkerConfig {
            name,
            compatibility_date: "2026-11-17".to_owned(),
            compatibility_flags: Vec::new(),
            modules: "modules".to_owned(),
            bindings: bindings.chain([checkpoint_keys]).collect(),
            classes: CLASSES.iter().map(|it| it.1.to_owned()).collect(),
            keys: None,
            network: Network::Nowhere,
        }],
        archive: None,
        state: folder.join("state").display().to_string(),
        authority: String::new(),
    };
    let file = folder.join("workerd.capnp");
    std::fs::write(&file, config.render())?;
    let mut command = Command::new(workerd_program(repository)?);
    command.arg("serve").arg(&file).current_dir(folder);
    command
        .spawn()
        .map(Server)
        .context("workerd does not start")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(())
}

async fn measure_at(url: &str, calls: usize) -> Result<GateReport> {
    let client = Client::new();
    let mut is_up = false;
    for _ in 0..100 {
        is_up = ask(&client, url, "rows").await.is_ok();
        if is_up {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if !is_up {
        bail!("workerd does not answer");
    }
    ask(&client, url, "prepare").await?;
    for what in LOADS {
        let answers = concurrently(&client, url, what, calls / 4).await?;
        if what == "intent" {
            settle_all(&client, url, &answers).await?;
        }
    }
    let mut measured = Measured::default();
    for _ in 0..TURNS {
        for what in LOADS {
            measured.load(&client, url, what, calls / TURNS).await?;
        }
        measured.alone(&client, url).await?;
    }
    measured.report()
}

impl Measured {
    /// Many calls at once.
    async fn load(
        &mut self,
        client: &Client,
        url: &str,
        what: &'static str,
        calls: usize,
    ) -> Result<()> {
        let before = rows_written(client, url).await?;
        let started = Instant::now();
        let answers = concurrently(client, url, what, calls).await?;
        let (elapsed, made) = (started.elapsed(), answers.len());
        if what == "intent" {
            settle_all(client, url, &answers).await?;
        }
        tokio::time::sleep(HANDED_OVER_AFTER).await;
        let load = self.load.entry(what).or_default();
        *load = (load.0 + made, load.1 + elapsed);
        self.wrote(what, made, before, rows_written(client, url).await?);
        Ok(())
    }

    /// One call after the other: with nothing written, with the intent durable, with the
    /// intent durable while others of the key's calls are open, and with a commit for each
    /// intent. Outcomes are durable before the next call, and not in its time.
    async fn alone(&mut self, client: &Client, url: &str) -> Result<()> {
        for what in ["request", "plain"] {
            for _ in 0..ALONE / TURNS {
                let started = Instant::now();
                ask(client, url, what).await?;
                self.took(what, started);
            }
        }
        let before = rows_written(client, url).await?;
        for _ in 0..ALONE / TURNS {
            self.settled(client, url, "intent").await?;
        }
        tokio::time::sleep(HANDED_OVER_AFTER).await;
        let after = rows_written(client, url).await?;
        self.wrote("alone", ALONE / TURNS, before, after);
        let mut open = Vec::new();
        for _ in 0..OPEN {
            open.push(ask(client, url, "intent").await?);
        }
        tokio::time::sleep(HANDED_OVER_AFTER).await;
        for _ in 0..ALONE / TURNS {
            self.settled(client, url, "beside_open_calls").await?;
        }
        for call in open {
            settle(client, url, &call).await?;
        }
        tokio::time::sleep(HANDED_OVER_AFTER).await;
        Ok(())
    }

    async fn settled(&mut self, client: &Client, url: &str, what: &'static str) -> Result<()> {
        let started = Instant::now();
        let call = ask(client, url, "intent").await?;
        self.took(what, started);
        settle(client, url, &call).await
    }

    fn took(&mut self, what: &'static str, started: Instant) {
        self.alone.entry(what).or_default().push(started.elapsed());
    }

    fn wrote(&mut self, what: &'static str, calls: usize, before: (u64, u64), after: (u64, u64)) {
        let rows = self.rows.entry(what).or_default();
        rows.0 += calls;
        rows.1 += after.0 - before.0;
        rows.2 += after.1 - before.1;
    }

    #[allow(clippy::cast_precision_loss)]
    fn report(self) -> Result<GateReport> {
        let mut alone = BTreeMap::new();
        for (what, mut times) in self.alone {
            let mut at = |percent| {
                percentile(&mut times, percent)
                    .map(|time| time.as_secs_f64() * 1_000.0)
                    .context("nothing was measured")
            };
            let (p50_ms, p99_ms) = (at(50)?, at(99)?);
            alone.insert(what, Alone { p50_ms, p99_ms });
        }
        let rate = |(calls, elapsed): (usize, Duration)| calls as f64 / elapsed.as_secs_f64();
        let a_second: BTreeMap<_, _> = self
            .load
            .into_iter()
            .map(|(what, load)| (what, rate(load)))
            .collect();
        let of = |what| a_second.get(what).copied().unwrap_or(f64::NAN);
        let rows = self.rows.into_iter().map(|(what, (calls, gate, log))| {
            let (gate, log) = (gate as f64 / calls as f64, log as f64 / calls as f64);
            let dollars_per_million_calls = (gate + log) * PRICE_OF_A_MILLION_ROWS;
            let rows = Rows {
                gate,
                log,
                dollars_per_million_calls,
            };
            (what, rows)
        });
        Ok(GateReport {
            intents_percent: 100.0 * of("intent") / of("request"),
            rows: rows.collect(),
            a_second,
            alone,
        })
    }
}

/// What was answered.
async fn concurrently(client: &Client, url: &str, what: &str, calls: usize) -> Result<Vec<String>> {
    let each = calls.div_ceil(CONCURRENT);
    let lines = (0..CONCURRENT).map(|_| async {
        let mut answers = Vec::with_capacity(each);
        for _ in 0..each {
            answers.push(ask(client, url, what).await?);
        }
        anyhow::Ok(answers)
    });
    Ok(try_join_all(lines).await?.concat())
}

/// So that no call is settled as unknown while others are measured.
async fn settle_all(client: &Client, url: &str, calls: &[String]) -> Result<()> {
    let each = calls.len().div_ceil(CONCURRENT).max(1);
    let lines = calls.chunks(each).map(|calls| async move {
        for call in calls {
            settle(client, url, call).await?;
        }
        anyhow::Ok(())
    });
    try_join_all(lines).await.map(drop)
}

async fn ask(client: &Client, url: &str, what: &str) -> Result<String> {
    get(client, &format!("{url}/{what}/{KEY}")).await
}

async fn settle(client: &Client, url: &str, call: &str) -> Result<()> {
    let settle = format!("{url}/settle/{KEY}?{call}");
    get(client, &settle).await.map(drop)
}

/// Of the gate, and of the log.
async fn rows_written(client: &Client, url: &str) -> Result<(u64, u64)> {
    let text = ask(client, url, "rows").await?;
    let (gate, log) = text.split_once(' ').context("rows")?;
    Ok((gate.parse()?, log.parse()?))
}

async fn get(client: &Client, url: &str) -> Result<String> {
    let response = client.get(url).send().await?;
    let (status, text) = (response.status(), response.text().await?);
    if status != 200 {
        bail!("{url}: {status}: {text}");
    }
    Ok(text)
}

impl GateReport {
    /// What is reached at once, what one call takes alone, and what rows cost.
    pub(super) fn table(&self) -> String {
        let mut text = format!("{:<42}  {:>9}", "one key, 64 at once", "a second");
        // Writing to a string cannot fail.
        for (what, name) in [
            ("request", "admitted, nothing written"),
            ("intent", "admitted, its intent durable"),
            ("call", "the same, and its outcome durable"),
            ("once", "the same under an idempotency key"),
            ("plain", "one commit for each intent"),
        ] {
            if let Some(a_second) = self.a_second.get(what) {
                let _ = write!(text, "\n{name:<42}  {a_second:>9.0}");
            }
        }
        let _ = write!(
            text,
            "\nDurable intents reach {:.0} % of none.\n\n{:<42}  {:>9}  {:>9}",
            self.intents_percent, "one key, one call after the other", "p50 ms", "p99 ms"
        );
        for (what, name) in [
            ("request", "admitted, nothing written"),
            ("intent", "admitted, its intent durable"),
            ("beside_open_calls", "the same beside open calls of the key"),
            ("plain", "one commit for each intent"),
        ] {
            if let Some(alone) = self.alone.get(what) {
                let (p50, p99) = (alone.p50_ms, alone.p99_ms);
                let _ = write!(text, "\n{name:<42}  {p50:>9.2}  {p99:>9.2}");
            }
        }
        let _ = write!(
            text,
            "\n\n{:<42}  {:>9}  {:>9}  {:>12}",
            "rows written for a call and its outcome", "gate", "log", "$ a million"
        );
        for (what, name) in [
            ("call", "64 at once"),
            ("once", "the same under an idempotency key"),
            ("alone", "one after the other"),
        ] {
            if let Some(rows) = self.rows.get(what) {
                let (gate, log) = (rows.gate, rows.log);
                let dollars = rows.dollars_per_million_calls;
                let _ = write!(
                    text,
                    "\n{name:<42}  {gate:>9.2}  {log:>9.2}  {dollars:>12.2}"
                );
            }
        }
        text
    }
}
