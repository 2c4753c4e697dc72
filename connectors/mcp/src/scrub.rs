//! The connection's own credentials taken out of what an upstream says: some
//! servers show a caller its header fields.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::settings::{Authentication, Settings};

/// Shorter ones would take ordinary words with them.
const SHORTEST: usize = 8;
const REMOVED: &str = "[removed]";

/// What must not come back.
pub(crate) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// Those of the settings, and the `Authorization` field of a token.
    pub(crate) fn of(settings: &Settings<'_>, token: Option<&str>) -> Self {
        let configured = match &settings.authentication {
            Authentication::None => None,
            Authentication::Header { value, .. } => Some(*value),
            Authentication::Client { secret, .. } => Some(*secret),
        };
        // Of `Bearer abc` it is the second word that counts, but a value may be
        // a phrase.
        let mut secrets: Vec<_> = configured
            .into_iter()
            .chain(token)
            .flat_map(|value| [value].into_iter().chain(value.split_whitespace()))
            .filter(|part| part.len() >= SHORTEST)
            .map(|part| Zeroizing::new(part.to_owned()))
            .collect();
        // The longest first: a part must not break up the whole.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// Takes them out of every text of a value; the depth of parsed JSON bounds
    /// the recursion.
    pub(crate) fn remove_from(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(clean) = self.without(text) {
                    *text = clean;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.remove_from(item)),
            Value::Object(members) => {
                for item in members.values_mut() {
                    self.remove_from(item);
                }
            }
            _ => {}
        }
    }

    /// The text without them; `None` when there is none in it.
    pub(crate) fn without(&self, text: &str) -> Option<String> {
        let mut clean: Option<String> = None;
        for secret in &self.0 {
            let seen = clean.as_deref().unwrap_or(text);
            if seen.contains(secret.as_str()) {
                clean = Some(seen.replace(secret.as_str(), REMOVED));
            }
        }
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_connector_kit::Credentials;
    use lango_egress::{Egress, Networks};
    use lango_vault::Secret;
    use serde_json::json;

    #[test]
    fn a_credential_that_comes_back_is_taken_out() {
        let credentials: Credentials = [
            ("url", "https://mcp.example.com/"),
            ("authentication", "header"),
            ("header_name", "Authorization"),
            ("header_value", "Bearer k3y-of-the-shop"),
            ("timeout_seconds", "30"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned())))
        .collect();
        let settings = Settings::parse(&credentials, &Egress::of_operator(Networks::public()))
            .ok()
            .unwrap();
        let secrets = Secrets::of(&settings, Some("Bearer token-0123"));
        let mut value = json!({
            "content": [{"text": "authorization: Bearer k3y-of-the-shop"}, {"text": "k3y-of-the-shop"}],
            "structuredContent": {"headers": {"x": ["token-0123"]}, "kind": "Bearer", "number": 7},
        });
        secrets.remove_from(&mut value);
        assert_eq!(
            value,
            json!({
                "content": [{"text": "authorization: [removed]"}, {"text": "[removed]"}],
                "structuredContent": {"headers": {"x": ["[removed]"]}, "kind": "Bearer", "number": 7},
            })
        );
        assert_eq!(secrets.without("nothing to see"), None);
    }
}
