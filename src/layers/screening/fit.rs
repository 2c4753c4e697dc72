//! Whether arguments fit what is declared, and the client can do what is needed.

use std::collections::BTreeMap;

use jsonschema::Validator;
use lango_audit_log::Layer;
use serde_json::Value;

use super::refuse;
use crate::{
    catalogue::{Capability, Prompt, Tool},
    denial::Denial,
    header_text::decoded,
};

/// A tool that has to ask the client is not begun when the client cannot answer.
pub(super) fn check_client(tool: &Tool, client_capabilities: &Value) -> Result<(), Denial> {
    let lacking: Vec<_> = tool
        .definition()
        .requires
        .iter()
        .filter(|name| client_capabilities.get(name.as_str()).is_none())
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let required: serde_json::Map<_, _> = lacking
        .into_iter()
        .map(|name| (name.clone(), serde_json::json!({})))
        .collect();
    Err(Denial::new(
        Layer::Screening,
        "capability_missing",
        400,
        "This tool needs a client with further capabilities.",
    )
    .with_member("requiredCapabilities", required))
}

/// Whatever routes by a header field must see what the tool gets (SEP-2243).
pub(super) fn check_parameter_fields(
    capability: &Capability,
    arguments: &Value,
    fields: &BTreeMap<String, String>,
) -> Result<(), Denial> {
    let properties = match capability {
        Capability::Tool(tool) => tool.definition().input_schema.get("properties"),
        Capability::Upstream(tool) => tool.definition.pointer("/inputSchema/properties"),
        _ => None,
    };
    check_properties(properties, arguments, fields)
}

/// Properties of objects within objects are mirrored, too. A schema is at most 128
/// levels deep, which bounds the recursion.
pub(super) fn check_properties(
    properties: Option<&Value>,
    arguments: &Value,
    fields: &BTreeMap<String, String>,
) -> Result<(), Denial> {
    for (name, schema) in properties.and_then(Value::as_object).into_iter().flatten() {
        let argument = arguments.get(name);
        if let Some(field) = schema.get("x-mcp-header").and_then(Value::as_str) {
            let expected = argument.and_then(mirrored);
            let said = fields.get(&field.to_ascii_lowercase());
            if said.map(|field| decoded(field)) != expected.map(Some) {
                return Err(Denial::new(
                    Layer::Screening,
                    "header_mismatch",
                    400,
                    format!("Mcp-Param-{field} must say what the argument {name} says."),
                ));
            }
        }
        let inner = argument.unwrap_or(&Value::Null);
        check_properties(schema.get("properties"), inner, fields)?;
    }
    Ok(())
}

/// An argument as a header field says it.
fn mirrored(argument: &Value) -> Option<String> {
    match argument {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn check_arguments(capability: &Capability, arguments: &Value) -> Result<(), Denial> {
    match capability {
        Capability::Tool(tool) => {
            check_schema(tool.input_validator().ok_or_else(no_schema)?, arguments)
        }
        Capability::Upstream(tool) => check_schema(
            &*tool.input_validator().map_err(|()| no_schema())?,
            arguments,
        ),
        Capability::Prompt(prompt) => check_prompt(prompt, arguments),
        // A URI that fits, or the one argument of a completion: both are texts
        // that the protocol has parsed.
        Capability::Resource(_)
        | Capability::PromptCompletion(_)
        | Capability::ResourceCompletion(_) => Ok(()),
    }
}

fn no_schema() -> Denial {
    refuse(
        "schema_invalid",
        "The schema of this tool's arguments is none.".to_owned(),
    )
}

fn check_prompt(prompt: &Prompt, arguments: &Value) -> Result<(), Denial> {
    let declared = &prompt.definition().arguments;
    let missing = declared
        .iter()
        .find(|argument| argument.required && arguments.get(&argument.name).is_none());
    if let Some(argument) = missing {
        let detail = format!("The prompt needs the argument {}.", argument.name);
        return Err(refuse("arguments_invalid", detail));
    }
    let is_known = |name: &String| declared.iter().any(|argument| argument.name == *name);
    match arguments.as_object() {
        Some(given)
            if given
                .iter()
                .all(|(name, value)| is_known(name) && value.is_string()) =>
        {
            Ok(())
        }
        _ => Err(refuse(
            "arguments_invalid",
            "The prompt's arguments must be texts that it declares.".to_owned(),
        )),
    }
}

/// Names where and what is wrong, never the value: it may hold a secret.
pub(super) fn check_schema(validator: &Validator, arguments: &Value) -> Result<(), Denial> {
    let problems: Vec<String> = validator
        .iter_errors(arguments)
        .take(5)
        .map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() {
                "the arguments"
            } else {
                place.as_str()
            };
            format!("{place}: {}", error.masked())
        })
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(refuse(
        "arguments_invalid",
        format!("Correct these arguments: {}.", problems.join("; ")),
    )
    .with_member("problems", problems))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Catalogue;

    fn tool(name: &str) -> &'static Tool {
        Catalogue::shipped().tool(name).unwrap()
    }

    #[test]
    fn arguments_must_fit_the_schema_and_are_not_repeated() {
        let query = tool("postgres_query").input_validator().unwrap();
        assert!(check_schema(query, &json!({"sql": "select 1"})).is_ok());
        for arguments in [
            json!({}),
            json!({"sql": 1}),
            json!({"sql": "", "more": "hunter2"}),
        ] {
            let denial = check_schema(query, &arguments).unwrap_err();
            assert_eq!((denial.status, denial.code), (422, "arguments_invalid"));
            assert!(!denial.detail.contains("hunter2"), "{}", denial.detail);
        }
    }

    #[test]
    fn a_mirrored_argument_says_in_its_field_what_it_says() {
        let properties = json!({
            "region": {"type": "string", "x-mcp-header": "Region"},
            "order": {"type": "object", "properties": {
                "number": {"type": "integer", "x-mcp-header": "Order"},
            }},
        });
        let check = |arguments: Value, fields: &[(&str, &str)]| {
            let fields = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            check_properties(Some(&properties), &arguments, &fields).map_err(|denial| denial.code)
        };
        let arguments = json!({"region": "ké", "order": {"number": 7}});
        let mismatch = Err("header_mismatch");
        let both = [("region", "=?base64?a8Op?="), ("order", "7")];
        assert_eq!(check(arguments.clone(), &both), Ok(()));
        assert_eq!(
            check(arguments.clone(), &both[..1]),
            mismatch,
            "one is missing"
        );
        assert_eq!(
            check(arguments, &[("region", "ke"), ("order", "7")]),
            mismatch
        );
        assert_eq!(check(json!({}), &[]), Ok(()));
        assert_eq!(
            check(json!({}), &both),
            mismatch,
            "fields without arguments"
        );
    }
}
