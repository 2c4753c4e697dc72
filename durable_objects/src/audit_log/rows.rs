//! A row of SQLite as a value of Rust: what has blobs is read without the names of its
//! columns.

use lango_audit_log::TreeHash;
use worker::{SqlStorage, SqlStorageValue};

/// What is left of a row.
pub(super) struct Row(std::vec::IntoIter<SqlStorageValue>);

/// Reads rows one after the other.
pub(super) fn rows(
    sql: &SqlStorage,
    query: &str,
    values: Vec<SqlStorageValue>,
) -> worker::Result<impl Iterator<Item = worker::Result<Row>>> {
    let cursor = sql.exec(query, values)?;
    Ok(cursor
        .raw()
        .map(|row| row.map(|values| Row(values.into_iter()))))
}

/// The only row, or the first.
pub(super) fn first(
    sql: &SqlStorage,
    query: &str,
    values: Vec<SqlStorageValue>,
) -> worker::Result<Option<Row>> {
    rows(sql, query, values)?.next().transpose()
}

impl Row {
    /// A number that is never negative.
    pub(super) fn number(&mut self) -> worker::Result<u64> {
        let number = self.signed()?;
        u64::try_from(number).map_err(|_| unreadable())
    }

    pub(super) fn optional_number(&mut self) -> worker::Result<Option<u64>> {
        match self.0.next() {
            Some(SqlStorageValue::Integer(number)) => {
                u64::try_from(number).map(Some).map_err(|_| unreadable())
            }
            Some(SqlStorageValue::Null) => Ok(None),
            _ => Err(unreadable()),
        }
    }

    pub(super) fn signed(&mut self) -> worker::Result<i64> {
        match self.0.next() {
            Some(SqlStorageValue::Integer(number)) => Ok(number),
            _ => Err(unreadable()),
        }
    }

    pub(super) fn text(&mut self) -> worker::Result<Option<String>> {
        match self.0.next() {
            Some(SqlStorageValue::String(text)) => Ok(Some(text)),
            Some(SqlStorageValue::Null) => Ok(None),
            _ => Err(unreadable()),
        }
    }

    pub(super) fn blob(&mut self) -> worker::Result<Option<Vec<u8>>> {
        match self.0.next() {
            Some(SqlStorageValue::Blob(bytes)) => Ok(Some(bytes)),
            Some(SqlStorageValue::Null) => Ok(None),
            _ => Err(unreadable()),
        }
    }

    /// Hashes, one behind the other.
    pub(super) fn hashes(&mut self) -> worker::Result<Vec<TreeHash>> {
        let bytes = self.blob()?.unwrap_or_default();
        bytes
            .chunks(32)
            .map(|hash| TreeHash::from_slice(hash).map_err(|_| unreadable()))
            .collect()
    }
}

/// Hashes as one blob.
pub(super) fn blob_of(hashes: &[TreeHash]) -> SqlStorageValue {
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
    bytes.into()
}

fn unreadable() -> worker::Error {
    worker::Error::RustError("a row of the audit log is not readable".to_owned())
}
