//! `GET /admin/v1/audit`: who, what, when, and how it ended.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, call, dev, http};

#[tokio::test]
async fn an_entry_names_who_what_when_and_how_it_ended() {
    let tenant = Tenant::connected("business").await;
    let viewer = tenant.key("viewer").await;
    call(
        &viewer.token,
        "postgres_query",
        json!({ "sql": "select 1" }),
    )
    .await;
    call(
        &viewer.token,
        "crm_create_note",
        json!({ "contact_id": "c1", "text": "x" }),
    )
    .await;
    let log = tenant.log(5).await;
    let of = |tool: &str| log.iter().find(|entry| entry["tool"] == tool).unwrap();

    let query = of("postgres_query");
    assert_eq!(query["key_id"], viewer.key_id);
    assert!(query["principal"].as_str().unwrap().starts_with("p_"));
    assert_eq!(query["connector"], "postgres");
    assert_eq!(query["outcome"]["status"], "succeeded");
    assert!(query["time"].as_str().unwrap().ends_with('Z'));
    assert_eq!(query["arguments_sha256"].as_str().unwrap().len(), 64);
    assert!(
        !query.to_string().contains("select 1"),
        "arguments are a digest: {query}"
    );

    let note = of("crm_create_note");
    assert_eq!(note["outcome"]["status"], "denied");
    assert_eq!(
        note["outcome"]["denied"],
        json!({ "layer": "access", "code": "not_permitted" })
    );

    let actions: Vec<_> = log
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    assert_eq!(
        actions,
        ["key.create", "connection.create", "connection.create"]
    );
}

#[tokio::test]
async fn pages_are_newest_first_and_leave_nothing_out() {
    let tenant = Tenant::connected("business").await;
    for text in ["a", "b", "c", "d", "e"] {
        call(&tenant.admin, "crm_echo", json!({ "text": text })).await;
    }
    let whole = tenant.log(7).await;
    let (mut pages, mut before) = (Vec::new(), String::new());
    loop {
        let path = format!("audit?limit=2{before}");
        let page: Value = tenant.get(&path).await;
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= 2);
        pages.extend(items);
        match page["next"].as_str() {
            Some(next) => before = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(pages, whole);
    let positions: Vec<_> = pages
        .iter()
        .map(|it| it["position"].as_u64().unwrap())
        .collect();
    assert!(
        positions.windows(2).all(|pair| pair[0] > pair[1]),
        "{positions:?}"
    );
}

#[tokio::test]
async fn only_roles_with_audit_view_read_it() {
    let status = async |role: &str| {
        http()
            .get(format!("{}/admin/v1/audit", dev().url))
            .bearer_auth(dev().key(role))
            .send()
            .await
            .unwrap()
    };
    for role in ["admin", "manager", "cfo"] {
        assert_eq!(status(role).await.status(), 200, "{role}");
    }
    for role in ["agent", "viewer"] {
        assert_problem(status(role).await, 403, "not_permitted").await;
    }
}

#[tokio::test]
async fn a_strange_page_is_named() {
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=5",
        "cursor=e0",
        "limit=1&limit=2",
    ] {
        let response = http()
            .get(format!("{}/admin/v1/audit?{query}", dev().url))
            .bearer_auth(dev().key("admin"))
            .send()
            .await
            .unwrap();
        assert_problem(response, 400, "query").await;
    }
}
