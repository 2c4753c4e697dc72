//! A receiver of webhooks, where the stack sends them.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lango_webhooks::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Message, Secret};
use serde_json::Value;

use super::{Dev, dev};

/// One request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    path: String,
    head: String,
    body: String,
    at: i64,
}

static HOOKS: Mutex<Vec<Hook>> = Mutex::new(Vec::new());

/// Takes webhooks; `None` where the stack sends them nowhere. What comes to a path with
/// `flaky` in it is refused the first time.
pub(crate) fn webhooks_origin() -> Option<&'static str> {
    static SERVER: OnceLock<()> = OnceLock::new();
    dev().webhooks_port?;
    SERVER.get_or_init(|| {
        webhooks_origin_of(dev());
    });
    dev().webhooks_origin.as_deref()
}

/// Takes those of a stack of a test's own, which is asked for them once.
pub(crate) fn webhooks_origin_of(dev: &Dev) -> Option<&str> {
    let listener = TcpListener::bind(("127.0.0.1", dev.webhooks_port?)).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || take(stream.unwrap()));
        }
    });
    dev.webhooks_origin.as_deref()
}

fn take(mut stream: TcpStream) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let (head, body) = loop {
        let length = stream.read(&mut chunk).unwrap_or(0);
        bytes.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && serde_json::from_str::<Value>(body).is_ok()
        {
            break (head.to_owned(), body.to_owned());
        }
        if length == 0 {
            return;
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at = i64::try_from(now.as_secs()).unwrap();
    let mut hooks = HOOKS.lock().unwrap();
    let is_first = !hooks.iter().any(|hook| hook.path == path);
    hooks.push(Hook {
        path: path.clone(),
        head,
        body,
        at,
    });
    drop(hooks);
    let status = if path.contains("flaky") && is_first {
        "503 Service Unavailable"
    } else {
        "204 No Content"
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
}

/// What has come to a path, once it is what is waited for.
pub(crate) async fn hooks_until(path: &str, is_it: impl Fn(&[Hook]) -> bool) -> Vec<Hook> {
    for _ in 0..400 {
        let come: Vec<_> = {
            let hooks = HOOKS.lock().unwrap();
            hooks
                .iter()
                .filter(|hook| hook.path == path)
                .cloned()
                .collect()
        };
        if is_it(&come) {
            return come;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("what came to {path}: {:?}", HOOKS.lock().unwrap());
}

impl Hook {
    /// What it says.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A field of its head.
    pub(crate) fn field(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut found = lines.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        found
            .next()
            .map(|(_, value)| value.trim())
            .unwrap_or_default()
    }

    /// Whether it is signed with a secret, as a receiver finds out.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let message = Message {
            id: self.field(HEADER_ID),
            timestamp: self.field(HEADER_TIMESTAMP).parse().unwrap(),
            body: &self.body,
        };
        let secret = Secret::parse(secret).unwrap();
        let signatures = self.field(HEADER_SIGNATURE);
        message.verify(&secret, signatures, self.at, 300).is_ok()
    }
}
