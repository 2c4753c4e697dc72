//! One-time codes by WhatsApp, which a server of this test takes in place of Meta's.

use serde_json::{Value, json};

use crate::support::{
    Session, Tenant, assert_problem, auth, message_to, messages_to, telephones_are_listened_to,
};

#[tokio::test]
async fn a_code_signs_in_once() {
    if !telephones_are_listened_to() {
        return;
    }
    let tenant = Tenant::create("starter").await;
    let account = tenant.register("viewer").await;
    account.ask_for_code().await;
    let code = message_to(&account.phone, 1).await.code();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    let with_code = account.with_code(&code);
    let session = Session::of(auth("codes/verify", &with_code).await).await;
    assert!(session.is_in_force().await);
    assert_problem(
        auth("codes/verify", &with_code).await,
        401,
        "wrong_credentials",
    )
    .await;
    let mut log = tenant.log(4).await;
    log.retain(|entry| entry["action"] != "user.create");
    let log = serde_json::to_string(&log).unwrap();
    assert!(log.contains("sign_in.code_sent") && log.contains("\"sign_in.code\""));
    assert!(!log.contains(&code) && !log.contains(&account.phone[1..]));
}

/// The exact request of the Cloud API's documentation.
#[tokio::test]
async fn the_message_is_what_the_cloud_api_takes() {
    if !telephones_are_listened_to() {
        return;
    }
    let tenant = Tenant::create("starter").await;
    let account = tenant.register("viewer").await;
    account.ask_for_code().await;
    let message = message_to(&account.phone, 1).await;
    let head = message.head.to_lowercase();
    assert!(
        message
            .head
            .starts_with("POST /v23.0/106540352242922/messages HTTP/1.1\r\n"),
        "{}",
        message.head
    );
    assert!(head.contains("host: graph.facebook.com"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(head.contains("authorization: bearer "), "{head}");
    let parameters = json!([{ "type": "text", "text": message.code() }]);
    assert_eq!(
        message.body,
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": account.phone.trim_start_matches('+'),
            "type": "template",
            "template": {
                "name": "lango_code",
                "language": { "code": "en" },
                "components": [
                    { "type": "body", "parameters": parameters },
                    { "type": "button", "sub_type": "url", "index": "0", "parameters": parameters },
                ],
            },
        })
    );
}

#[tokio::test]
async fn nobody_learns_whether_a_number_is_anybodys() {
    if !telephones_are_listened_to() {
        return;
    }
    let tenant = Tenant::create("starter").await;
    let account = tenant.register("viewer").await;
    let ask = async |tenant: &str, phone: &str| {
        let response = auth("codes", &json!({ "tenant": tenant, "phone": phone })).await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let known = ask(&tenant.tenant_id, &account.phone).await;
    assert_eq!(known.0, 202);
    let stranger = "+254799000111";
    assert_eq!(ask(&tenant.tenant_id, stranger).await, known);
    assert_eq!(ask("no-such-tenant", &account.phone).await, known);
    message_to(&account.phone, 1).await;
    assert!(messages_to(stranger).is_empty());
    assert_eq!(messages_to(&account.phone).len(), 1);
    let mut answers: Vec<Value> = Vec::new();
    for body in [
        account.with_code("000000"),
        json!({ "tenant": tenant.tenant_id, "phone": stranger, "code": "000000" }),
        json!({ "tenant": "no-such-tenant", "phone": stranger, "code": "000000" }),
    ] {
        answers.push(
            assert_problem(auth("codes/verify", &body).await, 401, "wrong_credentials").await,
        );
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_code_has_five_tries_and_a_number_one_code_a_minute() {
    if !telephones_are_listened_to() {
        return;
    }
    let tenant = Tenant::create("starter").await;
    let account = tenant.register("viewer").await;
    account.ask_for_code().await;
    let code = message_to(&account.phone, 1).await.code();
    account.ask_for_code().await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(
            auth("codes/verify", &account.with_code(wrong))
                .await
                .status(),
            401
        );
    }
    let late = auth("codes/verify", &account.with_code(&code)).await;
    assert_problem(late, 429, "locked").await;
    assert_eq!(
        messages_to(&account.phone).len(),
        1,
        "the second was too soon"
    );
}

#[tokio::test]
async fn a_suspended_person_gets_no_code() {
    if !telephones_are_listened_to() {
        return;
    }
    let tenant = Tenant::create("starter").await;
    let (gone, here) = (
        tenant.register("viewer").await,
        tenant.register("viewer").await,
    );
    tenant
        .change_user(&gone, &json!({ "suspended": true }))
        .await;
    gone.ask_for_code().await;
    here.ask_for_code().await;
    message_to(&here.phone, 1).await;
    assert!(messages_to(&gone.phone).is_empty());
}

#[tokio::test]
async fn bad_wishes_are_named() {
    let wish = json!({ "tenant": "a", "phone": "0712345678" });
    assert_problem(auth("codes", &wish).await, 422, "phone").await;
    let wish = json!({ "tenant": "a", "phone": "+254712345678", "code": "12345" });
    assert_problem(auth("codes/verify", &wish).await, 422, "code").await;
}
