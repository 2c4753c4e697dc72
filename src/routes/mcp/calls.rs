//! From a request's parameters to a call: tools, prompts, resources and
//! suggestions.

use lango_audit_log::{Place, Subject, arguments_digest};
use lango_connector_kit::{ClientInput, TaskSupport};
use lango_tenancy::Flag;
use serde_json::{Map, Value, json};

use super::{
    era::{Client, Era},
    fault::Fault,
};
use crate::{
    catalogue::{Catalogue, Declared, Named},
    gateway::{Call, Observer},
    layers::screening::ClientSays,
};

/// The longest name or URI that is looked up, in bytes.
const NAME_LIMIT: usize = 2_048;

/// Reads a call; every round of it is read anew from the same parameters.
///
/// # Errors
/// A fault that says which parameter is wrong.
pub(super) fn read(
    method: &str,
    params: &Value,
    client: &Client,
    input: Option<ClientInput>,
    observer: Option<Observer>,
) -> Result<Call, Fault> {
    let wanted = match method {
        "tools/call" => tool(params)?,
        "prompts/get" => prompt(params)?,
        "resources/read" => resource(params, client.era)?,
        "completion/complete" => completion(params)?,
        _ => return Err(Fault::unknown_method(client.era)),
    };
    let place = Place {
        connector: wanted.named.target.connector.clone(),
        connection: None,
    };
    let digest = arguments_digest(&wanted.arguments);
    Ok(Call {
        feature: wanted.feature,
        subject: wanted.kind.subject(wanted.name, place, digest),
        named: wanted.named,
        arguments: wanted.arguments,
        input,
        client: ClientSays {
            capabilities: client.capabilities.clone(),
            parameter_fields: client.parameters.clone(),
            trace: client.trace.clone(),
        },
        observer,
        once: None,
        approval: None,
    })
}

/// The declared tool that a call names, if a connector declares it.
pub(super) fn declared_tool(params: &Value) -> Option<&'static crate::catalogue::Tool> {
    let name = params.get("name").and_then(Value::as_str)?;
    match Catalogue::shipped().named_tool(name).declared {
        Declared::Tool(tool) => Some(tool),
        _ => None,
    }
}

struct Wanted {
    kind: Kind,
    feature: Option<Flag>,
    name: String,
    named: Named,
    arguments: Value,
}

enum Kind {
    Tool,
    Prompt,
    Resource,
    Completion,
}

impl Kind {
    fn subject(self, name: String, at: Place, arguments_sha256: String) -> Subject {
        match self {
            Self::Tool => Subject::Call {
                tool: name,
                at,
                arguments_sha256,
            },
            Self::Prompt => Subject::Prompt {
                prompt: name,
                at,
                arguments_sha256,
            },
            Self::Resource => Subject::Resource {
                resource: name,
                at,
                arguments_sha256,
            },
            Self::Completion => Subject::Completion {
                of: name,
                at,
                arguments_sha256,
            },
        }
    }
}

fn tool(params: &Value) -> Result<Wanted, Fault> {
    let name = params
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_name = (1..=128).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    if !is_name {
        let detail = "params.name must be a tool's name: 1 to 128 of A-Z a-z 0-9 _ - . /";
        return Err(Fault::invalid_params(detail));
    }
    let named = Catalogue::shipped().named_tool(name);
    Ok(Wanted {
        kind: Kind::Tool,
        feature: match &named.declared {
            Declared::Tool(tool) if tool.definition().task == TaskSupport::Required => {
                Some(Flag::McpTasks)
            }
            _ => None,
        },
        name: name.to_owned(),
        named,
        arguments: object(params, "arguments").ok_or_else(no_object)?,
    })
}

fn prompt(params: &Value) -> Result<Wanted, Fault> {
    let name = text(params, "name", "params.name must be a prompt's name.")?;
    Ok(Wanted {
        kind: Kind::Prompt,
        feature: Some(Flag::McpPrompts),
        name: name.to_owned(),
        named: Catalogue::shipped().named_prompt(name),
        arguments: object(params, "arguments").ok_or_else(no_object)?,
    })
}

fn resource(params: &Value, era: Era) -> Result<Wanted, Fault> {
    let uri = text(params, "uri", "params.uri must be a resource's URI.")?;
    let (named, uri) = Catalogue::shipped()
        .named_resource(uri)
        .ok_or_else(|| Fault::no_resource(era, uri))?;
    Ok(Wanted {
        kind: Kind::Resource,
        feature: Some(Flag::McpResources),
        name: named.target.name.clone(),
        named,
        arguments: json!({ "uri": uri }),
    })
}

fn completion(params: &Value) -> Result<Wanted, Fault> {
    let reference = params.get("ref").unwrap_or(&Value::Null);
    let kind = reference.get("type").and_then(Value::as_str);
    let (feature, named) = match kind {
        Some("ref/prompt") => {
            let name = text(
                reference,
                "name",
                "params.ref.name must be a prompt's name.",
            )?;
            let named = Catalogue::shipped().named_prompt_completion(name);
            (Flag::McpPrompts, named)
        }
        Some("ref/resource") => {
            let uri = text(reference, "uri", "params.ref.uri must be a template's.")?;
            let named = Catalogue::shipped()
                .named_template_completion(uri)
                .ok_or_else(|| Fault::invalid_params("There is no such resource template."))?;
            (Flag::McpResources, named)
        }
        _ => {
            let detail = "params.ref.type must be ref/prompt or ref/resource.";
            return Err(Fault::invalid_params(detail));
        }
    };
    let argument = params.get("argument").unwrap_or(&Value::Null);
    let detail = "params.argument must have a name and a value, both texts.";
    let name = text(argument, "name", detail)?;
    let value = argument
        .get("value")
        .and_then(Value::as_str)
        .ok_or_else(|| Fault::invalid_params(detail))?;
    let context = object(params, "context").ok_or_else(no_object)?;
    Ok(Wanted {
        kind: Kind::Completion,
        feature: Some(feature),
        name: named.target.name.clone(),
        named,
        arguments: json!({ "argument": { "name": name, "value": value }, "context": context }),
    })
}

/// An optional object, empty when it is missing.
fn object(params: &Value, name: &str) -> Option<Value> {
    match params.get(name) {
        None | Some(Value::Null) => Some(Value::Object(Map::new())),
        Some(object @ Value::Object(_)) => Some(object.clone()),
        Some(_) => None,
    }
}

fn no_object() -> Fault {
    Fault::invalid_params("params.arguments must be an object.")
}

fn text<'a>(params: &'a Value, name: &str, detail: &'static str) -> Result<&'a str, Fault> {
    params
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| (1..=NAME_LIMIT).contains(&text.len()))
        .ok_or_else(|| Fault::invalid_params(detail))
}
