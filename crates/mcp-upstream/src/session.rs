//! Requests in the era that a server speaks.

use serde_json::{Map, Value, json};

use crate::header::encoded;

/// The newest revision, which has no handshake.
pub(crate) const STATELESS_VERSION: &str = "2026-07-28";
/// The revision that the handshake asks for.
pub(crate) const HANDSHAKE_VERSION: &str = "2025-11-25";
/// The revisions that a handshake may settle on.
pub(crate) const HANDSHAKE_VERSIONS: [&str; 4] =
    [HANDSHAKE_VERSION, "2025-06-18", "2025-03-26", "2024-11-05"];

/// The protocol asks for visible ASCII; longer ones are no identifiers.
const LONGEST_SESSION: usize = 1024;

/// The two eras of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `initialize` first (2025).
    Handshake,
    /// Each request says everything (2026-07-28).
    Stateless,
}

/// A message to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: String,
}

/// How one server is spoken to, once that is found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    version: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Stateless,
    Handshake { id: Option<String> },
}

impl Session {
    pub(crate) fn stateless() -> Self {
        Self {
            version: STATELESS_VERSION.to_owned(),
            kind: Kind::Stateless,
        }
    }

    /// `None` for an identifier that no header field could carry.
    pub(crate) fn handshake(version: String, id: Option<&str>) -> Option<Self> {
        let fits = |id: &str| {
            id.len() <= LONGEST_SESSION && id.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
        };
        let id = id.filter(|id| !id.is_empty());
        id.is_none_or(fits).then(|| Self {
            version,
            kind: Kind::Handshake {
                id: id.map(str::to_owned),
            },
        })
    }

    /// Which era it is in.
    #[must_use]
    pub fn era(&self) -> Era {
        match self.kind {
            Kind::Stateless => Era::Stateless,
            Kind::Handshake { .. } => Era::Handshake,
        }
    }

    /// A request. `headers` are those of mirrored parameters: see
    /// [`crate::Definition::parameter_headers`].
    #[must_use]
    pub fn request(
        &self,
        id: u64,
        method: &str,
        params: Map<String, Value>,
        headers: Vec<(String, String)>,
    ) -> Outgoing {
        match self.kind {
            Kind::Stateless => {
                let mut outgoing = stateless(id, method, params);
                outgoing.headers.extend(headers);
                outgoing
            }
            Kind::Handshake { .. } => self.handshake_message(&json!({
                "jsonrpc": "2.0", "id": id, "method": method, "params": params,
            })),
        }
    }

    /// The answer to a request of the server's own: `ping` is answered, anything
    /// else is something that this client has not said it can do.
    #[must_use]
    pub fn answer(&self, id: &Value, method: &str) -> Option<Outgoing> {
        let Kind::Handshake { .. } = self.kind else {
            // In the newer era a server does not ask.
            return None;
        };
        let mut answer = json!({ "jsonrpc": "2.0", "id": id });
        if method == "ping" {
            answer["result"] = json!({});
        } else {
            answer["error"] = json!({ "code": -32601, "message": "Method not found" });
        }
        Some(self.handshake_message(&answer))
    }

    /// What tells the server that nobody waits for a request any more. In the
    /// newer era the end of its stream says so.
    #[must_use]
    pub fn cancelled(&self, id: u64) -> Option<Outgoing> {
        match self.kind {
            Kind::Stateless => None,
            Kind::Handshake { .. } => Some(self.handshake_message(&json!({
                "jsonrpc": "2.0", "method": "notifications/cancelled",
                "params": { "requestId": id, "reason": "It took too long." },
            }))),
        }
    }

    /// Header fields of a GET that takes up a stream that ended early, or of the
    /// DELETE that ends the session: none where there is no session.
    #[must_use]
    pub fn fields(&self) -> Option<Vec<(String, String)>> {
        match &self.kind {
            Kind::Handshake { id: Some(_) } => Some(self.handshake_fields()),
            _ => None,
        }
    }

    /// Whether a status says that the server no longer knows the session. What
    /// was asked has then not been done.
    #[must_use]
    pub fn is_lost(&self, status: u16) -> bool {
        match &self.kind {
            // Some servers of the older era say 400 for an identifier that they
            // do not know, and a server may have changed its era.
            Kind::Handshake { .. } | Kind::Stateless => matches!(status, 400 | 404 | 405),
        }
    }

    pub(crate) fn handshake_message(&self, message: &Value) -> Outgoing {
        let mut headers = posted();
        headers.extend(self.handshake_fields());
        Outgoing {
            headers,
            body: message.to_string(),
        }
    }

    fn handshake_fields(&self) -> Vec<(String, String)> {
        let mut fields = vec![field("mcp-protocol-version", &self.version)];
        if let Kind::Handshake { id: Some(id) } = &self.kind {
            fields.push(field("mcp-session-id", id));
        }
        fields
    }
}

/// A request that says everything.
pub(crate) fn stateless(id: u64, method: &str, mut params: Map<String, Value>) -> Outgoing {
    let mut headers = posted();
    headers.push(field("mcp-protocol-version", STATELESS_VERSION));
    headers.push(field("mcp-method", method));
    let named = match method {
        "tools/call" | "prompts/get" => params.get("name"),
        "resources/read" => params.get("uri"),
        _ => None,
    };
    if let Some(name) = named.and_then(Value::as_str) {
        headers.push(field("mcp-name", &encoded(name)));
    }
    let meta = params.entry("_meta").or_insert_with(|| json!({}));
    meta["io.modelcontextprotocol/protocolVersion"] = STATELESS_VERSION.into();
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    meta["io.modelcontextprotocol/clientInfo"] = client();
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    Outgoing {
        headers,
        body: body.to_string(),
    }
}

/// What every posted message has.
pub(crate) fn posted() -> Vec<(String, String)> {
    vec![
        field("content-type", "application/json"),
        field("accept", "application/json, text/event-stream"),
    ]
}

/// Who asks.
pub(crate) fn client() -> Value {
    json!({ "name": "lango", "title": "Lango", "version": env!("CARGO_PKG_VERSION") })
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(outgoing: &'a Outgoing, name: &str) -> Option<&'a str> {
        let found = outgoing.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn call() -> Map<String, Value> {
        let params = json!({"name": "écho", "arguments": {"text": "a"}});
        params.as_object().unwrap().clone()
    }

    #[test]
    fn a_stateless_request_says_everything() {
        let mirrored = vec![field("mcp-param-region", "ke")];
        let outgoing = Session::stateless().request(7, "tools/call", call(), mirrored);
        assert_eq!(value(&outgoing, "mcp-protocol-version"), Some("2026-07-28"));
        assert_eq!(value(&outgoing, "mcp-method"), Some("tools/call"));
        assert_eq!(value(&outgoing, "mcp-name"), Some("=?base64?w6ljaG8=?="));
        assert_eq!(value(&outgoing, "mcp-param-region"), Some("ke"));
        assert_eq!(value(&outgoing, "mcp-session-id"), None);
        let body: Value = serde_json::from_str(&outgoing.body).unwrap();
        assert_eq!(body["id"], 7);
        assert_eq!(body["params"]["arguments"]["text"], "a");
        let meta = &body["params"]["_meta"];
        assert_eq!(
            meta["io.modelcontextprotocol/protocolVersion"],
            "2026-07-28"
        );
        assert_eq!(
            meta["io.modelcontextprotocol/clientCapabilities"],
            json!({})
        );
    }

    #[test]
    fn what_else_a_request_says_stays_beside_it() {
        let mut params = call();
        params.insert("_meta".to_owned(), json!({"traceparent": "t"}));
        for session in [
            Session::stateless(),
            Session::handshake("2025-06-18".to_owned(), None).unwrap(),
        ] {
            let outgoing = session.request(7, "tools/call", params.clone(), Vec::new());
            let body: Value = serde_json::from_str(&outgoing.body).unwrap();
            assert_eq!(body["params"]["_meta"]["traceparent"], "t");
        }
    }

    #[test]
    fn a_request_after_a_handshake_names_its_session() {
        let session = Session::handshake("2025-06-18".to_owned(), Some("s-1")).unwrap();
        let outgoing = session.request(7, "tools/call", call(), vec![field("mcp-param-a", "b")]);
        assert_eq!(value(&outgoing, "mcp-protocol-version"), Some("2025-06-18"));
        assert_eq!(value(&outgoing, "mcp-session-id"), Some("s-1"));
        assert_eq!(value(&outgoing, "mcp-method"), None);
        assert_eq!(value(&outgoing, "mcp-param-a"), None);
        let body: Value = serde_json::from_str(&outgoing.body).unwrap();
        assert!(body["params"].get("_meta").is_none());
    }

    #[test]
    fn a_request_is_cancelled_where_its_streams_end_does_not_say_so() {
        let session = Session::handshake("2025-11-25".to_owned(), Some("s-1")).unwrap();
        let outgoing = session.cancelled(7).unwrap();
        assert_eq!(value(&outgoing, "mcp-session-id"), Some("s-1"));
        let body: Value = serde_json::from_str(&outgoing.body).unwrap();
        assert_eq!(body["params"]["requestId"], 7);
        assert!(body.get("id").is_none());
        assert_eq!(Session::stateless().cancelled(7), None);
    }

    #[test]
    fn an_identifier_cannot_carry_another_field() {
        for id in ["a\r\nx: y", "a b", "é", &"a".repeat(1025)] {
            assert!(
                Session::handshake("2025-11-25".to_owned(), Some(id)).is_none(),
                "{id}"
            );
        }
        let without = Session::handshake("2025-11-25".to_owned(), Some("")).unwrap();
        assert!(without.fields().is_none());
    }

    #[test]
    fn a_servers_own_requests_are_answered() {
        let session = Session::handshake("2025-11-25".to_owned(), None).unwrap();
        let body = |method| {
            let answer = session.answer(&json!("r1"), method).unwrap();
            serde_json::from_str::<Value>(&answer.body).unwrap()
        };
        assert_eq!(
            body("ping"),
            json!({"jsonrpc": "2.0", "id": "r1", "result": {}})
        );
        assert_eq!(body("sampling/createMessage")["error"]["code"], -32601);
        assert_eq!(Session::stateless().answer(&json!(1), "ping"), None);
    }
}
