//! Other MCP servers that fail: a clear error for the assistant, in time, and
//! nothing of the credentials in it.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{
    OwnStack, Servers, Tenant, Upstream, World, assert_problem, dev, free_port,
    start_own_stack_with, until,
};

#[tokio::test]
async fn a_server_that_has_died_is_said_to_be_unreachable() {
    let servers = Servers::start();
    let world = servers.world();
    let upstream = Upstream::approved(json!({ "url": world.url("new-json") })).await;
    upstream.echo("alive").await;
    servers.stop();
    let words = upstream.failure("echo", json!({ "text": "dead" })).await;
    assert!(words.contains("could not be reached"), "{words}");
    let answer = upstream.tools("refresh", &json!({})).await;
    assert_problem(answer, 502, "upstream_failed").await;
    assert_eq!(
        upstream.tool("echo").await["state"],
        "approved",
        "what is known stays"
    );
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_on_within_its_time_limit() {
    for kind in ["old-sse", "old-json", "new-sse"] {
        let world = World::new();
        let credentials = json!({ "url": world.url(kind), "timeout_seconds": "3" });
        let upstream = Upstream::approved(credentials).await;
        let words = upstream.failure("hang", json!({})).await;
        assert!(words.contains("did not answer within 3 s"), "{words}");
        until_let_go(&world).await;
        upstream.echo("still there").await;
    }
    let url = Servers::shared().silent_url();
    let silent = Upstream::connect(json!({ "url": url, "timeout_seconds": "3" })).await;
    let answer = silent.tools("refresh", &json!({})).await;
    let document = assert_problem(answer, 502, "upstream_failed").await;
    let detail = document["detail"].as_str().unwrap();
    assert!(detail.contains("within 3 s"), "{document}");
}

/// Waits until the tool has heard that nobody waits for it any more.
async fn until_let_go(world: &World) {
    until("the tool is let go", async || {
        (world.seen().await["cancelled"] == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_tool_that_fails_says_so_in_the_servers_words() {
    for kind in ["old-json", "new-sse"] {
        let world = World::new();
        let upstream = Upstream::approved(json!({ "url": world.url(kind) })).await;
        assert_eq!(
            upstream.failure("fail", json!({})).await,
            "The warehouse is closed."
        );
        let words = upstream.failure("refuse", json!({})).await;
        assert!(words.contains("There is no such invoice."), "{words}");
    }
}

#[tokio::test]
async fn an_answer_over_the_bounds_is_an_error() {
    for kind in ["old-sse", "new-json"] {
        let world = World::new();
        let upstream = Upstream::approved(json!({ "url": world.url(kind) })).await;
        let words = upstream.failure("large", json!({})).await;
        assert!(words.contains("too large"), "{words}");
        upstream.echo("still there").await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (world, elsewhere) = (World::new(), World::new());
    let upstream = Upstream::approved(json!({ "url": world.url("new-json") })).await;
    world
        .change(json!({ "redirect": elsewhere.url("new-json") }))
        .await;
    let words = upstream.failure("echo", json!({ "text": "a" })).await;
    assert!(
        words.contains("sends its clients to another address"),
        "{words}"
    );
    let seen = elsewhere.seen().await;
    assert_eq!(
        (&seen["calls"], &seen["discoveries"]),
        (&json!([]), &json!(0))
    );
}

#[tokio::test]
async fn a_server_that_speaks_no_mcp_is_said_to() {
    let upstream = Upstream::connect(json!({ "url": format!("{}/healthz", dev().url) })).await;
    let answer = upstream.tools("refresh", &json!({})).await;
    assert_problem(answer, 502, "upstream_failed").await;
}

#[tokio::test]
async fn a_tool_that_is_gone_is_not_called() {
    let world = World::new();
    let extra = json!({ "name": "brief", "description": "Soon gone.", "inputSchema": { "type": "object" } });
    world.change(json!({ "extra": [extra] })).await;
    let upstream = Upstream::approved(json!({ "url": world.url("old-sse") })).await;
    world.change(json!({ "announce": true, "extra": [] })).await;
    upstream.echo("the list is different now").await;
    let words = upstream.failure("brief", json!({})).await;
    assert!(words.contains("no longer has this tool"), "{words}");
}

#[tokio::test]
async fn urls_that_are_never_asked_are_refused_when_connecting() {
    let tenant = Tenant::create("business").await;
    for url in [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/mcp",
        "http://metadata.google.internal/",
        "file:///etc/passwd",
        "http://user:hunter2@127.0.0.1/mcp",
    ] {
        let document = connect(&tenant, url).await;
        assert_eq!(document["code"], "credentials", "{url}: {document}");
        assert!(!document.to_string().contains("hunter2"), "{document}");
    }
}

/// A deployment that is not told otherwise asks the public Internet alone: the
/// connector refuses what a URL says, and workerd what a name leads to.
#[tokio::test]
async fn a_public_deployment_asks_no_network_inside() {
    if !dev().is_plain_workerd() {
        return;
    }
    let stack = Named::start("public");
    let tenant = stack.tenant().await;
    for url in [
        "http://127.0.0.1:9/mcp",
        "https://127.0.0.1:9/mcp",
        "https://[::1]/mcp",
        "https://localhost/mcp",
        "https://10.0.0.1/mcp",
        "https://[::ffff:10.0.0.1]/mcp",
        "https://intranet/mcp",
        "https://169.254.169.254/",
    ] {
        let document = connect(&tenant, url).await;
        assert_eq!(document["code"], "credentials", "{url}: {document}");
    }
    assert!(!stack.reaches_this_machine(tenant).await);
}

/// Where a deployment is told to, the name does lead there: what the test above
/// sees is the network's refusal and not a name that leads nowhere.
#[tokio::test]
async fn a_private_deployment_follows_the_same_name() {
    if dev().is_plain_workerd() {
        let stack = Named::start("private");
        let tenant = stack.tenant().await;
        assert!(stack.reaches_this_machine(tenant).await);
    }
}

/// A stack on a machine where a public name leads to that machine itself.
struct Named {
    stack: Option<OwnStack>,
    folder: PathBuf,
    hosts: PathBuf,
}

const PUBLIC_NAME: &str = "mcp.example.com";

impl Named {
    fn start(networks: &str) -> Self {
        let id = std::process::id();
        let folder = std::env::temp_dir().join(format!("lango-{networks}-{id}"));
        let hosts = std::env::temp_dir().join(format!("lango-hosts-{networks}-{id}"));
        std::fs::write(&hosts, format!("127.0.0.1 {PUBLIC_NAME}\n")).unwrap();
        let options = ["--upstream-networks", networks];
        let environment = [
            ("LD_PRELOAD", "libnss_wrapper.so"),
            ("NSS_WRAPPER_HOSTS", hosts.to_str().unwrap()),
        ];
        assert!(
            leads_here(&environment),
            "scripts/test installs libnss-wrapper"
        );
        let stack = start_own_stack_with(&folder, free_port(), &options, &environment);
        Self {
            stack: Some(stack),
            folder,
            hosts,
        }
    }

    async fn tenant(&self) -> Tenant {
        let dev = &self.stack.as_ref().unwrap().dev;
        Tenant::create_on(&dev.url, &dev.platform_admin, "business").await
    }

    /// Whether asking a server under the public name opens a connection here.
    async fn reaches_this_machine(&self, tenant: Tenant) -> bool {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "https://{PUBLIC_NAME}:{}/mcp",
            listener.local_addr().unwrap().port()
        );
        let upstream = Upstream {
            connection: tenant.connect_as("mcp", "up", json!({ "url": url })).await,
            tenant,
        };
        let nothing = json!({});
        let refresh = upstream.tools("refresh", &nothing);
        tokio::select! {
            // Taken and closed at once: the server's answer is not the question.
            connected = listener.accept() => { connected.unwrap(); true }
            answer = refresh => { assert_problem(answer, 502, "upstream_failed").await; false }
        }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        drop(self.stack.take());
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = std::fs::remove_file(&self.hosts);
    }
}

/// Whether a program with that environment finds the name on this machine.
fn leads_here(environment: &[(&str, &str)]) -> bool {
    let found = std::process::Command::new("getent")
        .args(["ahosts", PUBLIC_NAME])
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    String::from_utf8_lossy(&found.stdout).starts_with("127.0.0.1")
}

async fn connect(tenant: &Tenant, url: &str) -> Value {
    let body = json!({ "connector": "mcp", "name": "x", "credentials": { "url": url } });
    let request = tenant
        .admin(::http::Method::POST, "connections")
        .json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 422, "{url}");
    answer.json().await.unwrap()
}

/// A redirect could lead inside a network, and would take the credential along.
#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_credential_along() {
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = elsewhere.local_addr().unwrap();
    for status in [
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let here = redirecting(status, format!("http://{there}/mcp")).await;
        let by_header = json!({
            "url": here, "authentication": "header",
            "header_name": "X-Key", "header_value": "the-shops-key",
        });
        let by_client = json!({
            "url": format!("http://{there}/mcp"), "authentication": "client_credentials",
            "token_url": here, "client_id": "lango", "client_secret": "the-shops-secret",
        });
        for credentials in [by_header, by_client] {
            let tenant = Tenant::create("business").await;
            let upstream = Upstream {
                connection: tenant.connect_as("mcp", "up", credentials).await,
                tenant,
            };
            let nothing = json!({});
            let refresh = upstream.tools("refresh", &nothing);
            tokio::select! {
                answer = refresh => { assert_problem(answer, 502, "upstream_failed").await; }
                _ = elsewhere.accept() => panic!("{status} was followed"),
            }
        }
    }
}

/// A server that sends whoever comes elsewhere.
async fn redirecting(status: &'static str, to: String) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 16 * 1024];
            let _ = socket.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    here
}
