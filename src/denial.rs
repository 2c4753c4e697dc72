//! A refusal: which layer, which code, which HTTP status, and words that help
//! the caller without telling an attacker anything.

use lango_audit_log::Layer;
use lango_guard::Reason;
use lango_residency::Finding;
use serde_json::{Map, Value};

/// Why a request goes no further. Made by the layer that refuses; turned into
/// an answer in [`crate::problem`].
#[derive(Debug, Clone)]
pub(crate) struct Denial {
    /// Who refused.
    pub(crate) layer: Layer,
    /// Stable code, such as `rate_limited`.
    pub(crate) code: &'static str,
    /// HTTP status.
    pub(crate) status: u16,
    /// What to change, for the caller. Never a secret, never an internal.
    pub(crate) detail: String,
    /// What only the log may know.
    pub(crate) internal: Option<Box<str>>,
    /// Header fields that belong to the refusal.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// More members for the problem document.
    pub(crate) members: Map<String, Value>,
    /// What the audit log is told besides.
    pub(crate) on_record: Option<Box<OnRecord>>,
}

/// What the audit log is told of a refused call besides the refusal.
#[derive(Debug, Clone, Default)]
pub(crate) struct OnRecord {
    /// For what reached a connector: where it ran.
    pub(crate) residency: Option<Finding>,
    /// Rules that fired, and kinds of values from outside.
    pub(crate) flagged: Vec<String>,
    /// The approval that it waits for.
    pub(crate) approval: Option<String>,
}

impl Denial {
    /// A refusal by a layer.
    pub(crate) fn new(
        layer: Layer,
        code: &'static str,
        status: u16,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            layer,
            code,
            status,
            detail: detail.into(),
            internal: None,
            headers: Vec::new(),
            members: Map::new(),
            on_record: None,
        }
    }

    /// Something of our own failed; the reason goes to the log alone.
    pub(crate) fn internal(reason: impl Into<String>) -> Self {
        Self::new(
            Layer::Release,
            "internal",
            500,
            "Lango failed; the operator's log says why.",
        )
        .because(reason)
    }

    /// A part of the deployment did not answer; the reason goes to the log alone.
    pub(crate) fn unavailable(layer: Layer, reason: impl Into<String>) -> Self {
        Self::new(
            layer,
            "unavailable",
            503,
            "A part of Lango did not answer. Try again shortly.",
        )
        .with_header("Retry-After", "5")
        .because(reason)
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// What the log is told of where it was refused.
    pub(crate) fn found(mut self, finding: Finding) -> Self {
        self.on_record.get_or_insert_default().residency = Some(finding);
        self
    }

    /// What the log is told of what the guards found.
    pub(crate) fn flagging(mut self, reasons: &[Reason]) -> Self {
        self.on_record.get_or_insert_default().flagged = noted(reasons);
        self
    }

    /// The approval that the call waits for.
    pub(crate) fn waiting_for(mut self, approval: &str) -> Self {
        self.on_record.get_or_insert_default().approval = Some(approval.to_owned());
        self
    }

    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.internal = Some(reason.into().into_boxed_str());
        self
    }
}

/// Each reason once, as the audit log names it.
pub(crate) fn noted(reasons: &[Reason]) -> Vec<String> {
    let mut names: Vec<_> = reasons.iter().map(Reason::noted).collect();
    names.sort();
    names.dedup();
    names
}
