//! What of a database is shown to a principal who asks what there is.

use super::ReadableTable;

/// A table that may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibleTable {
    /// Its schema; absent for the connection's own database.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// The columns that may be seen, in this order; absent for all.
    pub columns: Option<Vec<VisibleColumn>>,
    /// Whether only some of its rows may be read.
    pub rows_limited: bool,
}

/// A column that may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibleColumn {
    /// Its name.
    pub name: String,
    /// Whether something else is shown in the values' place.
    pub masked: bool,
}

impl VisibleTable {
    pub(super) fn of(table: &ReadableTable) -> Self {
        Self {
            schema: table.name().schema.clone(),
            name: table.name().name.clone(),
            columns: table.columns().map(|columns| {
                let columns = columns.iter();
                columns
                    .map(|column| VisibleColumn {
                        name: column.name.clone(),
                        masked: column.mask.is_some(),
                    })
                    .collect()
            }),
            rows_limited: table.rows_limited(),
        }
    }
}
