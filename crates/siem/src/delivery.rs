//! The messages between a stream and what speaks to its receiver.

use serde::{Deserialize, Serialize};

use crate::Format;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it is in the log; counted from 0.
    pub index: u64,
    /// Its canonical text.
    pub leaf: String,
}

/// What is to be handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// Which stream it is.
    pub stream: String,
    /// How entries are written.
    pub format: Format,
    /// Entries in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// In the place of entries: what an earlier [`Delivery::Pending`] said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Delivery {
    /// So many of the first entries are done with: taken, or refused by themselves.
    Settled {
        /// How many.
        count: u32,
        /// Those of them that the receiver will never take.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        refused: Vec<Refusal>,
    },
    /// So many of the first entries were handed over, and the receiver has not said
    /// yet that it keeps them.
    Pending {
        /// How many.
        count: u32,
        /// What to ask with.
        receipt: String,
    },
    /// It has still not said so.
    NotYet,
    /// Later, the same again.
    Retry {
        /// When the receiver wants to be asked.
        after_s: Option<u64>,
        /// Why.
        why: String,
    },
    /// The receiver does not take these entries together, and does not say which of
    /// them it is.
    Rejected {
        /// How many it was given.
        count: u32,
        /// Why.
        why: String,
    },
    /// Nothing will be taken before somebody changes something.
    Misconfigured {
        /// What is to be changed.
        why: String,
    },
}

/// One entry that a receiver will never take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which, counted from the first that was handed over.
    pub offset: u32,
    /// Why.
    pub why: String,
}

impl Delivery {
    /// All of so many entries are taken.
    #[must_use]
    pub fn settled(count: u32) -> Self {
        Self::Settled {
            count,
            refused: Vec::new(),
        }
    }

    /// Later, the same again.
    pub fn retry(why: impl Into<String>) -> Self {
        Self::Retry {
            after_s: None,
            why: why.into(),
        }
    }

    /// The same without these secrets in its words: a receiver may repeat them.
    #[must_use]
    pub fn without(mut self, secrets: &[&str]) -> Self {
        let clean = |words: &mut String| {
            for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
                *words = words.replace(secret, "[removed]");
            }
        };
        match &mut self {
            Self::Retry { why, .. } | Self::Rejected { why, .. } | Self::Misconfigured { why } => {
                clean(why)
            }
            Self::Settled { refused, .. } => {
                for refusal in refused {
                    clean(&mut refusal.why);
                }
            }
            Self::Pending { .. } | Self::NotYet => {}
        }
        self
    }

    /// Somebody has to change something.
    pub fn misconfigured(why: impl Into<String>) -> Self {
        Self::Misconfigured { why: why.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_messages_have_these_forms() {
        for (delivery, form) in [
            (
                Delivery::settled(3),
                json!({"result": "settled", "count": 3}),
            ),
            (
                Delivery::Settled {
                    count: 2,
                    refused: vec![Refusal {
                        offset: 1,
                        why: "no".into(),
                    }],
                },
                json!({"result": "settled", "count": 2, "refused": [{"offset": 1, "why": "no"}]}),
            ),
            (
                Delivery::Pending {
                    count: 3,
                    receipt: "7".into(),
                },
                json!({"result": "pending", "count": 3, "receipt": "7"}),
            ),
            (Delivery::NotYet, json!({"result": "not_yet"})),
            (
                Delivery::retry("busy"),
                json!({"result": "retry", "after_s": null, "why": "busy"}),
            ),
            (
                Delivery::Rejected {
                    count: 9,
                    why: "bad".into(),
                },
                json!({"result": "rejected", "count": 9, "why": "bad"}),
            ),
            (
                Delivery::misconfigured("token"),
                json!({"result": "misconfigured", "why": "token"}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&delivery).unwrap(), form);
            assert_eq!(serde_json::from_value::<Delivery>(form).unwrap(), delivery);
        }
        let deliver = Deliver {
            stream: "as_1".into(),
            format: Format::Ocsf,
            entries: vec![Entry {
                index: 0,
                leaf: "{}".into(),
            }],
            receipt: None,
        };
        let form =
            json!({"stream": "as_1", "format": "ocsf", "entries": [{"index": 0, "leaf": "{}"}]});
        assert_eq!(serde_json::to_value(&deliver).unwrap(), form);
    }
}
