//! The OpenAPI 3.1 document of the tools that a key may call.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// What is encoded within a segment of a path: all that is not unreserved (RFC 3986
/// §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Describes the tools, as lists show them.
pub(super) fn document(origin: &str, tools: &[Value]) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    paths.insert("/v1/tools".to_owned(), json!({ "get": list_operation() }));
    for tool in tools {
        let Some(name) = tool.get("name").and_then(Value::as_str) else {
            continue;
        };
        let arguments = hoisted(&mut schemas, name, "arguments", tool.get("inputSchema"));
        let result = hoisted(&mut schemas, name, "result", tool.get("outputSchema"));
        let operation = operation(name, tool, &arguments, &result);
        let segment = utf8_percent_encode(name, SEGMENT);
        paths.insert(format!("/v1/tools/{segment}"), json!({ "post": operation }));
    }
    schemas.insert("problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lango",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The tools that this key may call on a business's own systems.",
        },
        "servers": [{ "url": origin }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas,
        },
    })
}

fn list_operation() -> Value {
    json!({
        "operationId": "list_tools",
        "summary": "List the tools",
        "responses": with_refusals(json!({
            "200": answer("The tools.", &json!({
                "type": "object",
                "required": ["items"],
                "properties": { "items": { "type": "array", "items": { "type": "object" } } },
            })),
        })),
    })
}

fn operation(name: &str, tool: &Value, arguments: &Value, result: &Value) -> Value {
    let text = |member: &str| tool.get(member).and_then(Value::as_str).unwrap_or(name);
    let key = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A call that is made twice under one key happens once.",
        "schema": { "type": "string", "pattern": "^[!#-~]{1,255}$" },
    });
    let approval = json!({
        "name": "Lango-Approval",
        "in": "header",
        "description": "The approval that the call was, or is to be, made under: a call that is \
                        made again under it happens once.",
        "schema": { "type": "string" },
    });
    json!({
        "operationId": name,
        "summary": text("title"),
        "description": text("description"),
        "parameters": [key, approval],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": arguments } },
        },
        "responses": with_refusals(json!({
            "200": answer("What the tool returned.", &json!({
                "type": "object",
                "required": ["result"],
                "properties": {
                    "result": result,
                    "warning": { "type": "string" },
                    "marks": { "type": "array", "items": { "type": "object" } },
                },
            })),
        })),
    })
}

fn answer(description: &str, schema: &Value) -> Value {
    json!({
        "description": description,
        "content": { "application/json": { "schema": schema } },
    })
}

fn with_refusals(mut responses: Value) -> Value {
    for (status, description) in [
        ("400", "The request is malformed."),
        ("401", "The key is missing or not in force."),
        ("403", "The key's role does not allow it."),
        ("404", "There is no such tool."),
        ("405", "The method is not allowed."),
        (
            "409",
            "A person has to approve it, or the same call is being made.",
        ),
        ("413", "The body is too large."),
        ("415", "The body is not JSON."),
        ("422", "The arguments are refused."),
        ("424", "The system behind the tool failed."),
        ("429", "The rate is used up."),
    ] {
        let schema = json!({ "$ref": "#/components/schemas/problem" });
        responses[status] = json!({
            "description": description,
            "content": { "application/problem+json": { "schema": schema } },
        });
    }
    responses
}

/// RFC 9457.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "layer": { "type": "string" },
            "code": { "type": "string" },
        },
    })
}

/// Puts a schema among the components, so that its own references keep their
/// meaning, and refers to it.
fn hoisted(
    schemas: &mut Map<String, Value>,
    tool: &str,
    what: &str,
    schema: Option<&Value>,
) -> Value {
    let Some(schema) = schema else {
        return json!({ "type": "object" });
    };
    // Names of components: letters, digits, `.`, `-`, `_` (OpenAPI 3.1 §4.8.7).
    let safe = tool.replace('/', ".");
    let name = format!("{safe}.{what}");
    let place = format!("#/components/schemas/{name}");
    let mut schema = schema.clone();
    moved(&mut schema, &place);
    schemas.insert(name, schema);
    json!({ "$ref": place })
}

/// References within a schema begin at its new place.
fn moved(schema: &mut Value, place: &str) {
    match schema {
        Value::Object(members) => {
            members.remove("$schema");
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" => {
                        if let Some(rest) = reference.strip_prefix('#') {
                            *reference = format!("{place}{rest}");
                        }
                    }
                    member => moved(member, place),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| moved(item, place)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_encoded_in_its_path() {
        let tool = json!({ "name": "wiki__a/b", "inputSchema": { "type": "object" } });
        let document = document("https://gateway.example", &[tool]);
        let operation = &document["paths"]["/v1/tools/wiki__a%2Fb"]["post"];
        assert_eq!(operation["operationId"], "wiki__a/b");
    }

    #[test]
    fn references_follow_their_schema() {
        let tool = json!({
            "name": "t", "title": "T", "description": "d",
            "inputSchema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "$defs": { "a": { "type": "string" } },
                "properties": { "x": { "$ref": "#/$defs/a" }, "y": { "$ref": "#" } },
            },
        });
        let document = document("https://gateway.example", &[tool]);
        let arguments = &document["components"]["schemas"]["t.arguments"];
        assert_eq!(
            arguments["properties"]["x"]["$ref"],
            "#/components/schemas/t.arguments/$defs/a"
        );
        assert_eq!(
            arguments["properties"]["y"]["$ref"],
            "#/components/schemas/t.arguments"
        );
        assert!(arguments.get("$schema").is_none());
        let operation = &document["paths"]["/v1/tools/t"]["post"];
        assert_eq!(operation["operationId"], "t");
        assert_eq!(
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/t.arguments"
        );
    }
}
