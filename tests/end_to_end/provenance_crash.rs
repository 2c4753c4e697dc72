//! Where a value came from, and what was the user's own, outlives a crash.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Tenant, dev, free_port, http, start_own_stack};

/// An ordinary mail that asks to pay the first till; the second is the user's own.
const MAIL: &str = "mail-book";
const OF_MAIL: &str = "993411";
const OF_USER: &str = "891244";

async fn call(url: &str, key: &str, tool: &str, arguments: &Value) -> u16 {
    let request = http()
        .post(format!("{url}/v1/tools/{tool}"))
        .bearer_auth(key)
        .json(arguments);
    request.send().await.unwrap().status().as_u16()
}

async fn pay(url: &str, key: &str, till: &str) -> u16 {
    call(
        url,
        key,
        "pay_till",
        &json!({ "till": till, "amount": 100 }),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_outlives_a_kill() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = std::env::temp_dir().join(format!("lango-origins-{}", std::process::id()));
    let key = {
        let mut stack = start_own_stack(&data, free_port());
        let dev = &stack.dev;
        let tenant = Tenant::create_on(&dev.url, &dev.platform_admin, "enterprise").await;
        for system in ["fixtures_mail", "fixtures_bank"] {
            tenant.connect(system, json!({ "token": "right" })).await;
        }
        let key = tenant.key("manager").await.token;
        assert_eq!(pay(&dev.url, &key, OF_USER).await, 200);
        let read = call(&dev.url, &key, "mail_read", &json!({ "id": MAIL })).await;
        assert_eq!(read, 200);
        let workerd = dev.workerd_pid.to_string();
        Command::new("kill")
            .args(["-KILL", &workerd])
            .status()
            .unwrap();
        stack.wait();
        key
    };

    let stack = start_own_stack(&data, free_port());
    let url = &stack.dev.url;
    let (of_mail, of_user) = (pay(url, &key, OF_MAIL).await, pay(url, &key, OF_USER).await);
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
    assert_eq!((of_mail, of_user), (409, 200));
}
