//! A body that fits a route, made of its schema: so that a route that is added is
//! called without being named.

use std::sync::OnceLock;

use lango_api::{Route, document};
use serde_json::{Map, Value, json};

/// What a route's request may carry; `None` where it carries nothing.
pub(crate) fn body(route: &Route) -> Option<Value> {
    let document = document_of_all();
    let method = route.method.name().to_lowercase();
    let operation = &document["paths"][route.path][&method];
    let schema = operation["requestBody"]["content"]["application/json"].get("schema")?;
    Some(sample("", schema))
}

fn document_of_all() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let document = document("https://lango.test").expect("the document in the tree");
        serde_json::to_value(document).expect("a document")
    })
}

/// The smallest value that fits.
fn sample(member: &str, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return sample(member, document_of_all().pointer(pointer).unwrap());
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(first) = schema["anyOf"].get(0).or_else(|| schema["oneOf"].get(0)) {
        return sample(member, first);
    }
    match kind(schema) {
        "string" => text(member, schema).into(),
        "integer" | "number" => schema["minimum"].as_i64().unwrap_or(1).into(),
        "boolean" => json!(true),
        "array" => json!([]),
        _ => object(schema),
    }
}

fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds[0].as_str().unwrap(),
        _ => "object",
    }
}

fn object(schema: &Value) -> Value {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let members: Map<String, Value> = required
        .iter()
        .map(|name| name.as_str().unwrap())
        .map(|name| (name.to_owned(), sample(name, &schema["properties"][name])))
        .collect();
    Value::Object(members)
}

fn text(member: &str, schema: &Value) -> &'static str {
    match (member, schema["format"].as_str()) {
        ("role", _) => "viewer",
        ("principal_id", _) => "p_00000000000000000000",
        ("vendor_country", _) => "KE",
        (_, Some("email")) => "somebody@duka.test",
        (_, Some("date-time")) => "2027-01-15T08:00:00Z",
        _ => "something-long-enough",
    }
}
