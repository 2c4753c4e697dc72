//! Keys are rotated while calls go on. On stacks of their own, whose keys are changed.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};

use crate::support::{
    Databases, Dev, Platform, Tenant, dev, free_port, http, start_own_stack, tool_call,
};

const CALLS_A_SECOND: u64 = 50;
const PATIENCE: Duration = Duration::from_secs(60);

/// Rewrites the key-encryption keys of the fixtures, as `lango key-encryption-keys` does.
fn change_keys(dev: &Dev, change: impl FnOnce(&mut Value)) {
    let folder = dev.folder.join("secrets/connectors/fixtures");
    let file = folder.join("key-encryption-keys.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut keys: Value = serde_json::from_str(&text).unwrap();
    change(&mut keys);
    let unfinished = folder.join("key-encryption-keys.json.new");
    std::fs::write(&unfinished, keys.to_string()).unwrap();
    std::fs::rename(unfinished, file).unwrap();
}

async fn rotate(tenant: &Tenant) -> Value {
    let request = tenant.admin(Method::POST, "vault/rotate");
    let request = request.json(&json!({ "connector": "fixtures" }));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

/// Waits until everything of the tenant is under this version of its data key, and no
/// other one is left.
async fn everything_under(tenant: &Tenant, version: u32) -> Value {
    let begun = Instant::now();
    loop {
        let vault = tenant.get("vault").await;
        let keys = vault["data_keys"].as_array().unwrap();
        let is_done = keys.len() == 1 && keys[0]["version"] == version;
        if is_done && vault["rotating_since"].is_null() {
            return vault;
        }
        assert!(begun.elapsed() < PATIENCE, "{vault}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the platform shows of one version of the fixtures' key-encryption key.
async fn version_of(platform: &Platform, version: u32) -> Value {
    let shown = platform.get("vault").await;
    let connectors = shown["items"].as_array().unwrap();
    let fixtures = connectors.iter().find(|it| it["connector"] == "fixtures");
    let versions = fixtures.unwrap()["versions"].as_array().unwrap();
    let found = versions.iter().find(|it| it["version"] == version);
    found.cloned().unwrap_or(Value::Null)
}

async fn rewrapped_away_from(platform: &Platform, version: u32) {
    let begun = Instant::now();
    loop {
        let shown = version_of(platform, version).await;
        if shown["data_keys"] == 0 {
            assert!(shown["removable_from"].is_string(), "{shown}");
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{shown}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Calls without end, and what became of them.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    failed: Arc<std::sync::Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Load {
    fn begin(dev: &Dev, key: &str) -> Self {
        let (stop, answered) = (Arc::default(), Arc::default());
        let failed: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
        let task = tokio::spawn(calls(
            dev.mcp_url.clone(),
            key.to_owned(),
            Arc::clone(&stop),
            Arc::clone(&answered),
            Arc::clone(&failed),
        ));
        Self {
            stop,
            answered,
            failed,
            task,
        }
    }

    async fn end(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        let failed = self.failed.lock().unwrap().clone();
        (self.answered.load(Ordering::Relaxed), failed)
    }
}

async fn calls(
    url: String,
    key: String,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    failed: Arc<std::sync::Mutex<Vec<String>>>,
) {
    let client = http();
    let mut pace = tokio::time::interval(Duration::from_millis(1_000 / CALLS_A_SECOND));
    let mut running = tokio::task::JoinSet::new();
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let body = tool_call("crm_find_contact", json!({ "name": "Wanjiku" }));
        let request = client.post(&url).bearer_auth(&key).json(&body);
        let (answered, failed) = (Arc::clone(&answered), Arc::clone(&failed));
        running.spawn(async move {
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            if answer["result"]["structuredContent"].is_object()
                && answer["result"]["isError"] != true
            {
                answered.fetch_add(1, Ordering::Relaxed);
            } else {
                failed.lock().unwrap().push(answer.to_string());
            }
        });
    }
    running.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_both_kinds_under_load_fails_no_call() {
    if !dev().is_plain_workerd() {
        return;
    }
    let folder = Folder::new("lango-rotation");
    let stack = start_own_stack(&folder.0, free_port());
    let dev = &stack.dev;
    let platform = Platform::of(dev);
    let tenant = Tenant::create_on(&dev.url, &dev.platform_admin, "enterprise").await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;

    let load = Load::begin(dev, &tenant.admin);
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(2)).await;

    // The key-encryption key: everybody has the new one before anybody uses it.
    let new = URL_SAFE_NO_PAD.encode([0x5a; 32]);
    change_keys(dev, |keys| keys["keys"]["2"] = json!(new));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(version_of(&platform, 2).await["present"], true);
    change_keys(dev, |keys| keys["current"] = json!(2));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let body = json!({ "connector": "fixtures" });
    let told = platform.posted("vault/rewrap", body, 200).await;
    assert!(told["tenants"].as_u64().unwrap() > 0, "{told}");
    rewrapped_away_from(&platform, 1).await;

    // The data key.
    let during = rotate(&tenant).await;
    assert_eq!(during["data_keys"][1]["state"], "sealing", "{during}");
    let vault = everything_under(&tenant, 2).await;
    let key = &vault["data_keys"][0];
    assert_eq!(key["key_encryption_key_version"], 2, "{vault}");
    assert_eq!(key["connections"], 1, "{vault}");

    // The old key-encryption key is taken out: nobody needs it.
    change_keys(dev, |keys| {
        keys["keys"].as_object_mut().unwrap().remove("1");
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    let elapsed = begun.elapsed();
    let (answered, failed) = load.end().await;
    println!(
        "{answered} calls in {:.1} s, {} failed",
        elapsed.as_secs_f64(),
        failed.len()
    );
    assert!(failed.is_empty(), "{} failed: {}", failed.len(), failed[0]);
    assert!(answered > 100, "{answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_is_killed_goes_on() {
    if !dev().is_plain_workerd() {
        return;
    }
    const CONNECTIONS: usize = 150;
    let folder = Folder::new("lango-rotation-killed");
    let tenant = {
        let mut stack = start_own_stack(&folder.0, free_port());
        let dev = &stack.dev;
        let tenant = Tenant::create_on(&dev.url, &dev.platform_admin, "enterprise").await;
        for number in 0..CONNECTIONS {
            let slug = format!("crm{number}");
            let token = json!({ "token": "right" });
            tenant.connect_as("fixtures", &slug, token).await;
        }
        // Killed once some have been moved.
        let mut vault = rotate(&tenant).await;
        while vault["data_keys"][0]["connections"] == CONNECTIONS {
            vault = tenant.get("vault").await;
        }
        Command::new("kill")
            .args(["-KILL", &dev.workerd_pid.to_string()])
            .status()
            .unwrap();
        stack.wait();
        let left = Databases::copy(&stack.dev).configuration(&format!(
            "SELECT connection_id FROM connections \
             WHERE tenant_id = '{}' AND data_key_version = 1",
            tenant.tenant_id
        ));
        println!("{} of {CONNECTIONS} connections were left", left.len());
        assert!(!left.is_empty(), "it was over before it was killed");
        tenant
    };
    let stack = start_own_stack(&folder.0, free_port());
    let tenant = tenant.on(&stack.dev.url);
    let vault = everything_under(&tenant, 2).await;
    assert_eq!(vault["data_keys"][0]["connections"], CONNECTIONS, "{vault}");
    for number in [0, 17, 149] {
        let tool = format!("crm{number}__crm_find_contact");
        let body = tool_call(&tool, json!({ "name": "Wanjiku" }));
        let request = http().post(&stack.dev.mcp_url).bearer_auth(&tenant.admin);
        let answer: Value = request
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert!(
            answer["result"]["structuredContent"].is_object(),
            "{answer}"
        );
    }
}

/// A folder that goes with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.0));
    }
}
