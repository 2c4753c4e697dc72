//! Where a value came from decides whether it may steer a payment. The scenarios of
//! `tests/end_to_end/scenarios` are many more of these. Only plain workerd has the
//! systems that they are about.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, call_tool, decide, dev, held};

/// An ordinary mail that asks to pay this till: nothing in its words is suspicious.
const MAIL: &str = "mail-book";
const TILL: &str = "993411";
const SUBJECT: &str = "Invoice CW-55210";

fn payment() -> Value {
    json!({ "till": TILL, "amount": 10400, "reference": "May" })
}

/// A business with mail and a bank, and the key of a program in it.
async fn business() -> (Tenant, String) {
    let tenant = Tenant::create("enterprise").await;
    for system in ["fixtures_mail", "fixtures_bank"] {
        tenant.connect(system, json!({ "token": "right" })).await;
    }
    let key = tenant.key("manager").await.token;
    (tenant, key)
}

async fn status(key: &str, tool: &str, arguments: Value) -> u16 {
    call_tool(key, tool, &arguments).await.status().as_u16()
}

async fn read_mail(key: &str) {
    assert_eq!(status(key, "mail_read", json!({ "id": MAIL })).await, 200);
}

#[tokio::test]
async fn a_till_out_of_a_mail_is_not_paid_unasked() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (tenant, key) = business().await;
    read_mail(&key).await;
    let refused = call_tool(&key, "pay_till", &payment()).await;
    let problem = assert_problem(refused, 409, "approval_required").await;
    assert_eq!(problem["reasons"][0]["place"], "/till");
    let words = problem.to_string();
    assert!(words.contains("mail_read"), "it says where from: {words}");
    // What the mail is called was written by others: whoever decides reads it, and
    // nobody else.
    assert!(!words.contains(SUBJECT), "{words}");
    let approval = problem["approval"].as_str().unwrap();
    let person = tenant.account("manager").await.sign_in().await.access;
    let url = format!("{}/admin/v1/approvals/{approval}", tenant.url());
    let shown = crate::support::http().get(url).bearer_auth(&person).send();
    let shown: Value = shown.await.unwrap().json().await.unwrap();
    assert_eq!(shown["arguments"], payment());
    let origin = &shown["reasons"][0]["origin"];
    assert_eq!(
        (&origin["tool"], &origin["label"]),
        (&json!("mail_read"), &json!(SUBJECT))
    );
    // Reads stay free, and so does a payment of another till.
    assert_eq!(
        status(&key, "payees_read", json!({ "id": "payees-nuru" })).await,
        200
    );
    let usual = json!({ "till": "891244", "amount": 1 });
    assert_eq!(status(&key, "pay_till", usual).await, 200);
}

#[tokio::test]
async fn what_the_user_said_before_is_theirs() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (_, key) = business().await;
    let said = json!({ "till": TILL, "amount": 1 });
    assert_eq!(status(&key, "pay_till", said).await, 200);
    read_mail(&key).await;
    assert_eq!(status(&key, "pay_till", payment()).await, 200);
}

#[tokio::test]
async fn what_an_administrator_trusts_is_paid() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (tenant, key) = business().await;
    read_mail(&key).await;
    held(&key, "pay_till", payment()).await;
    let trusted = json!({ "value": TILL, "label": "Cool Water" });
    let trusted = tenant.create_at("trusted-values", trusted).await;
    assert_eq!(status(&key, "pay_till", payment()).await, 200);
    let path = format!("trusted-values/{}", trusted["value_id"].as_str().unwrap());
    let deleted = tenant.admin(http::Method::DELETE, &path).send().await;
    assert_eq!(deleted.unwrap().status(), 204);
    // Another key of the business has never paid it.
    let other = tenant.key("manager").await.token;
    read_mail(&other).await;
    held(&other, "pay_till", payment()).await;
}

#[tokio::test]
async fn the_policy_says_what_becomes_of_it() {
    if !dev().is_plain_workerd() {
        return;
    }
    for (steering, expected) in [("block", 422), ("hold", 409), ("log", 200)] {
        let (tenant, key) = business().await;
        let policy = json!({ "provenance": { "money": steering } });
        tenant.guard(policy).await;
        read_mail(&key).await;
        assert_eq!(
            status(&key, "pay_till", payment()).await,
            expected,
            "{steering}"
        );
        let of_payment = |entry: &&Value| entry["tool"] == "pay_till";
        let log = tenant
            .log_until(|log| log.iter().any(|it| of_payment(&it)))
            .await;
        let outcome = &log.iter().find(of_payment).unwrap()["outcome"];
        assert_eq!(outcome["flagged"], json!(["origin.account"]), "{outcome}");
    }
    let (tenant, key) = business().await;
    let policy = json!({ "provenance": { "trusted_connections": ["fixtures_mail"] } });
    tenant.guard(policy).await;
    read_mail(&key).await;
    // What stands within a text is nobody's record, whoever's system it is in.
    assert_eq!(status(&key, "pay_till", payment()).await, 409);
}

#[tokio::test]
async fn what_is_approved_is_paid_once_however_often_it_is_asked_for() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (tenant, key) = business().await;
    read_mail(&key).await;
    let approval = held(&key, "pay_till", payment()).await;
    let person = tenant.account("cfo").await.sign_in().await.access;
    assert_eq!(decide(&person, &approval, "approve").await.status(), 200);
    let calls = (0..100).map(|_| status(&key, "pay_till", payment()));
    let answers = futures_util::future::join_all(calls).await;
    let count = |wanted| answers.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(200), count(409)), (1, 99), "{answers:?}");
    let paid = |log: &[Value]| {
        log.iter()
            .filter(|it| it["tool"] == "pay_till" && it["outcome"]["status"] == "succeeded")
            .count()
    };
    let log = tenant.log_until(|log| paid(log) > 0).await;
    assert_eq!(paid(&log), 1);
    let made = log
        .iter()
        .find(|it| it["tool"] == "pay_till" && it["outcome"]["status"] == "succeeded");
    assert_eq!(made.unwrap()["outcome"]["approval"], approval);
}

#[tokio::test]
async fn what_is_refused_is_not_paid() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (tenant, key) = business().await;
    read_mail(&key).await;
    let approval = held(&key, "pay_till", payment()).await;
    let person = tenant.account("cfo").await.sign_in().await.access;
    assert_eq!(decide(&person, &approval, "refuse").await.status(), 200);
    for _ in 0..2 {
        let again = call_tool(&key, "pay_till", &payment()).await;
        assert_problem(again, 403, "approval_refused").await;
    }
}
