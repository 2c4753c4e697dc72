//! Parameters that are mirrored in header fields (`x-mcp-header`, 2026-07-28).

use serde_json::{Map, Value};

use crate::header::{encoded, is_field_name};

const KEYWORD: &str = "x-mcp-header";
/// Keywords whose value is a schema by each name in it.
const NAMED_SCHEMAS: [&str; 5] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
];
/// Keywords whose value is data, in which the keyword means nothing.
const DATA: [&str; 4] = ["const", "default", "enum", "examples"];
/// The integers that every JSON implementation can write (RFC 7493).
const SAFE_INTEGER: u64 = 1 << 53;

/// A parameter and the field that it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    path: Vec<String>,
    field: String,
}

/// A declaration that makes the definition invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Invalid;

/// The parameters that a schema declares, in no order that matters.
pub(crate) fn declared(schema: &Value) -> Result<Vec<Parameter>, Invalid> {
    let mut found = Vec::new();
    visit(schema, Some(&[]), &mut found)?;
    Ok(found)
}

impl Parameter {
    /// The field for a call with these arguments; none for an argument that is
    /// not there.
    pub(crate) fn header(&self, arguments: &Map<String, Value>) -> Option<(String, String)> {
        let (first, rest) = self.path.split_first()?;
        let value = rest
            .iter()
            .try_fold(arguments.get(first)?, |value, name| value.get(name))?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) if is_safe(number) => number.to_string(),
            _ => return None,
        };
        Some((format!("mcp-param-{}", self.field), encoded(&text)))
    }
}

fn is_safe(number: &serde_json::Number) -> bool {
    number
        .as_i64()
        .is_some_and(|number| number.unsigned_abs() < SAFE_INTEGER)
}

/// `path` is `None` where a declaration is not allowed. The depth of parsed
/// JSON bounds the recursion.
fn visit(
    schema: &Value,
    path: Option<&[String]>,
    found: &mut Vec<Parameter>,
) -> Result<(), Invalid> {
    let members = match schema {
        Value::Object(members) => members,
        Value::Array(items) => {
            return items.iter().try_for_each(|item| visit(item, None, found));
        }
        _ => return Ok(()),
    };
    if let Some(field) = members.get(KEYWORD) {
        found.push(declaration(members, field, path, found)?);
    }
    for (keyword, value) in members {
        if DATA.contains(&keyword.as_str()) || keyword == KEYWORD {
            continue;
        }
        match value {
            Value::Object(named) if NAMED_SCHEMAS.contains(&keyword.as_str()) => {
                for (name, schema) in named {
                    let path = path
                        .filter(|_| keyword == "properties")
                        .map(|path| [path, std::slice::from_ref(name)].concat());
                    visit(schema, path.as_deref(), found)?;
                }
            }
            other => visit(other, None, found)?,
        }
    }
    Ok(())
}

fn declaration(
    schema: &Map<String, Value>,
    field: &Value,
    path: Option<&[String]>,
    found: &[Parameter],
) -> Result<Parameter, Invalid> {
    let path = path.filter(|path| !path.is_empty()).ok_or(Invalid)?;
    let field = field
        .as_str()
        .filter(|field| is_field_name(field))
        .ok_or(Invalid)?
        .to_ascii_lowercase();
    let kind = schema.get("type").and_then(Value::as_str);
    let is_primitive = matches!(kind, Some("string" | "integer" | "boolean"));
    if !is_primitive || found.iter().any(|known| known.field == field) {
        return Err(Invalid);
    }
    Ok(Parameter {
        path: path.to_vec(),
        field,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn headers(schema: &Value, arguments: &Value) -> Vec<(String, String)> {
        declared(schema)
            .unwrap()
            .iter()
            .filter_map(|parameter| parameter.header(arguments.as_object().unwrap()))
            .collect()
    }

    #[test]
    fn declared_parameters_are_mirrored() {
        let schema = json!({"type": "object", "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "limits": {"type": "object", "properties": {
                "rows": {"type": "integer", "x-mcp-header": "Rows"},
            }},
            "x-mcp-header": {"type": "string", "default": {"x-mcp-header": "data"}},
        }});
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            headers(&schema, &json!({"region": "Côte", "limits": {"rows": 5}})),
            [
                pair("mcp-param-rows", "5"),
                pair("mcp-param-region", "=?base64?Q8O0dGU=?=")
            ]
        );
        assert_eq!(headers(&schema, &json!({"region": null})), []);
        assert_eq!(headers(&schema, &json!({"limits": {"rows": 1.5}})), []);
    }

    #[test]
    fn declarations_elsewhere_are_invalid() {
        let named = json!({"type": "string", "x-mcp-header": "A"});
        for schema in [
            named.clone(),
            json!({"items": named}),
            json!({"anyOf": [{"properties": {"a": named}}]}),
            json!({"$defs": {"a": named}}),
            json!({"properties": {"a": {"type": "number", "x-mcp-header": "A"}}}),
            json!({"properties": {"a": {"type": "string", "x-mcp-header": ""}}}),
            json!({"properties": {"a": {"type": "string", "x-mcp-header": "a b"}}}),
            json!({"properties": {"a": named, "b": {"type": "string", "x-mcp-header": "a"}}}),
        ] {
            assert_eq!(declared(&schema), Err(Invalid), "{schema}");
        }
    }
}
