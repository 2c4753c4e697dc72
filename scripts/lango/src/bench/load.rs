//! Calls over a number of connections, timed one by one.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use reqwest::Client;

use super::{
    plan::{Plan, WARM_UP, key_of_call},
    process::Process,
    target::{Target, check},
};

/// How long a call may take before the run is given up.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// One of the two kinds of call at one level.
pub(super) struct Side {
    connections: Vec<Connection>,
    /// How long each measured call took.
    pub(super) times: Vec<Duration>,
    /// How long the rounds took.
    pub(super) elapsed: Duration,
    /// The processor time that workerd used for them, what it did after the
    /// answers included.
    pub(super) cpu: Duration,
}

/// One connection: a client that never opens a second one.
struct Connection {
    client: Client,
    targets: Vec<Target>,
    calls: usize,
}

impl Side {
    /// Calls of these targets, shared out over the plan's connections.
    pub(super) fn new(targets: &[Target], plan: &Plan) -> Result<Self> {
        let connections = targets
            .chunks(plan.keys_per_connection)
            .map(Connection::new)
            .collect::<Result<_>>()?;
        Ok(Self {
            connections,
            times: Vec::with_capacity(plan.calls()),
            elapsed: Duration::ZERO,
            cpu: Duration::ZERO,
        })
    }

    /// Opens every connection and calls every target.
    pub(super) async fn warm_up(&mut self) -> Result<()> {
        try_join_all(self.connections.iter().map(Connection::warm_up)).await?;
        Ok(())
    }

    /// A round of calls, with all connections at once. `cpu` is what workerd had
    /// used when it was idle last, before and after.
    pub(super) async fn round(
        &mut self,
        plan: &Plan,
        workerd: &Process,
        cpu: &mut Duration,
    ) -> Result<()> {
        let started = Instant::now();
        let calls = self
            .connections
            .iter_mut()
            .map(|connection| connection.round(plan.calls_per_round));
        let times = try_join_all(calls).await?;
        self.elapsed += started.elapsed();
        let before = std::mem::replace(cpu, workerd.cpu_when_idle().await?);
        self.cpu += cpu.saturating_sub(before);
        self.times.extend(times.into_iter().flatten());
        Ok(())
    }
}

impl Connection {
    fn new(targets: &[Target]) -> Result<Self> {
        let client = Client::builder()
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(1)
            .timeout(CALL_LIMIT)
            .build()?;
        Ok(Self {
            client,
            targets: targets.to_vec(),
            calls: 0,
        })
    }

    async fn warm_up(&self) -> Result<()> {
        for target in &self.targets {
            for _ in 0..WARM_UP {
                self.call(target).await?;
            }
        }
        Ok(())
    }

    async fn round(&mut self, calls: usize) -> Result<Vec<Duration>> {
        let mut times = Vec::with_capacity(calls);
        for _ in 0..calls {
            let target = self
                .targets
                .get(key_of_call(self.calls))
                .context("the plan has too few keys")?;
            times.push(self.call(target).await?);
            self.calls += 1;
        }
        Ok(times)
    }

    /// The time until the whole answer was there; it is held to what was asked
    /// after that.
    async fn call(&self, target: &Target) -> Result<Duration> {
        let request = target.request(&self.client);
        let started = Instant::now();
        let answer = request.send().await.context("no answer")?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.context("the answer broke off")?;
        let took = started.elapsed();
        check(status, &body)?;
        Ok(took)
    }
}
