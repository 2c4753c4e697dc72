//! The keys that sign tokens: rotated while calls come, withdrawn when they leak.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{
    Dev, Tenant, assert_problem, dev, free_port, http, rpc, start_own_stack, tool_call,
};

/// So many call at once.
const CALLERS: usize = 6;
/// So many calls are answered between two rotations.
const ANSWERED_BETWEEN: usize = 30;

/// Whoever runs the platform.
struct Platform<'a>(&'a Dev);

impl Platform<'_> {
    fn request(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        http()
            .request(
                method,
                format!("{}/platform/v1/signing-keys{path}", self.0.url),
            )
            .bearer_auth(&self.0.platform_admin)
    }

    async fn rotate(&self, body: Value) -> Value {
        let request = self.request(http::Method::POST, "").json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let key: Value = answer.json().await.unwrap();
        assert_eq!(status, 201, "{key}");
        key
    }

    async fn rotate_at_once(&self) -> String {
        let key = self.rotate(json!({ "at_once": true })).await;
        assert_eq!(key["state"], "signing");
        key["kid"].as_str().unwrap().to_owned()
    }

    async fn withdraw(&self, kid: &str) -> reqwest::Response {
        let path = format!("/{kid}");
        self.request(http::Method::DELETE, &path)
            .send()
            .await
            .unwrap()
    }

    async fn keys(&self) -> Vec<Value> {
        let answer = self.request(http::Method::GET, "").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut listed: Value = answer.json().await.unwrap();
        serde_json::from_value(listed["items"].take()).unwrap()
    }

    async fn published(&self) -> Vec<String> {
        let url = format!("{}/.well-known/jwks.json", self.0.url);
        let set: Value = http().get(url).send().await.unwrap().json().await.unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn kid_of(token: &str) -> String {
    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().unwrap())
        .unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

async fn status(dev: &Dev, token: &str) -> u16 {
    let request = http().post(&dev.mcp_url).bearer_auth(token);
    let answer = request.json(&rpc("tools/list", json!({}))).send().await;
    answer.unwrap().status().as_u16()
}

/// Keys that were issued before, between and after the rotations are used all
/// along, by several callers at once.
#[tokio::test(flavor = "multi_thread")]
async fn rotations_during_load_fail_no_call() {
    let platform = Platform(dev());
    let tenant = Tenant::connected("enterprise").await;
    let before = tenant.key("manager").await.token;
    let load = Load::start(vec![before.clone()]);
    load.more().await;
    for _ in 0..3 {
        let kid = platform.rotate_at_once().await;
        let issued = tenant.key("manager").await.token;
        assert_eq!(kid_of(&issued), kid);
        load.use_also(issued);
        load.more().await;
    }
    let answers = load.stop().await;
    let failed: Vec<_> = answers.iter().filter(|answer| !is_right(answer)).collect();
    assert!(
        failed.is_empty(),
        "{} of {}: {failed:?}",
        failed.len(),
        answers.len()
    );
    assert!(platform.published().await.contains(&kid_of(&before)));
}

/// Everybody can know a key before its first token comes.
#[tokio::test]
async fn a_new_key_is_published_before_it_signs() {
    let platform = Platform(dev());
    let new = platform.rotate(json!({})).await;
    assert_eq!(new["state"], "waiting");
    assert_eq!(new["verifies_until"], Value::Null);
    let kid = new["kid"].as_str().unwrap().to_owned();
    assert!(platform.published().await.contains(&kid));
    let issued = Tenant::create("free").await.admin;
    assert_ne!(kid_of(&issued), kid);
}

#[tokio::test]
async fn only_whoever_runs_the_platform_sees_and_changes_signing_keys() {
    let url = format!("{}/platform/v1/signing-keys", dev().url);
    for method in [http::Method::GET, http::Method::POST] {
        let request = http().request(method, &url).bearer_auth(dev().key("admin"));
        let answer = request.json(&json!({})).send().await.unwrap();
        assert_problem(answer, 401, "invalid_token").await;
    }
    let listed = Platform(dev()).keys().await;
    assert!(listed.iter().any(|key| key["state"] == "signing"));
    for key in &listed {
        let members: Vec<_> = key.as_object().unwrap().keys().collect();
        assert!(!members.iter().any(|name| *name == "sealed" || *name == "d"));
    }
}

/// A leaked key is replaced and withdrawn; what is stored outlives a restart, and
/// is worth nothing without the gateway's own secret.
#[tokio::test]
async fn stored_keys_outlive_a_restart_and_are_sealed_under_the_gateways_secret() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = std::env::temp_dir().join(format!("lango-signing-{}", std::process::id()));
    let (leaked, kept, of_secret) = withdraw_a_leaked_key(&data).await;

    let stack = start_own_stack(&data, free_port());
    let platform = Platform(&stack.dev);
    assert_eq!(status(&stack.dev, &kept).await, 200);
    assert_eq!(status(&stack.dev, &leaked).await, 401);
    assert_eq!(platform.published().await[0], kid_of(&kept));
    drop(stack);

    replace_gateway_key(&data);
    let stack = start_own_stack(&data, free_port());
    let platform = Platform(&stack.dev);
    assert_eq!(platform.published().await, [kid_of(&of_secret)]);
    assert_eq!(status(&stack.dev, &kept).await, 401);
    assert_eq!(status(&stack.dev, &leaked).await, 401);
    assert_eq!(status(&stack.dev, &of_secret).await, 200);
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
}

/// Tokens of a withdrawn key, of the newest one, and of the deployment's secret.
async fn withdraw_a_leaked_key(data: &Path) -> (String, String, String) {
    let stack = start_own_stack(data, free_port());
    let platform = Platform(&stack.dev);
    let tenant = Tenant::create_on(&stack.dev.url, &stack.dev.platform_admin, "starter").await;
    let of_secret = tenant.key("viewer").await.token;
    let leaking = platform.rotate_at_once().await;
    let leaked = tenant.key("viewer").await.token;
    assert_eq!(status(&stack.dev, &leaked).await, 200);

    assert_problem(platform.withdraw(&leaking).await, 409, "newest_key").await;
    assert_problem(platform.withdraw("nobody").await, 404, "not_found").await;
    let next = platform.rotate_at_once().await;
    assert_eq!(platform.withdraw(&leaking).await.status(), 204);
    assert_eq!(status(&stack.dev, &leaked).await, 401);
    assert_problem(platform.withdraw(&leaking).await, 404, "not_found").await;

    let kept = tenant.key("viewer").await.token;
    assert_eq!(kid_of(&kept), next);
    for token in [&kept, &of_secret] {
        assert_eq!(status(&stack.dev, token).await, 200);
    }
    let published = platform.published().await;
    assert_eq!(published, [next, kid_of(&of_secret)]);
    (leaked, kept, of_secret)
}

fn replace_gateway_key(data: &Path) {
    let file: PathBuf = data.join("secrets/gateway-key.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let old: Value = serde_json::from_str(&text).unwrap();
    let other = URL_SAFE_NO_PAD.encode([42; 32]);
    let changed = match old {
        Value::String(_) => json!(other),
        other => panic!("unexpected {other}"),
    };
    std::fs::write(&file, changed.to_string()).unwrap();
}

/// Callers without a pause, and what they were answered.
struct Load {
    keys: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Vec<(u16, Value)>>>,
    stop: Arc<AtomicBool>,
    callers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(keys: Vec<String>) -> Self {
        let mut load = Self {
            keys: Arc::new(Mutex::new(keys)),
            answers: Arc::default(),
            stop: Arc::default(),
            callers: Vec::new(),
        };
        load.callers = (0..CALLERS).map(|caller| load.caller(caller)).collect();
        load
    }

    fn caller(&self, caller: usize) -> tokio::task::JoinHandle<()> {
        let (keys, answers) = (Arc::clone(&self.keys), Arc::clone(&self.answers));
        let stop = Arc::clone(&self.stop);
        tokio::spawn(async move {
            let client = http();
            let mut number = caller;
            while !stop.load(Ordering::Relaxed) {
                let key = {
                    let keys = keys.lock().unwrap();
                    keys[number % keys.len()].clone()
                };
                number += 1;
                let call = tool_call("crm_echo", json!({ "text": number.to_string() }));
                let request = client.post(&dev().mcp_url).bearer_auth(key).json(&call);
                let answer = request.send().await.unwrap();
                let status = answer.status().as_u16();
                let body = answer.json().await.unwrap();
                answers.lock().unwrap().push((status, body));
            }
        })
    }

    fn use_also(&self, key: String) {
        self.keys.lock().unwrap().push(key);
    }

    /// Waits for some more answers.
    async fn more(&self) {
        let enough = self.answers.lock().unwrap().len() + ANSWERED_BETWEEN;
        while self.answers.lock().unwrap().len() < enough {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    async fn stop(self) -> Vec<(u16, Value)> {
        self.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.unwrap();
        }
        let mut answers = self.answers.lock().unwrap();
        std::mem::take(&mut answers)
    }
}

fn is_right((status, body): &(u16, Value)) -> bool {
    *status == 200 && body["result"]["isError"] != true && body["result"].is_object()
}
