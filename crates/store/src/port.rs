//! The port: one atomic batch of statements, rows back.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A database that runs a batch of statements in one transaction.
#[allow(
    async_fn_in_trait,
    reason = "isolates are single-threaded: futures need not be Send"
)]
pub trait Sql {
    /// Runs all statements or none, and gives the rows of each.
    ///
    /// # Errors
    /// [`SqlError`] when a constraint refused the batch or the database could
    /// not be reached; nothing has changed then.
    async fn batch(&self, statements: &[Statement]) -> Result<Vec<Rows>, SqlError>;
}

/// One of the fixed texts of this crate with the values to bind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// SQL with `?1`, `?2`, … for the values.
    pub text: String,
    /// The values.
    pub values: Vec<Value>,
}

/// A bound value. Numbers stay below 2^53: they cross JavaScript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// An integer.
    Integer(i64),
    /// A text.
    Text(String),
    /// Nothing.
    Null,
}

impl Value {
    /// NULL where there is no value.
    pub(crate) fn optional(value: Option<impl Into<Self>>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Rows as objects, column by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rows(pub Vec<serde_json::Value>);

/// Why a batch was not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind:?}: {message}")]
pub struct SqlError {
    /// Which kind of failure.
    pub kind: SqlFailure,
    /// The database's own words; never bound values.
    pub message: String,
}

/// Kinds of failure that callers treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlFailure {
    /// A constraint refused: something stands there already, or is missing.
    Constraint,
    /// Anything else.
    Unavailable,
}

/// Why a store function failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A row was not of the shape that this version writes.
    #[error("a stored row is not readable: {0}")]
    Row(String),
}

impl Statement {
    pub(crate) fn new(text: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            text: text.to_owned(),
            values: values.into_iter().collect(),
        }
    }
}

impl Rows {
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<Vec<T>, StoreError> {
        self.0
            .into_iter()
            .map(|row| {
                serde_json::from_value(row).map_err(|error| StoreError::Row(error.to_string()))
            })
            .collect()
    }
}

impl SqlError {
    /// Sorts a database's message by its kind. SQLite and D1 both say
    /// "constraint failed".
    #[must_use]
    pub fn from_message(message: String) -> Self {
        let kind = if message.contains("constraint failed") {
            SqlFailure::Constraint
        } else {
            SqlFailure::Unavailable
        };
        Self { kind, message }
    }
}

impl StoreError {
    /// Whether a constraint refused.
    #[must_use]
    pub fn is_constraint(&self) -> bool {
        matches!(
            self,
            Self::Sql(SqlError {
                kind: SqlFailure::Constraint,
                ..
            })
        )
    }
}

impl StoreError {
    /// Whether there would be more of something than there may be.
    #[must_use]
    pub fn is_quota(&self) -> bool {
        self.is_constraint()
            && matches!(self, Self::Sql(error) if error.message.contains("tenant_quotas.changed_by"))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

/// Runs one statement.
pub(crate) async fn run(sql: &impl Sql, statement: Statement) -> Result<Rows, StoreError> {
    let mut rows = sql.batch(&[statement]).await?;
    Ok(rows.pop().unwrap_or_default())
}
