//! Who wants to hear of which change.

use std::collections::BTreeSet;

use lango_connector_kit::Changed;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// More resources than this are not watched by one listener.
pub const MAXIMUM_SUBSCRIPTIONS: usize = 100;

const META_SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// One open stream that hears of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The key whose stream it is.
    pub key_id: String,
    /// When the stream ends at the latest, in milliseconds since 1970.
    pub ends_at_ms: u64,
    /// How it is told.
    pub manner: Manner,
    /// Whether it hears when the list of tools changes.
    #[serde(default)]
    pub tools: bool,
    /// Whether it hears when the list of prompts changes.
    #[serde(default)]
    pub prompts: bool,
    /// Whether it hears when the list of resources changes.
    #[serde(default)]
    pub resources: bool,
    /// The resources whose changes it hears of.
    #[serde(default)]
    pub uris: BTreeSet<String>,
}

/// How a listener is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// As a session's own stream (2025): the resources are those that the
    /// session has subscribed to.
    Session(String),
    /// As `subscriptions/listen` (2026): each message names the request.
    Subscription(Value),
}

impl Listener {
    /// The first message of a subscription: what it will hear of.
    #[must_use]
    pub fn acknowledgement(&self) -> Option<Value> {
        let Manner::Subscription(_) = &self.manner else {
            return None;
        };
        let mut notifications = json!({});
        for (name, wanted) in [
            ("toolsListChanged", self.tools),
            ("promptsListChanged", self.prompts),
            ("resourcesListChanged", self.resources),
        ] {
            if wanted {
                notifications[name] = true.into();
            }
        }
        if !self.uris.is_empty() {
            notifications["resourceSubscriptions"] = self.uris.iter().cloned().collect();
        }
        Some(self.message(
            "notifications/subscriptions/acknowledged",
            json!({ "notifications": notifications }),
        ))
    }

    /// The message about a change; `None` when the listener did not ask for it.
    #[must_use]
    pub fn told(&self, change: &Changed) -> Option<Value> {
        let (wanted, method, params) = match change {
            Changed::Tools => (self.tools, "notifications/tools/list_changed", json!({})),
            Changed::Prompts => (
                self.prompts,
                "notifications/prompts/list_changed",
                json!({}),
            ),
            Changed::Resources => (
                self.resources,
                "notifications/resources/list_changed",
                json!({}),
            ),
            Changed::Resource(uri) => (
                self.uris.contains(uri),
                "notifications/resources/updated",
                json!({ "uri": uri }),
            ),
        };
        wanted.then(|| self.message(method, params))
    }

    fn message(&self, method: &str, mut params: Value) -> Value {
        if let Manner::Subscription(id) = &self.manner {
            // The identifier is the request's own, as a text.
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            params["_meta"] = json!({ META_SUBSCRIPTION: id });
        }
        json!({ "jsonrpc": "2.0", "method": method, "params": params })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(manner: Manner) -> Listener {
        Listener {
            key_id: "k_1".into(),
            ends_at_ms: 1,
            manner,
            tools: true,
            prompts: false,
            resources: false,
            uris: BTreeSet::from(["a:b".to_owned()]),
        }
    }

    #[test]
    fn a_listener_hears_what_it_asked_for() {
        let listener = listener(Manner::Session("s".into()));
        let told = listener.told(&Changed::Tools).unwrap();
        assert_eq!(told["method"], "notifications/tools/list_changed");
        assert!(told["params"].get("_meta").is_none());
        assert_eq!(listener.told(&Changed::Prompts), None);
        assert_eq!(listener.told(&Changed::Resources), None);
        assert_eq!(listener.told(&Changed::Resource("a:c".into())), None);
        let told = listener.told(&Changed::Resource("a:b".into())).unwrap();
        assert_eq!(told["params"]["uri"], "a:b");
        assert_eq!(listener.acknowledgement(), None);
    }

    #[test]
    fn a_subscription_is_acknowledged_and_named() {
        let listener = listener(Manner::Subscription(json!(7)));
        let first = listener.acknowledgement().unwrap();
        assert_eq!(
            first["params"],
            json!({
                "notifications": {"toolsListChanged": true, "resourceSubscriptions": ["a:b"]},
                "_meta": {META_SUBSCRIPTION: "7"},
            })
        );
        let told = listener.told(&Changed::Tools).unwrap();
        assert_eq!(told["params"]["_meta"][META_SUBSCRIPTION], "7");
    }
}
