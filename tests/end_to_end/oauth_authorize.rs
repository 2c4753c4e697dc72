//! `/authorize`: who is asked, what they see, where answers go.

use crate::support::{Assistant, Choice, Person, dev, http, query_of};

#[tokio::test]
async fn the_answer_goes_back_with_state_and_issuer() {
    let assistant = Assistant::register().await;
    let person = Person::of_demo("viewer").await;
    let page = person.open(&assistant.request(&[])).await;
    let answer = person
        .send(
            "/authorize",
            &page.consent(Choice::default()),
            Some(&dev().url),
        )
        .await;
    assert_eq!(answer.status, 303);
    assert!(
        answer
            .location()
            .starts_with(&format!("{}?", assistant.redirect))
    );
    let query = query_of(answer.location());
    assert_eq!(query["state"], "a state & more");
    assert_eq!(query["iss"], dev().url, "RFC 9207");
    assert!(!query.contains_key("error"));
}

#[tokio::test]
async fn the_page_says_who_asks_for_what() {
    let assistant = Assistant::register().await;
    let person = Person::of_demo("manager").await;
    let page = person
        .open(&assistant.request(&[("scope", "tool.read tool.money")]))
        .await;
    for said in [
        "Allow Test assistant to act for you?",
        "nobody has checked the name",
        "an application on this computer",
        "Call tools that change nothing.",
        "Call tools that move money",
        "Otieno Ouma",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let money = page.text.split("permission.tool.money").nth(1).unwrap();
    let money = money.split('>').next().unwrap();
    assert!(
        !money.contains("checked"),
        "what moves money is never ticked beforehand"
    );
    assert!(!page.text.contains("<script"), "no page has a script");
}

#[tokio::test]
async fn pages_run_nothing_and_are_framed_by_nobody() {
    let assistant = Assistant::register_with(serde_json::json!({
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "token_endpoint_auth_method": "none",
        "client_name": "<script>alert(1)</script>\"'&",
    }))
    .await;
    let request = assistant.request(&[("redirect_uri", "")]);
    for person in [Person::stranger(), Person::of_demo("viewer").await] {
        let page = person.open(&request).await;
        assert_eq!(page.status, 200);
        assert!(
            page.text.contains("&lt;script&gt;alert(1)"),
            "names are text"
        );
        assert!(!page.text.contains("<script"));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "style-src 'sha256-",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["x-frame-options"], "DENY");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["referrer-policy"], "same-origin");
    }
    let consent = Person::of_demo("viewer").await.open(&request).await;
    let policy = consent.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://claude.ai;"),
        "{policy}"
    );
}

#[tokio::test]
async fn nobody_is_redirected_to_what_was_not_registered() {
    let assistant = Assistant::register().await;
    let person = Person::of_demo("viewer").await;
    for redirect in [
        "https://attacker.example/callback",
        "http://127.0.0.1:50123/other",
        "http://127.0.0.1.attacker.example/callback",
        "http://127.0.0.1:50123@attacker.example/callback",
        "http://localhost:50123/callback",
        "//attacker.example",
        "javascript:alert(1)",
    ] {
        for change in [
            vec![("redirect_uri", redirect)],
            vec![("redirect_uri", redirect), ("response_type", "token")],
        ] {
            let page = person.open(&assistant.request(&change)).await;
            assert_eq!(page.status, 400, "{redirect}");
            assert!(!page.headers.contains_key("location"), "{redirect}");
        }
    }
    let unknown = person
        .open(&assistant.request(&[("client_id", "nobody")]))
        .await;
    assert_eq!(unknown.status, 400);
    assert!(!unknown.headers.contains_key("location"));
    let twice = format!(
        "{}&redirect_uri=https://attacker.example/",
        assistant.request(&[])
    );
    assert_eq!(
        person.open(&twice).await.status,
        400,
        "each parameter stands once"
    );
}

#[tokio::test]
async fn signing_in_leads_nowhere_else() {
    let (tenant, user) = (dev().tenant_id.as_str(), dev().users["viewer"].as_str());
    for next in [
        "//attacker.example",
        "https://attacker.example",
        "x\r\nSet-Cookie: a=b",
        "a#b",
    ] {
        let response = http()
            .post(format!("{}/sign-in", dev().url))
            .header("Origin", &dev().url)
            .form(&[("tenant", tenant), ("principal", user), ("next", next)])
            .send()
            .await
            .unwrap();
        let location = response.headers()["location"].to_str().unwrap();
        assert!(
            location.starts_with(&format!("{}/", dev().url)),
            "{location}"
        );
    }
}

#[tokio::test]
async fn errors_go_to_the_client_with_its_state() {
    let assistant = Assistant::register().await;
    let person = Person::stranger();
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("resource", "https://other.example/mcp"), "invalid_target"),
        (("scope", "key.manage_all"), "invalid_scope"),
        (("prompt", "none"), "login_required"),
        (("request", "eyJ"), "invalid_request"),
    ] {
        let answer = person.open(&assistant.request(&[change])).await;
        assert_eq!(answer.status, 303, "{change:?}");
        let query = query_of(answer.location());
        assert_eq!(query["error"], error, "{change:?}");
        assert_eq!(
            (&query["state"], &query["iss"]),
            (&"a state & more".to_owned(), &dev().url)
        );
        assert!(!query.contains_key("code"));
    }
}

#[tokio::test]
async fn saying_no_is_an_answer() {
    let assistant = Assistant::register().await;
    let person = Person::of_demo("viewer").await;
    let page = person.open(&assistant.request(&[])).await;
    let mut fields = page.consent(Choice::default());
    fields[0].1 = "deny".to_owned();
    let answer = person.send("/authorize", &fields, Some(&dev().url)).await;
    assert_eq!(query_of(answer.location())["error"], "access_denied");
}

/// A form is taken from Lango's own page, from the session that it was made for,
/// unchanged.
#[tokio::test]
async fn no_other_page_can_allow_anything() {
    let assistant = Assistant::register().await;
    let (person, other) = (
        Person::of_demo("viewer").await,
        Person::of_demo("viewer").await,
    );
    let page = person.open(&assistant.request(&[])).await;
    let fields = page.consent(Choice::default());
    for origin in [
        None,
        Some("https://attacker.example"),
        Some("null"),
        Some("http://127.0.0.1:1"),
    ] {
        let answer = person.send("/authorize", &fields, origin).await;
        assert_eq!(answer.status, 403, "{origin:?}");
    }
    let own = Some(dev().url.as_str());
    assert_eq!(
        other.send("/authorize", &fields, own).await.status,
        403,
        "another session's page"
    );
    let mut changed = fields.clone();
    let request = changed
        .iter_mut()
        .find(|(name, _)| name == "request")
        .unwrap();
    request
        .1
        .replace_range(40..41, if &request.1[40..41] == "A" { "B" } else { "A" });
    assert_eq!(
        person.send("/authorize", &changed, own).await.status,
        403,
        "a changed request"
    );
    let without: Vec<_> = fields
        .iter()
        .filter(|(name, _)| name != "request")
        .cloned()
        .collect();
    assert_eq!(person.send("/authorize", &without, own).await.status, 403);
    let stranger = Person::stranger().send("/authorize", &fields, own).await;
    assert_eq!(stranger.status, 200);
    assert!(
        stranger.text.contains("Who are you today?"),
        "first sign in"
    );
    assert_eq!(
        person.send("/authorize", &fields, own).await.status,
        303,
        "the page itself"
    );
}

#[tokio::test]
async fn a_suspended_user_cannot_sign_in() {
    let tenant = crate::support::Tenant::create("starter").await;
    let user = tenant.user("viewer").await;
    let person = Person::sign_in(&tenant.tenant_id, &user).await;
    let assistant = Assistant::register().await;
    assert!(
        person
            .open(&assistant.request(&[]))
            .await
            .text
            .contains("Allow Test assistant")
    );
    let suspended = tenant
        .admin(http::Method::PATCH, &format!("users/{user}"))
        .header("If-Match", "*")
        .json(&serde_json::json!({ "suspended": true }))
        .send()
        .await
        .unwrap();
    assert_eq!(suspended.status(), 200);
    let page = person.open(&assistant.request(&[])).await;
    assert!(
        page.text.contains("Who are you today?"),
        "the session is over"
    );
    let refused = http()
        .post(format!("{}/sign-in", dev().url))
        .header("Origin", &dev().url)
        .form(&[("tenant", tenant.tenant_id.as_str()), ("principal", &user)])
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    assert!(!refused.headers().contains_key("set-cookie"));
}
