//! A crash loses nothing that was answered, and no checkpoint that was given out: workerd
//! is killed with SIGKILL at random moments while calls come without end, and what it left
//! behind is looked through before and after it starts again.
//!
//! `LANGO_CRASH_KILLS=100` is the nightly form; `LANGO_CRASH_SEED` repeats the moments of a
//! run.

mod auditor;
mod callers;
mod gates;
mod runtime;

use std::time::{Duration, Instant};

use serde_json::json;

use self::{
    auditor::Auditor,
    callers::{Answers, Caller, Load},
    runtime::Runtime,
};
use crate::support::{OwnStack, Platform, Tenant, dev, free_port, start_own_stack};

/// So many call at once with each of two keys.
const CALLERS: usize = 20;
/// How often workerd is killed, unless `LANGO_CRASH_KILLS` says so.
const KILLS: u64 = 8;
/// The latest moment of a kill, after the first call was answered.
const LATEST_MS: u64 = 2_000;
/// An intent that nobody has settled is settled as unknown by then.
const SETTLED_AFTER: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn every_answered_call_and_every_checkpoint_outlives_a_kill() {
    if !dev().is_plain_workerd() {
        return;
    }
    let kills = number("LANGO_CRASH_KILLS").unwrap_or(KILLS);
    let mut seed = number("LANGO_CRASH_SEED")
        .unwrap_or_else(seed_of_now)
        .max(1);
    println!("LANGO_CRASH_KILLS={kills} LANGO_CRASH_SEED={seed}");
    let data = std::env::temp_dir().join(format!("lango-crash-{}", std::process::id()));
    let stack = start_own_stack(&data, free_port());
    let tenant = tenant_on(&stack).await;
    let keys = [tenant.key("viewer").await, tenant.key("manager").await];
    let callers = keys.map(|key| Caller::new(&stack.dev.mcp_url, &key.token));
    let mut auditor = Auditor::of(&tenant).await;
    drop(stack);

    let (mut answers, started) = (Answers::default(), Instant::now());
    let mut runtime = Runtime::start(&data, tenant.url()).await;
    for round in 0..kills {
        let lives = Duration::from_millis(next(&mut seed) % LATEST_MS);
        let load = Load::begin(&callers, round);
        let watched = auditor.watch();
        // A quarter of the kills hits what is just starting.
        if !next(&mut seed).is_multiple_of(4) {
            load.is_answered().await;
        }
        tokio::time::sleep(lives).await;
        runtime.kill();
        answers.add(load.end().await);
        auditor.remember(watched.await.unwrap());
        let in_gates = gates::digests(&data);
        runtime = Runtime::start(&data, tenant.url()).await;
        auditor.look_through().await;
        answers.assert_each_is_recorded(&auditor, &in_gates, round);
    }
    println!(
        "{} answered calls, {} entries and {} checkpoints after {kills} kills in {} s",
        answers.count(),
        auditor.size(),
        auditor.checkpoints(),
        started.elapsed().as_secs(),
    );
    assert!(answers.count() > 0);
    let deadline = Instant::now() + SETTLED_AFTER;
    while !answers.are_settled(&auditor) {
        assert!(Instant::now() < deadline, "answered calls are not settled");
        tokio::time::sleep(Duration::from_secs(1)).await;
        auditor.look_through().await;
    }
    auditor.verify_all().await;
    drop(runtime);
    std::fs::remove_dir_all(&data).unwrap();
}

/// A tenant whose calls no limit holds up.
async fn tenant_on(stack: &OwnStack) -> Tenant {
    let tenant = Tenant::create_on(&stack.dev.url, &stack.dev.platform_admin, "enterprise").await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let path = format!("tenants/{}/limits", tenant.tenant_id);
    let limits = json!({ "key": { "per_minute": 600_000, "burst": 60_000 } });
    let request = Platform::of(&stack.dev).ask(http::Method::PUT, &path);
    let set = request.header("If-Match", "*").json(&limits).send().await;
    assert_eq!(set.unwrap().status(), 200);
    tenant
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn seed_of_now() -> u64 {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::from(since.subsec_nanos()) + since.as_secs()
}

/// Marsaglia's xorshift: the same seed gives the same moments.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}
