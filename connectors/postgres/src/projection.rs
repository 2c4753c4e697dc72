//! How each column is asked for, and read, so that its type keeps its meaning.

use serde_json::Value;
use tokio_postgres::types::{Kind, Type};
use tokio_postgres::{Error, Row};

use lango_connector_database::json_text;

/// What the server sends for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    /// The column itself, which is text.
    Text,
    /// Cast to text: a decimal number.
    DecimalText,
    /// Cast to text: a JSON document.
    DocumentText,
    /// The text of `to_json`: timestamps in ISO 8601, arrays, records.
    ToJson,
    /// Cast to text: everything else.
    OtherText,
}

impl Form {
    /// The form for a type.
    pub(crate) fn of(r#type: &Type) -> Self {
        match *r#type {
            Type::BOOL => Self::Bool,
            Type::INT2 => Self::Int2,
            Type::INT4 => Self::Int4,
            Type::INT8 => Self::Int8,
            Type::FLOAT4 => Self::Float4,
            Type::FLOAT8 => Self::Float8,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => Self::Text,
            Type::NUMERIC => Self::DecimalText,
            Type::JSON | Type::JSONB => Self::DocumentText,
            Type::TIMESTAMP | Type::TIMESTAMPTZ | Type::RECORD | Type::RECORD_ARRAY => Self::ToJson,
            _ => match r#type.kind() {
                Kind::Array(_) | Kind::Composite(_) => Self::ToJson,
                Kind::Domain(base) => Self::of(base),
                _ => Self::OtherText,
            },
        }
    }

    /// Reads the value of a row of [`wrap`]'s query.
    pub(crate) fn read(self, row: &Row, index: usize) -> Result<Value, Error> {
        let text = || row.try_get::<_, Option<String>>(index);
        let value = match self {
            Self::Bool => row.try_get::<_, Option<bool>>(index)?.map(Value::from),
            Self::Int2 => row.try_get::<_, Option<i16>>(index)?.map(Value::from),
            Self::Int4 => row.try_get::<_, Option<i32>>(index)?.map(Value::from),
            Self::Int8 => row
                .try_get::<_, Option<i64>>(index)?
                .map(json_text::integer),
            Self::Float4 => row.try_get::<_, Option<f32>>(index)?.map(json_text::single),
            Self::Float8 => row.try_get::<_, Option<f64>>(index)?.map(json_text::double),
            Self::DecimalText => text()?.map(json_text::decimal),
            Self::DocumentText | Self::ToJson => text()?.map(json_text::document),
            Self::Text | Self::OtherText => text()?.map(Value::from),
        };
        Ok(value.unwrap_or(Value::Null))
    }

    fn expression(self, column: usize) -> String {
        match self {
            Self::DecimalText | Self::DocumentText | Self::OtherText => {
                format!("c{column}::pg_catalog.text")
            }
            Self::ToJson => format!("pg_catalog.to_json(c{column})::pg_catalog.text"),
            _ => format!("c{column}"),
        }
    }
}

/// PostgreSQL's name of a type, arrays as `text[]`.
pub(crate) fn type_name(r#type: &Type) -> String {
    match r#type.kind() {
        Kind::Array(element) => format!("{}[]", element.name()),
        _ => r#type.name().to_owned(),
    }
}

/// The query around the caller's: its columns in the forms that can be read, and
/// no more than `rows` of them.
///
/// The server has already parsed `sql` alone as one statement. Inside the
/// parentheses it reads the same: it starts after a newline, and a comment that
/// it may end with ends at the next. Columns get new names, so that two of the
/// same name stay apart. The order of the inner query holds, since PostgreSQL
/// scans a sorted subquery in its order.
pub(crate) fn wrap(sql: &str, forms: &[Form], rows: u64) -> String {
    wrap_where(sql, forms, rows, "")
}

/// The same for a server that has not yet said that a read-only transaction has begun:
/// where none has, it runs nothing. The condition holds no column, so that it is asked
/// once, before anything else.
pub(crate) fn wrap_for_read_only(sql: &str, forms: &[Form], rows: u64) -> String {
    wrap_where(sql, forms, rows, IS_READ_ONLY)
}

const IS_READ_ONLY: &str = " WHERE pg_catalog.current_setting('transaction_read_only') \
     OPERATOR(pg_catalog.=) 'on'";

fn wrap_where(sql: &str, forms: &[Form], rows: u64, condition: &str) -> String {
    let numbered = || {
        forms
            .iter()
            .enumerate()
            .map(|(index, form)| (index + 1, form))
    };
    let projection: Vec<_> = numbered()
        .map(|(number, form)| form.expression(number))
        .collect();
    let names: Vec<_> = numbered().map(|(number, _)| format!("c{number}")).collect();
    let alias = if names.is_empty() {
        String::from("lango")
    } else {
        format!("lango ({})", names.join(", "))
    };
    format!(
        "SELECT {} FROM (\n{sql}\n) AS {alias}{condition} LIMIT {rows}",
        projection.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_form() {
        let cases = [
            (Type::BOOL, Form::Bool),
            (Type::INT8, Form::Int8),
            (Type::FLOAT4, Form::Float4),
            (Type::VARCHAR, Form::Text),
            (Type::BPCHAR, Form::Text),
            (Type::NUMERIC, Form::DecimalText),
            (Type::JSONB, Form::DocumentText),
            (Type::TIMESTAMPTZ, Form::ToJson),
            (Type::DATE, Form::OtherText),
            (Type::TEXT_ARRAY, Form::ToJson),
            (Type::RECORD, Form::ToJson),
            (Type::BYTEA, Form::OtherText),
            (Type::UUID, Form::OtherText),
            (Type::INTERVAL, Form::OtherText),
        ];
        for (r#type, form) in cases {
            assert_eq!(Form::of(&r#type), form, "{type}");
        }
    }

    #[test]
    fn types_of_the_business_have_forms_by_their_kind() {
        let new = |kind| Type::new("thing".to_owned(), 99_999, kind, "public".to_owned());
        assert_eq!(
            Form::of(&new(Kind::Enum(vec!["a".to_owned()]))),
            Form::OtherText
        );
        assert_eq!(Form::of(&new(Kind::Domain(Type::INT4))), Form::Int4);
        assert_eq!(Form::of(&new(Kind::Composite(vec![]))), Form::ToJson);
        assert_eq!(type_name(&new(Kind::Array(Type::INT4))), "int4[]");
        assert_eq!(type_name(&Type::NUMERIC), "numeric");
    }

    #[test]
    fn the_query_is_wrapped() {
        let forms = [Form::Int4, Form::DecimalText, Form::ToJson];
        assert_eq!(
            wrap("SELECT 1 AS a, 2.0 AS a, now() -- end", &forms, 501),
            "SELECT c1, c2::pg_catalog.text, pg_catalog.to_json(c3)::pg_catalog.text FROM (\n\
             SELECT 1 AS a, 2.0 AS a, now() -- end\n\
             ) AS lango (c1, c2, c3) LIMIT 501"
        );
    }

    #[test]
    fn no_columns_are_possible() {
        assert_eq!(
            wrap("SELECT", &[], 11),
            "SELECT  FROM (\nSELECT\n) AS lango LIMIT 11"
        );
    }
}
