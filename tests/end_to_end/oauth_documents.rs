//! Client ID Metadata Documents: fetched, checked, and from nowhere private.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Mutex, OnceLock},
};

use serde_json::json;

use crate::support::{
    Assistant, Choice, Person, call, dev, free_port, http, query_of, start_own_stack_with, tokens,
};

/// How often each path was asked for.
static ASKED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Publishes the documents of this file on the port where the stack looks for them.
/// `None` where it looks nowhere.
fn published() -> Option<&'static str> {
    static SERVER: OnceLock<()> = OnceLock::new();
    let origin = dev().clients_origin.as_deref()?;
    SERVER.get_or_init(|| {
        let listener = TcpListener::bind(("127.0.0.1", dev().clients_port.unwrap())).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                std::thread::spawn(move || {
                    let mut request = vec![0; 8192];
                    let length = stream.read(&mut request).unwrap_or(0);
                    let head = String::from_utf8_lossy(&request[..length]).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    *ASKED.lock().unwrap().entry(path.clone()).or_default() += 1;
                    let _ = stream.write_all(answer(origin, &path).as_bytes());
                });
            }
        });
    });
    Some(origin)
}

fn answer(origin: &str, path: &str) -> String {
    let client_id = format!("{origin}{path}");
    let good = json!({
        "client_id": client_id, "client_name": "Published assistant",
        "redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "none",
    });
    let with = |name: &str, value: serde_json::Value| {
        let mut document = good.clone();
        document[name] = value;
        document.to_string()
    };
    let (head, body) = match path {
        "/other.json" => (
            "200 OK",
            with("client_id", json!("https://claude.ai/client.json")),
        ),
        "/secret.json" => (
            "200 OK",
            with("token_endpoint_auth_method", json!("client_secret_post")),
        ),
        "/redirects.json" => (
            "200 OK",
            with("redirect_uris", json!(["javascript:alert(1)"])),
        ),
        "/huge.json" => ("200 OK", with("padding", json!("x".repeat(70_000)))),
        "/away.json" => (
            "302 Found\r\nLocation: http://169.254.169.254/latest/meta-data",
            String::new(),
        ),
        "/missing.json" => ("404 Not Found", good.to_string()),
        "/page" => ("200 OK", good.to_string()),
        _ => ("200 OK", good.to_string()),
    };
    let kind = if path == "/page" {
        "text/html"
    } else {
        "application/json"
    };
    format!(
        "HTTP/1.1 {head}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn assistant(id: String) -> Assistant {
    Assistant {
        id,
        secret: None,
        redirect: "http://127.0.0.1:50123/callback".to_owned(),
        verifier: "v".repeat(64),
    }
}

#[tokio::test]
async fn a_published_client_needs_no_registration() {
    let Some(origin) = published() else { return };
    let assistant = assistant(format!("{origin}/client.json"));
    let person = Person::of_demo("viewer").await;
    let page = person.open(&assistant.request(&[])).await;
    assert!(page.text.contains("Published assistant"), "{}", page.text);
    assert!(
        page.text.contains("published by assistant.test"),
        "{}",
        page.text
    );
    let body = assistant
        .connect(&person, "tool.read connector.database", Choice::default())
        .await;
    let query = json!({ "sql": "select 1" });
    let (status, _) = call(
        body["access_token"].as_str().unwrap(),
        "postgres_query",
        query,
    )
    .await;
    assert_eq!(status, 200);
    let (status, _) = assistant
        .refresh(body["refresh_token"].as_str().unwrap(), &[])
        .await;
    assert_eq!(status, 200);
    // A document holds no secret, so none proves anything.
    let (status, body) = tokens(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", &assistant.id),
        ("client_secret", "x"),
    ])
    .await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
}

#[tokio::test]
async fn a_document_is_remembered_for_a_while() {
    let Some(origin) = published() else { return };
    let assistant = assistant(format!("{origin}/remembered.json"));
    for _ in 0..5 {
        assert_eq!(
            Person::stranger()
                .open(&assistant.request(&[]))
                .await
                .status,
            200
        );
    }
    assert_eq!(ASKED.lock().unwrap()["/remembered.json"], 1);
}

#[tokio::test]
async fn a_document_that_is_not_right_is_no_client() {
    let Some(origin) = published() else { return };
    for path in [
        "/other.json",
        "/secret.json",
        "/redirects.json",
        "/huge.json",
        "/away.json",
        "/missing.json",
        "/page",
    ] {
        let page = Person::stranger()
            .open(&assistant(format!("{origin}{path}")).request(&[]))
            .await;
        assert_eq!(page.status, 400, "{path}");
        assert!(!page.headers.contains_key("location"), "{path}");
        assert!(ASKED.lock().unwrap()[path] >= 1, "{path} was looked at");
    }
    let elsewhere = assistant(format!("{origin}/client.json"));
    let page = Person::stranger()
        .open(&elsewhere.request(&[("redirect_uri", "https://attacker.example/")]))
        .await;
    assert_eq!(page.status, 400);
}

/// What the text of a URL shows is refused before anything is connected to.
#[tokio::test]
async fn nothing_private_is_fetched() {
    for id in [
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/client.json",
        "https://[::ffff:127.0.0.1]/client.json",
        "https://127.0.0.1/client.json",
        "https://10.0.0.1/client.json",
        "https://localhost/client.json",
        "https://metadata.google.internal/client.json",
        "https://2130706433/client.json",
        "https://0x7f000001/client.json",
        "https://user@claude.ai/client.json",
        "https://claude.ai:8443/client.json",
        "https://claude.ai/client.json#fragment",
        "https://claude.ai/../client.json",
        "http://claude.ai/client.json",
        "file:///etc/passwd",
        "https://printer.local/client.json",
    ] {
        let page = Person::stranger()
            .open(&assistant(id.to_owned()).request(&[]))
            .await;
        assert_eq!(page.status, 400, "{id}");
        assert!(
            page.text.contains("no metadata document is fetched"),
            "{id}: {}",
            page.text
        );
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_id", id),
        ];
        assert_eq!(tokens(&form).await.0, 401, "{id}");
    }
}

/// What only resolving a name shows is refused by the runtime: the gateway of the
/// self-hosted bundle may connect to public addresses alone.
#[tokio::test]
async fn a_public_name_that_leads_inside_is_not_followed() {
    if !dev().is_plain_workerd() {
        return;
    }
    let library = ["x86_64", "aarch64"]
        .map(|machine| format!("/usr/lib/{machine}-linux-gnu/libnss_wrapper.so"))
        .into_iter()
        .find(|path| std::path::Path::new(path).exists())
        .expect("scripts/test installs libnss-wrapper");
    let data = std::env::temp_dir().join(format!("lango-inside-{}", std::process::id()));
    std::fs::create_dir_all(&data).unwrap();
    let hosts = data.join("hosts");
    std::fs::write(
        &hosts,
        "127.0.0.1 localhost\n127.0.0.1 inside.example.com\n",
    )
    .unwrap();
    let port = free_port();
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("NSS_WRAPPER_HOSTS", hosts.to_str().unwrap()),
    ];
    let stack = start_own_stack_with(&data.join("stack"), port, &[], &environment);
    let request = assistant("https://inside.example.com/client.json".to_owned()).request(&[]);
    let response = http()
        .get(format!("{}{request}", stack.dev.url))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    let log = std::fs::read_to_string(stack.dev.folder.join("logs/workerd.log")).unwrap();
    assert!(
        log.contains("connecting to inside.example.com:443 is not allowed"),
        "the name resolved, and what it resolved to was refused: {log}"
    );
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
}

#[tokio::test]
async fn an_error_of_the_request_goes_to_the_published_redirect() {
    let Some(origin) = published() else { return };
    let assistant = assistant(format!("{origin}/client.json"));
    let answer = Person::stranger()
        .open(&assistant.request(&[("code_challenge_method", "plain")]))
        .await;
    assert_eq!(query_of(answer.location())["error"], "invalid_request");
}
