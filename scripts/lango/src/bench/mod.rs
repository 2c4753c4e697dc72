//! `lango bench`: what the governed call costs, next to the least that a durable
//! call through Workers can cost, on one running stack and in one run.
//!
//! The two take turns, so that both see the same machine at about the same time.
//! Nothing here says how fast anything must be.

mod load;
mod plan;
mod process;
mod report;
mod statistics;
mod target;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Deserialize;
use zeroize::Zeroizing;

use self::{
    load::Side,
    plan::{LEVELS, Plan, ROUNDS},
    process::Process,
    report::{LevelReport, Report},
    target::Tenant,
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
pub(crate) async fn run(options: &Options) -> Result<()> {
    let stack: Stack = read_json(&options.dev)?
        .with_context(|| format!("no stack is ready: there is no {}", options.dev.display()))?;
    let bare_url = stack
        .bare_url
        .as_deref()
        .context("this stack has no bare Worker: start it with scripts/dev --bench")?;
    let workerd = Process::new(stack.workerd_pid);
    workerd.cpu()?;
    let tenant = Tenant::create(&stack.url, &stack.platform_admin).await?;

    let requests = usize::try_from(options.requests)?;
    let mut levels = Vec::new();
    for connections in LEVELS {
        let plan = Plan::of(requests, connections);
        say(format!(
            "▸ {connections} connections, {} calls of each kind …",
            plan.calls()
        ));
        let mut bare = Side::bare(bare_url, &plan)?;
        let mut governed = Side::governed(&stack.mcp_url, &tenant.keys(&plan).await?, &plan)?;
        bare.warm_up().await?;
        governed.warm_up().await?;
        let mut cpu = workerd.cpu_when_idle().await?;
        for round in 0..ROUNDS {
            // Neither is always the one that comes first.
            let order = if round % 2 == 0 {
                [&mut bare, &mut governed]
            } else {
                [&mut governed, &mut bare]
            };
            for side in order {
                side.round(&plan, &workerd, &mut cpu).await?;
            }
        }
        levels.push(LevelReport::of(connections, &mut bare, &mut governed)?);
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
