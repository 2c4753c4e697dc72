//! `/admin/v1/keys`: issued once, listed without the token, revoked at once.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, assert_refused, call, dev, http, until};

#[tokio::test]
async fn a_token_is_shown_once() {
    let tenant = Tenant::create("starter").await;
    let key = tenant.key("cfo").await;
    let list = tenant
        .admin(http::Method::GET, "keys")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        list.contains(&key.key_id) && !list.contains(&key.token),
        "{list}"
    );
    assert!(!list.contains("sha256"), "{list}");
}

#[tokio::test]
async fn revoking_is_listed_and_can_be_repeated() {
    let tenant = Tenant::create("starter").await;
    let key = tenant.key("agent").await;
    for _ in 0..2 {
        let path = format!("keys/{}", key.key_id);
        let revoked = tenant
            .admin(http::Method::DELETE, &path)
            .send()
            .await
            .unwrap();
        assert_eq!(revoked.status(), 204);
    }
    let list: Value = tenant.get("keys").await;
    let listed = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["key_id"] == key.key_id)
        .unwrap();
    assert!(listed["revoked_at"].is_string(), "{listed}");
}

#[tokio::test]
async fn bad_wishes_are_named() {
    let tenant = Tenant::create("starter").await;
    let create = async |body: Value| {
        tenant
            .admin(http::Method::POST, "keys")
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let long = "x".repeat(101);
    for (body, status, code) in [
        (json!({ "name": "a", "role": "owner" }), 422, "role"),
        (json!({ "name": "a", "role": "Owner" }), 400, "body"),
        (json!({ "name": "a" }), 422, "role_or_permissions"),
        (
            json!({ "name": "a", "role": "viewer", "scope": "all" }),
            400,
            "body",
        ),
        (json!({ "name": " ", "role": "viewer" }), 422, "name"),
        (json!({ "name": long, "role": "viewer" }), 422, "name"),
        (
            json!({ "name": "a", "role": "viewer", "expires_in_days": 0 }),
            422,
            "expires_in_days",
        ),
        (
            json!({ "name": "a", "role": "viewer", "expires_in_days": 366 }),
            422,
            "expires_in_days",
        ),
    ] {
        assert_problem(create(body).await, status, code).await;
    }
    let broken = tenant
        .admin(http::Method::POST, "keys")
        .header("Content-Type", "application/json")
        .body("{")
        .send()
        .await
        .unwrap();
    assert_problem(broken, 400, "body").await;
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    let tenant = Tenant::create("starter").await;
    for key in ["k_0000000000000000000", "nonsense", "%27%20or%201=1"] {
        let path = format!("keys/{key}");
        let response = tenant
            .admin(http::Method::DELETE, &path)
            .send()
            .await
            .unwrap();
        assert_problem(response, 404, "not_found").await;
    }
}

#[tokio::test]
async fn a_program_without_the_right_makes_no_key() {
    for (role, code) in [
        ("manager", "not_a_person"),
        ("cfo", "not_a_person"),
        ("agent", "not_a_person"),
        ("viewer", "not_permitted"),
    ] {
        let response = http()
            .post(format!("{}/admin/v1/keys", dev().url))
            .bearer_auth(dev().key(role))
            .json(&json!({ "name": "mine", "role": role }))
            .send()
            .await
            .unwrap();
        assert_problem(response, 403, code).await;
    }
}

#[tokio::test]
async fn a_key_has_permissions_of_its_own_and_nothing_else() {
    let tenant = Tenant::connected("business").await;
    let wanted = json!({ "name": "reader", "permissions": ["tool.read", "connector.crm"] });
    let key = tenant.key_with(wanted).await;
    assert_eq!(
        call(&key.token, "crm_echo", json!({ "text": "a" })).await.0,
        200
    );
    let refused = call(
        &key.token,
        "crm_create_note",
        json!({ "contact_id": "a", "text": "b" }),
    )
    .await;
    assert_refused(&refused, 403, "not_permitted");
    // A change holds for the next call.
    let path = format!("keys/{}", key.key_id);
    let changed = tenant
        .patch(&path, json!({ "permissions": ["tool.read"] }))
        .await;
    assert_eq!(changed.status(), 200);
    let refused = call(&key.token, "crm_echo", json!({ "text": "a" })).await;
    assert_refused(&refused, 403, "not_permitted");
}

#[tokio::test]
async fn a_key_reaches_its_connections_alone() {
    let tenant = Tenant::connected("business").await;
    let connections = tenant.get("connections").await;
    let of = |kind: &str| {
        let items = connections["items"].as_array().unwrap();
        let found = items.iter().find(|it| it["connector"] == kind).unwrap();
        found["connection_id"].as_str().unwrap().to_owned()
    };
    let wanted = json!({ "name": "crm", "role": "viewer", "connections": [of("fixtures")] });
    let key = tenant.key_with(wanted).await;
    assert_eq!(
        call(&key.token, "crm_echo", json!({ "text": "a" })).await.0,
        200
    );
    let refused = call(&key.token, "postgres_query", json!({ "sql": "select 1" })).await;
    assert_refused(&refused, 200, "tool_unknown");
    let stranger =
        json!({ "name": "a", "role": "viewer", "connections": ["c_00000000000000000000"] });
    let response = tenant
        .admin(http::Method::POST, "keys")
        .json(&stranger)
        .send()
        .await
        .unwrap();
    assert_problem(response, 422, "connections").await;
}

#[tokio::test]
async fn a_key_is_used_from_its_address_ranges_alone() {
    let Some(edge) = &dev().edge_url else {
        return println!("only plain workerd has a port on which a test says where it comes from");
    };
    let tenant = Tenant::connected("business").await;
    let wanted =
        json!({ "name": "office", "role": "viewer", "address_ranges": ["203.0.113.0/24"] });
    let key = tenant.key_with(wanted).await;
    let from = async |address: &str| {
        let cf = json!({ "clientIp": address, "tlsVersion": "TLSv1.3" }).to_string();
        let request = http().get(format!("{edge}/v1/tools")).header("CF-Blob", cf);
        request.bearer_auth(&key.token).send().await.unwrap()
    };
    assert_eq!(from("203.0.113.77").await.status(), 200);
    assert_problem(from("198.51.100.1").await, 403, "address_not_allowed").await;
    let anywhere = json!({ "address_ranges": null });
    assert_eq!(
        tenant
            .patch(&format!("keys/{}", key.key_id), anywhere)
            .await
            .status(),
        200
    );
    assert_eq!(
        from("198.51.100.1").await.status(),
        200,
        "with the next call"
    );
    let odd = json!({ "name": "a", "role": "viewer", "address_ranges": ["everywhere"] });
    let response = tenant
        .admin(http::Method::POST, "keys")
        .json(&odd)
        .send()
        .await
        .unwrap();
    assert_problem(response, 422, "address_ranges").await;
}

#[tokio::test]
async fn a_key_says_when_it_was_used_last() {
    let tenant = Tenant::connected("business").await;
    let key = tenant.key("viewer").await;
    let path = format!("keys/{}", key.key_id);
    assert_eq!(tenant.get(&path).await["last_used_at"], Value::Null);
    call(&key.token, "crm_echo", json!({ "text": "a" })).await;
    until("the last use is shown", async || {
        let key = tenant.get(&path).await;
        key["last_used_at"].is_string().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_its_overlap() {
    let tenant = Tenant::connected("business").await;
    let old = tenant.key("viewer").await;
    let rotate = async |key: &str, body: Value| {
        let request = tenant.admin(http::Method::POST, &format!("keys/{key}/rotate"));
        request.json(&body).send().await.unwrap()
    };
    let response = rotate(&old.key_id, json!({ "overlap_hours": 1 })).await;
    assert_eq!(response.status(), 201);
    let new: Value = response.json().await.unwrap();
    let token = new["token"].as_str().unwrap();
    assert_eq!(
        (&new["role"], &new["name"]),
        (&json!("viewer"), &json!("viewer"))
    );
    for token in [token, &old.token] {
        assert_eq!(call(token, "crm_echo", json!({ "text": "a" })).await.0, 200);
    }
    let listed = tenant.get(&format!("keys/{}", old.key_id)).await;
    assert_eq!(listed["rotated_to"], new["key_id"]);
    assert_problem(rotate(&old.key_id, json!({})).await, 409, "not_in_force").await;
    // Without an overlap the old one ends with the next call.
    let next = rotate(
        new["key_id"].as_str().unwrap(),
        json!({ "overlap_hours": 0 }),
    )
    .await;
    assert_eq!(next.status(), 201);
    assert_eq!(call(token, "crm_echo", json!({ "text": "a" })).await.0, 401);
}

#[tokio::test]
async fn the_last_way_in_for_an_admin_stays() {
    let tenant = Tenant::create("starter").await;
    let keys = tenant.get("keys").await;
    let first = keys["items"][0]["key_id"].as_str().unwrap().to_owned();
    let revoke = async || {
        let request = tenant.admin(http::Method::DELETE, &format!("keys/{first}"));
        request.send().await.unwrap()
    };
    assert_problem(revoke().await, 409, "last_admin").await;
    tenant.user("admin").await;
    assert_eq!(revoke().await.status(), 204, "a person can come in");
}

#[tokio::test]
async fn a_creation_under_one_idempotency_key_happens_once_and_shows_its_token_once() {
    let tenant = Tenant::create("starter").await;
    let create = async |name: &str| {
        let request = tenant.admin(http::Method::POST, "keys");
        let request = request.header("Idempotency-Key", "\"once\"");
        let body = json!({ "name": name, "role": "viewer" });
        request.json(&body).send().await.unwrap()
    };
    let first: Value = create("till").await.json().await.unwrap();
    let second = create("till").await;
    assert_eq!(second.status(), 201);
    assert_eq!(second.headers()["idempotency-replayed"], "true");
    let second: Value = second.json().await.unwrap();
    assert_eq!(first["key_id"], second["key_id"]);
    assert!(first["token"].is_string() && second["token"].is_null());
    assert_problem(create("other").await, 422, "idempotency_key_reused").await;
    let listed = tenant.get("keys").await;
    assert_eq!(
        listed["items"].as_array().unwrap().len(),
        2,
        "the first admin's, and one"
    );
}

#[tokio::test]
async fn nobodys_change_is_lost() {
    let tenant = Tenant::create("starter").await;
    let key = tenant.key("viewer").await;
    let path = format!("keys/{}", key.key_id);
    let read = tenant.admin(http::Method::GET, &path).send().await.unwrap();
    let etag = read.headers()["etag"].to_str().unwrap().to_owned();
    let change = async |if_match: Option<&str>| {
        let request = tenant
            .admin(http::Method::PATCH, &path)
            .json(&json!({ "name": "b" }));
        let request = match if_match {
            Some(tag) => request.header("If-Match", tag),
            None => request,
        };
        request.send().await.unwrap()
    };
    assert_problem(change(None).await, 428, "if_match_missing").await;
    assert_problem(change(Some("yesterday")).await, 400, "if_match").await;
    assert_eq!(change(Some(&etag)).await.status(), 200);
    assert_problem(change(Some(&etag)).await, 412, "stale").await;
    assert_eq!(change(Some("*")).await.status(), 200);
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let tenant = Tenant::create("starter").await;
    for _ in 0..4 {
        tenant.key("viewer").await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = tenant.get(&format!("keys?limit=2{cursor}")).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["key_id"].clone()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    for query in [
        "limit=0",
        "limit=201",
        "cursor=!",
        "page=2",
        "limit=1&limit=1",
    ] {
        let response = tenant.admin(http::Method::GET, &format!("keys?{query}"));
        assert_problem(response.send().await.unwrap(), 400, "query").await;
    }
}
