//! `lango bench`: what governing a call costs, on one running stack and in one run.
//!
//! Two comparisons: a tool of Lango's own next to the least that a durable call
//! through Workers can cost, and a tool of another MCP server next to the same
//! call without Lango. The sides of each take turns, so that both see the same
//! machine at about the same time. Nothing here says how fast anything must be.

mod audit;
mod database;
mod gate;
mod load;
mod plan;
mod process;
mod report;
mod statistics;
mod target;
mod upstream;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Deserialize;
use zeroize::Zeroizing;

use self::{
    load::Side,
    plan::{LEVELS, Plan, ROUNDS},
    process::Process,
    report::{Comparison, LevelReport, Report},
    target::{Target, Tenant},
    upstream::Upstream,
};
use crate::{
    console::{answer, say},
    data_folder::read_json,
};

/// What `lango bench` is told.
#[derive(Args)]
pub(crate) struct Options {
    /// The dev.json of a running `scripts/dev --bench`.
    #[arg(long, value_name = "FILE", required_unless_present = "gate")]
    dev: Option<PathBuf>,
    /// Calls of each kind at each number of connections.
    #[arg(long, value_name = "N", default_value_t = 2000,
          value_parser = clap::value_parser!(u32).range(100..=50_000))]
    requests: u32,
    /// Measure a warm `select 1` through the PostgreSQL connector beside a native client
    /// instead; a stack of `scripts/dev --fixtures` will do.
    #[arg(long)]
    database: bool,
    /// Measure what one tenant's audit log takes in, and searches of it, instead.
    #[arg(long, conflicts_with = "database")]
    audit: bool,
    /// How many entries the log has that is searched.
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    entries: u64,
    /// Measure the gate of one key alone instead: it needs no stack.
    #[arg(long, conflicts_with_all = ["dev", "database", "audit"])]
    gate: bool,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// The part of `dev.json` that is needed here.
#[derive(Deserialize)]
struct Stack {
    url: String,
    mcp_url: String,
    bare_url: Option<String>,
    platform_admin: Zeroizing<String>,
    workerd_pid: i32,
    database_url: Zeroizing<String>,
    #[serde(default)]
    connectors: BTreeMap<String, String>,
}

/// Measures and prints.
pub(crate) async fn run(repository: &Path, options: &Options) -> Result<()> {
    let requests = usize::try_from(options.requests)?;
    let Some(dev) = options.dev.as_deref().filter(|_| !options.gate) else {
        let report = gate::measure(repository, requests).await?;
        answer(if options.json {
            serde_json::to_string_pretty(&report)?
        } else {
            report.table()
        });
        return Ok(());
    };
    let stack: Stack = read_json(dev)?
        .with_context(|| format!("no stack is ready: there is no {}", dev.display()))?;
    if options.database {
        return measure_database(&stack, options, dev).await;
    }
    let bare_url = stack
        .bare_url
        .as_deref()
        .context("this stack has no bare Worker: start it with scripts/dev --bench")?;
    if options.audit {
        let workerd = Process::new(stack.workerd_pid);
        let report = audit::run(bare_url, &workerd, options.entries).await?;
        answer(if options.json {
            serde_json::to_string_pretty(&report)?
        } else {
            report.table()
        });
        return Ok(());
    }
    let workerd = Process::new(stack.workerd_pid);
    workerd.cpu()?;
    let upstream = Upstream::start(repository).await?;
    let tenant = Tenant::create(&stack.url, &stack.platform_admin, &upstream.url).await?;

    let mut levels = Vec::new();
    for connections in LEVELS {
        let plan = Plan::of(requests, connections);
        say(format!(
            "▸ {connections} connections, {} calls of each kind …",
            plan.calls()
        ));
        let bare = Side::new(&Target::bare(bare_url, &plan), &plan)?;
        let keys = tenant.keys(&plan).await?;
        let governed = Side::new(&Target::own_tool(&stack.mcp_url, &keys), &plan)?;
        let tool = compare(bare, governed, &plan, &workerd).await?;
        let direct = Side::new(&Target::direct(&upstream.url, &plan), &plan)?;
        let keys = tenant.keys(&plan).await?;
        let governed = Side::new(&Target::upstream_tool(&stack.mcp_url, &keys), &plan)?;
        levels.push(LevelReport {
            connections,
            tool,
            upstream: compare(direct, governed, &plan, &workerd).await?,
        });
    }
    let report = Report {
        levels,
        memory_mib: workerd.resident_mib()?,
    };
    answer(if options.json {
        serde_json::to_string_pretty(&report)?
    } else {
        report.table()
    });
    Ok(())
}

async fn measure_database(stack: &Stack, options: &Options, dev: &Path) -> Result<()> {
    let connector = stack.connectors.get("postgres").context(
        "this stack has no way straight to its connectors: start it with scripts/dev --fixtures",
    )?;
    let data = dev.parent().context("a stack has a folder")?;
    let calls = usize::try_from(options.requests)?;
    let report = database::measure(data, connector, &stack.database_url, calls).await?;
    answer(if options.json {
        serde_json::to_string_pretty(&report)?
    } else {
        report.table()
    });
    Ok(())
}

/// Two sides in turns.
async fn compare(
    mut baseline: Side,
    mut governed: Side,
    plan: &Plan,
    workerd: &Process,
) -> Result<Comparison> {
    baseline.warm_up().await?;
    governed.warm_up().await?;
    let mut cpu = workerd.cpu_when_idle().await?;
    for round in 0..ROUNDS {
        // Neither is always the one that comes first.
        let order = if round % 2 == 0 {
            [&mut baseline, &mut governed]
        } else {
            [&mut governed, &mut baseline]
        };
        for side in order {
            side.round(plan, workerd, &mut cpu).await?;
        }
    }
    Comparison::of(&mut baseline, &mut governed)
}
