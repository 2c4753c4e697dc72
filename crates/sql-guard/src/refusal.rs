//! Why a query was not let through, in words an assistant can act on.

use core::fmt;

use sqlparser::tokenizer::Span;

/// The longest construct a refusal quotes. Long enough for any name, short
/// enough for a log line.
const CONSTRUCT_LIMIT: usize = 80;

/// What kind of thing was refused. The text form is stable: tests, logs and
/// clients may depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is longer than [`crate::MAX_SQL_BYTES`].
    TooLong,
    /// The query nests deeper than the guard is willing to walk.
    TooDeep,
    /// The text is not SQL the guard can parse.
    Syntax,
    /// There is no statement at all.
    Empty,
    /// More than one statement.
    SeveralStatements,
    /// A statement that is not a query.
    NotAQuery,
    /// INSERT, UPDATE, DELETE or MERGE inside a query.
    DataModifying,
    /// SELECT … INTO.
    SelectInto,
    /// FOR UPDATE, FOR SHARE and their like.
    Locking,
    /// A function that is not on the allow-list.
    Function,
    /// A system catalogue or a view that shows the server's own state.
    SystemCatalogue,
    /// A data type that looks something up or is unknown in form.
    DataType,
    /// An operator that is not on the allow-list.
    Operator,
    /// A literal or parameter in a form that is not taken.
    Literal,
    /// An identifier in a form that is not taken.
    Identifier,
    /// Any other syntax that is not on the allow-list.
    Unsupported,
    /// A table that the principal may not read, or that does not exist.
    Table,
    /// The policy cannot be applied to the principal.
    Principal,
    /// A limit of rows that is not a plain number.
    RowLimit,
    /// The checked tree cannot be written back as text that means the same.
    NotRenderable,
}

impl Code {
    /// The stable text form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::TooDeep => "too_deep",
            Self::Syntax => "syntax",
            Self::Empty => "empty",
            Self::SeveralStatements => "several_statements",
            Self::NotAQuery => "not_a_query",
            Self::DataModifying => "data_modifying",
            Self::SelectInto => "select_into",
            Self::Locking => "locking",
            Self::Function => "function",
            Self::SystemCatalogue => "system_catalogue",
            Self::DataType => "data_type",
            Self::Operator => "operator",
            Self::Literal => "literal",
            Self::Identifier => "identifier",
            Self::Unsupported => "unsupported",
            Self::Table => "table",
            Self::Principal => "principal",
            Self::RowLimit => "row_limit",
            Self::NotRenderable => "not_renderable",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A place in the text as the assistant wrote it, both counted from one,
/// columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The column within the line.
    pub column: u64,
}

impl Position {
    /// The start of `span`, unless the parser did not record one.
    pub(crate) fn of(span: Span) -> Option<Self> {
        (span.start.line > 0).then_some(Self {
            line: span.start.line,
            column: span.start.column,
        })
    }
}

/// A query that was not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The kind of refusal.
    pub code: Code,
    /// What was refused, at most 80 characters of it.
    pub construct: String,
    /// Where it stands, when the parser knows.
    pub position: Option<Position>,
    /// What would pass.
    pub hint: String,
}

impl Refusal {
    pub(crate) fn new(
        code: Code,
        construct: impl fmt::Display,
        position: Option<Position>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            code,
            construct: bounded(&construct.to_string()),
            position,
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "query refused ({}): {}",
            self.code, self.construct
        )?;
        if let Some(Position { line, column }) = self.position {
            write!(formatter, " at line {line}, column {column}")?;
        }
        write!(formatter, ". {}", self.hint)
    }
}

impl core::error::Error for Refusal {}

/// One line of at most [`CONSTRUCT_LIMIT`] characters, without control characters.
fn bounded(text: &str) -> String {
    let mut characters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = characters.by_ref().take(CONSTRUCT_LIMIT).collect();
    if characters.next().is_some() {
        short.pop();
        short.push('…');
    }
    short
}
