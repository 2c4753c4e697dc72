//! Makes `openapi.json` of the table of routes: the OpenAPI 3.1 document that
//! `openapi.rs` serves. Only tests do, and one of them holds the file to it.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::{
    route::{Kind, Route, Who},
    table::ROUTES,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The document, without the server at which a deployment is reached.
fn description() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let operation = operation(route, &mut generator);
        let item = paths
            .entry(route.path.to_owned())
            .or_insert_with(|| json!({}));
        item[route.method.name().to_ascii_lowercase()] = operation;
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lango: administration",
            "version": VERSION,
            "description": "Routes of tenants (/admin/v1), of the platform (/platform/v1), and \
                for signing in (/auth/v1). Lists are paged by cursor, changes need If-Match, \
                creations take Idempotency-Key, and every refusal is a problem document (RFC 9457).",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "tenant": {
                    "type": "http", "scheme": "bearer",
                    "description": "An API key, or the access token of a sign-in.",
                },
                "platform": {
                    "type": "http", "scheme": "bearer",
                    "description": "A platform admin's token.",
                },
                "browser": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-lango_session",
                    "description": "A browser's session; changes need X-CSRF-Token besides.",
                },
            },
        },
    })
}

fn operation(route: &Route, generator: &mut schemars::SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": route.operation.name(),
        "summary": route.summary,
        "parameters": parameters(route),
        "responses": responses(route, generator),
        "security": security(route.who),
    });
    if let Some(request) = route.request {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": request.schema(generator) } },
        });
    }
    if let Who::Tenant(permissions) = route.who {
        let names: Vec<_> = permissions.iter().map(|one| one.name()).collect();
        operation["x-permissions"] = json!(names);
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.parameters().map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } })
    });
    let in_query = route.query.iter().map(|parameter| {
        json!({
            "name": parameter.name, "in": "query", "description": parameter.description,
            "schema": { "type": "string" },
        })
    });
    let mut parameters: Vec<_> = in_path.chain(in_query).collect();
    match route.kind {
        Kind::List => parameters.extend([
            json!({
                "name": "limit", "in": "query", "description": "How many entries; 50 when absent.",
                "schema": { "type": "integer", "minimum": 1, "maximum": 200 },
            }),
            json!({
                "name": "cursor", "in": "query", "description": "The `next` of an earlier page.",
                "schema": { "type": "string" },
            }),
        ]),
        Kind::Create => parameters.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "The same key and body again give the same answer, without secrets.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$" },
        })),
        Kind::Update => parameters.push(json!({
            "name": "If-Match", "in": "header", "required": true,
            "description": "The ETag that it was read with.",
            "schema": { "type": "string" },
        })),
        _ => {}
    }
    parameters
}

fn responses(route: &Route, generator: &mut schemars::SchemaGenerator) -> Value {
    let status = match route.kind {
        Kind::Create => "201",
        Kind::Accept => "202",
        _ if !route.has_answer() => "204",
        _ => "200",
    };
    let mut good = json!({ "description": route.summary });
    if let Some(answer) = route.answer {
        let media_type = match route.kind {
            Kind::Export => "application/x-ndjson",
            _ => "application/json",
        };
        good["content"] = json!({ media_type: { "schema": answer.schema(generator) } });
    }
    if matches!(route.kind, Kind::Read | Kind::Update) {
        good["headers"] = json!({ "ETag": { "schema": { "type": "string" } } });
    }
    json!({
        status: good,
        "default": {
            "description": "Why not.",
            "content": {
                "application/problem+json": {
                    "schema": { "$ref": "#/components/schemas/Problem" },
                },
            },
        },
    })
}

fn security(who: Who) -> Value {
    match who {
        Who::Public => json!([]),
        Who::SignedIn | Who::Tenant(_) => json!([{ "tenant": [] }, { "browser": [] }]),
        Who::Platform | Who::Bootstrap => json!([{ "platform": [] }]),
    }
}

/// RFC 9457, with Lango's members.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "layer", "code"],
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

/// The text in the tree: a line for each path and each schema, so that a change shows
/// which it is of, and no more space than that, since the gateway carries it.
fn lines(value: &Value, at: &str) -> String {
    match value {
        Value::Object(members)
            if ["", "/paths", "/components", "/components/schemas"].contains(&at) =>
        {
            let line = |(name, member): (&String, &Value)| {
                let member = lines(member, &format!("{at}/{name}"));
                format!("{}:{member}", json!(name))
            };
            let members: Vec<_> = members.iter().map(line).collect();
            format!("{{\n{}\n}}", members.join(",\n"))
        }
        _ => value.to_string(),
    }
}

/// What the gateway serves is what the table says.
#[test]
fn the_description_in_the_tree_is_that_of_the_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let made = description();
    if std::env::var_os("LANGO_WRITE_DOCUMENTS").is_some() {
        std::fs::write(file, lines(&made, "") + "\n").unwrap();
    }
    let written: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert!(
        written == made,
        "crates/api/openapi.json is not what the table of routes makes: run \
         `LANGO_WRITE_DOCUMENTS=1 cargo test -p lango-api` and read what changes."
    );
}

#[test]
fn every_route_is_in_the_document() {
    let document = description();
    let operations: usize = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|item| item.as_object().unwrap().len())
        .sum();
    assert_eq!(operations, ROUTES.len());
}

/// Nothing is referred to that is not there.
#[test]
fn every_reference_leads_to_a_schema() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if name == "$ref" {
                        found.extend(member.as_str());
                    }
                    references(member, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = description();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

/// Each body's schema is one that a validator takes.
#[test]
fn every_schema_compiles() {
    for (name, schema) in description()["components"]["schemas"].as_object().unwrap() {
        let mut whole = schema.clone();
        whole["components"] = description()["components"].clone();
        assert!(jsonschema::draft202012::new(&whole).is_ok(), "{name}");
    }
}
