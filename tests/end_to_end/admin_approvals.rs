//! `/admin/v1/approvals`: a call that is held is made once a person has approved it, and
//! by nobody else's word.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    Assistant, Choice, Person, Tenant, assert_problem, call_tool, decide, dev, held, http, until,
};

const TOOL: &str = "crm_refund_order";

/// Stands in the arguments: nothing but the approval itself may show it.
const ORDER: &str = "order-of-zawadi-7";

fn refund(amount: u32) -> Value {
    json!({ "order_id": ORDER, "amount": amount })
}

/// A tenant whose refunds are held, and the key of a program in it.
async fn holding() -> (Tenant, String) {
    let tenant = Tenant::connected("business").await;
    tenant.hold_money().await;
    let key = tenant.key("manager").await;
    (tenant, key.token)
}

/// The access token of somebody who has signed in.
async fn person(tenant: &Tenant, role: &str) -> String {
    tenant.account(role).await.sign_in().await.access
}

async fn read(token: &str, approval: &str) -> Value {
    let url = format!("{}/admin/v1/approvals/{approval}", dev().url);
    let response = http().get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[tokio::test]
async fn an_approved_call_is_made_once() {
    let (tenant, key) = holding().await;
    let approval = held(&key, TOOL, refund(5)).await;
    assert_eq!(held(&key, TOOL, refund(5)).await, approval, "the same call");
    assert_ne!(held(&key, TOOL, refund(6)).await, approval, "another one");

    let manager = person(&tenant, "manager").await;
    let approved = decide(&manager, &approval, "approve").await;
    assert_eq!(approved.status(), 200);
    let approved: Value = approved.json().await.unwrap();
    assert_eq!(
        (&approved["status"], &approved["note"]),
        (&json!("approved"), &json!("asked by telephone"))
    );
    // With another key, or other arguments, it is another call.
    let other = tenant.key("manager").await;
    assert_ne!(held(&other.token, TOOL, refund(5)).await, approval);
    assert_eq!(call_tool(&key, TOOL, &refund(5)).await.status(), 200);
    assert_ne!(held(&key, TOOL, refund(5)).await, approval, "it was used");

    until("the approval is used", async || {
        (!tenant.approvals("used").await.is_empty()).then_some(())
    })
    .await;
    let used = read(&manager, &approval).await;
    assert_eq!(
        (&used["status"], &used["arguments"]),
        (&json!("used"), &Value::Null)
    );
    assert!(used["used_call_id"].is_string(), "{used}");
}

#[tokio::test]
async fn calls_at_the_same_time_share_one_approval_and_one_is_made() {
    let (tenant, key) = holding().await;
    let (first, second) = tokio::join!(held(&key, TOOL, refund(5)), held(&key, TOOL, refund(5)));
    assert_eq!(first, second);
    let manager = person(&tenant, "manager").await;
    assert_eq!(decide(&manager, &first, "approve").await.status(), 200);
    let calls = (0..5).map(|_| async { call_tool(&key, TOOL, &refund(5)).await.status().as_u16() });
    let mut answers = futures_util::future::join_all(calls).await;
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409, 409, 409]);
}

#[tokio::test]
async fn arguments_are_shown_to_people_until_it_is_decided() {
    let (tenant, key) = holding().await;
    let approval = held(&key, TOOL, refund(5)).await;
    let manager = person(&tenant, "manager").await;
    let shown = read(&manager, &approval).await;
    assert_eq!(shown["arguments"], refund(5));
    assert_eq!(shown["reasons"][0]["kind"], "always");
    assert_eq!(
        (&shown["status"], &shown["tool"]),
        (&json!("pending"), &json!(TOOL))
    );
    let to_program = read(&tenant.admin, &approval).await;
    assert_eq!(to_program["arguments"], Value::Null, "it cannot decide");
    let listed = tenant.approvals("pending").await;
    assert_eq!(listed.len(), 1);
    assert!(!Value::from(listed).to_string().contains(ORDER));

    assert_eq!(decide(&manager, &approval, "refuse").await.status(), 200);
    let refused = read(&manager, &approval).await;
    assert_eq!(refused["arguments"], Value::Null);
    assert_eq!(tenant.approvals("refused").await.len(), 1);
    assert!(tenant.approvals("pending").await.is_empty());
    let says = |log: &[Value]| log.iter().any(|entry| entry["action"] == "approval.refuse");
    let log = tenant.log_until(says).await;
    let entry = log
        .iter()
        .find(|entry| entry["action"] == "approval.refuse");
    assert_eq!(entry.unwrap()["target"], approval);
    assert!(!Value::from(log).to_string().contains(ORDER));

    let request = tenant.admin(http::Method::GET, "approvals?status=open");
    assert_problem(request.send().await.unwrap(), 400, "query").await;
    let request = tenant.admin(http::Method::GET, "approvals?limit=1&status=refused");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn no_key_and_no_assistant_decides() {
    let (tenant, key) = holding().await;
    let approval = held(&key, TOOL, refund(5)).await;
    for (program, decision) in [
        (&key, "approve"),
        (&tenant.admin, "approve"),
        (&key, "refuse"),
    ] {
        let refused = decide(program, &approval, decision).await;
        assert_problem(refused, 403, "not_a_person").await;
    }
    // An assistant's token is none for administration, and is never given the right.
    let user = tenant.user("admin").await;
    let user = Person::sign_in(&tenant.tenant_id, &user).await;
    let assistant = Assistant::register().await;
    let scope = "tool.read tool.money connector.crm tool.approve";
    let tokens = assistant.connect(&user, scope, Choice::default()).await;
    let assistant = tokens["access_token"].as_str().unwrap();
    let refused = decide(assistant, &approval, "approve").await;
    assert_eq!(refused.status(), 401);
    // Nor does a person without the right.
    let agent = person(&tenant, "agent").await;
    let refused = decide(&agent, &approval, "approve").await;
    assert_problem(refused, 403, "not_permitted").await;
    let pending = read(&tenant.admin, &approval).await;
    assert_eq!(pending["status"], "pending");
}

#[tokio::test]
async fn a_decision_is_taken_once() {
    let (tenant, key) = holding().await;
    let approval = held(&key, TOOL, refund(5)).await;
    let manager = person(&tenant, "manager").await;
    assert_eq!(decide(&manager, &approval, "refuse").await.status(), 200);
    for decision in ["approve", "refuse"] {
        let again = decide(&manager, &approval, decision).await;
        let problem = assert_problem(again, 409, "not_pending").await;
        assert_eq!(problem["approval_status"], "refused");
    }
    // The assistant is told, and does not ask again and again.
    let refused = call_tool(&key, TOOL, &refund(5)).await;
    let problem = assert_problem(refused, 403, "approval_refused").await;
    assert_eq!(problem["approval_id"], approval);
    assert_eq!(tenant.approvals("pending").await.len(), 0);
}

#[tokio::test]
async fn a_sign_in_does_not_approve_itself_and_four_eyes_see_more_than_two() {
    let tenant = Tenant::connected("business").await;
    tenant.hold_money().await;
    let account = tenant.account("manager").await;
    let (asking, other) = (account.sign_in().await, account.sign_in().await);
    let approval = held(&asking.access, TOOL, refund(5)).await;
    let own = decide(&asking.access, &approval, "approve").await;
    assert_problem(own, 403, "same_credential").await;

    tenant
        .guard(json!({ "approval": { "four_eyes": true } }))
        .await;
    let same = decide(&other.access, &approval, "approve").await;
    assert_problem(same, 403, "four_eyes").await;
    let somebody = person(&tenant, "cfo").await;
    assert_eq!(decide(&somebody, &approval, "approve").await.status(), 200);
    assert_eq!(
        call_tool(&asking.access, TOOL, &refund(5)).await.status(),
        200
    );

    tenant
        .guard(json!({ "approval": { "four_eyes": false } }))
        .await;
    let approval = held(&asking.access, TOOL, refund(6)).await;
    assert_eq!(
        decide(&other.access, &approval, "approve").await.status(),
        200
    );
}

#[tokio::test]
async fn what_is_not_decided_in_time_has_expired() {
    let (tenant, key) = holding().await;
    tenant
        .guard(json!({ "approval": { "expires_minutes": 1 } }))
        .await;
    let (late, unused) = (
        held(&key, TOOL, refund(5)).await,
        held(&key, TOOL, refund(6)).await,
    );
    let manager = person(&tenant, "manager").await;
    assert_eq!(decide(&manager, &unused, "approve").await.status(), 200);
    tokio::time::sleep(Duration::from_secs(63)).await;
    let decided = decide(&manager, &late, "approve").await;
    assert_problem(decided, 409, "not_pending").await;
    let expired = read(&manager, &late).await;
    assert_eq!(
        (&expired["status"], &expired["arguments"]),
        (&json!("expired"), &Value::Null)
    );
    assert_ne!(held(&key, TOOL, refund(5)).await, late, "it is asked again");
    assert_ne!(
        held(&key, TOOL, refund(6)).await,
        unused,
        "its time was over"
    );
}

#[tokio::test]
async fn anothers_approval_is_not_there() {
    let (tenant, key) = holding().await;
    let approval = held(&key, TOOL, refund(5)).await;
    let other = Tenant::create("business").await;
    let stranger = person(&other, "manager").await;
    for decision in ["approve", "refuse"] {
        let refused = decide(&stranger, &approval, decision).await;
        assert_problem(refused, 404, "not_found").await;
    }
    assert!(other.approvals("pending").await.is_empty());
    assert_eq!(tenant.approvals("pending").await.len(), 1);
}
