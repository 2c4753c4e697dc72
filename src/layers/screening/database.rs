//! What of a database a call may see: the statement is checked, held to the caller's
//! rows and columns, and rendered from the checked tree, so that no difference between
//! two parsers, and no comment, reaches the database.

use lango_admission::SealedConnection;
use lango_connector_kit::{
    DatabaseScope, Principal, SampleArguments, SqlCheck, SqlPurpose, VisibleColumn, VisibleTable,
};
use lango_sql_guard::{Access, CheckedQuery, Refusal};
use serde_json::{Value, json};

use super::refuse;
use crate::{
    catalogue::{Catalogue, Tool},
    denial::Denial,
    sql,
};

/// The most rows of any answer; policies say less.
pub(crate) const MAX_ROWS: u32 = 500;
/// How many rows are a sample where nobody says.
const SAMPLE_ROWS: u32 = 5;

/// What of a database a call may see.
pub(crate) struct Narrowed {
    /// What the connector is told.
    pub(crate) scope: DatabaseScope,
    /// The most rows that may come back.
    pub(crate) max_rows: u32,
}

/// Holds the call of a database's tool to what its caller may see; `None` for what speaks
/// to no database.
pub(super) fn narrow(
    tool: &Tool,
    arguments: &mut Value,
    caller: &Principal,
    connection: &SealedConnection,
) -> Result<Option<Narrowed>, Denial> {
    let manifest = Catalogue::shipped()
        .connector(tool.connector())
        .map(|connector| connector.manifest());
    let Some(dialect) = manifest.and_then(|manifest| manifest.sql_dialect()) else {
        return Ok(None);
    };
    let policy = connection
        .sql_policy
        .as_deref()
        .map(|text| sql::stored_policy(text, dialect))
        .transpose()?;
    let access = sql::access(policy.as_deref(), caller, dialect, MAX_ROWS)
        .map_err(|refusal| not_enforced(&refusal))?;
    let mut scope = DatabaseScope {
        tables: access.tables().map(visible),
        ..DatabaseScope::default()
    };
    write_statements(tool, arguments, &access, &mut scope)?;
    Ok(Some(Narrowed {
        scope,
        max_rows: access.row_limit(),
    }))
}

fn write_statements(
    tool: &Tool,
    arguments: &mut Value,
    access: &Access,
    scope: &mut DatabaseScope,
) -> Result<(), Denial> {
    let definition = tool.definition();
    if let Some(argument) = &definition.sql
        && let Some(Value::String(text)) = arguments.get_mut(&argument.argument)
    {
        let checked = lango_sql_guard::check_within(text, access);
        match argument.purpose {
            SqlPurpose::Query => {
                let checked = checked.map_err(|refusal| refused(&refusal))?;
                *text = checked.sql().to_owned();
            }
            SqlPurpose::Check => {
                scope.statement = checked.as_ref().ok().map(|it| it.sql().to_owned());
                scope.check = Some(explained(text, checked, access));
            }
        }
    }
    if let Some(named) = &definition.sample {
        let sample = sample(named, arguments, access).map_err(|refusal| refused(&refusal))?;
        scope.statement = Some(sample.sql().to_owned());
    }
    Ok(())
}

/// The arguments fit the schema: what is not there was not said.
fn sample(
    named: &SampleArguments,
    arguments: &Value,
    access: &Access,
) -> Result<CheckedQuery, Refusal> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let rows = arguments.get(&named.rows).and_then(Value::as_u64);
    let rows = rows.map_or(SAMPLE_ROWS, |rows| u32::try_from(rows).unwrap_or(u32::MAX));
    let table = text(&named.table).unwrap_or_default();
    lango_sql_guard::sample(text(&named.schema), table, rows, access)
}

/// Whoever is held to a policy is shown their query without its conditions: those are the
/// business's words, and may name what is not theirs to see.
fn explained(text: &str, checked: Result<CheckedQuery, Refusal>, access: &Access) -> SqlCheck {
    let shown = checked.and_then(|checked| {
        let sql = match access.tables() {
            Some(_) => lango_sql_guard::check(text, access.dialect())?
                .sql()
                .to_owned(),
            None => checked.sql().to_owned(),
        };
        Ok((sql, checked.tables().to_vec()))
    });
    match shown {
        Ok((sql, tables)) => SqlCheck::Allowed { sql, tables },
        Err(refusal) => SqlCheck::Refused(sql::told(&refusal)),
    }
}

fn visible(tables: Vec<lango_sql_guard::VisibleTable>) -> Vec<VisibleTable> {
    tables
        .into_iter()
        .map(|table| VisibleTable {
            schema: table.schema,
            name: table.name,
            columns: table.columns.map(|columns| {
                columns
                    .into_iter()
                    .map(|column| VisibleColumn {
                        name: column.name,
                        masked: column.masked,
                    })
                    .collect()
            }),
            rows_limited: table.rows_limited,
        })
        .collect()
}

fn refused(refusal: &Refusal) -> Denial {
    let told = sql::told(refusal);
    let denial = refuse("sql_refused", refusal.to_string())
        .with_member("sql", told.code)
        .with_member("construct", told.construct)
        .with_member("hint", told.hint);
    match told.position {
        Some(at) => denial.with_member("position", json!(at)),
        None => denial,
    }
}

/// Nobody has said what the caller may see: a question of access, and no statement would
/// be a better one.
fn not_enforced(refusal: &Refusal) -> Denial {
    Denial::new(
        lango_audit_log::Layer::Access,
        "not_enforced",
        403,
        refusal.hint.clone(),
    )
}
