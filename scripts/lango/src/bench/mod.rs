//! `lango bench`: what governing a call costs, on one running stack and in one run.
//!
//! Two comparisons: a tool of Lango's own next to the least that a durable call
//! through Workers can cost, and a tool of another MCP server next to the same
//! call without Lango. The sides of each take turns, so that both see the same
//! machine at about the same time. Nothing here says how fast anything must be.

mod load;
mod plan;
mod process;
mod report;
mod statistics;
mod target;
mod upstream;

use std::path::{Path, PathBuf};

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
    #[arg(long, value_name = "FILE")]
    dev: PathBuf,
    /// Calls of each kind at each number of connections.
    #[arg(long, value_name = "N", default_value_t = 2000,
          value_parser = clap::value_parser!(u32).range(100..=50_000))]
    requests: u32,
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
}

/// Measures and prints.
pub(crate) async fn run(repository: &Path, options: &Options) -> Result<()> {
    let stack: Stack = read_json(&options.dev)?
        .with_context(|| format!("no stack is ready: there is no {}", options.dev.display()))?;
    let bare_url = stack
        .bare_url
        .as_deref()
        .context("this stack has no bare Worker: start it with scripts/dev --bench")?;
    let workerd = Process::new(stack.workerd_pid);
    workerd.cpu()?;
    let upstream = Upstream::start(repository).await?;
    let tenant = Tenant::create(&stack.url, &stack.platform_admin, &upstream.url).await?;

    let requests = usize::try_from(options.requests)?;
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
