//! What a receiver's answer means.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Batch, Delivery, ReceiverKind, Refusal};

/// A receiver's answer, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The body, or its beginning.
    pub body: &'a [u8],
}

/// How much of a receiver's own words is kept.
const LONGEST_WORDS: usize = 300;

#[derive(Deserialize)]
struct SplunkAnswer {
    code: u32,
    #[serde(default)]
    text: String,
    #[serde(rename = "ackId")]
    ack: Option<u64>,
}

#[derive(Deserialize)]
struct SplunkAcks {
    acks: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
struct ElasticAnswer {
    errors: bool,
    #[serde(default)]
    items: Vec<BTreeMap<String, ElasticItem>>,
}

#[derive(Deserialize)]
struct ElasticItem {
    status: u16,
    #[serde(default)]
    error: serde_json::Value,
}

/// Reads the answer to a batch.
#[must_use]
pub fn read_answer(kind: ReceiverKind, answer: &Answer<'_>, batch: &Batch) -> Delivery {
    match kind {
        ReceiverKind::Splunk => splunk(answer, batch),
        ReceiverKind::Elastic if answer.status == 200 => elastic(answer, batch),
        _ if (200..300).contains(&answer.status) => batch.taken(),
        _ => by_status(answer, batch.count),
    }
}

/// Reads Splunk's answer to the question whether a batch is indexed.
#[must_use]
pub fn read_acks(answer: &Answer<'_>, receipt: &str) -> Delivery {
    if let Ok(SplunkAcks { acks }) = serde_json::from_slice(answer.body)
        && answer.status == 200
    {
        return match acks.get(receipt) {
            // The stream knows how many it handed over.
            Some(true) => Delivery::settled(u32::MAX),
            _ => Delivery::NotYet,
        };
    }
    match serde_json::from_slice(answer.body) {
        Ok(splunk) => splunk_code(&splunk, answer, 1),
        Err(_) => by_status(answer, 1),
    }
}

fn splunk(answer: &Answer<'_>, batch: &Batch) -> Delivery {
    match serde_json::from_slice::<SplunkAnswer>(answer.body) {
        Ok(splunk) if splunk.code == 0 && answer.status == 200 => match splunk.ack {
            Some(ack) => Delivery::Pending {
                count: batch.count,
                receipt: ack.to_string(),
            },
            None => batch.taken(),
        },
        Ok(splunk) => splunk_code(&splunk, answer, batch.count),
        Err(_) if answer.status == 200 => not_understood(),
        Err(_) => by_status(answer, batch.count),
    }
}

fn splunk_code(splunk: &SplunkAnswer, answer: &Answer<'_>, count: u32) -> Delivery {
    let why = format!("Splunk says {}: {}", splunk.code, cut(&splunk.text));
    match splunk.code {
        // The token; the index; the channel; acknowledgements that are switched off.
        1..=4 | 7 | 10 | 11 | 14 | 16 => Delivery::Misconfigured { why },
        5 | 6 | 12 | 13 => Delivery::Rejected { count, why },
        8 | 9 => Delivery::Retry {
            after_s: seconds(answer.retry_after),
            why,
        },
        _ => by_status(answer, count),
    }
}

/// The first entries that are done with, up to one that is to be sent again.
fn elastic(answer: &Answer<'_>, batch: &Batch) -> Delivery {
    let Ok(read) = serde_json::from_slice::<ElasticAnswer>(answer.body) else {
        return not_understood();
    };
    if !read.errors {
        return batch.taken();
    }
    if read.items.len() != usize::try_from(batch.count).unwrap_or(usize::MAX) {
        return not_understood();
    }
    let mut refused = Vec::new();
    for (item, offset) in read.items.iter().zip(0..) {
        let Some(item) = item.values().next() else {
            return not_understood();
        };
        let why = elastic_words(item);
        match item.status {
            // There already: it was sent before.
            200..=299 | 409 => {}
            401 | 403 => return Delivery::Misconfigured { why },
            429 | 500..=599 if offset == 0 => return Delivery::retry(why),
            429 | 500..=599 => {
                return Delivery::Settled {
                    count: offset,
                    refused,
                };
            }
            _ => refused.push(Refusal { offset, why }),
        }
    }
    Delivery::Settled {
        count: batch.count,
        refused,
    }
}

/// The kind of error alone: its reason quotes the document.
fn elastic_words(item: &ElasticItem) -> String {
    let kind = item.error.get("type").and_then(serde_json::Value::as_str);
    format!(
        "Elasticsearch says {}: {}",
        item.status,
        cut(kind.unwrap_or("no reason"))
    )
}

fn by_status(answer: &Answer<'_>, count: u32) -> Delivery {
    let why = format!("The receiver answers HTTP {}.", answer.status);
    match answer.status {
        400 | 413 | 422 => Delivery::Rejected { count, why },
        300..=399 | 401..=407 | 409..=421 => Delivery::Misconfigured { why },
        _ => Delivery::Retry {
            after_s: seconds(answer.retry_after),
            why,
        },
    }
}

fn not_understood() -> Delivery {
    Delivery::retry("The receiver's answer is not one of its kind.")
}

/// A number of seconds; a date is as good as nothing.
fn seconds(retry_after: Option<&str>) -> Option<u64> {
    retry_after?.trim().parse().ok()
}

fn cut(words: &str) -> String {
    words
        .chars()
        .filter(|character| !character.is_control())
        .take(LONGEST_WORDS)
        .collect()
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
