//! What came from outside, for the key's gate to remember.

use lango_admission::Seen;
use lango_provenance::{Origin, ResultPrints, ResultTraits};
use lango_redaction::Redactor;
use serde_json::Value;

use super::ReleaseMeans;
use crate::{denial::Denial, layers::connection::Source};

/// Fields that hold what people call a thing.
const LABELS: [&str; 4] = ["subject", "title", "summary", "filename"];
/// The longest label, in characters.
const LABEL_LENGTH: usize = 80;
/// How deep labels are looked for.
const DEPTH: usize = 6;

/// What a result says, before it is cleaned.
pub(super) struct Outside {
    prints: ResultPrints,
    label: Option<String>,
}

impl Outside {
    /// Reads a result.
    pub(super) fn of(value: &Value, source: &Source, means: &ReleaseMeans<'_>) -> Self {
        let traits = ResultTraits {
            trusted: source.trusted,
            query: source.arguments.as_ref().filter(|_| source.takes_query),
        };
        Self {
            prints: means.prints.result(value, &traits),
            label: label(value),
        }
    }

    /// The gate's copy: fingerprints, and the label sealed.
    ///
    /// # Errors
    /// A denial when the label cannot be sealed.
    pub(super) fn seen(
        self,
        suspicious: bool,
        source: &Source,
        means: &ReleaseMeans<'_>,
    ) -> Result<Seen, Denial> {
        let label = self.label.map(|label| means.seal.seal_label(&label));
        Ok(Seen {
            origin: Origin {
                call_id: means.call_id.to_owned(),
                tool: source.tool.clone(),
                connection: Some(source.connection.clone()),
                at_ms: means.at_ms,
                suspicious,
                label: label.transpose()?,
            },
            prints: self.prints,
        })
    }
}

/// What people call the result: its one subject or title. A list of several has none.
fn label(value: &Value) -> Option<String> {
    let mut labels = Vec::new();
    collect(value, 0, &mut labels);
    labels.dedup();
    match labels.as_slice() {
        [label] => {
            let redacted = Redactor::shipped().redact(label);
            let plain = redacted.text.chars().filter(|c| !c.is_control());
            Some(plain.take(LABEL_LENGTH).collect())
        }
        _ => None,
    }
}

/// Two different ones are enough to know that there are several.
fn collect<'v>(value: &'v Value, depth: usize, labels: &mut Vec<&'v str>) {
    if depth > DEPTH || labels.len() > 1 {
        return;
    }
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect(item, depth + 1, labels)),
        Value::Object(members) => {
            for (name, item) in members {
                match item {
                    Value::String(text) if LABELS.contains(&name.as_str()) => {
                        if !labels.contains(&text.as_str()) {
                            labels.push(text);
                        }
                    }
                    item => collect(item, depth + 1, labels),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_is_called_by_its_one_subject() {
        let mail = json!({"mail": {"subject": "Re: invoice\u{7}", "body": "…"}});
        assert_eq!(label(&mail).as_deref(), Some("Re: invoice"));
        let copies = json!([{"title": "A"}, {"title": "A"}]);
        assert_eq!(label(&copies).as_deref(), Some("A"));
        assert_eq!(label(&json!([{"title": "A"}, {"title": "B"}])), None);
        assert_eq!(label(&json!({"rows": [1, 2]})), None);
    }
}
