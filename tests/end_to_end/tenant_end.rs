//! The end of a tenant: when its time has come, nothing of it is left, and nothing of
//! another is touched. On a stack of its own, where that time is short.

use serde_json::{Value, json};

use crate::support::{
    Databases, OwnStack, Platform, Tenant, assert_problem, dev, free_port, start_own_stack_with,
    until,
};

fn stack() -> (tempfolder::Folder, OwnStack) {
    let folder = tempfolder::Folder::new("lango-tenant-end");
    let options = ["--var", "LANGO_DEVELOPMENT_ERASE_AFTER_MS=1000"];
    let stack = start_own_stack_with(&folder.path, free_port(), &options, &[]);
    (folder, stack)
}

mod tempfolder {
    use std::path::PathBuf;

    /// A folder that goes with the test.
    pub(super) struct Folder {
        pub(super) path: PathBuf,
    }

    impl Folder {
        pub(super) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            Self { path }
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[tokio::test]
async fn nothing_of_an_erased_tenant_is_left() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (_folder, stack) = stack();
    let platform = Platform::of(&stack.dev);
    let of =
        |plan: &'static str| Tenant::create_on(&stack.dev.url, &stack.dev.platform_admin, plan);
    let (gone, stays) = (of("business").await, of("business").await);
    for tenant in [&gone, &stays] {
        let body = json!({ "name": "Zawadi Njoroge-Achieng", "role": "viewer" });
        let user = tenant.admin(http::Method::POST, "users").json(&body);
        assert_eq!(user.send().await.unwrap().status(), 201);
        assert!(!tenant.log(1).await.is_empty());
    }
    // What was sealed for it is unreadable afterwards, for whoever has a copy.
    gone.connect("fixtures", json!({ "token": "right" })).await;
    let before = Databases::copy(&stack.dev);
    let close = gone
        .admin(http::Method::POST, "close")
        .json(&json!({ "tenant_id": gone.tenant_id }));
    assert_eq!(close.send().await.unwrap().status(), 200);

    let path = format!("tenants/{}", gone.tenant_id);
    let row = until("it is erased, and that is logged", async || {
        let row = platform.get(&path).await;
        let is_erased = row["erased_at"].is_string();
        (is_erased && !platform.log_of(&gone.tenant_id).await.is_empty()).then_some(row)
    })
    .await;
    assert_eq!(
        (&row["name"], &row["slug"]),
        (&json!(""), &json!(gone.tenant_id))
    );
    let log = platform.log_of(&gone.tenant_id).await;
    assert_eq!(log[0]["action"], "tenant.erase");
    let keys = gone.admin(http::Method::GET, "keys").send().await.unwrap();
    assert_eq!(keys.status(), 401, "its tokens are of nobody");
    let export = gone
        .admin(http::Method::GET, "export")
        .send()
        .await
        .unwrap();
    assert_eq!(export.status(), 401);
    let reopen = platform.post(&format!("{path}/reopen"), json!({})).await;
    assert_problem(reopen, 409, "tenant_erased").await;

    let after = Databases::copy(&stack.dev);
    let is_gone = |key: &&String| !after.contain(key.split_once('.').unwrap().1);
    assert_eq!(before.erasure_keys().iter().filter(is_gone).count(), 1);
    assert!(!after.erasure_keys().is_empty(), "the others' are there");

    let users: Value = stays.get("users").await;
    assert_eq!(users["items"].as_array().unwrap().len(), 1);
    assert!(!stays.log(1).await.is_empty());
    // A slug that is free can be another's.
    let slug = gone.tenant_id.trim_start_matches("t_");
    let heir = json!({ "name": "Heir", "plan": "free", "slug": slug });
    platform.posted("tenants", heir, 201).await;
}
