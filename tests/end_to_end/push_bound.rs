//! A change is pushed to the gates and holds for the next call. When the push is cut,
//! the age of what a gate knows bounds the delay.

use std::time::Duration;

use serde_json::json;

use crate::support::{Tenant, dev, free_port, http as client, start_own_stack_with};

/// How old the gates' snapshots may become on the stack of this test, in seconds.
const BOUND: u64 = 5;

#[tokio::test]
async fn a_revocation_whose_push_is_cut_holds_when_the_snapshot_is_too_old() {
    if !dev().is_plain_workerd() {
        return println!("a stack of its own needs plain workerd");
    }
    let folder = std::env::temp_dir().join(format!("lango-push-{}", std::process::id()));
    let bound = format!("LANGO_SNAPSHOT_SECONDS={BOUND}");
    let options = ["--var", "LANGO_DEVELOPMENT_CUT_PUSHES=yes", "--var", &bound];
    let stack = start_own_stack_with(&folder, free_port(), &options, &[]);
    let (url, platform) = (&stack.dev.url, &stack.dev.platform_admin);
    let tenant = Tenant::create_on(url, platform, "business").await;
    let key = tenant.key("viewer").await;
    let status = async || {
        let request = client()
            .get(format!("{url}/v1/tools"))
            .bearer_auth(&key.token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 200, "the gate has read the store");
    let revoked = tenant.admin(http::Method::DELETE, &format!("keys/{}", key.key_id));
    assert_eq!(revoked.send().await.unwrap().status(), 204);
    let said = std::fs::read_to_string(folder.join("logs/workerd.log")).unwrap();
    assert!(said.contains("this stack cuts pushes"), "the push was cut");
    // Nobody has told the gate, and it goes on from what it knows, for a while.
    tokio::time::sleep(Duration::from_secs(BOUND + 1)).await;
    assert_eq!(status().await, 401, "no longer than its snapshot's age");
    let log = tenant.log(2).await;
    assert!(log.iter().any(|entry| entry["action"] == "key.revoke"));
    drop(stack);
    let _ = std::fs::remove_dir_all(folder);
}

/// On every other stack the next call is refused, whoever it is that changes.
#[tokio::test]
async fn whatever_is_changed_holds_for_the_next_call() {
    let tenant = Tenant::connected("business").await;
    let key = tenant.key("viewer").await;
    let path = format!("keys/{}", key.key_id);
    let call = async || {
        let url = format!("{}/v1/tools/crm_echo", dev().url);
        let request = client().post(url).bearer_auth(&key.token);
        let response = request.json(&json!({ "text": "a" })).send().await.unwrap();
        response.status().as_u16()
    };
    for _ in 0..5 {
        assert_eq!(call().await, 200);
        let none = tenant.patch(&path, json!({ "role": "cfo" })).await;
        assert_eq!((none.status().as_u16(), call().await), (200, 403));
        let back = tenant.patch(&path, json!({ "role": "viewer" })).await;
        assert_eq!((back.status().as_u16(), call().await), (200, 200));
    }
    let revoked = tenant
        .admin(http::Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!((revoked.status().as_u16(), call().await), (204, 401));
}
