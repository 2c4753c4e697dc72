//! What a tenant may take with it: everything but secrets.

use lango_identity::TenantScope;
use serde_json::{Map, Value};

use crate::{
    port::{Sql, Statement, StoreError, run},
    statements::export,
};

/// How many rows are read at once.
const PAGE: i64 = 200;

/// A kind of thing that is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportSection {
    /// What a line of it is called.
    pub kind: &'static str,
    statement: &'static str,
}

/// All of them, in the order of an export.
pub const EXPORT_SECTIONS: &[ExportSection] = &[
    section("settings", export::SETTINGS),
    section("flag", export::FLAGS),
    section("role", export::ROLES),
    section("user", export::USERS),
    section("customer", export::CUSTOMERS),
    section("key", export::KEYS),
    section("connection", export::CONNECTIONS),
    section("upstream_tool", export::UPSTREAM_TOOLS),
    section("sql_policy", export::SQL_POLICIES),
    section("audit_stream", export::AUDIT_STREAMS),
    section("assistant", export::ASSISTANTS),
    section("issuer", export::ISSUERS),
    section("issuer_subject", export::ISSUER_SUBJECTS),
    section("support_grant", export::SUPPORT_GRANTS),
    section("session", export::SESSIONS),
    section("invitation", export::INVITATIONS),
    section("residency_promise", export::RESIDENCY_PROMISE),
    section("transfer", export::TRANSFERS),
    section("guard_policy", export::GUARD_POLICY),
    section("call_limits", export::CALL_LIMITS),
    section("trusted_value", export::TRUSTED_VALUES),
    section("approval", export::APPROVALS),
    section("audit_policy", export::AUDIT_POLICY),
    section("quotas", export::QUOTAS),
];

/// Columns that hold JSON, which an export shows as what it is.
const JSON_COLUMNS: [&str; 17] = [
    "settings",
    "permissions",
    "connections",
    "allow_tables",
    "address_ranges",
    "allowed_hosts",
    "definition",
    "approved_definition",
    "jwks",
    "data_classes",
    "legal_grounds",
    "guard_policy",
    "sql_policy",
    "audit_policy",
    "reasons",
    "own",
    "of_platform",
];

#[cfg(test)]
impl ExportSection {
    pub(crate) fn statement(&self) -> &'static str {
        self.statement
    }
}

/// Some rows, and where the next ones begin.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The rows.
    pub rows: Vec<Value>,
    /// Behind which the next ones are; `None` at the end.
    pub next: Option<String>,
}

const fn section(kind: &'static str, statement: &'static str) -> ExportSection {
    ExportSection { kind, statement }
}

/// Rows of a section behind `after`, which is empty for the first.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked or a row is not readable.
pub async fn export_section(
    sql: &impl Sql,
    scope: &TenantScope,
    section: ExportSection,
    after: &str,
) -> Result<Exported, StoreError> {
    let values = [scope.tenant().as_str().into(), after.into(), PAGE.into()];
    let statement = Statement::new(section.statement, values);
    let rows: Vec<Map<String, Value>> = run(sql, statement).await?.decode()?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    let mut next = None;
    let mut shown = Vec::with_capacity(rows.len());
    for mut row in rows {
        let cursor = row.remove("cursor");
        next = cursor.and_then(|cursor| cursor.as_str().map(str::to_owned));
        for column in JSON_COLUMNS {
            if let Some(Value::String(text)) = row.get(column) {
                let value = serde_json::from_str(text)
                    .map_err(|error| StoreError::Row(error.to_string()))?;
                row.insert(column.to_owned(), value);
            }
        }
        shown.push(Value::Object(row));
    }
    Ok(Exported {
        rows: shown,
        next: next.filter(|_| is_full),
    })
}
