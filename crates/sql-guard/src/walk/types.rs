//! Rules for data types.
//!
//! A cast to one of the `reg…` types looks an object up by name in the
//! catalogues, the check of a domain is a function of the owner's, and every
//! table is a type whose fields tell its columns: a type that is not on a list
//! is refused.

use sqlparser::ast::{ArrayElemTypeDef, DataType, ObjectName, ObjectNamePart, Spanned};

use super::{Rule, name::folded, refuse, value};
use crate::Dialect;
use crate::refusal::{Code, Position};

/// PostgreSQL's own, as the parser knows them by name alone, and those of its
/// common extensions.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "bool", "box", "bpchar", "bytea", "char", "cidr", "circle", "citext", "cube", "date",
    "datemultirange", "daterange", "float4", "float8", "geography", "geometry", "hstore", "inet",
    "int2", "int4", "int4multirange", "int4range", "int8", "int8multirange", "int8range",
    "interval", "json", "jsonb", "jsonpath", "line", "lseg", "ltree", "macaddr", "macaddr8",
    "money", "name", "numeric", "nummultirange", "numrange", "oid", "path", "point", "polygon",
    "text", "time", "timestamp", "timestamptz", "timetz", "tsmultirange", "tsquery", "tsrange",
    "tstzmultirange", "tstzrange", "tsvector", "uuid", "varbit", "varchar", "vector", "xml",
];

pub(super) fn check(data_type: &DataType, dialect: Dialect) -> Rule {
    if dialect == Dialect::Mysql {
        return if is_of_mysql(data_type) {
            Ok(())
        } else {
            refuse(
                Code::DataType,
                data_type,
                None,
                "Cast to CHAR, SIGNED, UNSIGNED, DECIMAL(m, d), DOUBLE, DATE, DATETIME, TIME, JSON or BINARY.",
            )
        };
    }
    let mut data_type = data_type;
    // Arrays of arrays nest without recursion in the parser: follow in a loop.
    loop {
        match data_type {
            DataType::Array(
                ArrayElemTypeDef::SquareBracket(element, _)
                | ArrayElemTypeDef::Qualified(element, _),
            ) => data_type = element,
            DataType::Custom(name, modifiers) => return custom(name, modifiers),
            known if is_builtin(known) => return Ok(()),
            other => return unknown(other, None),
        }
    }
}

/// The types that MySQL and MariaDB cast to and that `JSON_TABLE` may declare.
fn is_of_mysql(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Signed
            | DataType::SignedInteger
            | DataType::Unsigned
            | DataType::UnsignedInteger
            | DataType::Char(_)
            | DataType::Character(_)
            | DataType::Varchar(_)
            | DataType::Text
            | DataType::Binary(_)
            | DataType::Date
            | DataType::Datetime(_)
            | DataType::Time(..)
            | DataType::Timestamp(..)
            | DataType::Decimal(_)
            | DataType::Double(_)
            | DataType::DoublePrecision
            | DataType::Float(_)
            | DataType::Real
            | DataType::JSON
            | DataType::TinyInt(_)
            | DataType::SmallInt(_)
            | DataType::MediumInt(_)
            | DataType::Int(_)
            | DataType::Integer(_)
            | DataType::BigInt(_)
            | DataType::IntUnsigned(_)
            | DataType::BigIntUnsigned(_)
    )
}

/// The character set of `CONVERT(… USING …)`.
pub(super) fn character_set(name: &ObjectName) -> Rule {
    let known = match name.0.as_slice() {
        [ObjectNamePart::Identifier(set)] => {
            value::is_introducer(&format!("_{}", set.value)) || set.value == "utf16"
        }
        _ => false,
    };
    if known {
        Ok(())
    } else {
        unknown(name, Position::of(name.span()))
    }
}

fn is_builtin(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Character(_)
            | DataType::Char(_)
            | DataType::CharacterVarying(_)
            | DataType::CharVarying(_)
            | DataType::Varchar(_)
            | DataType::Uuid
            | DataType::Numeric(_)
            | DataType::Decimal(_)
            | DataType::Dec(_)
            | DataType::Float(_)
            | DataType::Int2(None)
            | DataType::SmallInt(None)
            | DataType::Int(None)
            | DataType::Int4(None)
            | DataType::Int8(None)
            | DataType::Integer(None)
            | DataType::BigInt(None)
            | DataType::Float4
            | DataType::Real
            | DataType::Float8
            | DataType::DoublePrecision
            | DataType::Bool
            | DataType::Boolean
            | DataType::Date
            | DataType::Time(..)
            | DataType::Timestamp(..)
            | DataType::Interval { .. }
            | DataType::JSON
            | DataType::JSONB
            | DataType::Text
            | DataType::Bytea
            | DataType::Bit(_)
            | DataType::BitVarying(_)
            | DataType::VarBit(_)
            | DataType::GeometricType(_)
            | DataType::TsVector
            | DataType::TsQuery
    )
}

/// A type known by its name alone.
fn custom(name: &ObjectName, modifiers: &[String]) -> Rule {
    let known = |part: &ObjectNamePart| match part {
        ObjectNamePart::Identifier(name) => {
            KNOWN.contains(&name.value.to_ascii_lowercase().as_str())
        }
        ObjectNamePart::Function(_) => false,
    };
    let known = match name.0.as_slice() {
        [own] => known(own),
        [ObjectNamePart::Identifier(schema), own] => folded(schema) == "pg_catalog" && known(own),
        _ => false,
    };
    let plain = |modifier: &String| {
        !modifier.is_empty()
            && modifier
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if known && modifiers.iter().all(plain) {
        Ok(())
    } else {
        unknown(name, Position::of(name.span()))
    }
}

fn unknown(construct: &dyn core::fmt::Display, position: Option<Position>) -> Rule {
    refuse(
        Code::DataType,
        construct,
        position,
        "Cast to an ordinary type such as text, integer, numeric, date, timestamptz or jsonb; \
         values of an enum compare with plain strings.",
    )
}
