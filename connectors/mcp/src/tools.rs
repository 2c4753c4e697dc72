//! The upstream's tools: listed, held to what was approved, called.

use std::rc::Rc;

use lango_connector_kit::TraceParent;
use lango_mcp_upstream::{AnswerError, Bounds, Definition, DefinitionError, ToolsPage};
use serde_json::{Map, Value, json};

use crate::{
    client::{Client, Question, now_ms},
    failure::Failure,
};

/// How much one upstream may list.
const MOST_TOOLS: usize = 200;
const MOST_PAGES: usize = 20;
const LARGEST_LIST: usize = 1024 * 1024;

/// What the upstream has, in its order.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) tools: Vec<Definition>,
    /// Those that cannot be used, with the reason.
    pub(crate) unusable: Vec<(Option<String>, DefinitionError)>,
}

/// Asks the upstream for all of its tools.
pub(crate) async fn list(client: &Client<'_>) -> Result<Listed, Failure> {
    let mut listed = Listed::default();
    let mut bytes = 0_usize;
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let result = client.ask(&page(cursor.take())).await?;
        bytes += result.get().len();
        let page = ToolsPage::parse(&result).map_err(|_| not_json_rpc())?;
        for tool in page.tools {
            match tool {
                // The first of two of one name is the one that counts: what an
                // upstream means by the second is anyone's guess.
                Ok(tool) if listed.has(tool.name()) => {}
                Ok(tool) => listed.tools.push(tool),
                Err(unusable) => listed.unusable.push(unusable),
            }
        }
        if bytes > LARGEST_LIST || listed.tools.len() + listed.unusable.len() > MOST_TOOLS {
            return Err(Failure::TooManyTools);
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => {
                client
                    .known()
                    .borrow_mut()
                    .set_tools(&listed.tools, now_ms());
                return Ok(listed);
            }
        }
    }
    Err(Failure::TooManyTools)
}

/// Calls a tool whose definition an administrator has approved by its digest.
/// Gives the upstream's result object as it is.
pub(crate) async fn call(
    client: &Client<'_>,
    tool: &str,
    approved_sha256: &str,
    arguments: &Map<String, Value>,
    trace: Option<&TraceParent>,
    largest_result: usize,
) -> Result<Map<String, Value>, Failure> {
    let definition = definition(client, tool).await?;
    if definition.sha256() != approved_sha256 {
        return Err(Failure::ToolChanged);
    }
    let mut params = json!({ "name": tool, "arguments": arguments });
    if let Some(trace) = trace {
        params["_meta"] = json!({ "traceparent": trace });
    }
    let question = Question {
        method: "tools/call",
        params: object(params),
        headers: definition.parameter_headers(arguments),
        bounds: bounds(largest_result),
    };
    let result = client.ask(&question).await?;
    let result: Map<String, Value> =
        serde_json::from_str(result.get()).map_err(|_| not_json_rpc())?;
    complete(result)
}

/// The upstream's own definition, at most a bounded time old.
async fn definition(client: &Client<'_>, tool: &str) -> Result<Rc<Definition>, Failure> {
    let known = client.known().borrow().tool(tool, now_ms());
    let is_to_renew = client.known().borrow_mut().is_to_renew(now_ms());
    match known {
        Some(definition) if !is_to_renew => definition.ok_or(Failure::ToolGone),
        // Ahead of its end the list still counts when the next one fails.
        Some(definition) => match list(client).await {
            Ok(listed) => listed.definition(tool),
            Err(_) => definition.ok_or(Failure::ToolGone),
        },
        None => list(client).await?.definition(tool),
    }
}

/// `resultType` belongs to the era spoken with the upstream; the gateway says it
/// again in its client's. So do the protocol's own members of `_meta`, and what
/// only Lango says, an upstream cannot say for it.
fn complete(mut result: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    const OF_ONE_HOP: [&str; 2] = ["io.modelcontextprotocol/", "dev.lango/"];
    match result.remove("resultType") {
        None => {}
        Some(kind) if kind == "complete" => {}
        Some(kind) if kind == "input_required" => {
            return Err(Failure::Unsupported("to ask the user something"));
        }
        Some(_) => return Err(Failure::Unsupported("to finish the call later")),
    }
    if !result.get("content").is_none_or(Value::is_array) {
        return Err(not_json_rpc());
    }
    // A client refuses a result without it, and a warning needs a place.
    result.entry("content").or_insert_with(|| json!([]));
    match result.get_mut("_meta") {
        None => {}
        Some(Value::Object(meta)) => {
            meta.retain(|name, _| !OF_ONE_HOP.iter().any(|prefix| name.starts_with(prefix)));
            if meta.is_empty() {
                result.remove("_meta");
            }
        }
        Some(_) => return Err(not_json_rpc()),
    }
    Ok(result)
}

fn not_json_rpc() -> Failure {
    Failure::Answer(AnswerError::NotJsonRpc)
}

fn page(cursor: Option<String>) -> Question {
    let mut params = Map::new();
    if let Some(cursor) = cursor {
        params.insert("cursor".to_owned(), cursor.into());
    }
    Question {
        method: "tools/list",
        params,
        headers: Vec::new(),
        bounds: bounds(LARGEST_LIST),
    }
}

/// Progress and pings come before a result.
fn bounds(largest: usize) -> Bounds {
    Bounds {
        message: largest.saturating_add(4 * 1024),
        stream: largest.saturating_mul(2).saturating_add(64 * 1024),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

impl Listed {
    fn has(&self, name: &str) -> bool {
        self.tools.iter().any(|known| known.name() == name)
    }

    fn definition(self, name: &str) -> Result<Rc<Definition>, Failure> {
        self.tools
            .into_iter()
            .find(|definition| definition.name() == name)
            .map(Rc::new)
            .ok_or(Failure::ToolGone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_passed_on_is_an_error() {
        let result = |value: Value| complete(object(value));
        let kept = json!({"content": [], "vendor": {"kept": true}});
        assert_eq!(result(kept.clone()).unwrap(), object(kept));
        assert_eq!(
            result(json!({"resultType": "complete", "a": 1})).unwrap(),
            object(json!({"a": 1, "content": []}))
        );
        let meta = json!({"_meta": {
            "io.modelcontextprotocol/serverInfo": {}, "dev.lango/denial": {}, "example.com/kept": 1,
        }});
        assert_eq!(
            result(meta).unwrap(),
            object(json!({"content": [], "_meta": {"example.com/kept": 1}}))
        );
        for broken in [json!({"content": "text"}), json!({"_meta": []})] {
            assert_eq!(result(broken).unwrap_err(), not_json_rpc());
        }
        for kind in ["input_required", "task", "later"] {
            assert!(matches!(
                result(json!({"resultType": kind})),
                Err(Failure::Unsupported(_))
            ));
        }
    }
}
