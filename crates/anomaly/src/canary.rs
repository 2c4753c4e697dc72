//! Whether a record shows the use of what nobody has a reason to use.

use lango_audit_log::{Record, Subject};

use crate::policy::Canaries;

/// What kind of canary it was, and which one.
pub(crate) fn touched<'a>(
    canaries: &Canaries,
    record: &'a Record,
) -> Option<(&'static str, &'a str)> {
    if canaries.keys.contains(&record.key_id) {
        return Some(("key", &record.key_id));
    }
    if canaries.principals.contains(&record.intent.principal) {
        return Some(("principal", &record.intent.principal));
    }
    let place = record.intent.subject.place();
    if let Some(connection) = place.and_then(|place| place.connection.as_deref())
        && canaries.connections.contains(connection)
    {
        return Some(("connection", connection));
    }
    match &record.intent.subject {
        Subject::Call { tool, .. } if canaries.tools.contains(tool) => Some(("tool", tool)),
        _ => None,
    }
}
