//! `/admin/v1/residency/promise` and `/admin/v1/transfers`: what is promised, and what is
//! written down about who gets which data.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem};

#[tokio::test]
async fn a_promise_is_changed_from_the_version_that_was_read() {
    let tenant = Tenant::create("business").await;
    let path = "residency/promise";
    let read = tenant.admin(http::Method::GET, path).send().await.unwrap();
    assert_eq!(read.headers()["etag"], "\"0\"");
    let none: Value = read.json().await.unwrap();
    assert_eq!(none, json!({ "residency": "any", "enforcement": "prefer" }));
    let change = |version: &str, body: Value| {
        let request = tenant.admin(http::Method::PATCH, path);
        request.header("If-Match", version).json(&body).send()
    };
    let set = change("\"0\"", json!({ "residency": "country:TZ country:KE" }));
    let set = set.await.unwrap();
    assert_eq!(set.headers()["etag"], "\"1\"");
    let set: Value = set.json().await.unwrap();
    assert_eq!(set["residency"], "country:KE country:TZ");
    let late = change("\"0\"", json!({ "enforcement": "require" }))
        .await
        .unwrap();
    assert_problem(late, 412, "stale").await;
    let required = change("\"1\"", json!({ "enforcement": "require" }))
        .await
        .unwrap();
    assert_eq!(required.status(), 200);
    // To require any place would only look like a promise.
    let empty = change("\"2\"", json!({ "residency": "any" }))
        .await
        .unwrap();
    assert_problem(empty, 422, "enforcement").await;
    let moon = change("*", json!({ "residency": "moon" })).await.unwrap();
    assert!(moon.status().is_client_error());

    let entry = &tenant.log(3).await[0];
    let logged = tenant.log(2).await;
    let changes: Vec<_> = logged
        .iter()
        .filter(|entry| entry["action"] == "residency.promise")
        .filter(|entry| entry["outcome"]["status"] == "succeeded")
        .collect();
    assert_eq!(changes.len(), 2, "{entry}");
    assert_eq!(
        changes[0]["outcome"]["change"]["after"]["enforcement"],
        "require"
    );
    for query in ["?days=0", "?days=91", "?days=x", "?weeks=1"] {
        let request = tenant.admin(http::Method::GET, &format!("residency{query}"));
        assert_problem(request.send().await.unwrap(), 400, "query").await;
    }
}

#[tokio::test]
async fn the_register_says_what_goes_where_and_why() {
    let tenant = Tenant::create("business").await;
    let entry = json!({
        "system": "Mail", "vendor": "Vendor Ltd", "vendor_region": "West Europe",
        "vendor_country": "NL", "data_classes": ["personal", "business"],
        "legal_grounds": ["safeguards"], "note": "contract of May 2026",
    });
    let created = tenant.create_at("transfers", entry.clone()).await;
    let path = format!("transfers/{}", created["transfer_id"].as_str().unwrap());
    assert_eq!(tenant.get(&path).await, created);
    let changed = tenant.patch(&path, json!({ "note": "" })).await;
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(
        (&changed["note"], &changed["vendor"]),
        (&json!(""), &json!("Vendor Ltd"))
    );

    let with = |member: &str, value: Value| {
        let mut body = entry.clone();
        body[member] = value;
        tenant
            .admin(http::Method::POST, "transfers")
            .json(&body)
            .send()
    };
    for (member, value, code) in [
        ("legal_grounds", json!([]), "legal_grounds"),
        (
            "data_classes",
            json!(["sensitive_personal"]),
            "legal_grounds",
        ),
        ("data_classes", json!([]), "data_classes"),
        (
            "connection_id",
            json!("c_00000000000000000000"),
            "connection_id",
        ),
        ("system", json!(" "), "system"),
    ] {
        assert_problem(with(member, value).await.unwrap(), 422, code).await;
    }
    // Nothing leaves the country: no ground is needed.
    let mut at_home = entry.clone();
    at_home["vendor_country"] = json!("KE");
    at_home["legal_grounds"] = json!([]);
    tenant.create_at("transfers", at_home).await;
    assert_eq!(
        tenant.get("transfers").await["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        tenant.get("residency").await["other_transfers"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let gone = tenant
        .admin(http::Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 204);
    let read = tenant.admin(http::Method::GET, &path).send().await.unwrap();
    assert_eq!(read.status(), 404);
}
