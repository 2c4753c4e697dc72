//! `GET /admin/v1/quotas`, and what becomes of whatever would be too much.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, dev, http as client};

async fn create(tenant: &Tenant, path: &str, body: &Value) -> reqwest::Response {
    loop {
        let request = tenant.admin(http::Method::POST, path).json(body);
        let response = request.send().await.unwrap();
        if response.status() != 429 {
            return response;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

async fn agree(tenant: &Tenant, quotas: Value) -> reqwest::Response {
    let url = format!(
        "{}/platform/v1/tenants/{}/quotas",
        dev().url,
        tenant.tenant_id
    );
    let request = client().patch(url).bearer_auth(&dev().platform_admin);
    request
        .header("If-Match", "*")
        .json(&quotas)
        .send()
        .await
        .unwrap()
}

fn of(quotas: &Value, name: &str) -> Value {
    let mut quotas = quotas["quotas"].as_array().unwrap().iter();
    quotas.find(|one| one["quota"] == name).unwrap().clone()
}

#[tokio::test]
async fn at_once_or_one_by_one_nobody_gets_past_a_quota() {
    let tenant = Tenant::create("business").await;
    let agreed = agree(&tenant, json!({ "keys": 5, "users": 2 })).await;
    assert_eq!(agreed.status(), 200);
    let agreed: Value = agreed.json().await.unwrap();
    assert_eq!(of(&agreed, "keys")["limit"], 5);

    let key = json!({ "name": "one", "role": "viewer" });
    let answers = join_all((0..12).map(|_| create(&tenant, "keys", &key))).await;
    let created = answers.iter().filter(|it| it.status() == 201).count();
    assert_eq!(created, 4, "the first admin's key is the fifth");
    let refused = answers.into_iter().find(|it| it.status() != 201).unwrap();
    let problem = assert_problem(refused, 409, "quota_reached").await;
    assert_eq!(problem["quota"], "keys");
    assert_eq!(
        (&problem["limit"], &problem["used"]),
        (&json!(5), &json!(5))
    );

    for (number, status) in [(1, 201), (2, 201), (3, 409)] {
        let user = json!({ "name": format!("Amina {number}"), "role": "viewer" });
        assert_eq!(create(&tenant, "users", &user).await.status(), status);
    }
    // One that is revoked makes room.
    let keys = tenant.get("keys").await;
    let is_viewers = |one: &&Value| one["role"] == "viewer";
    let mut viewers = keys["items"].as_array().unwrap().iter().filter(is_viewers);
    let path = format!(
        "keys/{}",
        viewers.next().unwrap()["key_id"].as_str().unwrap()
    );
    let revoked = tenant
        .admin(http::Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(revoked.status(), 204);
    assert_eq!(create(&tenant, "keys", &key).await.status(), 201);

    let shown = tenant.get("quotas").await;
    let users = json!({ "quota": "users", "limit": 2, "used": 2, "agreed": true });
    assert_eq!(of(&shown, "users"), users);
    assert_eq!(of(&shown, "connections")["agreed"], false);
}

#[tokio::test]
async fn what_is_stored_and_connected_is_bounded_too() {
    let tenant = Tenant::create("free").await;
    let fixtures = |number: u32| json!({ "connector": "fixtures", "name": format!("n{number}"), "credentials": { "token": "right" } });
    agree(&tenant, json!({ "connections": 1 })).await;
    assert_eq!(
        create(&tenant, "connections", &fixtures(1)).await.status(),
        201
    );
    let refused = create(&tenant, "connections", &fixtures(2)).await;
    let problem = assert_problem(refused, 409, "quota_reached").await;
    assert_eq!(problem["quota"], "connections");
    let used = of(&tenant.get("quotas").await, "stored_bytes")["used"]
        .as_i64()
        .unwrap();
    assert!(used > 0);
    agree(
        &tenant,
        json!({ "connections": null, "stored_bytes": used }),
    )
    .await;
    let refused = create(&tenant, "connections", &fixtures(2)).await;
    let problem = assert_problem(refused, 409, "quota_reached").await;
    assert_eq!(problem["quota"], "stored_bytes");
    agree(&tenant, json!({ "stored_bytes": null })).await;
    assert_eq!(
        create(&tenant, "connections", &fixtures(2)).await.status(),
        201
    );
    let odd = agree(&tenant, json!({ "keys": -1 })).await;
    assert_problem(odd, 422, "quotas").await;
}
