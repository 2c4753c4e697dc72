//! What is old goes, in time and by class; what is held stays; the tree stays whole.

use std::time::{SystemTime, UNIX_EPOCH};

use lango_audit_log::Record;
use serde_json::{Value, json};

use super::{
    Folder,
    files::{of_class, of_log, open},
    records::record,
    subject::Log,
};
use crate::support::{Dev, Tenant, dev, until};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A pass every 300 ms, in place of every day.
const OFTEN: [&str; 2] = ["--var", "LANGO_DEVELOPMENT_RETENTION_EVERY_MS=300"];

#[tokio::test]
async fn old_entries_become_hashes_unless_they_are_held() {
    if !dev().is_plain_workerd() {
        return;
    }
    let folder = Folder::new("audit-retention");
    let (free, held, personal, kept) = {
        let stack = folder.start(&[]);
        let of = |plan| Tenant::create_on(&stack.dev.url, &stack.dev.platform_admin, plan);
        let (free, held, personal) = (of("free").await, of("free").await, of("business").await);
        let mut kept = Vec::new();
        for tenant in [&free, &held, &personal] {
            kept.push(fill(&stack.dev, tenant).await);
        }
        (free.tenant_id, held.tenant_id, personal.tenant_id, kept)
    };
    set_policy(&folder, &held, &json!({ "legal_hold": true }));
    set_policy(&folder, &personal, &json!({ "personal_days": 30 }));

    let stack = folder.start(&OFTEN);
    let log = |name: &str| Log::of(&stack.dev, name);
    for name in [&free, &held, &personal] {
        log(name).append(2, vec![aged(600, 0)]).await;
        passed(&log(name)).await;
    }
    // 300 are 60 days old, 300 are of today. Free keeps 30 days.
    let report = log(&free).verify(&kept[0]).await.unwrap();
    assert_eq!(report.pruned, 300);
    let report = log(&held).verify(&kept[1]).await.unwrap();
    assert_eq!((report.pruned, report.shut), (0, 0));
    let state: Value = log(&held).ask("retention", ()).await;
    assert_eq!(state["held"], true);
    // A year of entries, a month of what is personal in them.
    let report = log(&personal).verify(&kept[2]).await.unwrap();
    assert_eq!((report.pruned, report.shut), (0, 300));

    drop(stack);
    // Nobody prunes by hand what is not old.
    let database = open(&of_log(folder.path(), &free));
    let content = "SELECT count(*) FROM batches WHERE leaves IS NOT NULL";
    let count = |sql: &str| {
        database
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert!(count(content) > 0);
    assert!(
        database
            .execute(
                "UPDATE batches SET leaves = NULL WHERE leaves IS NOT NULL",
                []
            )
            .is_err()
    );
    assert_eq!(
        count("SELECT count(*) FROM batches WHERE leaves LIKE '%call_000010%'"),
        0
    );
}

/// 300 entries of 60 days ago and 300 of now; and the checkpoints that an auditor keeps.
async fn fill(dev: &Dev, tenant: &Tenant) -> Vec<String> {
    let log = Log::of(dev, &tenant.tenant_id);
    let old = (0..300).map(|number| aged(number, 60)).collect();
    log.append(1, old).await;
    let new = (300..600).map(|number| aged(number, 0)).collect();
    let () = log
        .ask("append", super::records::batch("k_2", 1, new))
        .await;
    vec![log.checkpoint(None).await.unwrap().1]
}

pub(super) fn aged(number: u64, days: i64) -> Record {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now_ms = i64::try_from(now.as_millis()).unwrap();
    Record {
        at_ms: now_ms - days * DAY_MS,
        ..record(number)
    }
}

/// Waits until a pass is over that began after what was appended last.
pub(super) async fn passed(log: &Log) {
    let begun = aged(0, 0).at_ms;
    until("a pass is over", async || {
        let state: Value = log.ask("retention", ()).await;
        let passed_ms = state["passed_ms"].as_i64().unwrap_or(0);
        let is_over = passed_ms > begun && state["under_way"] == false;
        is_over.then(|| assert_eq!(state["problem"], Value::Null))
    })
    .await;
}

/// As the admin API stores it.
fn set_policy(folder: &Folder, tenant: &str, policy: &Value) {
    let files = of_class(folder.path(), "ConfigStore");
    let sql = "INSERT INTO audit_policies (tenant_id, document, changed_by, changed_at) \
               VALUES (?1, ?2, 'u_1', 0)";
    let stored = files
        .iter()
        .filter_map(|file| open(file).execute(sql, [tenant, &policy.to_string()]).ok());
    assert_eq!(stored.sum::<usize>(), 1);
}
