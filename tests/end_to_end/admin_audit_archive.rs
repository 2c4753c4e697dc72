//! `GET /admin/v1/audit/archive`: how far the archive is, in a bucket or in a folder.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use lango_audit_log::{
    CheckpointVerifier,
    archive::{ArchiveVerifier, SegmentName},
};
use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::support::{Tenant, assert_problem, call, dev};

#[tokio::test]
async fn every_call_of_an_enterprise_is_archived() {
    let tenant = Tenant::connected("enterprise").await;
    for text in ["a", "b", "c"] {
        call(&tenant.admin, "crm_echo", json!({ "text": text })).await;
    }
    let log = tenant
        .log_until(|log| log.iter().filter(|it| it["tool"] == "crm_echo").count() == 3)
        .await;
    let archive = archived(&tenant, log.len() as u64).await;
    assert_eq!(archive["status"], "up_to_date");
    assert_eq!(
        (&archive["waiting"], &archive["problem"]),
        (&json!(0), &Value::Null)
    );
    assert!(!archive["archived_at"].is_null());
    let known = tenant.get("audit/key").await;
    let keys = known["keys"].as_array().unwrap().iter();
    let keys = CheckpointVerifier::parse(keys.map(|key| key.as_str().unwrap())).unwrap();
    let note = archive["checkpoint"]["note"].as_str().unwrap();
    assert!(keys.verify(note).unwrap().size >= archive["position"].as_u64().unwrap());

    let mut segments = segments(&tenant.tenant_id);
    segments.sort();
    assert_eq!(archive["segments"], segments.len());
    let mut verifier = ArchiveVerifier::new(keys, 0, [note]).unwrap();
    for (name, text) in segments {
        let mut segment = verifier.begin(name).unwrap();
        text.lines().for_each(|line| segment.line(line).unwrap());
        verifier.end(segment).unwrap();
    }
    let report = verifier.finish();
    assert_eq!(report.end, archive["position"].as_u64().unwrap());
}

async fn archived(tenant: &Tenant, at_least: u64) -> Value {
    let begun = Instant::now();
    loop {
        let archive = tenant.get("audit/archive").await;
        let is_whole = archive["status"] == "up_to_date";
        if is_whole && archive["position"].as_u64().unwrap() >= at_least {
            return archive;
        }
        assert!(begun.elapsed() < Duration::from_secs(180), "{archive}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The segments of a log: files by their names, or the objects of wrangler's local bucket,
/// which keeps bytes under names of its own.
fn segments(tenant: &str) -> Vec<(SegmentName, String)> {
    let is_plain = dev().is_plain_workerd();
    let folder = if is_plain {
        dev().folder.join("archive").join(tenant)
    } else {
        dev()
            .folder
            .join("wrangler-state/v3/r2/lango-audit-archive/blobs")
    };
    let named = |path: &Path, text: &str| -> SegmentName {
        if is_plain {
            return path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        }
        let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let number = |name: &str| header[name].as_u64().unwrap();
        SegmentName::new(number("first"), number("end")).unwrap()
    };
    let files = WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = files.filter(|file| file.file_type().is_file());
    let files: Vec<PathBuf> = files.map(walkdir::DirEntry::into_path).collect();
    let origin = format!("\"origin\":\"lango.dev/audit/{tenant}\"");
    let texts = files.into_iter().filter_map(|path| {
        let text = std::fs::read_to_string(&path).ok()?;
        text.contains(&origin).then(|| (named(&path, &text), text))
    });
    texts.collect()
}

#[tokio::test]
async fn below_enterprise_there_is_none() {
    for plan in ["free", "starter", "business"] {
        let tenant = Tenant::create(plan).await;
        let request = tenant.admin(http::Method::GET, "audit/archive");
        let refused = request.send().await.unwrap();
        let problem = assert_problem(refused, 403, "plan_required").await;
        assert_eq!(problem["plan"], "enterprise");
    }
}
