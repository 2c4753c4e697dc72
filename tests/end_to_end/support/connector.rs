//! Requests straight to a connector: what a Worker could send that is bound by mistake,
//! and what the gateway sends.

use std::time::{SystemTime, UNIX_EPOCH};

use lango_connector_kit::{ENVELOPE_FIELD, Enclosed, EnvelopeKey};
use lango_identity::GatewayKey;
use reqwest::{Response, header::HeaderMap};
use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::stack::Dev;

/// A connector of a stack on plain workerd, and the gateway's key of it.
pub(crate) struct Connector<'a> {
    dev: &'a Dev,
    kind: &'a str,
}

impl<'a> Connector<'a> {
    pub(crate) fn of(dev: &'a Dev, kind: &'a str) -> Self {
        Self { dev, kind }
    }

    /// The key with which the gateway encloses what it sends to a connector.
    pub(crate) fn envelope_key(&self, kind: &str) -> EnvelopeKey {
        let file = self.dev.folder.join("secrets/gateway-key.json");
        let text: String = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let root = GatewayKey::parse(&text).unwrap();
        EnvelopeKey::new(&root.derive(&EnvelopeKey::label(kind)))
    }

    /// Sends a body as it is, with an envelope or without one.
    pub(crate) async fn send(&self, path: &str, body: &Value, envelope: Option<&str>) -> Response {
        self.send_with(path, body, envelope, HeaderMap::new()).await
    }

    /// The same with other fields, such as `cf-placement`.
    pub(crate) async fn send_with(
        &self,
        path: &str,
        body: &Value,
        envelope: Option<&str>,
        headers: HeaderMap,
    ) -> Response {
        let url = format!("{}{path}", self.dev.connectors[self.kind]);
        let mut request = reqwest::Client::new()
            .post(url)
            .headers(headers)
            .body(body.to_string());
        if let Some(envelope) = envelope {
            request = request.header(ENVELOPE_FIELD, envelope);
        }
        request.send().await.unwrap()
    }

    /// Sends a body in the envelope that the gateway would put around it.
    pub(crate) async fn send_enclosed(&self, path: &str, body: &Value) -> Response {
        let envelope = self.enclose(path, body);
        self.send(path, body, Some(&envelope)).await
    }

    /// Sends a body as the gateway would, and breaks the connection off once it was seen.
    /// The runtime does not notice one that is merely closed before it writes to it.
    pub(crate) async fn send_and_leave(&self, path: &str, body: &Value, seen: impl Future) {
        let envelope = self.enclose(path, body);
        let host = self.dev.connectors[self.kind]
            .strip_prefix("http://")
            .unwrap();
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n{ENVELOPE_FIELD}: {envelope}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        seen.await;
        stream.set_zero_linger().unwrap();
    }

    /// The envelope that the gateway would put around a body.
    pub(crate) fn enclose(&self, path: &str, body: &Value) -> String {
        self.enclose_as(self.kind, path, body, now())
    }

    /// One for another kind, or of another time.
    pub(crate) fn enclose_as(&self, kind: &str, path: &str, body: &Value, now: i64) -> String {
        self.write(kind, path, body, body, now)
    }

    /// One that says something else of whom it is about than the body does.
    pub(crate) fn enclose_claiming(&self, path: &str, claimed: &Value, body: &Value) -> String {
        self.write(self.kind, path, claimed, body, now())
    }

    fn write(&self, kind: &str, path: &str, claimed: &Value, body: &Value, now: i64) -> String {
        let text = |name: &str| claimed[name].as_str().unwrap_or_default();
        let text_of_body = body.to_string();
        let enclosed = Enclosed {
            connector: kind,
            path,
            tenant: text("tenant"),
            connection: text("connection"),
            call_id: text("call_id"),
            body: text_of_body.as_bytes(),
        };
        self.envelope_key(kind).enclose(&enclosed, now).unwrap()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(elapsed.as_secs()).unwrap()
}
