//! Entries become the body that a receiver takes.

use crate::{
    Deliver, Delivery, Entry, Event, Format, Origin, Receiver, ReceiverKind, Refusal,
    vendors::Writer,
};

/// As many of the first entries as go together: all of them are sent, or none can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// What is sent; `None` where nothing of it can be.
    pub body: Option<Body>,
    /// How many of the first entries this is.
    pub count: u32,
    /// Where nothing can be sent: why, of each.
    pub unfit: Vec<Refusal>,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its media type; empty where there is none.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Writes as many of the first entries as the receiver takes at once.
#[must_use]
pub fn batch(receiver: Receiver<'_>, origin: Origin<'_>, deliver: &Deliver, now_ms: i64) -> Batch {
    let writer = Writer {
        receiver,
        format: deliver.format,
        origin,
        now_ms,
    };
    let mut items = Items::new(receiver.kind);
    let mut unfit = Vec::new();
    let mut count = 0;
    for (entry, offset) in deliver.entries.iter().take(receiver.limits.count).zip(0..) {
        match written(&writer, entry) {
            Ok(item) => {
                let is_full = items.would_be(&item) > receiver.limits.bytes && count > 0;
                if is_full || !unfit.is_empty() {
                    break;
                }
                items.push(&item);
            }
            Err(_) if !items.is_empty() => break,
            Err(why) => unfit.push(Refusal { offset, why }),
        }
        count += 1;
    }
    Batch {
        body: (!items.is_empty()).then(|| items.body(deliver.format)),
        count,
        unfit,
    }
}

fn written(writer: &Writer<'_>, entry: &Entry) -> Result<Vec<u8>, String> {
    let event = Event::read(entry.index, &entry.leaf).map_err(|error| error.to_string())?;
    let largest = writer.receiver.limits.item_bytes;
    writer
        .item(&event)
        .ok_or_else(|| format!("the entry is larger than {largest} bytes"))
}

impl Batch {
    /// What it is when everything in the body is taken, or nothing can be sent.
    #[must_use]
    pub fn taken(&self) -> Delivery {
        Delivery::Settled {
            count: self.count,
            refused: self.unfit.clone(),
        }
    }
}

struct Items {
    kind: ReceiverKind,
    bytes: Vec<u8>,
}

impl Items {
    fn new(kind: ReceiverKind) -> Self {
        Self {
            kind,
            bytes: Vec::new(),
        }
    }

    /// An array or lines; a frame needs nothing.
    fn is_array(&self) -> bool {
        matches!(self.kind, ReceiverKind::Datadog | ReceiverKind::Sentinel)
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn would_be(&self, item: &[u8]) -> usize {
        self.bytes.len() + item.len() + 2
    }

    fn push(&mut self, item: &[u8]) {
        match self.kind {
            ReceiverKind::Datadog | ReceiverKind::Sentinel => {
                let before = if self.bytes.is_empty() { b'[' } else { b',' };
                self.bytes.push(before);
                self.bytes.extend_from_slice(item);
            }
            ReceiverKind::Elastic | ReceiverKind::Syslog => self.bytes.extend_from_slice(item),
            ReceiverKind::Splunk | ReceiverKind::Https => {
                self.bytes.extend_from_slice(item);
                self.bytes.push(b'\n');
            }
        }
    }

    fn body(mut self, format: Format) -> Body {
        if self.is_array() {
            self.bytes.push(b']');
        }
        let media_type = match (self.kind, format) {
            (ReceiverKind::Elastic, _) | (ReceiverKind::Https, Format::Ocsf) => {
                "application/x-ndjson"
            }
            (ReceiverKind::Https, Format::Cef) => "text/plain; charset=utf-8",
            (ReceiverKind::Syslog, _) => "",
            _ => "application/json",
        };
        Body {
            media_type,
            bytes: self.bytes,
        }
    }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
