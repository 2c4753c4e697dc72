//! An answer as the key's gate keeps it, for whoever makes an approved call again.

use lango_connector_kit::CallError;
use lango_guard::Reason;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Mark, Released, ReleasedContent};

/// What was released. Its JSON is stored, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    content: KeptContent,
    /// Those that the answer shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    annotations: Vec<Reason>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptContent {
    Structured(Value),
    Mcp(Map<String, Value>),
    Failed(CallError),
}

impl Released {
    /// What is to be kept; `None` for questions, which are no answer yet.
    pub(crate) fn to_keep(&self) -> Option<String> {
        let content = match self.content() {
            Ok(ReleasedContent::Structured(value)) => KeptContent::Structured(value.clone()),
            Ok(ReleasedContent::Mcp(result)) => KeptContent::Mcp(result.clone()),
            Ok(ReleasedContent::InputNeeded(_)) => return None,
            Err(error) => KeptContent::Failed(error.clone()),
        };
        let marks = self.marks().iter();
        let kept = Kept {
            content,
            marks: marks
                .map(|mark| (mark.place.clone(), mark.rule.clone()))
                .collect(),
            annotations: self.annotations().to_vec(),
        };
        serde_json::to_string(&kept).ok()
    }

    /// What was kept of an answer that was released; `None` when it is not readable.
    pub(crate) fn of_kept(text: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok()?;
        let content = match kept.content {
            KeptContent::Structured(value) => Ok(ReleasedContent::Structured(value)),
            KeptContent::Mcp(result) => Ok(ReleasedContent::Mcp(result)),
            KeptContent::Failed(error) => Err(error),
        };
        let marks = kept.marks.into_iter();
        let marks = marks.map(|(place, rule)| Mark { place, rule }).collect();
        Some(Self {
            annotations: kept.annotations,
            replayed: true,
            ..Self::of(content, marks, 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use lango_connector_kit::CallErrorCode;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_comes_back_as_it_was() {
        let mark = Mark {
            place: "/text".into(),
            rule: "override".into(),
        };
        let content = ReleasedContent::Structured(json!({"refund_id": "r-1"}));
        let released = Released::of(Ok(content), vec![mark.clone()], 2);
        let text = released.to_keep().unwrap();
        assert_eq!(
            text,
            r#"{"content":{"structured":{"refund_id":"r-1"}},"marks":[["/text","override"]]}"#
        );
        let again = Released::of_kept(&text).unwrap();
        assert!(again.is_replayed() && !released.is_replayed());
        assert_eq!(again.marks(), [mark]);
        assert_eq!(again.to_keep().unwrap(), text);

        let error = CallError::new(CallErrorCode::TimedOut, "It took too long.");
        let failed = Released::of(Err(error.clone()), Vec::new(), 0);
        let again = Released::of_kept(&failed.to_keep().unwrap()).unwrap();
        assert_eq!(again.content().err(), Some(&error));
        assert!(Released::of_kept("{}").is_none());
    }
}
