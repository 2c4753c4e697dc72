//! One entry as each receiver takes it.

use serde_json::{Map, Value, json};

use crate::{End, Event, Format, Origin, Receiver, ReceiverKind, cef::cef, ocsf::ocsf, syslog};

/// Datadog drops what says that it is older than 18 hours; an hour is for the way. What
/// is older says nothing, and is filed by when it arrives; the event itself has its time.
const DATADOG_OLDEST_MS: i64 = 17 * 3_600_000;

/// What there is to write one entry with.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) receiver: Receiver<'a>,
    pub(crate) format: Format,
    pub(crate) origin: Origin<'a>,
    pub(crate) now_ms: i64,
}

impl Writer<'_> {
    /// An entry with its leaf, or without where it would be too large with it. `None`
    /// for one that is too large in any case.
    pub(crate) fn item(&self, event: &Event<'_>) -> Option<Vec<u8>> {
        [true, false]
            .into_iter()
            .map(|with_leaf| self.write(event, with_leaf))
            .find(|item| item.len() <= self.receiver.limits.item_bytes)
    }

    fn write(&self, event: &Event<'_>, with_leaf: bool) -> Vec<u8> {
        match self.receiver.kind {
            ReceiverKind::Splunk => self.splunk(event, with_leaf).to_string().into_bytes(),
            ReceiverKind::Elastic => self.elastic(event, with_leaf).into_bytes(),
            ReceiverKind::Datadog => self.datadog(event, with_leaf).to_string().into_bytes(),
            ReceiverKind::Sentinel => self.sentinel(event, with_leaf).to_string().into_bytes(),
            ReceiverKind::Syslog => {
                let text = self.text(event, with_leaf);
                syslog::framed(event, self.origin, self.receiver.host, &text)
            }
            ReceiverKind::Https => self.text(event, with_leaf).into_bytes(),
        }
    }

    fn text(&self, event: &Event<'_>, with_leaf: bool) -> String {
        match self.format {
            Format::Ocsf => ocsf(event, self.origin, with_leaf).to_string(),
            Format::Cef => cef(event, self.origin),
        }
    }

    /// An object, or a text.
    fn value(&self, event: &Event<'_>, with_leaf: bool) -> Value {
        match self.format {
            Format::Ocsf => ocsf(event, self.origin, with_leaf),
            Format::Cef => cef(event, self.origin).into(),
        }
    }

    fn format_name(&self) -> &'static str {
        match self.format {
            Format::Ocsf => "ocsf",
            Format::Cef => "cef",
        }
    }

    fn splunk(&self, event: &Event<'_>, with_leaf: bool) -> Value {
        let mut members = Map::new();
        members.insert("time".to_owned(), epoch_seconds(event.at_ms()));
        members.insert("host".to_owned(), self.receiver.host.into());
        members.insert("source".to_owned(), "lango".into());
        members.insert(
            "sourcetype".to_owned(),
            format!("lango:{}", self.format_name()).into(),
        );
        if !self.receiver.index.is_empty() {
            members.insert("index".to_owned(), self.receiver.index.into());
        }
        members.insert("event".to_owned(), self.value(event, with_leaf));
        let fields = json!({"tenant": self.origin.tenant, "entry": event.index.to_string()});
        members.insert("fields".to_owned(), fields);
        Value::Object(members)
    }

    /// Two lines. Whoever sends an entry twice is told that it is there.
    fn elastic(&self, event: &Event<'_>, with_leaf: bool) -> String {
        let action = json!({"create": {"_id": format!("{}-{}", self.origin.tenant, event.index)}});
        let outcome = match event.end() {
            End::Succeeded => "success",
            End::Failed | End::Denied => "failure",
            End::Unknown => "unknown",
        };
        let mut document = json!({
            "@timestamp": event.at_text(),
            "ecs": {"version": "8.11.0"},
            "event": {
                "kind": "event",
                "category": ["api"],
                "type": ["access"],
                "action": event.operation(),
                "outcome": outcome,
                "id": event.uid(self.origin),
                "sequence": event.index,
                "provider": "lango",
                "module": "lango",
                "dataset": "lango.audit",
            },
            "organization": {"id": self.origin.tenant},
            "host": {"name": self.receiver.host},
            "message": match self.format {
                Format::Ocsf => event.sentence(),
                Format::Cef => cef(event, self.origin),
            },
        });
        if let Value::Object(document) = &mut document {
            if let Some(principal) = event.principal() {
                document.insert("user".to_owned(), json!({"id": principal}));
                document.insert("related".to_owned(), json!({"user": [principal]}));
            }
            if self.format == Format::Ocsf {
                document.insert("ocsf".to_owned(), self.value(event, with_leaf));
            }
        }
        format!("{action}\n{document}\n")
    }

    fn datadog(&self, event: &Event<'_>, with_leaf: bool) -> Value {
        let mut members = Map::new();
        let tags = format!(
            "tenant:{},format:{}",
            self.origin.tenant,
            self.format_name()
        );
        for (name, value) in [
            ("ddsource", "lango"),
            ("ddtags", &tags),
            ("hostname", self.receiver.host),
            ("service", "lango"),
        ] {
            members.insert(name.to_owned(), value.into());
        }
        members.insert("message".to_owned(), self.text(event, with_leaf).into());
        if self.now_ms.saturating_sub(event.at_ms()) < DATADOG_OLDEST_MS {
            members.insert("timestamp".to_owned(), event.at_ms().into());
        }
        Value::Object(members)
    }

    /// The columns of the stream in docs/SIEM.md.
    fn sentinel(&self, event: &Event<'_>, with_leaf: bool) -> Value {
        json!({
            "TimeGenerated": event.at_text(),
            "Tenant": self.origin.tenant,
            "EntryIndex": event.index,
            "EventUid": event.uid(self.origin),
            "Actor": event.principal().unwrap_or_default(),
            "Operation": event.operation(),
            "Outcome": event.code().unwrap_or_else(|| match event.end() {
                End::Succeeded => "succeeded",
                End::Failed => "failed",
                End::Denied => "denied",
                End::Unknown => "unknown",
            }),
            "Event": self.value(event, with_leaf),
        })
    }
}

/// Seconds with their thousandths: an exact decimal, however it is written.
fn epoch_seconds(at_ms: i64) -> Value {
    let text = format!("{}.{:03}", at_ms.div_euclid(1_000), at_ms.rem_euclid(1_000));
    text.parse::<f64>()
        .ok()
        .and_then(serde_json::Number::from_f64)
        .map_or_else(|| at_ms.div_euclid(1_000).into(), Value::Number)
}
