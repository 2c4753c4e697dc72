//! Rules for data types.
//!
//! A cast to one of the `reg…` types looks an object up by name in the
//! catalogues; everything else converts a value.

use sqlparser::ast::{ArrayElemTypeDef, DataType, ObjectName, ObjectNamePart, Spanned};

use super::{Rule, refuse};
use crate::refusal::{Code, Position};

pub(super) fn check(data_type: &DataType) -> Rule {
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

/// A type known by its name alone: an enum of the database, an extension's.
fn custom(name: &ObjectName, modifiers: &[String]) -> Rule {
    let position = Position::of(name.span());
    let mut parts = name.0.iter().map(|part| match part {
        ObjectNamePart::Identifier(identifier) => Some(identifier.value.to_lowercase()),
        ObjectNamePart::Function(_) => None,
    });
    let (schema, own) = match (parts.next(), parts.next(), parts.next()) {
        (Some(Some(own)), None, None) => (None, own),
        (Some(Some(schema)), Some(Some(own)), None) => (Some(schema), own),
        _ => return unknown(name, position),
    };
    let schema_open = schema
        .as_deref()
        .is_none_or(|s| s == "pg_catalog" || !s.starts_with("pg_"));
    let lookup = own.starts_with("reg") || own.starts_with("pg_") || own.starts_with("_reg");
    let plain = |modifier: &String| {
        !modifier.is_empty()
            && modifier
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if schema_open && !lookup && modifiers.iter().all(plain) {
        Ok(())
    } else {
        unknown(name, position)
    }
}

fn unknown(construct: &dyn core::fmt::Display, position: Option<Position>) -> Rule {
    refuse(
        Code::DataType,
        construct,
        position,
        "Cast to an ordinary type such as text, integer, numeric, date, timestamptz or jsonb.",
    )
}
