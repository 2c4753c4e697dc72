//! `GET /admin/v1/audit/export`, checkpoints and proofs: what leaves can be verified by
//! whoever has the log's key, and by nobody's word.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use lango_audit_log::{
    Checkpoint, CheckpointVerifier, TreeHash,
    export::{ExportVerifier, Report},
    tree::{verify_consistency, verify_inclusion},
};
use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, call};

/// A tenant with some calls in its log.
async fn with_calls(plan: &str) -> (Tenant, usize) {
    let tenant = Tenant::connected(plan).await;
    for text in ["a", "b", "c"] {
        call(&tenant.admin, "crm_echo", json!({ "text": text })).await;
    }
    call(
        &tenant.admin,
        "postgres_query",
        json!({ "sql": "select 1" }),
    )
    .await;
    let entries = tenant.log(6).await.len();
    (tenant, entries)
}

async fn export(tenant: &Tenant, query: &str) -> String {
    let path = format!("audit/export?{query}");
    let response = tenant.admin(http::Method::GET, &path).send().await.unwrap();
    assert_eq!(
        response.status(),
        200,
        "{query}: {:?}",
        response.text().await
    );
    response.text().await.unwrap()
}

async fn keys(tenant: &Tenant) -> CheckpointVerifier {
    let known = tenant.get("audit/key").await;
    let keys: Vec<_> = known["keys"].as_array().unwrap().iter().collect();
    assert!(!keys.is_empty(), "{known}");
    CheckpointVerifier::parse(keys.iter().map(|key| key.as_str().unwrap())).unwrap()
}

async fn verified(tenant: &Tenant, export: &str) -> Report {
    let mut verifier = ExportVerifier::new(keys(tenant).await, []).unwrap();
    for line in export.lines() {
        verifier.line(line).unwrap();
    }
    verifier.finish().unwrap()
}

#[tokio::test]
async fn an_export_verifies_and_goes_on_where_it_broke_off() {
    let (tenant, entries) = with_calls("starter").await;
    let whole = export(&tenant, "").await;
    let report = verified(&tenant, &whole).await;
    assert!(report.entries >= entries as u64 && !report.filtered);
    assert_eq!(report.entries, report.end);

    // More is logged meanwhile, the export itself before all.
    let more = |log: &[Value]| log.iter().any(|it| it["action"] == "audit.export");
    let log = tenant.log_until(more).await;
    let exported = log
        .iter()
        .find(|it| it["action"] == "audit.export")
        .unwrap();
    assert_eq!(exported["outcome"]["change"]["after"]["format"], "ndjson");

    let query = format!("first=3&tree_size={}", report.end);
    let rest = export(&tenant, &query).await;
    let of_rest = verified(&tenant, &rest).await;
    assert_eq!((of_rest.first, of_rest.end), (3, report.end));
    assert_eq!(
        of_rest.checkpoint, report.checkpoint,
        "held against the same"
    );
    let entries_of = |text: &str| -> Vec<String> {
        let entries = text
            .lines()
            .filter(|line| line.contains(r#""kind":"entry""#));
        entries.map(str::to_owned).collect()
    };
    assert_eq!(entries_of(&rest), entries_of(&whole)[3..]);
}

#[tokio::test]
async fn one_that_was_changed_does_not_verify() {
    let (tenant, _) = with_calls("starter").await;
    let changed = export(&tenant, "").await.replace("crm_echo", "crm_ecco");
    let mut verifier = ExportVerifier::new(keys(&tenant).await, []).unwrap();
    let verdict = changed.lines().try_for_each(|line| verifier.line(line));
    assert!(verdict.is_err());
    // Another tenant's key does not sign for this one.
    let other = Tenant::create("starter").await;
    let mut verifier = ExportVerifier::new(keys(&other).await, []).unwrap();
    let whole = export(&tenant, "").await;
    assert!(verifier.line(whole.lines().next().unwrap()).is_err());
}

#[tokio::test]
async fn what_is_selected_has_its_proofs() {
    let (tenant, _) = with_calls("business").await;
    let selected = export(&tenant, "tool=crm_echo").await;
    let report = verified(&tenant, &selected).await;
    assert_eq!((report.entries, report.filtered), (3, true));
    let lines: Vec<Value> = selected
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["filter"], json!({ "tool": "crm_echo" }));
    let second = lines[2]["index"].as_u64().unwrap();
    let query = format!("tool=crm_echo&first={second}&tree_size={}", report.end);
    let rest = verified(&tenant, &export(&tenant, &query).await).await;
    assert_eq!(rest.entries, 2);
}

/// Cells of lines as RFC 4180 has them.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut characters) = (false, text.chars().peekable());
    while let Some(character) = characters.next() {
        match (quoted, character) {
            (true, '"') if characters.next_if_eq(&'"').is_some() => cell.push('"'),
            (_, '"') => quoted = !quoted,
            (false, ',') => line.push(std::mem::take(&mut cell)),
            (false, '\r') => {}
            (false, '\n') => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            (_, character) => cell.push(character),
        }
    }
    assert!(line.is_empty() && cell.is_empty(), "a line has no end");
    lines
}

#[tokio::test]
async fn a_spreadsheet_reads_what_the_log_says() {
    let (tenant, entries) = with_calls("starter").await;
    let path = "audit/export?format=csv";
    let response = tenant.admin(http::Method::GET, path).send().await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap();
    assert!(content_type.starts_with("text/csv"), "{content_type}");
    let size = response.headers()["lango-tree-size"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = response.text().await.unwrap();
    let lines = cells(&text);
    assert_eq!(lines[0], lango_audit_log::csv::COLUMNS);
    assert!(lines.len() > entries);
    let log = tenant.log(entries).await;
    for line in &lines[1..] {
        let index: Value = line[0].parse().unwrap();
        let entry = log.iter().find(|it| it["index"] == index).unwrap();
        assert_eq!(entry["time"].as_str().unwrap(), line[1]);
        assert_eq!(entry["call_id"].as_str().unwrap(), line[2]);
        assert_eq!(entry["outcome"]["status"].as_str().unwrap(), line[12]);
    }
    let rest = export(&tenant, &format!("format=csv&first=4&tree_size={size}")).await;
    assert_eq!(cells(&rest), lines[5..], "without the header");
}

#[tokio::test]
async fn plans_and_permissions_open_exports() {
    let free = Tenant::create("free").await;
    let ask = async |tenant: &Tenant, query: &str| {
        let path = format!("audit/export?{query}");
        tenant.admin(http::Method::GET, &path).send().await.unwrap()
    };
    let problem = assert_problem(ask(&free, "").await, 403, "plan_required").await;
    assert_eq!(problem["plan"], "starter");
    assert_problem(ask(&free, "format=csv").await, 403, "plan_required").await;
    let starter = Tenant::create("starter").await;
    starter.key("viewer").await;
    starter.log(1).await;
    assert_eq!(ask(&starter, "from=2020-01-01").await.status(), 200);
    for query in ["tool=t", "format=csv&tool=t"] {
        assert_problem(ask(&starter, query).await, 403, "plan_required").await;
    }
    assert_eq!(ask(&starter, "format=csv").await.status(), 200);
    let business = Tenant::create("business").await;
    business.key("viewer").await;
    business.log(1).await;
    assert_eq!(ask(&business, "tool=t").await.status(), 200);
    for odd in ["format=xml", "first=x", "limit=5", "first=99999", "odd=1"] {
        assert_problem(ask(&starter, odd).await, 400, "query").await;
    }
    assert_problem(ask(&starter, "tree_size=99999").await, 404, "no_checkpoint").await;
}

fn hashes(proof: &Value) -> Vec<TreeHash> {
    let hashes = proof["proof"].as_array().unwrap().iter();
    hashes
        .map(|hash| BASE64_STANDARD.decode(hash.as_str().unwrap()).unwrap())
        .map(|bytes| TreeHash::from_slice(&bytes).unwrap())
        .collect()
}

fn note(of: &Value) -> &str {
    of["note"].as_str().unwrap()
}

#[tokio::test]
async fn proofs_lead_to_signed_checkpoints() {
    let (tenant, _) = with_calls("free").await;
    let keys = keys(&tenant).await;
    let older = tenant.get("audit/checkpoint").await;
    let older: Checkpoint = keys.verify(note(&older)).unwrap();
    call(&tenant.admin, "crm_echo", json!({ "text": "d" })).await;
    let size = usize::try_from(older.size).unwrap();
    tenant.log(size + 1).await;

    let path = format!("audit/proofs/consistency?from={}", older.size);
    let proof = tenant.get(&path).await;
    let newer = keys.verify(note(&proof["checkpoint"])).unwrap();
    assert!(newer.size > older.size);
    let heads = ((older.size, older.root), (newer.size, newer.root));
    verify_consistency(&hashes(&proof), heads.0, heads.1).unwrap();

    let exported = tenant
        .get(&format!("audit/checkpoint?size={}", newer.size))
        .await;
    assert_eq!(keys.verify(note(&exported)).unwrap(), newer);
    let path = format!("audit/proofs/inclusion?index=0&size={}", newer.size);
    let proof = tenant.get(&path).await;
    let head = (newer.size, newer.root);
    let other = TreeHash::of_leaf("{}");
    assert!(verify_inclusion(&hashes(&proof), 0, other, head).is_err());

    for (path, status, code) in [
        ("proofs/inclusion", 400, "query"),
        ("proofs/inclusion?index=99999", 400, "query"),
        ("proofs/inclusion?index=x", 400, "query"),
        ("proofs/consistency?from=0", 400, "query"),
        ("checkpoint?size=99999", 404, "no_checkpoint"),
    ] {
        let request = tenant.admin(http::Method::GET, &format!("audit/{path}"));
        assert_problem(request.send().await.unwrap(), status, code).await;
    }
}
