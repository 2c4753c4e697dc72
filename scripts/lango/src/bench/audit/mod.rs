//! What one tenant's log takes in, what that costs, and how long the first page of a search
//! is on its way, on one running stack and in one run.
//!
//! Fifty senders hand over batches as keys' gates do: each waits for the acknowledgement,
//! which comes when the batch is durable. They reach the gateway's own `AuditLog` class
//! through the bare Worker, so that no call has to be made for an entry.

mod records;
mod report;
mod searches;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures_util::future::try_join_all;
use lango_audit_log::Batch;
use reqwest::Client;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use self::{
    records::Records,
    report::{AuditReport, Taken},
    searches::measure,
};
use super::process::Process;
use crate::console::say;

/// How many keys' gates send at once.
const SENDERS: u64 = 50;
/// Records in a batch, and how many batches of that each sender sends.
const SIZES: [(u64, u64); 3] = [(1, 60), (10, 60), (100, 40)];
/// What a gate hands over at most.
const LARGEST_BATCH: u64 = 500;
/// Within this, an idle process does next to nothing; so often it is looked at.
const GLANCE: Duration = Duration::from_secs(5);
const GLANCES: usize = 180;

/// One log, reached through the bare Worker.
pub(super) struct Log {
    client: Client,
    url: String,
}

impl Log {
    /// One that nobody has written to.
    fn new(bare_url: &str, name: &str) -> Result<Self> {
        let mut salt = [0; 8];
        getrandom::fill(&mut salt)?;
        let salt = u64::from_be_bytes(salt);
        Ok(Self {
            client: Client::builder().no_proxy().build()?,
            url: format!("{bare_url}/audit-log/t_{name}{salt:016x}"),
        })
    }

    /// Sends a message and reads its answer.
    pub(super) async fn ask<A: DeserializeOwned>(
        &self,
        message: &str,
        question: &impl Serialize,
    ) -> Result<A> {
        let request = self.client.post(format!("{}/{message}", self.url));
        let response = request.json(question).send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("the log answers {status}: {text}");
        }
        serde_json::from_str(&text).context("the log answers something else")
    }

    async fn figure(&self, name: &str) -> Result<u64> {
        let figures: Value = self.ask("figures", &()).await?;
        figures[name].as_u64().context("the log has no such figure")
    }

    /// Has every sender send batches of one size.
    async fn take(&self, records: &Records, size: u64, batches: u64) -> Result<Taken> {
        let (rows, commits) = (
            self.figure("rows_written").await?,
            self.figure("commits").await?,
        );
        let started = Instant::now();
        let senders = (0..SENDERS).map(|sender| self.send(records, sender, size, batches));
        try_join_all(senders).await?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(Taken {
            batch: size,
            entries: SENDERS * size * batches,
            seconds,
            commits: self.figure("commits").await? - commits,
            rows_written: self.figure("rows_written").await? - rows,
        })
    }

    /// One batch after the other is acknowledged.
    async fn send(&self, records: &Records, sender: u64, size: u64, batches: u64) -> Result<()> {
        for _ in 0..batches {
            let records = (0..size).map(|_| records.next(sender)).collect();
            let batch = Batch {
                source: format!("k_{sender}_{size}"),
                number: records_number(),
                records,
                counts: None,
            };
            let () = self.ask("append", &batch).await?;
        }
        Ok(())
    }
}

/// Numbers that only grow, as those of one sender do.
fn records_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Waits until what watches the logs has read them: entries came a thousand times as fast as
/// from any business, and all objects of a workerd share one thread.
async fn caught_up(workerd: &Process) -> Result<()> {
    for _ in 0..GLANCES {
        let before = workerd.cpu()?;
        tokio::time::sleep(GLANCE).await;
        if workerd.cpu()?.saturating_sub(before) < GLANCE / 20 {
            return Ok(());
        }
    }
    bail!("workerd does not come to rest: something else uses this stack")
}

/// Measures.
pub(super) async fn run(bare_url: &str, workerd: &Process, entries: u64) -> Result<AuditReport> {
    let log = Log::new(bare_url, "taking")?;
    let records = Records::new(entries);
    // The object and its tree are there by then.
    log.take(&records, 1, 1).await?;
    let mut taken = Vec::new();
    for (size, batches) in SIZES {
        say(format!("▸ {SENDERS} keys, batches of {size} …"));
        taken.push(log.take(&records, size, batches).await?);
    }

    let log = Log::new(bare_url, "searched")?;
    let records = Records::new(entries);
    say(format!("▸ a log of {entries} entries …"));
    let mut filled = Taken::default();
    while filled.entries < entries {
        let batches = (entries - filled.entries).div_ceil(SENDERS * LARGEST_BATCH);
        let part = log.take(&records, LARGEST_BATCH, batches.min(8)).await?;
        filled.add(&part);
    }
    taken.push(filled);
    say("▸ what watches the logs reads them …");
    caught_up(workerd).await?;
    say("▸ searches …");
    Ok(AuditReport {
        senders: SENDERS,
        taken,
        searches: measure(&log, &records).await?,
        bytes: log.figure("bytes").await?,
    })
}
