//! Why a call is held.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most causes that are kept: more tell nobody more.
pub const MAXIMUM_CAUSES: usize = 32;
/// The most characters of a text in a reason.
pub const MAXIMUM_TEXT: usize = 200;

/// Why a call is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What holds it.
    pub kind: ReasonKind,
    /// What in the call does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

/// What holds a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// The tenant wants every call of this kind approved.
    Policy,
    /// It carries a value that came from outside.
    Provenance,
    /// Something suspicious was read a moment before.
    AfterSuspicious,
    /// Its arguments read like instructions to an assistant.
    Screening,
}

/// Something in a call that holds it. Without `Debug` of its texts: see [`Reason`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Where in the arguments: a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Which kind of value stands there, such as `phone` or `account`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The rule that found something there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where the value was seen first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A result that a value was seen in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The call that gave it.
    pub call_id: String,
    /// Its tool.
    pub tool: String,
    /// Its connection.
    pub connection: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether it read like instructions to an assistant.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub suspicious: bool,
    /// What people would call it, such as the subject of a mail: somebody's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Reason {
    /// The tenant wants every call of this kind approved.
    #[must_use]
    pub fn of_policy() -> Self {
        Self {
            kind: ReasonKind::Policy,
            causes: Vec::new(),
        }
    }

    /// The same within its bounds.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.causes.truncate(MAXIMUM_CAUSES);
        for cause in &mut self.causes {
            let origin = cause.origin.as_mut().map(Origin::texts);
            let texts = [&mut cause.place, &mut cause.value, &mut cause.rule];
            for text in texts.into_iter().flatten() {
                cut(text);
            }
            for text in origin.into_iter().flatten().flatten() {
                cut(text);
            }
        }
        self
    }

    /// What may be kept in the clear: places name members of the arguments, which
    /// whoever called has made up, and labels are somebody's data.
    #[must_use]
    pub fn without_texts(&self) -> Self {
        let causes = self.causes.iter().cloned().map(|cause| Cause {
            place: None,
            origin: cause.origin.map(|origin| Origin {
                label: None,
                ..origin
            }),
            ..cause
        });
        Self {
            kind: self.kind,
            causes: causes.collect(),
        }
    }
}

impl Origin {
    fn texts(&mut self) -> [Option<&mut String>; 4] {
        [
            Some(&mut self.call_id),
            Some(&mut self.tool),
            Some(&mut self.connection),
            self.label.as_mut(),
        ]
    }
}

impl core::fmt::Debug for Cause {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Cause")
            .field("value", &self.value)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Origin {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Origin")
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}

fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAXIMUM_TEXT) {
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn cause(text: &str) -> Cause {
        Cause {
            place: Some(text.to_owned()),
            value: Some("account".to_owned()),
            rule: None,
            origin: Some(Origin {
                call_id: "call_1".to_owned(),
                tool: "mail_search".to_owned(),
                connection: "mail".to_owned(),
                at_ms: 5,
                suspicious: true,
                label: Some(text.to_owned()),
            }),
        }
    }

    #[test]
    fn the_document_is_pinned() {
        let reason = Reason {
            kind: ReasonKind::Provenance,
            causes: vec![cause("/till")],
        };
        let document = json!({
            "kind": "provenance",
            "causes": [{
                "place": "/till", "value": "account",
                "origin": {
                    "call_id": "call_1", "tool": "mail_search", "connection": "mail",
                    "at_ms": 5, "suspicious": true, "label": "/till",
                },
            }],
        });
        assert_eq!(serde_json::to_value(&reason).unwrap(), document);
        assert_eq!(serde_json::from_value::<Reason>(document).unwrap(), reason);
        let policy = serde_json::to_value(Reason::of_policy()).unwrap();
        assert_eq!(policy, json!({ "kind": "policy" }));
    }

    proptest! {
        #[test]
        fn bounds_hold_and_what_is_kept_in_the_clear_has_no_text(
            text in "[a-zé🦒]{3,400}", causes in 0_usize..50
        ) {
            let reason = Reason {
                kind: ReasonKind::Provenance,
                causes: vec![cause(&text); causes],
            };
            let bounded = reason.bounded();
            prop_assert!(bounded.causes.len() <= MAXIMUM_CAUSES);
            for cause in &bounded.causes {
                let length = cause.place.as_ref().map_or(0, |place| place.chars().count());
                prop_assert!(length <= MAXIMUM_TEXT);
            }
            prop_assert_eq!(bounded.clone().bounded(), bounded.clone());
            let clear = bounded.without_texts();
            for cause in &clear.causes {
                prop_assert!(cause.place.is_none());
                prop_assert!(cause.origin.as_ref().is_some_and(|origin| origin.label.is_none()));
            }
        }
    }

    #[test]
    fn no_text_of_somebodys_is_in_the_debugging_output() {
        let shown = format!("{:?}", cause("Amina"));
        assert!(!shown.contains("Amina"), "{shown}");
    }
}
