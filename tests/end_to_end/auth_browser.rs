//! Browsers: a cookie that only this site's pages send, and a token for every change.

use serde_json::{Value, json};

use crate::support::{
    Account, Assistant, PASSWORD, Person, Tenant, assert_problem, auth, dev, http, rpc,
};

/// A browser that is signed in by `/auth/v1/browser-session`.
struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    async fn sign_in(account: &Account) -> Self {
        let response = auth("browser-session", &account.login(PASSWORD)).await;
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .to_owned();
        let body: Value = response.json().await.unwrap();
        for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(
            !body
                .to_string()
                .contains(cookie.split(['=', ';']).nth(1).unwrap())
        );
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
            csrf: body["csrf_token"].as_str().unwrap().to_owned(),
        }
    }

    fn request(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        http()
            .request(method, format!("{}{path}", dev().url))
            .header("Cookie", &self.cookie)
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.request(http::Method::GET, path).send().await.unwrap()
    }

    async fn post(&self, path: &str, csrf: &str, origin: &str) -> reqwest::Response {
        self.request(http::Method::POST, path)
            .header("X-CSRF-Token", csrf)
            .header("Origin", origin)
            .json(&json!({ "name": "New", "role": "viewer" }))
            .send()
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_cookie_shows_and_changes_only_with_its_token_and_from_here() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("admin").await;
    let (browser, other) = (
        Browser::sign_in(&account).await,
        Browser::sign_in(&account).await,
    );
    assert_eq!(browser.get("/admin/v1/users").await.status(), 200);
    let me: Value = browser.get("/auth/v1/me").await.json().await.unwrap();
    assert_eq!(me["csrf_token"], browser.csrf.as_str());
    let path = "/admin/v1/users";
    let own = &dev().url;
    for (csrf, origin) in [
        ("", own.as_str()),
        ("guess", own),
        (&other.csrf, own),
        (&browser.csrf, "http://localhost:1"),
    ] {
        assert_problem(browser.post(path, csrf, origin).await, 403, "csrf").await;
    }
    let bare = browser.request(http::Method::POST, path).json(&json!({}));
    assert_problem(bare.send().await.unwrap(), 403, "csrf").await;
    assert_eq!(browser.post(path, &browser.csrf, own).await.status(), 201);
}

#[tokio::test]
async fn a_cookie_is_no_key_to_tools_or_to_the_platform() {
    let tenant = Tenant::connected("starter").await;
    let browser = Browser::sign_in(&tenant.account("admin").await).await;
    for path in ["/v1/tools", "/platform/v1/tenants"] {
        assert_problem(browser.get(path).await, 401, "token_missing").await;
    }
    let call = browser
        .request(http::Method::POST, "/mcp")
        .header("X-CSRF-Token", &browser.csrf)
        .header("Origin", &dev().url)
        .json(&rpc("tools/list", json!({})));
    assert_problem(call.send().await.unwrap(), 401, "token_missing").await;
}

#[tokio::test]
async fn signing_out_takes_the_cookie_away_and_ends_what_it_named() {
    let tenant = Tenant::create("starter").await;
    let browser = Browser::sign_in(&tenant.account("viewer").await).await;
    let out = browser
        .request(http::Method::POST, "/auth/v1/sign-out")
        .header("X-CSRF-Token", &browser.csrf)
        .header("Origin", &dev().url)
        .json(&json!({}));
    let response = out.send().await.unwrap();
    assert_eq!(response.status(), 204);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    assert_eq!(
        browser.get("/auth/v1/me").await.status(),
        401,
        "a kept one is worth nothing"
    );
}

#[tokio::test]
async fn no_other_site_signs_a_browser_in() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    for path in [
        "/auth/v1/browser-session",
        "/sign-in",
        "/sign-in/code",
        "/password",
    ] {
        let request = http()
            .post(format!("{}{path}", dev().url))
            .header("Origin", "http://localhost:1");
        let request = if path.starts_with("/auth") {
            request.json(&account.login(PASSWORD))
        } else {
            request.form(&[("tenant", &account.tenant), ("email", &account.email)])
        };
        assert_problem(request.send().await.unwrap(), 403, "origin").await;
    }
}

#[tokio::test]
async fn the_page_signs_in_with_a_password_and_says_what_is_wrong() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.account("viewer").await;
    let assistant = Assistant::register().await;
    let stranger = Person::stranger();
    let request = assistant.request(&[]);
    let page = stranger.open(&request).await;
    assert!(page.text.contains("type=\"password\"") && page.text.contains("Test assistant"));
    let next = request.split_once('?').unwrap().1;
    let send = async |password: &str| {
        let fields = [
            ("tenant", account.tenant.as_str()),
            ("email", &account.email),
            ("password", password),
            ("next", next),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        stranger.send("/sign-in", &fields, Some(&dev().url)).await
    };
    let wrong = send("<b>wrong</b>").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("role=\"alert\"") && !wrong.text.contains("wrong</b>"));
    assert!(!wrong.headers.contains_key("set-cookie"));
    let right = send(PASSWORD).await;
    assert_eq!(right.status, 303);
    assert_eq!(right.location(), format!("{}{request}", dev().url));
    let person = Person::with_password(&account).await;
    let consent = person.open(&request).await;
    assert!(
        consent.text.contains("Allow Test assistant"),
        "{}",
        consent.text
    );
}

/// A strict cookie stays at home when another site leads here: the page is loaded once
/// more, from here, and then the person is known.
#[tokio::test]
async fn another_site_leads_to_the_consent_without_a_second_sign_in() {
    let assistant = Assistant::register().await;
    let request = assistant.request(&[]);
    let url = format!("{}{request}", dev().url);
    let arrive = async |from: &str| {
        let request = http().get(&url).header("Sec-Fetch-Site", from);
        request.send().await.unwrap()
    };
    let first = arrive("cross-site").await;
    assert_eq!(first.status(), 200);
    assert_eq!(first.headers()["refresh"], format!("0;url={url}").as_str());
    assert!(!first.text().await.unwrap().contains("password"));
    let second = arrive("same-origin").await;
    assert!(!second.headers().contains_key("refresh"), "once");
}

#[tokio::test]
async fn an_invitation_is_used_on_its_page() {
    let tenant = Tenant::create("starter").await;
    let account = tenant.register("viewer").await;
    let invitation = tenant.invite(&account).await;
    let url = invitation["url"].as_str().unwrap();
    let path = url.strip_prefix(&dev().url).unwrap();
    let stranger = Person::stranger();
    let page = stranger.open(path).await;
    assert_eq!(page.status, 200);
    let hidden = page.hidden("invitation");
    let send = async |new: &str, again: &str| {
        let fields = [
            ("invitation", hidden.as_str()),
            ("new", new),
            ("again", again),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        stranger.send("/password", &fields, Some(&dev().url)).await
    };
    assert_eq!(send(PASSWORD, "another").await.status, 422);
    let weak = send("password1234", "password1234").await;
    assert!(
        weak.status == 422 && weak.text.contains("too common"),
        "{}",
        weak.text
    );
    assert_eq!(send(PASSWORD, PASSWORD).await.status, 200);
    assert_eq!(send(PASSWORD, PASSWORD).await.status, 401, "once");
    account.sign_in().await;
}
