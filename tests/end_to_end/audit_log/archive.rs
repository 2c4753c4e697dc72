//! The archive of an Enterprise tenant's log, in the folder of a self-hosted deployment: it
//! goes on after kills, holds no personal value, is pruned behind, and verifies offline.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use lango_audit_log::{CheckpointKeys, origin};
use serde_json::{Value, json};

use super::{
    Folder,
    files::{of_class, open},
    records::{batch, records},
    retention::{aged, passed},
    subject::Log,
};
use crate::support::{Dev, OwnStack, Tenant, dev, http};

/// Segments every second, in place of every minute.
const OFTEN: [&str; 2] = ["--var", "LANGO_ARCHIVE_SECONDS=1"];
const SOURCES: [&str; 4] = ["k_1", "k_2", "k_3", "k_4"];
const BATCH: u64 = 40;
const KILLS: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);

async fn tenant(stack: &OwnStack, plan: &str) -> Tenant {
    Tenant::create_on(&stack.dev.url, &stack.dev.platform_admin, plan).await
}

async fn state(log: &Log) -> Value {
    log.ask("archive", ()).await
}

/// Waits until the archive says so.
async fn archived_until(log: &Log, says: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let state = state(log).await;
        if says(&state) {
            return state;
        }
        assert!(begun.elapsed() < PATIENCE, "{state}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_whole(state: &Value) -> bool {
    state["position"] == state["size"] && state["problem"].is_null()
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|it| it.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "ndjson"));
    files.sort();
    files
}

/// `lango-audit verify`, as whoever has the folder and the public key runs it.
fn verify(stack: &Dev, tenant: &str, folder: &Path, more: &[&str]) -> Output {
    let keys = fs::read_to_string(stack.folder.join("secrets/checkpoint-keys.json")).unwrap();
    let keys = CheckpointKeys::parse(&keys).unwrap();
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--locked", "-p", "lango-audit-log-cli"])
        .args(["--bin", "lango-audit", "--", "verify"])
        .arg(folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    for key in keys.verifier_keys(&origin(tenant)) {
        command.args(["--key", &key]);
    }
    command.args(more).output().unwrap()
}

fn said(output: &Output) -> String {
    let [out, error] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    format!("{out}{error}")
}

/// Appends without end, from several keys at once, until nobody answers.
async fn append_until_killed(dev: &Dev, name: &str, round: u64) {
    let appending = SOURCES.map(|source| {
        let log = Log::of(dev, name);
        async move {
            for number in 1.. {
                // A number of its own for each batch: what is sent again is taken once.
                let number = round * 1_000_000 + number;
                let sent = batch(source, number, records(number, BATCH));
                if log.try_append(&sent).await.is_err() {
                    return;
                }
            }
        }
    });
    futures_util::future::join_all(appending).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_goes_on_after_kills_and_verifies_offline() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = Folder::new("audit-archive-kills");
    let mut stack = data.start(&OFTEN);
    let enterprise = tenant(&stack, "enterprise").await.tenant_id;
    let business = tenant(&stack, "business").await.tenant_id;
    Log::of(&stack.dev, &business)
        .append(1, records(0, 10))
        .await;
    let mut kept = Vec::new();
    for round in 0..KILLS {
        let pid = stack.dev.workerd_pid.to_string();
        let lives = Duration::from_millis(2_300 + 700 * round);
        let killing = async {
            tokio::time::sleep(lives).await;
            let killed = Command::new("kill").args(["-KILL", &pid]).status();
            assert!(killed.unwrap().success());
        };
        let appending = append_until_killed(&stack.dev, &enterprise, round);
        futures_util::future::join(appending, killing).await;
        stack.wait();
        drop(stack);
        stack = data.start(&OFTEN);
        let log = Log::of(&stack.dev, &enterprise);
        kept.push(log.checkpoint(None).await.unwrap());
    }
    let log = Log::of(&stack.dev, &enterprise);
    log.append(9_000_000, records(0, 1)).await;
    let whole = archived_until(&log, is_whole).await;
    let size = whole["size"].as_u64().unwrap();
    let folder = data.path().join("archive").join(&enterprise);
    let files = segments(&folder);
    println!(
        "{size} entries in {} segments after {KILLS} kills",
        files.len()
    );
    assert!(files.len() as u64 > KILLS, "{files:?}");
    assert_eq!(whole["segments"], files.len());
    let bytes: u64 = files.iter().map(|it| fs::metadata(it).unwrap().len()).sum();
    assert_eq!(whole["bytes"], bytes);
    // Of a tenant of a smaller plan there is nothing.
    assert!(!data.path().join("archive").join(&business).exists());
    let state = state(&Log::of(&stack.dev, &business)).await;
    assert_eq!(
        (&state["position"], &state["is_required"]),
        (&json!(0), &json!(false))
    );

    let notes: Vec<_> = kept
        .iter()
        .zip(0..)
        .map(|((_, note), number)| {
            let file = data.path().join(format!("kept-{number}.txt"));
            fs::write(&file, note).unwrap();
            file.display().to_string()
        })
        .collect();
    let mut more = vec!["--checkpoint"];
    more.extend(notes.iter().map(String::as_str));
    let verified = verify(&stack.dev, &enterprise, &folder, &more);
    let words = said(&verified);
    assert!(verified.status.success(), "{words}");
    assert!(
        words.contains(&format!("all entries from 0 up to {size}")),
        "{words}"
    );
    assert_eq!(
        words.matches("has grown from its checkpoint").count(),
        kept.len()
    );
    no_personal_value(&files);
    whatever_was_changed_is_named(&stack.dev, &enterprise, &folder);
}

/// What is locked away could not be erased.
fn no_personal_value(files: &[PathBuf]) {
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        assert!(
            !text.contains("Achieng") && !text.contains("openings"),
            "{}",
            file.display()
        );
        assert!(text.contains("commitment") && text.contains("crm_find_customer"));
    }
}

fn whatever_was_changed_is_named(stack: &Dev, tenant: &str, folder: &Path) {
    let files = segments(folder);
    let (one, other) = (&files[1], &files[2]);
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(one).unwrap();
    let refused = |part: &str| {
        let output = verify(stack, tenant, folder, &[]);
        let words = said(&output);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains(part), "{part}: {words}");
        words
    };
    fs::write(
        one,
        text.replacen("crm_find_customer", "crm_find_customEr", 1),
    )
    .unwrap();
    let words = refused(&name(one));
    let first = name(one)[..16].parse::<u64>().unwrap();
    assert!(words.contains(&format!("entry {first}:")), "{words}");
    fs::write(one, &text[..text.len() / 2]).unwrap();
    refused(&name(one));
    fs::remove_file(one).unwrap();
    refused("it is missing");
    fs::copy(other, one).unwrap();
    refused(&name(one));
    fs::write(one, &text).unwrap();
    let stray = folder.join("notes.txt");
    fs::write(&stray, "x").unwrap();
    refused("notes.txt");
    fs::remove_file(stray).unwrap();
    assert!(verify(stack, tenant, folder, &[]).status.success());
    // What is older may have had its time.
    fs::remove_file(&files[0]).unwrap();
    refused("it is missing");
    let first = first.to_string();
    assert!(
        verify(stack, tenant, folder, &["--first", &first])
            .status
            .success()
    );
}

#[tokio::test]
async fn what_is_there_is_not_overwritten_and_nothing_is_pruned_meanwhile() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = Folder::new("audit-archive-differs");
    let options = [
        &OFTEN[..],
        &["--var", "LANGO_DEVELOPMENT_RETENTION_EVERY_MS=300"],
    ]
    .concat();
    let stack = data.start(&options);
    let owner = tenant(&stack, "enterprise").await;
    let name = owner.tenant_id.clone();
    let log = Log::of(&stack.dev, &name);
    log.append(1, records(0, 300)).await;
    archived_until(&log, is_whole).await;
    drop(stack);
    let folder = data.path().join("archive").join(&name);
    let newest = segments(&folder).pop().unwrap();
    let right = fs::read(&newest).unwrap();

    // What a loss of power has taken is written once more, the same.
    fs::remove_file(&newest).unwrap();
    let stack = data.start(&options);
    let log = Log::of(&stack.dev, &name);
    log.append(2, records(300, 1)).await;
    let whole = archived_until(&log, is_whole).await;
    let position = whole["position"].as_u64().unwrap();
    assert_eq!(fs::read(&newest).unwrap(), right);
    drop(stack);

    // Something else is there, in the place of a segment.
    let newest = segments(&folder).pop().unwrap();
    let right = fs::read(&newest).unwrap();
    fs::write(&newest, "something else\n").unwrap();
    let stack = data.start(&options);
    let log = Log::of(&stack.dev, &name);
    // Older than seven years: they would go with the next pass.
    let old = (0..300).map(|number| aged(number, 2_600)).collect();
    log.append(3, old).await;
    let is_stuck = |state: &Value| state["problem"]["code"] == "differs";
    let stuck = archived_until(&log, is_stuck).await;
    assert_eq!(stuck["position"], position);
    assert_eq!(stuck["size"], position + 300);
    log.append(4, vec![aged(600, 0)]).await;
    passed(&log).await;
    assert_eq!(log.verify(&[]).await.unwrap().pruned, 0, "it waits");
    assert_eq!(fs::read(&newest).unwrap(), b"something else\n");
    told(&stack, &owner.on(&stack.dev.url)).await;

    fs::write(&newest, &right).unwrap();
    archived_until(&log, is_whole).await;
    log.append(5, vec![aged(601, 0)]).await;
    passed(&log).await;
    assert_eq!(log.verify(&[]).await.unwrap().pruned, 300);
    archived_until(&log, is_whole).await;
    let verified = verify(&stack.dev, &name, &folder, &[]);
    let words = said(&verified);
    let all = format!("all entries from 0 up to {}", position + 302);
    assert!(
        words.contains(&all) && words.contains("0 pruned"),
        "{words}"
    );
    the_plan_decides(&stack).await;
    every_log_is_an_object_of_its_own(data.path());
}

/// By the administrators' API, by an alert, and by the numbers of the deployment.
async fn told(stack: &OwnStack, owner: &Tenant) {
    let archive = owner.get("audit/archive").await;
    assert_eq!(archive["status"], "failing");
    assert_eq!(archive["problem"]["code"], "differs");
    assert!(!archive["retried_at"].is_null() && !archive["waiting_since"].is_null());
    let begun = Instant::now();
    loop {
        let alerts = owner.get("alerts").await;
        let alerts = alerts["items"].as_array().unwrap();
        if alerts.iter().any(|alert| alert["rule"] == "archive") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{alerts:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let token = stack.dev.metrics_token.as_deref().unwrap();
    let request = http().get(format!("{}/metrics", stack.dev.url));
    let numbers = request.bearer_auth(token).send().await.unwrap();
    let numbers = numbers.text().await.unwrap();
    assert!(
        numbers.contains("\nlango_archive_logs_failing 1\n"),
        "{numbers}"
    );
    assert!(
        numbers.contains("\nlango_archive_entries_waiting "),
        "{numbers}"
    );
}

/// A tenant that gets the plan is archived from its first entry on.
async fn the_plan_decides(stack: &OwnStack) {
    let smaller = tenant(stack, "business").await;
    let log = Log::of(&stack.dev, &smaller.tenant_id);
    log.append(1, records(0, 5)).await;
    let refused = smaller.admin(http::Method::GET, "audit/archive");
    let problem =
        crate::support::assert_problem(refused.send().await.unwrap(), 403, "plan_required");
    assert_eq!(problem.await["plan"], "enterprise");
}

/// The dedicated object: a database has the log of one tenant, and a log has one database.
fn every_log_is_an_object_of_its_own(data: &Path) {
    let mut files = BTreeMap::<String, PathBuf>::new();
    for file in of_class(data, "AuditLog") {
        let database = open(&file);
        let query = "SELECT DISTINCT substr(checkpoint, 1, instr(checkpoint, char(10)) - 1) \
                     FROM batches WHERE checkpoint IS NOT NULL";
        // The runtime's own file of the class has no log.
        let Ok(mut statement) = database.prepare(query) else {
            continue;
        };
        let origins = statement.query_map([], |row| row.get(0)).unwrap();
        let origins: Vec<String> = origins.map(Result::unwrap).collect();
        assert!(origins.len() <= 1, "{origins:?} share {}", file.display());
        for origin in origins {
            let other = files.insert(origin, file.clone());
            assert_eq!(other, None, "two databases are of one log");
        }
    }
    assert!(files.len() > 3, "{files:?}");
}

#[tokio::test]
async fn a_deployment_without_a_place_says_so() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = Folder::new("audit-archive-none");
    let stack = data.start(&[&OFTEN[..], &["--archive", "none"]].concat());
    let owner = tenant(&stack, "enterprise").await;
    let log = Log::of(&stack.dev, &owner.tenant_id);
    log.append(1, records(0, 5)).await;
    let archive = owner.get("audit/archive").await;
    assert_eq!(archive["status"], "not_configured");
    assert_eq!(archive["problem"]["code"], "not_configured");
    assert!(!data.path().join("archive").exists());
}
