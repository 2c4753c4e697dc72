//! Credentials that nobody else has go through everything that can happen to a
//! connection. Afterwards they are nowhere: in no answer, no log, no database file.

use std::{fmt::Write as _, path::Path};

use base64::{Engine as _, engine::general_purpose as base64_of};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use walkdir::WalkDir;

use crate::support::{Dev, Tenant, dev, free_port, http, start_own_stack, tool_call};

/// A credential with characters that every escaping changes, and the answers in which
/// it must not be.
struct Canary {
    text: String,
}

impl Canary {
    /// `what` says in a failing test which one was found.
    fn new(what: &str) -> Self {
        let random = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_nanos();
        Self {
            text: format!("{what}/\"{random}\\é+&=?<x>"),
        }
    }

    /// One that a header field can carry.
    fn in_ascii(what: &str) -> Self {
        let text = Self::new(what).text.replace('é', "e");
        Self { text }
    }

    /// Itself, and the forms in which something may have written it.
    fn forms(&self) -> Vec<Vec<u8>> {
        let bytes = self.text.as_bytes();
        let mut forms = vec![bytes.to_vec()];
        let quoted = serde_json::to_string(&self.text).unwrap();
        let inner = quoted.trim_matches('"');
        forms.push(inner.into());
        // Escaped twice: JSON in a string of JSON, as logs have it.
        let twice = serde_json::to_string(inner).unwrap();
        forms.push(twice.trim_matches('"').into());
        let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        forms.push(hex.to_uppercase().into());
        forms.push(hex.into());
        let url: String = url::form_urlencoded::byte_serialize(bytes).collect();
        forms.push(url.replace('+', "%20").into());
        forms.push(url.into());
        for shift in 0..3 {
            // Inside a longer text, what it becomes depends on where it begins; the
            // characters at the ends depend on its neighbours.
            let shifted = [vec![b'x'; shift], bytes.to_vec()].concat();
            for engine in [&base64_of::STANDARD, &base64_of::URL_SAFE] {
                let text = engine.encode(&shifted);
                let text = text.trim_end_matches('=');
                forms.push(text.as_bytes()[4..text.len() - 4].to_vec());
            }
        }
        forms
    }
}

/// Everything that came back from a deployment.
#[derive(Default)]
struct Heard(Vec<u8>);

impl Heard {
    async fn of(&mut self, response: reqwest::Response) -> (u16, Value) {
        let status = response.status().as_u16();
        self.0
            .extend(format!("{:?}", response.headers()).into_bytes());
        let body = response.bytes().await.unwrap();
        self.0.extend(&body);
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}

struct World {
    tenant: Tenant,
    dev_url: String,
    heard: Heard,
}

impl World {
    async fn connect(&mut self, connector: &str, slug: &str, credentials: Value) -> String {
        let body = json!({
            "connector": connector, "name": slug, "slug": slug, "credentials": credentials,
        });
        let request = self
            .tenant
            .admin(http::Method::POST, "connections")
            .json(&body);
        let (status, created) = self.heard.of(request.send().await.unwrap()).await;
        assert_eq!(status, 201, "{created}");
        created["connection_id"].as_str().unwrap().to_owned()
    }

    async fn refused(&mut self, connector: &str, credentials: Value) {
        let body = json!({ "connector": connector, "name": "x", "credentials": credentials });
        let request = self
            .tenant
            .admin(http::Method::POST, "connections")
            .json(&body);
        let (status, problem) = self.heard.of(request.send().await.unwrap()).await;
        assert_eq!(status, 422, "{problem}");
    }

    /// Reads, changes, tests and calls it.
    async fn use_it(&mut self, id: &str, tool: &str, arguments: Value) -> Value {
        let path = format!("connections/{id}");
        for path in ["connections", &path, "audit?limit=200", "export"] {
            let request = self.tenant.admin(http::Method::GET, path);
            self.heard.of(request.send().await.unwrap()).await;
        }
        let renamed = self.tenant.patch(&path, json!({ "name": "renamed" })).await;
        assert_eq!(self.heard.of(renamed).await.0, 200);
        let test = self
            .tenant
            .admin(http::Method::POST, &format!("{path}/test"));
        let (_, report) = self
            .heard
            .of(test.json(&json!({})).send().await.unwrap())
            .await;
        let call = http()
            .post(format!("{}/mcp", self.dev_url))
            .bearer_auth(&self.tenant.admin)
            .json(&tool_call(tool, arguments))
            .send()
            .await
            .unwrap();
        self.heard.of(call).await;
        report
    }

    async fn delete(&mut self, id: &str) {
        let request = self
            .tenant
            .admin(http::Method::DELETE, &format!("connections/{id}"));
        assert_eq!(self.heard.of(request.send().await.unwrap()).await.0, 204);
    }
}

#[tokio::test]
async fn no_credential_is_anywhere_but_sealed() {
    if !dev().is_plain_workerd() {
        return;
    }
    let folder = std::env::temp_dir().join(format!("lango-canary-{}", std::process::id()));
    let mut stack = start_own_stack(&folder, free_port());
    let canaries = go_through_everything(&stack.dev).await;
    // Nothing is in a buffer any more: what is ever written stands in the files now.
    let pid = stack.dev.workerd_pid.to_string();
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid])
        .status();
    assert!(killed.unwrap().success());
    stack.wait();
    assert_nowhere_in_files(&folder, &canaries);
    drop(stack);
    std::fs::remove_dir_all(&folder).unwrap();
}

async fn go_through_everything(dev: &Dev) -> Vec<Canary> {
    let mut world = World {
        tenant: Tenant::create_on(&dev.url, &dev.platform_admin, "business").await,
        dev_url: dev.url.clone(),
        heard: Heard::default(),
    };
    let mut canaries: Vec<_> = [
        "use",
        "wrong",
        "silent",
        "tls",
        "garbage",
        "crash:panic",
        "refused",
        "rotated",
    ]
    .map(Canary::new)
    .into();
    canaries.push(Canary::in_ascii("echo"));
    let canary = |what: &str| {
        let found = canaries.iter().find(|canary| canary.text.starts_with(what));
        found.unwrap().text.clone()
    };
    let ping = || json!({ "sql": "select 1" });

    // It works, is replaced, and is deleted.
    let id = world
        .connect("fixtures", "works", json!({ "token": canary("use") }))
        .await;
    let report = world
        .use_it(&id, "works__crm_echo", json!({ "text": "jambo" }))
        .await;
    assert_eq!(report["works"], true, "{report}");
    let path = format!("connections/{id}");
    let rotated = json!({ "credentials": { "token": canary("rotated") } });
    let path_of_credentials = format!("{path}/credentials");
    let answer = world
        .tenant
        .change(http::Method::PUT, &path_of_credentials, &path, rotated)
        .await;
    assert_eq!(world.heard.of(answer).await.0, 200);
    world.delete(&id).await;

    // It is refused before it is sealed.
    world
        .refused(
            "fixtures",
            json!({ "token": 4711, "other": canary("refused") }),
        )
        .await;
    world.refused("postgres", json!({ "host": "169.254.169.254", "database": "d", "user": "u", "password": canary("refused") })).await;

    // The connector panics, with the credential in its words.
    let id = world
        .connect(
            "fixtures",
            "crash",
            json!({ "token": canary("crash:panic") }),
        )
        .await;
    world
        .use_it(&id, "crash__crm_echo", json!({ "text": "jambo" }))
        .await;

    // A real database refuses it.
    let mut wrong = crate::support::database(&dev.database_url);
    wrong["password"] = canary("wrong").into();
    let id = world.connect("postgres", "wrong", wrong).await;
    let report = world.use_it(&id, "wrong__postgres_query", ping()).await;
    assert_eq!(failed_step(&report), "authentication", "{report}");
    world.delete(&id).await;

    // Something else than a database answers, or nothing does.
    for (what, tls, server) in [
        ("silent", "disable", Server::Silent),
        ("tls", "require", Server::BrokenTls),
        ("garbage", "prefer", Server::Garbage),
    ] {
        let port = server.start().await;
        let credentials = json!({
            "host": "127.0.0.1", "port": port.to_string(), "database": "shop",
            "user": "reader", "password": canary(what), "tls": tls,
        });
        let id = world.connect("postgres", what, credentials).await;
        let report = world
            .use_it(&id, &format!("{what}__postgres_query"), ping())
            .await;
        let expected = if what == "tls" { "tls" } else { "port" };
        assert_eq!(failed_step(&report), expected, "{report}");
        world.delete(&id).await;
    }

    // A server sends it back in its own words.
    let port = Server::Echo.start().await;
    let credentials = json!({
        "url": format!("http://127.0.0.1:{port}/mcp"), "authentication": "header",
        "header_name": "X-Key", "header_value": canary("echo"),
    });
    let id = world.connect("mcp", "echo", credentials).await;
    let report = world.use_it(&id, "echo__any", json!({})).await;
    assert_eq!(report["works"], false, "{report}");

    let answered = Sought::new(&canaries).found_in(&world.heard.0);
    assert!(answered.is_none(), "{answered:?} was answered");
    canaries
}

fn failed_step(report: &Value) -> &str {
    let steps = report["steps"].as_array().unwrap();
    let failed = steps.iter().find(|step| step["outcome"] == "failed");
    failed
        .and_then(|step| step["step"].as_str())
        .unwrap_or_default()
}

fn what(canary: &Canary) -> &str {
    canary.text.split('/').next().unwrap_or_default()
}

/// The forms of all canaries, to be sought in one pass.
struct Sought<'a> {
    forms: Vec<(&'a Canary, Vec<u8>)>,
    /// The first two bytes of any of them.
    begins: Vec<bool>,
}

impl<'a> Sought<'a> {
    fn new(canaries: &'a [Canary]) -> Self {
        let mut begins = vec![false; 1 << 16];
        let forms: Vec<_> = canaries
            .iter()
            .flat_map(|canary| canary.forms().into_iter().map(move |form| (canary, form)))
            .collect();
        for (_, form) in &forms {
            begins[usize::from(u16::from_be_bytes([form[0], form[1]]))] = true;
        }
        Self { forms, begins }
    }

    fn found_in(&self, content: &[u8]) -> Option<String> {
        let places = content
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| self.begins[usize::from(u16::from_be_bytes([pair[0], pair[1]]))]);
        for (at, _) in places {
            for (canary, form) in &self.forms {
                if content[at..].starts_with(form) {
                    return Some(format!(
                        "{}, as {}",
                        what(canary),
                        String::from_utf8_lossy(form)
                    ));
                }
            }
        }
        None
    }
}

fn assert_nowhere_in_files(folder: &Path, canaries: &[Canary]) {
    let sought = Sought::new(canaries);
    let mut files = 0;
    for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_file() {
            files += 1;
            let content = std::fs::read(entry.path()).unwrap_or_default();
            let found = sought.found_in(&content);
            assert!(found.is_none(), "{found:?} in {}", entry.path().display());
        }
    }
    let folder = folder.display();
    assert!(
        files > 20,
        "there are databases, logs and secrets in {folder}"
    );
}

#[test]
fn what_is_written_in_any_form_is_found() {
    let canaries = [Canary::new("one"), Canary::new("crash:two")];
    let sought = Sought::new(&canaries);
    let text = &canaries[1].text;
    let json = serde_json::to_string(&json!({ "log": json!({ "token": text }).to_string() }));
    let written = [
        text.clone(),
        json.unwrap(),
        base64_of::STANDARD.encode(format!("user:{text}")),
        base64_of::URL_SAFE_NO_PAD.encode(format!("a {text} b")),
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
    ];
    for written in written {
        let content = format!("2026-11-22 error: {written}, and more");
        let found = sought.found_in(content.as_bytes());
        assert!(
            found.is_some_and(|found| found.starts_with("crash:two")),
            "{written}"
        );
    }
    assert_eq!(sought.found_in(b"one crash:two/ or something else"), None);
}

/// What may answer where a system should.
#[derive(Clone, Copy)]
enum Server {
    /// Takes connections and says nothing.
    Silent,
    /// Agrees to TLS and cannot speak it.
    BrokenTls,
    /// Says something else.
    Garbage,
    /// An HTTP server whose error repeats the request.
    Echo,
}

impl Server {
    async fn start(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(self.answer(socket));
            }
        });
        port
    }

    async fn answer(self, mut socket: TcpStream) {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(length @ 1..) = socket.read(&mut buffer).await else {
                return;
            };
            let answer = match self {
                Self::Silent => Vec::new(),
                Self::BrokenTls => b"S\x15\x03\x01\x00\x02\x02\x28".to_vec(),
                Self::Garbage => b"N\xff\x00HTTP/1.1 400\r\n\r\n".to_vec(),
                Self::Echo => {
                    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    let error = json!({
                        "jsonrpc": "2.0", "id": 1, "error": { "code": -32000, "message": text },
                    })
                    .to_string();
                    format!(
                        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{error}",
                        error.len()
                    )
                    .into_bytes()
                }
            };
            if socket.write_all(&answer).await.is_err() {
                return;
            }
        }
    }
}
