//! Totals that records are added to. Their JSON is stored.

use std::collections::BTreeMap;

use lango_audit_log::{Counts, Record, Status, Subject};
use serde::{Deserialize, Serialize};

/// The upper bounds of the histogram of durations, in milliseconds. They are stored by
/// their order: a change of them needs another name in the JSON.
pub const BUCKETS_MS: [u64; 12] = [
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
];
/// How many different labels a counter has before the rest is counted as `other`.
const MOST_LABELS: usize = 128;
const LONGEST_LABEL: usize = 64;
/// Between the labels of a stored name: no label has it.
pub(crate) const BETWEEN: char = '|';

/// Numbers that only grow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// By what was asked for, connector and status.
    pub(crate) calls: BTreeMap<String, u64>,
    /// What became of what the gates have received.
    pub(crate) received: Counts,
    /// By layer and code.
    pub(crate) refusals: BTreeMap<String, u64>,
    /// By connector, of what reached one.
    pub(crate) durations: BTreeMap<String, Histogram>,
    /// Secrets that were taken out of results.
    pub(crate) redactions: u64,
    /// Records with something that the guards found, in arguments or results.
    pub(crate) flagged: u64,
    /// By rule.
    pub(crate) alerts: BTreeMap<String, u64>,
    /// By channel and end.
    pub(crate) deliveries: BTreeMap<String, u64>,
    /// By end.
    pub(crate) checkpoint_checks: BTreeMap<String, u64>,
}

/// How long calls took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// How many took at most as long as each bound, and longer than the one before.
    pub(crate) counts: [u64; BUCKETS_MS.len()],
    /// How many there were, the longer ones included.
    pub(crate) count: u64,
    /// How long they took together, in milliseconds.
    pub(crate) sum_ms: u64,
}

/// What carries an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An https URL of the tenant's.
    Webhook,
    /// A message to a telephone.
    Whatsapp,
}

/// How an attempt at delivering an alert ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It has arrived.
    Delivered,
    /// It will be tried again.
    Retried,
    /// It has not arrived, and nothing more is tried.
    GivenUp,
}

impl Channel {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Whatsapp => "whatsapp",
        }
    }
}

impl Delivery {
    const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retried => "retried",
            Self::GivenUp => "given_up",
        }
    }
}

impl Totals {
    /// Adds a record of the log.
    pub fn add(&mut self, record: &Record) {
        let (kind, place) = (kind(&record.intent.subject), record.intent.subject.place());
        let connector = place.and_then(|place| place.connector.as_deref());
        let outcome = &record.outcome;
        count(
            &mut self.calls,
            &[kind, connector.unwrap_or("none"), status(outcome.status)],
        );
        if let Some(denied) = &outcome.denied {
            count(&mut self.refusals, &[denied.layer.name(), &denied.code]);
        }
        if let Some(connector) = connector
            && outcome.denied.is_none()
            && outcome.status != Status::Unknown
        {
            let known = self.durations.contains_key(connector);
            let label = if known || self.durations.len() < MOST_LABELS {
                label(connector)
            } else {
                "other".to_owned()
            };
            self.durations
                .entry(label)
                .or_default()
                .add(outcome.duration_ms);
        }
        self.redactions += u64::from(outcome.redactions);
        self.flagged += u64::from(!outcome.flagged.is_empty() || !outcome.marked.is_empty());
    }

    /// What the gates have received so far, all of it: nothing is added. Whether it is
    /// more than was known.
    pub fn set_received(&mut self, received: Counts) -> bool {
        let is_more = received.received > self.received.received;
        if is_more {
            self.received = received;
        }
        is_more
    }

    /// What became of what the gates have received: the three ends make up all of it.
    #[must_use]
    pub fn received(&self) -> Counts {
        self.received
    }

    /// Adds an alert of a rule.
    pub fn add_alert(&mut self, rule: &str) {
        count(&mut self.alerts, &[rule]);
    }

    /// Adds the end of an attempt at delivering one.
    pub fn add_delivery(&mut self, channel: Channel, end: Delivery) {
        count(&mut self.deliveries, &[channel.name(), end.name()]);
    }

    /// Adds a check of the newest checkpoint.
    pub fn add_checkpoint_check(&mut self, verifies: bool) {
        let end = if verifies { "verified" } else { "failed" };
        count(&mut self.checkpoint_checks, &[end]);
    }

    /// Adds everything of others.
    pub fn merge(&mut self, other: &Self) {
        merge(&mut self.calls, &other.calls);
        merge(&mut self.refusals, &other.refusals);
        merge(&mut self.alerts, &other.alerts);
        merge(&mut self.deliveries, &other.deliveries);
        merge(&mut self.checkpoint_checks, &other.checkpoint_checks);
        for (label, histogram) in &other.durations {
            self.durations
                .entry(label.clone())
                .or_default()
                .merge(histogram);
        }
        self.received = self.received.and(other.received);
        self.redactions += other.redactions;
        self.flagged += other.flagged;
    }

    /// How many records were added.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.calls.values().sum()
    }
}

impl Histogram {
    fn add(&mut self, duration_ms: u64) {
        let bucket = BUCKETS_MS.iter().position(|bound| duration_ms <= *bound);
        if let Some(count) = bucket.and_then(|index| self.counts.get_mut(index)) {
            *count += 1;
        }
        self.count += 1;
        self.sum_ms = self.sum_ms.saturating_add(duration_ms);
    }

    fn merge(&mut self, other: &Self) {
        for (own, more) in self.counts.iter_mut().zip(other.counts) {
            *own += more;
        }
        self.count += other.count;
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
    }
}

const fn kind(subject: &Subject) -> &'static str {
    match subject {
        Subject::Call { .. } => "call",
        Subject::Prompt { .. } => "prompt",
        Subject::Resource { .. } => "resource",
        Subject::Completion { .. } => "completion",
        Subject::Action { .. } => "action",
    }
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Denied => "denied",
        Status::Unknown => "unknown",
    }
}

/// Nothing that a caller wrote becomes a label, and still none is long or odd.
fn label(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    text.chars()
        .take(LONGEST_LABEL)
        .map(|character| if plain(character) { character } else { '_' })
        .collect()
}

fn count(counter: &mut BTreeMap<String, u64>, labels: &[&str]) {
    let labels: Vec<_> = labels.iter().map(|text| label(text)).collect();
    let name = labels.join("|");
    let name = if counter.contains_key(&name) || counter.len() < MOST_LABELS {
        name
    } else {
        let others: Vec<_> = labels.iter().map(|_| "other").collect();
        others.join("|")
    };
    *counter.entry(name).or_default() += 1;
}

fn merge(counter: &mut BTreeMap<String, u64>, other: &BTreeMap<String, u64>) {
    for (name, more) in other {
        *counter.entry(name.clone()).or_default() += more;
    }
}
