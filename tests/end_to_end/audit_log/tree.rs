//! Proofs, pages and what is left of a person, while the log grows.

use lango_audit_log::{
    Query, Status, TreeHash,
    tree::{verify_consistency, verify_inclusion},
};
use serde_json::json;

use super::{
    Folder,
    records::{FIRST_MS, batch, record, records},
    subject::Log,
};
use crate::support::dev;

#[tokio::test(flavor = "multi_thread")]
async fn a_log_grows_into_one_tree() {
    if !dev().is_plain_workerd() {
        return;
    }
    let folder = Folder::new("audit-tree");
    let stack = folder.start(&[]);
    proofs(&Log::of(&stack.dev, "t_proofs")).await;
    at_once(&Log::of(&stack.dev, "t_at_once")).await;
    searches(&Log::of(&stack.dev, "t_searches")).await;
    erasure(&Log::of(&stack.dev, "t_erasure")).await;
}

/// Each checkpoint leads to the next, and every entry to each of them.
async fn proofs(log: &Log) {
    let mut sizes = Vec::new();
    let (mut number, mut size) = (0, 0);
    // Across the ends of runs, one by one, and many at once.
    for count in [1, 1, 3, 250, 1, 1, 500, 256, 7] {
        number += 1;
        log.append(number, records(size, count)).await;
        size += count;
        sizes.push(size);
    }
    // What was taken is not taken again.
    log.append(number, records(size, 5)).await;
    assert_eq!(log.size().await, size);

    let entries = log.entries().await;
    for (at, new) in sizes.iter().enumerate() {
        let root = log.root(*new).await;
        for old in &sizes[..at] {
            let question = json!({ "old": old, "new": new });
            let proof: Vec<TreeHash> = log.ask("consistency", question).await;
            verify_consistency(&proof, (*old, log.root(*old).await), (*new, root)).unwrap();
        }
        let indexes: Vec<u64> = [0, 1, 254, 255, 256, new - 1]
            .into_iter()
            .filter(|index| index < new)
            .collect();
        let question = json!({ "indexes": indexes, "size": new });
        let proofs: Vec<Vec<TreeHash>> = log.ask("inclusion", question).await;
        for (index, proof) in indexes.into_iter().zip(proofs) {
            let leaf = entries[usize::try_from(index).unwrap()].hash;
            verify_inclusion(&proof, index, leaf, (*new, root)).unwrap();
        }
    }
    // Nothing was signed there, and nothing is there yet.
    assert_eq!(log.checkpoint(Some(3)).await, None);
    let beyond = json!({ "indexes": [0], "size": size + 1 });
    assert!(
        log.try_ask::<Vec<Vec<TreeHash>>>("inclusion", beyond)
            .await
            .is_err()
    );
}

/// Many keys hand over at the same time: each batch is there, whole and once.
async fn at_once(log: &Log) {
    let senders = (0..40_u64).map(|sender| async move {
        for number in 1..=5 {
            let first = (sender * 5 + number) * 10;
            let batch = batch(&format!("k_{sender}"), number, records(first, 10));
            let () = log.ask("append", &batch).await;
        }
    });
    futures_util::future::join_all(senders).await;
    let report = log.verify(&[]).await.unwrap();
    assert_eq!(report.entries, 2_000);
    let figures: serde_json::Value = log.ask("figures", ()).await;
    assert!(figures["commits"].as_u64().unwrap() <= 200, "{figures}");
}

/// Whatever is searched for is found, and only that; pages stay right while entries come.
async fn searches(log: &Log) {
    let count = 1_500;
    log.fill(count, 100).await;
    let base = Query {
        limit: 50,
        ..Query::default()
    };
    let moment = |number: i64| Some(FIRST_MS + number * 1_000);
    let text = |text: &str| Some(text.to_owned());
    let some = [
        (
            Query {
                principal: text("p_3"),
                ..base.clone()
            },
            214,
        ),
        (
            Query {
                principal: text("p_nobody"),
                ..base.clone()
            },
            0,
        ),
        (
            Query {
                from_ms: moment(700),
                to_ms: moment(720),
                ..base.clone()
            },
            20,
        ),
        (
            Query {
                text: text("achieng77"),
                ..base.clone()
            },
            1,
        ),
        (
            Query {
                text: text("call_001234"),
                ..base.clone()
            },
            1,
        ),
        (
            Query {
                status: Some(Status::Denied),
                ..base.clone()
            },
            0,
        ),
        (
            Query {
                connector: text("crm"),
                text: text("Achieng9 ke"),
                ..base.clone()
            },
            1,
        ),
        (base.clone(), 1_500),
    ];
    let mut number = 1_000;
    for (query, expected) in some {
        let (mut indexes, mut page) = (Vec::new(), query.clone());
        loop {
            let found = log.search(&page).await;
            indexes.extend(found.entries.iter().map(|entry| entry.index));
            // Whatever arrives has a higher index than everything that is still to come.
            number += 1;
            log.append(number, vec![record(99)]).await;
            match found.next {
                Some(next) => page.before = Some(next),
                None => break,
            }
        }
        indexes.retain(|index| *index < count);
        assert!(
            indexes.windows(2).all(|pair| pair[0] > pair[1]),
            "{query:?}"
        );
        assert_eq!(indexes.len(), expected, "{query:?}");
    }
}

/// What is about a person goes, and the tree is what it was.
async fn erasure(log: &Log) {
    log.fill(600, 60).await;
    let before = log.checkpoint(None).await.unwrap();
    let of_p_3 = Query {
        text: Some("achieng3".to_owned()),
        limit: 10,
        ..Query::default()
    };
    assert_eq!(log.search(&of_p_3).await.entries.len(), 1);
    let gone: u64 = log.ask("erase-person", "p_3").await;
    assert_eq!(gone, 12, "one row of openings for each row of entries");
    let report = log.verify(&[before.1]).await.unwrap();
    assert_eq!((report.entries, report.shut), (600, 86));
    assert_eq!(report.opened, 600 - 86);
    // Not even a search says that it was there, nor after the summaries were made anew.
    for _ in 0..20 {
        assert!(log.search(&of_p_3).await.entries.is_empty());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let others = Query {
        text: Some("achieng4".to_owned()),
        ..of_p_3
    };
    assert_eq!(log.search(&others).await.entries.len(), 1);
}
