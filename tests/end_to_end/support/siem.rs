//! Receivers of audit streams on loopback: HTTP servers that keep to a vendor's rules.

use std::{
    collections::BTreeMap,
    io::Write as _,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::Tenant;

/// A request as it came.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// What is answered.
pub(crate) struct Answered {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: String,
}

/// What a receiver has taken, in the order in which it came.
#[derive(Default)]
pub(crate) struct Taken {
    /// Indexes of entries.
    pub(crate) indexes: Vec<u64>,
    /// Events, as they stand in bodies.
    pub(crate) events: Vec<Value>,
    /// Requests that broke a rule of the vendor's.
    pub(crate) broken: Vec<String>,
    /// How many requests came.
    pub(crate) asked: usize,
}

/// A running receiver.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    taken: Arc<Mutex<Taken>>,
}

/// A tenant's stream to a receiver.
pub(crate) struct Streamed {
    pub(crate) tenant: Tenant,
    pub(crate) connection: String,
    pub(crate) path: String,
}

impl Asked {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The texts of a body of lines, whose last line ends too.
    pub(crate) fn lines(&self) -> Option<Vec<Value>> {
        let text = std::str::from_utf8(&self.body).ok()?.strip_suffix('\n')?;
        text.lines()
            .map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

impl Answered {
    pub(crate) fn of(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            fields: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::of(status, body.to_string())
    }

    pub(crate) fn later(status: u16) -> Self {
        Self {
            fields: vec![("retry-after", "1".to_owned())],
            ..Self::of(status, "")
        }
    }
}

impl Taken {
    /// Notes a broken rule.
    pub(crate) fn breaks(&mut self, rule: &str) -> Answered {
        self.broken.push(rule.to_owned());
        Answered::of(400, rule)
    }

    /// The entries in the order in which they came first.
    pub(crate) fn first_seen(&self) -> Vec<u64> {
        let mut seen = Vec::new();
        for index in &self.indexes {
            if !seen.contains(index) {
                seen.push(*index);
            }
        }
        seen
    }

    /// What was done, as OCSF has it.
    pub(crate) fn targets(&self, operation: &str) -> Vec<String> {
        self.events
            .iter()
            .filter(|event| event["api"]["operation"] == operation)
            .filter_map(|event| Some(event["resources"][0]["uid"].as_str()?.to_owned()))
            .collect()
    }
}

impl Receiver {
    /// Starts one that answers by these rules.
    pub(crate) async fn start<R>(rules: R) -> Self
    where
        R: Fn(&Asked, &mut Taken) -> Answered + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let taken: Arc<Mutex<Taken>> = Arc::default();
        let rules = Arc::new(rules);
        let kept = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (rules, kept) = (Arc::clone(&rules), Arc::clone(&kept));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(asked) = read(&mut stream).await {
                        let answered = {
                            let mut taken = kept.lock().unwrap();
                            taken.asked += 1;
                            rules(&asked, &mut taken)
                        };
                        if write(&mut stream, answered).await.is_none() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, taken }
    }

    /// Waits until what was taken is as it is waited for.
    pub(crate) async fn until(&self, is_so: impl Fn(&Taken) -> bool) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(90) {
            if is_so(&self.taken.lock().unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let taken = self.taken.lock().unwrap();
        panic!(
            "it never came: {:?}, {:?}, {} requests",
            taken.indexes, taken.broken, taken.asked
        );
    }

    /// Looks at what was taken.
    pub(crate) fn taken<T>(&self, look: impl FnOnce(&Taken) -> T) -> T {
        look(&self.taken.lock().unwrap())
    }

    /// Waits until everything of `count` role creations has come, and checks that all
    /// before them came as well, in order, and by the vendor's rules.
    pub(crate) async fn has_roles(&self, count: usize) {
        self.until(|taken| {
            let mut roles = taken.targets("role.create");
            roles.sort();
            roles.dedup();
            roles.len() >= count
        })
        .await;
        self.taken(|taken| {
            let seen = taken.first_seen();
            let all: Vec<_> = (0..u64::try_from(seen.len()).unwrap()).collect();
            assert_eq!(seen, all, "in order and without a gap");
            assert_eq!(taken.broken, Vec::<String>::new());
        });
    }
}

impl Streamed {
    /// A tenant of the Business plan that streams to a receiver.
    pub(crate) async fn to(credentials: Value, format: &str) -> Self {
        Self::of(Tenant::create("business").await, credentials, format).await
    }

    /// The same of a tenant that there is.
    pub(crate) async fn of(tenant: Tenant, credentials: Value, format: &str) -> Self {
        let connection = tenant.connect("siem", credentials).await;
        let stream = json!({"name": "To it", "connection_id": connection, "format": format});
        let created = tenant.create_at("audit/streams", stream).await;
        let path = format!("audit/streams/{}", created["stream_id"].as_str().unwrap());
        Self {
            tenant,
            connection,
            path,
        }
    }

    /// Leaves entries in the log.
    pub(crate) async fn make_roles(&self, names: std::ops::Range<usize>) {
        for number in names {
            let role = json!({ "role": format!("role-{number}"), "permissions": ["tool.read"] });
            self.tenant.create_at("roles", role).await;
        }
    }

    /// Where it stands, once it is as it is waited for.
    pub(crate) async fn until(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut shown = Value::Null;
        for _ in 0..600 {
            shown = self.tenant.get(&self.path).await["progress"].clone();
            if is_so(&shown) {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it never stood so: {shown}");
    }

    /// Has it go on.
    pub(crate) async fn resume(&self, body: Value) -> reqwest::Response {
        let path = format!("{}/resume", self.path);
        let request = self.tenant.admin(http::Method::POST, &path).json(&body);
        request.send().await.unwrap()
    }
}

/// The index of an entry by its event's uid.
pub(crate) fn index_of(event: &Value) -> Option<u64> {
    event["metadata"]["sequence"].as_u64()
}

/// Every event fits the schema of its class, as `tests/clients/ocsf.py` has it.
pub(crate) fn fit_the_schema(taken: &Taken) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
    let mut checker = Command::new(format!("{folder}/.venv/bin/python"))
        .args(["ocsf.py"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = taken.events.iter().map(|it| format!("{it}\n")).collect();
    let mut input = checker.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let done = checker.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said} in {lines}");
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let fields: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut body = Vec::new();
    if let Some(length) = fields.get("content-length") {
        body.resize(length.parse().ok()?, 0);
        stream.read_exact(&mut body).await.ok()?;
    } else if fields.contains_key("transfer-encoding") {
        loop {
            let mut size = Vec::new();
            while !size.ends_with(b"\r\n") {
                size.push(stream.read_u8().await.ok()?);
            }
            let size = std::str::from_utf8(&size).ok()?.trim();
            let size = usize::from_str_radix(size, 16).ok()?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).await.ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }
    Some(Asked {
        method,
        path,
        fields,
        body,
    })
}

async fn write(stream: &mut BufReader<TcpStream>, answered: Answered) -> Option<()> {
    let mut head = format!(
        "HTTP/1.1 {} X\r\ncontent-length: {}\r\n",
        answered.status,
        answered.body.len()
    );
    for (name, value) in answered.fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let whole = format!("{head}\r\n{}", answered.body);
    stream.write_all(whole.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}
