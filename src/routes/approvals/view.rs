//! Approvals as they are shown, and as the audit log has them.

use lango_api::{ApprovalView, OriginView, ReasonView, Timestamp};
use lango_approvals::Held;
use lango_guard::Reason;
use lango_provenance::Origin;
use lango_store::ApprovalRow;
use serde::Serialize;

/// What the log is told of an approval: nothing of the arguments, and no texts.
#[derive(Serialize)]
pub(super) struct Logged {
    status: &'static str,
    tool: String,
    connection_id: String,
    arguments_sha256: String,
    asked_by: String,
    asked_with: String,
    expires_at: Timestamp,
}

pub(super) fn logged(row: &ApprovalRow) -> Logged {
    let standing = row.standing();
    Logged {
        status: standing.status.name(),
        tool: row.tool.clone(),
        connection_id: row.connection_id.clone(),
        arguments_sha256: row.arguments_sha256.clone(),
        asked_by: row.principal.clone(),
        asked_with: row.gate.to_string(),
        expires_at: Timestamp::from_millis(standing.expires_at),
    }
}

/// An approval, with what was sealed where that is to be seen.
pub(super) fn view(row: ApprovalRow, held: Option<Held>) -> ApprovalView {
    let standing = row.standing();
    let (arguments, reasons) = match held {
        Some(held) => (Some(held.arguments), held.reasons),
        None => (None, row.reasons),
    };
    ApprovalView {
        approval_id: row.approval_id.into(),
        status: standing.status,
        asked_by: row.principal,
        asked_with: row.gate.into(),
        tool: row.tool,
        connection_id: row.connection_id,
        reasons: reasons.into_iter().map(reason).collect(),
        arguments,
        arguments_sha256: row.arguments_sha256,
        created_at: Timestamp::from_millis(standing.created_at),
        expires_at: Timestamp::from_millis(standing.expires_at),
        decided_by: row.decided_by,
        decided_at: standing.decided_at.map(Timestamp::from_millis),
        note: row.note,
        used_call_id: row.used_call_id,
    }
}

fn reason(reason: Reason) -> ReasonView {
    ReasonView {
        kind: reason.kind,
        place: reason.place,
        rule: reason.rule,
        value: reason.value,
        origin: reason.origin.map(origin),
    }
}

fn origin(origin: Origin) -> OriginView {
    OriginView {
        call_id: origin.call_id,
        tool: origin.tool,
        connection_id: origin.connection,
        at: Timestamp::from_millis(i64::try_from(origin.at_ms).unwrap_or(i64::MAX)),
        suspicious: origin.suspicious,
        label: origin.label,
    }
}
