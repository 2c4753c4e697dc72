//! `GET /admin/v1/audit`: who, what, when, and how it ended.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Tenant, assert_problem, auth, call, dev, http};

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
    let indexes: Vec<_> = pages
        .iter()
        .map(|it| it["index"].as_u64().unwrap())
        .collect();
    assert!(
        indexes.windows(2).all(|pair| pair[0] > pair[1]),
        "{indexes:?}"
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

/// What a search finds, newest first.
async fn found(tenant: &Tenant, query: &str) -> Vec<Value> {
    let page = tenant.get(&format!("audit?{query}")).await;
    let items = page["items"].as_array();
    items.unwrap_or_else(|| panic!("{query}: {page}")).clone()
}

#[tokio::test]
async fn each_filter_finds_what_it_says() {
    let tenant = Tenant::connected("business").await;
    let viewer = tenant.key("viewer").await;
    call(
        &viewer.token,
        "postgres_query",
        json!({ "sql": "select 1" }),
    )
    .await;
    let note = json!({ "contact_id": "c1", "text": "x" });
    call(&viewer.token, "crm_create_note", note).await;
    call(&tenant.admin, "crm_echo", json!({ "text": "habari" })).await;
    let log = tenant.log(6).await;
    let count = |is: &dyn Fn(&Value) -> bool| log.iter().filter(|entry| is(entry)).count();
    let principal = log.iter().find(|it| it["tool"] == "crm_echo").unwrap()["principal"].clone();
    let principal = principal.as_str().unwrap();
    let now = log[0]["time"].as_str().unwrap().replace('+', "%2B");

    let searches: [(String, usize); 9] = [
        ("tool=postgres_query".into(), 1),
        ("tool=key.create".into(), 1),
        ("status=denied".into(), 1),
        (
            "connector=postgres".into(),
            count(&|it| it["connector"] == "postgres"),
        ),
        (format!("key_id={}", viewer.key_id), 2),
        (
            format!("principal={principal}"),
            count(&|it| it["principal"] == principal),
        ),
        ("text=Not_Permitted".into(), 1),
        ("status=denied&tool=postgres_query".into(), 0),
        ("from=2020-01-01&to=2020-01-02".into(), 0),
    ];
    for (query, expected) in searches {
        let entries = found(&tenant, &query).await;
        assert_eq!(entries.len(), expected, "{query}: {entries:?}");
        let all_there = entries.iter().all(|entry| log.contains(entry));
        assert!(all_there, "{query}");
    }
    let since = found(&tenant, &format!("from={now}")).await;
    assert!(since.iter().any(|entry| entry["index"] == log[0]["index"]));
}

#[tokio::test]
async fn pages_of_a_search_stay_right_while_entries_arrive() {
    let tenant = Tenant::connected("business").await;
    let echo = async |text: &str| {
        call(&tenant.admin, "crm_echo", json!({ "text": text })).await;
    };
    for text in ["a", "b", "c", "d", "e"] {
        echo(text).await;
    }
    tenant.log(7).await;
    let before: Vec<_> = found(&tenant, "tool=crm_echo").await;
    assert_eq!(before.len(), 5);
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = tenant
            .get(&format!("audit?tool=crm_echo&limit=2{cursor}"))
            .await;
        pages.extend(page["items"].as_array().unwrap().iter().cloned());
        echo("meanwhile").await;
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(pages, before, "nothing twice, nothing left out");
}

#[tokio::test]
async fn plans_open_the_search() {
    for (plan, opens) in [("free", false), ("starter", false), ("business", true)] {
        let tenant = Tenant::create(plan).await;
        let ask = async |path: &str| tenant.admin(http::Method::GET, path).send().await.unwrap();
        assert_eq!(ask("audit?limit=5").await.status(), 200, "{plan}");
        let searched = ask("audit?status=denied").await;
        if opens {
            assert_eq!(searched.status(), 200);
        } else {
            let problem = assert_problem(searched, 403, "plan_required").await;
            assert_eq!(problem["plan"], "business");
        }
    }
}

#[tokio::test]
async fn a_strange_search_is_named() {
    let tenant = Tenant::create("business").await;
    for query in ["status=odd", "from=yesterday", "text=%20", "odd=1", "tool="] {
        let request = tenant.admin(http::Method::GET, &format!("audit?{query}"));
        assert_problem(request.send().await.unwrap(), 400, "query").await;
    }
}

#[tokio::test]
async fn a_look_that_is_not_permitted_is_recorded() {
    let tenant = Tenant::create("business").await;
    let viewer = tenant.key("viewer").await;
    let look = http().get(format!("{}/admin/v1/users", dev().url));
    let refused = look.bearer_auth(&viewer.token).send().await.unwrap();
    assert_problem(refused, 403, "not_permitted").await;
    let log = tenant
        .log_until(|log| log.iter().any(|it| it["action"] == "administration.view"))
        .await;
    let entry = log
        .iter()
        .find(|it| it["action"] == "administration.view")
        .unwrap();
    assert_eq!(entry["target"], "/admin/v1/users");
    assert_eq!(entry["key_id"], viewer.key_id);
    let denied = json!({ "layer": "access", "code": "not_permitted" });
    assert_eq!(entry["outcome"]["denied"], denied);
    // What is permitted and only shows something is not recorded.
    tenant.get("users").await;
    let views = |log: &[Value]| {
        log.iter()
            .filter(|it| it["action"] == "administration.view")
            .count()
    };
    assert_eq!(views(&tenant.log(2).await), 1);
}

#[tokio::test]
async fn sign_ins_are_recorded_whatever_becomes_of_them() {
    let tenant = Tenant::create("business").await;
    let account = tenant.account("viewer").await;
    account.sign_in().await;
    auth("sign-in", &account.login("another password than theirs")).await;
    let path = format!("users/{}", account.user_id);
    let suspended = tenant.patch(&path, json!({ "suspended": true })).await;
    assert_eq!(suspended.status(), 200);
    assert_problem(
        auth("sign-in", &account.login(PASSWORD)).await,
        403,
        "suspended",
    )
    .await;
    let ended = |log: &[Value]| -> Vec<Option<String>> {
        let of_them = log.iter().filter(|it| it["action"] == "sign_in.password");
        of_them
            .map(|it| it["outcome"]["denied"]["code"].as_str().map(str::to_owned))
            .collect()
    };
    let log = tenant.log_until(|log| ended(log).len() >= 3).await;
    let expected = [
        Some("suspended".to_owned()),
        Some("wrong_password".to_owned()),
        None,
    ];
    assert_eq!(ended(&log), expected, "newest first");
}
