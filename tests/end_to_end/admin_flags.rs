//! `/admin/v1/flags`: a feature that is switched off has no effect from the next call
//! on, for one tenant and no other.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, dev, http, post, rpc, tool_call};

async fn switch(tenant: &Tenant, flag: &str, enabled: bool) {
    let path = format!("flags/{flag}");
    let read = tenant.admin(http::Method::GET, &path).send().await.unwrap();
    let version = read.headers()["etag"].clone();
    let request = tenant.admin(http::Method::PUT, &path);
    let request = request
        .header("If-Match", version)
        .json(&json!({ "enabled": enabled }));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let state: Value = response.json().await.unwrap();
    assert_eq!(
        (&state["enabled"], &state["origin"]),
        (&json!(enabled), &json!("tenant"))
    );
}

async fn result(tenant: &Tenant, method: &str, params: Value) -> Value {
    let response = post(&tenant.admin, &rpc(method, params)).await;
    response.json().await.unwrap()
}

/// The code of a refusal, wherever the protocol puts it.
fn refusal(answer: &Value) -> Option<&str> {
    [
        &answer["error"]["data"]["code"],
        &answer["result"]["_meta"]["dev.lango/denial"]["code"],
        &answer["code"],
    ]
    .into_iter()
    .find_map(Value::as_str)
}

#[tokio::test]
async fn features_are_listed_with_their_origin() {
    let tenant = Tenant::create("business").await;
    switch(&tenant, "mcp_prompts", false).await;
    let list: Value = tenant.get("flags").await;
    let flags = list["items"].as_array().unwrap();
    let names: Vec<_> = flags
        .iter()
        .map(|one| one["flag"].as_str().unwrap())
        .collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    for flag in flags {
        let is_switched = flag["flag"] == "mcp_prompts";
        let origin = if is_switched { "tenant" } else { "default" };
        assert_eq!(flag["origin"], origin);
        assert_eq!(flag["enabled"], !is_switched);
        assert!(
            flag["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    let page: Value = tenant.get("flags?limit=2").await;
    let next = page["next"].as_str().unwrap();
    let rest: Value = tenant.get(&format!("flags?limit=200&cursor={next}")).await;
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!(
        (count(&page), count(&page) + count(&rest)),
        (2, names.len())
    );
}

#[tokio::test]
async fn tools_over_plain_http_stop_with_the_next_call_and_come_back() {
    let (tenant, other) = (
        Tenant::connected("business").await,
        Tenant::create("free").await,
    );
    let tools = |tenant: &Tenant| {
        let request = http().get(format!("{}/v1/tools", dev().url));
        request.bearer_auth(&tenant.admin).send()
    };
    let echo = || {
        let request = http().post(format!("{}/v1/tools/crm_echo", dev().url));
        request
            .bearer_auth(&tenant.admin)
            .json(&json!({ "text": "a" }))
            .send()
    };
    assert_eq!(tools(&tenant).await.unwrap().status(), 200);
    switch(&tenant, "rest_tools", false).await;
    let refused = assert_problem(tools(&tenant).await.unwrap(), 403, "feature_off").await;
    assert_eq!(refused["feature"], "rest_tools");
    assert_problem(echo().await.unwrap(), 403, "feature_off").await;
    assert_eq!(tools(&other).await.unwrap().status(), 200, "nobody else's");
    let over_mcp = post(
        &tenant.admin,
        &tool_call("crm_echo", json!({ "text": "a" })),
    )
    .await;
    let over_mcp: Value = over_mcp.json().await.unwrap();
    assert_ne!(
        over_mcp["result"]["isError"], true,
        "the same tools over MCP stay"
    );

    let reset = tenant
        .admin(http::Method::DELETE, "flags/rest_tools")
        .send()
        .await;
    assert_eq!(reset.unwrap().status(), 204);
    assert_eq!(echo().await.unwrap().status(), 200);
    let log = tenant.log(6).await;
    let switched = log
        .iter()
        .find(|entry| entry["action"] == "flag.switch")
        .unwrap();
    assert_eq!(switched["target"], "rest_tools");
    assert_eq!(switched["outcome"]["change"]["before"]["enabled"], true);
    assert_eq!(switched["outcome"]["change"]["after"]["enabled"], false);
}

#[tokio::test]
async fn prompts_and_resources_are_neither_listed_nor_given() {
    let tenant = Tenant::connected("business").await;
    let count = async |method: &str, member: &str| {
        let list = result(&tenant, method, json!({})).await;
        list["result"][member].as_array().unwrap().len()
    };
    let prompts = result(&tenant, "prompts/list", json!({})).await;
    let prompt = prompts["result"]["prompts"][0]["name"].clone();
    let resources = result(&tenant, "resources/list", json!({})).await;
    let resource = resources["result"]["resources"][0]["uri"].clone();
    assert!(prompt.is_string() && resource.is_string());
    switch(&tenant, "mcp_prompts", false).await;
    switch(&tenant, "mcp_resources", false).await;
    assert_eq!(count("prompts/list", "prompts").await, 0);
    assert_eq!(count("resources/list", "resources").await, 0);
    assert_eq!(
        count("resources/templates/list", "resourceTemplates").await,
        0
    );
    let got = result(&tenant, "prompts/get", json!({ "name": prompt })).await;
    assert_eq!(refusal(&got), Some("feature_off"), "{got}");
    let read = result(&tenant, "resources/read", json!({ "uri": resource })).await;
    assert_eq!(refusal(&read), Some("feature_off"), "{read}");
}

#[tokio::test]
async fn an_unknown_feature_is_not_found_and_a_viewer_switches_nothing() {
    let tenant = Tenant::create("business").await;
    let unknown = tenant
        .admin(http::Method::GET, "flags/teleport")
        .send()
        .await;
    assert_problem(unknown.unwrap(), 404, "not_found").await;
    let viewer = tenant.key("viewer").await;
    let request = http()
        .put(format!("{}/admin/v1/flags/rest_tools", dev().url))
        .bearer_auth(&viewer.token)
        .header("If-Match", "*")
        .json(&json!({ "enabled": false }));
    assert_problem(request.send().await.unwrap(), 403, "not_permitted").await;
    let blind = tenant.admin(http::Method::PUT, "flags/rest_tools");
    let blind = blind.json(&json!({ "enabled": false })).send().await;
    assert_problem(blind.unwrap(), 428, "if_match_missing").await;
}
