//! A call that was made under an approval, and is made again: it happens once, and whoever
//! asks is told what became of it.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{
    Tenant, assert_problem, assert_refused_to_assistant, call as call_of_2025, decide, dev,
    free_port, held, http, post, sign_in_invited, start_own_stack, tool_call,
};

const TOOL: &str = "crm_refund_order";
/// By then an intent that nobody has settled is settled as unknown.
const SETTLED_AFTER: Duration = Duration::from_secs(90);

fn refund(order: &str) -> Value {
    json!({ "order_id": order, "amount": 5 })
}

/// A call over plain HTTP that names an approval, or none.
async fn call_at(url: &str, key: &str, arguments: &Value, approval: Option<&str>) -> (u16, Value) {
    let mut request = http()
        .post(format!("{url}/v1/tools/{TOOL}"))
        .bearer_auth(key)
        .json(arguments);
    if let Some(approval) = approval {
        request = request.header("Lango-Approval", approval);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let replayed = response.headers().get("idempotency-replayed").is_some();
    let mut body: Value = response.json().await.unwrap();
    if replayed {
        body["replayed"] = json!(true);
    }
    (status, body)
}

async fn call(key: &str, arguments: &Value, approval: Option<&str>) -> (u16, Value) {
    call_at(&dev().url, key, arguments, approval).await
}

/// A tenant whose refunds are held, a program's key in it, and a person's token.
async fn holding() -> (Tenant, String, String) {
    let tenant = Tenant::connected("business").await;
    tenant.hold_money().await;
    let key = tenant.key("manager").await.token;
    let person = tenant.account("manager").await.sign_in().await.access;
    (tenant, key, person)
}

fn refunds(log: &[Value], status: &str) -> usize {
    let is_it = |it: &&Value| it["tool"] == TOOL && it["outcome"]["status"] == status;
    log.iter().filter(is_it).count()
}

#[tokio::test]
async fn whoever_names_the_approval_gets_the_same_answer_and_nobody_else_does() {
    let (tenant, key, person) = holding().await;
    let arguments = refund("o-1");
    let approval = held(&key, TOOL, arguments.clone()).await;
    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    let (status, first) = call(&key, &arguments, Some(&approval)).await;
    assert_eq!((status, &first["replayed"]), (200, &Value::Null), "{first}");
    let (status, again) = call(&key, &arguments, Some(&approval)).await;
    assert_eq!((status, &again["replayed"]), (200, &json!(true)), "{again}");
    assert_eq!(again["result"], first["result"], "the same refund");

    // Other arguments are another call, whatever approval they name.
    let (status, other) = call(&key, &refund("o-2"), Some(&approval)).await;
    assert_eq!((status, &other["code"]), (409, &json!("approval_required")));
    // Without the approval's name it is a second refund, which somebody has to approve.
    let (status, fresh) = call(&key, &arguments, None).await;
    assert_eq!((status, &fresh["code"]), (409, &json!("approval_required")));
    assert_eq!(fresh["made_under"], approval, "{fresh}");
    let second = fresh["approval"].as_str().unwrap();
    assert_ne!(second, approval);
    assert_eq!(decide(&person, second, "approve").await.status(), 200);
    let (status, made) = call(&key, &arguments, None).await;
    assert_eq!(status, 200, "{made}");
    assert_ne!(made["result"], first["result"], "another refund");
    let (_, again) = call(&key, &arguments, Some(&approval)).await;
    assert_eq!(
        again["result"], first["result"],
        "the first is still the first"
    );

    let log = tenant.log_until(|log| refunds(log, "denied") >= 5).await;
    assert_eq!(refunds(&log, "succeeded"), 2, "money moved twice");
    let (status, refused) = call(&key, &arguments, Some("not an approval")).await;
    assert_eq!((status, &refused["code"]), (400, &json!("approval_name")));
}

/// An answer of the 2025 revisions, for a client that names the approval.
async fn call_naming(key: &str, arguments: &Value, approval: &str) -> Value {
    let mut body = tool_call(TOOL, arguments.clone());
    body["params"]["_meta"] = json!({ "dev.lango/approval": approval });
    post(key, &body).await.json().await.unwrap()
}

#[tokio::test]
async fn a_client_of_the_handshake_names_it_beside_the_arguments() {
    let (_tenant, key, person) = holding().await;
    let arguments = refund("o-1");
    let approval = held(&key, TOOL, arguments.clone()).await;
    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    let (_, first) = call_of_2025(&key, TOOL, arguments.clone()).await;
    let first = &first["result"];
    assert!(
        first["structuredContent"]["refund_id"].is_string(),
        "{first}"
    );
    let again = call_naming(&key, &arguments, &approval).await;
    assert_eq!(
        again["result"]["structuredContent"],
        first["structuredContent"]
    );
    assert_eq!(again["result"]["_meta"]["dev.lango/replayed"], true);
    let odd = call_naming(&key, &arguments, "odd").await;
    assert_eq!(odd["error"]["code"], -32602, "{odd}");
}

/// The refund takes five seconds: of those who ask for it at once, one makes it, and the
/// others are told that it is being made, whether they name the approval or not.
#[tokio::test]
async fn while_the_call_is_made_nobody_makes_it_again() {
    let (tenant, key, person) = holding().await;
    let arguments = refund("slow-1");
    let approval = held(&key, TOOL, arguments.clone()).await;
    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    let named = Some(approval.as_str());
    let calls = [named, None, named, named].map(|named| call(&key, &arguments, named));
    let (answers, by_mcp) = tokio::join!(
        futures_util::future::join_all(calls),
        call_naming(&key, &arguments, &approval)
    );
    let mut made = Vec::new();
    for (status, body) in answers {
        match status {
            200 => made.push(body["result"].clone()),
            _ => assert_eq!(
                (status, &body["code"]),
                (409, &json!("in_progress")),
                "{body}"
            ),
        }
    }
    match &by_mcp["result"]["structuredContent"] {
        Value::Null => assert_refused_to_assistant(&(200, by_mcp), "in_progress"),
        result => made.push(result.clone()),
    }
    assert_eq!(made.len(), 1, "{made:?}");
    let (_, again) = call(&key, &arguments, named).await;
    assert_eq!(again["result"], made[0]);
    let log = tenant.log_until(|log| refunds(log, "denied") >= 6).await;
    assert_eq!(refunds(&log, "succeeded"), 1);
}

/// SIGKILL while money moves: nobody knows whether it did. It is not made again by itself,
/// not by whoever names the approval either; and whoever is to approve the same call anew
/// is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_never_tried_again_by_itself() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = std::env::temp_dir().join(format!("lango-unknown-{}", std::process::id()));
    let arguments = refund("slow-1");
    let mut stack = start_own_stack(&data, free_port());
    let url = stack.dev.url.clone();
    let mut tenant = Tenant::create_on(&url, &stack.dev.platform_admin, "business").await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    tenant.hold_money().await;
    let key = tenant.key("manager").await.token;
    let email = "approver@duka.test";
    let person = json!({ "name": "Approver", "role": "manager", "email": email });
    let user = tenant.create_at("users", person).await;
    let path = format!("users/{}", user["user_id"].as_str().unwrap());
    let person = sign_in_invited(&tenant, "employee", &path, email).await;
    let (_, refused) = call_at(&url, &key, &arguments, None).await;
    let approval = refused["approval"].as_str().unwrap().to_owned();
    let approve = format!("{url}/admin/v1/approvals/{approval}/approve");
    let approve = http().post(approve).bearer_auth(&person).json(&json!({}));
    assert_eq!(approve.send().await.unwrap().status(), 200);

    // Of two, one makes the call: the other's answer says that its intent is durable.
    let calls = [0, 1].map(|_| {
        let (url, key, arguments) = (url.clone(), key.clone(), arguments.clone());
        let approval = approval.clone();
        tokio::spawn(async move {
            let request = http()
                .post(format!("{url}/v1/tools/{TOOL}"))
                .bearer_auth(&key)
                .header("Lango-Approval", &approval)
                .json(&arguments);
            request.send().await.ok()?.json::<Value>().await.ok()
        })
    });
    let (first, _, mut others) = futures_util::future::select_all(calls).await;
    assert_eq!(first.unwrap().unwrap()["code"], "in_progress");
    let workerd = stack.dev.workerd_pid.to_string();
    let killed = Command::new("kill").args(["-KILL", &workerd]).status();
    assert!(killed.unwrap().success());
    let other = others.pop().unwrap().await.unwrap();
    assert_eq!(other, None, "nobody answered");
    stack.wait();
    drop(stack);

    let stack = start_own_stack(&data, free_port());
    let url = stack.dev.url.clone();
    tenant = tenant.on(&url);
    let code = async |url: &str, approval: Option<&str>| {
        let (status, body) = call_at(url, &key, &arguments, approval).await;
        assert_eq!(status, 409, "{body}");
        body["code"].as_str().unwrap().to_owned()
    };
    let started = Instant::now();
    loop {
        let said = code(&url, Some(&approval)).await;
        if said == "outcome_unknown" {
            break;
        }
        assert_eq!(said, "in_progress");
        assert!(started.elapsed() < SETTLED_AFTER, "it never ended");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let (_, fresh) = call_at(&url, &key, &arguments, None).await;
    assert_eq!(fresh["code"], "approval_required", "{fresh}");
    let second = fresh["approval"].as_str().unwrap();
    assert_ne!(second, approval);
    let kinds: Vec<_> = fresh["reasons"].as_array().unwrap().iter().collect();
    let is_told = kinds.iter().any(|it| it["kind"] == "unknown_outcome");
    assert!(is_told, "{fresh}");
    let shown = tenant.get(&format!("approvals/{second}")).await;
    assert!(
        shown["reasons"].to_string().contains("unknown_outcome"),
        "{shown}"
    );

    let log = tenant.log_until(|log| refunds(log, "unknown") == 1).await;
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
    assert_eq!(refunds(&log, "succeeded"), 0);
}

/// The rows of an approved call are the tenant's own key's: another key that names the
/// approval asks for a call of its own.
#[tokio::test]
async fn an_approval_is_its_keys() {
    let (tenant, key, person) = holding().await;
    let arguments = refund("o-1");
    let approval = held(&key, TOOL, arguments.clone()).await;
    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    assert_eq!(call(&key, &arguments, Some(&approval)).await.0, 200);
    let other = tenant.key("manager").await.token;
    let request = http()
        .post(format!("{}/v1/tools/{TOOL}", dev().url))
        .bearer_auth(&other)
        .header("Lango-Approval", &approval)
        .json(&arguments);
    let refused = request.send().await.unwrap();
    let problem = assert_problem(refused, 409, "approval_required").await;
    assert_eq!(problem["made_under"], Value::Null, "{problem}");
}
