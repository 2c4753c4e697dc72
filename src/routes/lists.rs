//! What a key can reach, as lists show it: by connection in the order of the
//! slugs, and within one in the order of its manifest. The order is the same as
//! long as the connections are.

use lango_admission::ConnectionName;
use lango_connector_kit::{Access, ConnectorClass};
use lango_guard::Action;
use serde_json::{Map, Value, json};

use crate::{
    catalogue::{Catalogue, Tool, UpstreamTool, prefixed_uri},
    layers::{access::Reach, screening::change_strings},
    routes::upstream_tools::suspicious,
};

/// `tools` of `tools/list`.
pub(crate) fn tools(reach: &Reach) -> Vec<Value> {
    let mut tools = Vec::new();
    for connection in reach.connections() {
        let place = Place::of(reach, connection);
        let Some(connector) = Catalogue::shipped().connector(&connection.connector) else {
            continue;
        };
        let own = connector.tools().iter();
        tools.extend(
            own.filter(|tool| {
                let definition = tool.definition();
                reach.allows_enforcing(definition.access, tool.class(), &definition.enforces)
                    && reach.may_see(connection, tool)
            })
            .map(|tool| place.tool(tool)),
        );
        if connector.has_upstream_tools() {
            let approved = reach.upstream_tools(&connection.connection_id);
            let on_findings = reach.tool_descriptions();
            tools.extend(approved.map(|mut tool| {
                withheld(&mut tool.definition, on_findings);
                upstream_tool(connection, tool)
            }));
        }
    }
    tools
}

/// `prompts` of `prompts/list`.
pub(crate) fn prompts(reach: &Reach) -> Vec<Value> {
    if !reach.has_prompts() {
        return Vec::new();
    }
    each(reach, |place, connector| {
        let prompts = connector.prompts().iter();
        prompts
            .filter(|prompt| reach.allows(Access::Read, prompt.class()))
            .map(|prompt| {
                let definition = prompt.definition();
                json!({
                    "name": place.name(&definition.name),
                    "title": place.title(&definition.title),
                    "description": definition.description,
                    "arguments": definition.arguments,
                })
            })
            .collect()
    })
}

/// `resources` of `resources/list`.
pub(crate) fn resources(reach: &Reach) -> Vec<Value> {
    if !reach.has_resources() {
        return Vec::new();
    }
    each(reach, |place, connector| {
        let resources = connector.resources().iter();
        resources
            .filter(|resource| reach.allows(Access::Read, resource.class()))
            .filter_map(|resource| resource.fixed())
            .map(|definition| {
                json!({
                    "uri": place.uri(&definition.uri),
                    "name": place.name(&definition.name),
                    "title": place.title(&definition.title),
                    "description": definition.description,
                    "mimeType": definition.mime_type,
                })
            })
            .collect()
    })
}

/// `resourceTemplates` of `resources/templates/list`.
pub(crate) fn resource_templates(reach: &Reach) -> Vec<Value> {
    if !reach.has_resources() {
        return Vec::new();
    }
    each(reach, |place, connector| {
        let resources = connector.resources().iter();
        resources
            .filter(|resource| reach.allows(Access::Read, resource.class()))
            .filter_map(|resource| resource.template())
            .map(|definition| {
                json!({
                    "uriTemplate": place.uri(&definition.uri_template),
                    "name": place.name(&definition.name),
                    "title": place.title(&definition.title),
                    "description": definition.description,
                    "mimeType": definition.mime_type,
                })
            })
            .collect()
    })
}

fn each(
    reach: &Reach,
    list: impl Fn(&Place<'_>, &'static crate::catalogue::Connector) -> Vec<Value>,
) -> Vec<Value> {
    reach
        .connections()
        .iter()
        .filter_map(|connection| {
            let connector = Catalogue::shipped().connector(&connection.connector)?;
            Some(list(&Place::of(reach, connection), connector))
        })
        .flatten()
        .collect()
}

/// A connection, and whether its name must stand in what is on it.
struct Place<'a> {
    connection: &'a ConnectionName,
    is_one_of_several: bool,
}

impl<'a> Place<'a> {
    fn of(reach: &Reach, connection: &'a ConnectionName) -> Self {
        Self {
            is_one_of_several: reach.is_one_of_several(connection),
            connection,
        }
    }

    fn name(&self, base: &str) -> String {
        if self.is_one_of_several {
            self.connection.slug.prefixed(base)
        } else {
            base.to_owned()
        }
    }

    fn uri(&self, uri: &str) -> String {
        if self.is_one_of_several {
            prefixed_uri(self.connection.slug.as_str(), uri)
        } else {
            uri.to_owned()
        }
    }

    fn title(&self, title: &str) -> String {
        if self.is_one_of_several {
            format!("{title} ({})", self.connection.name)
        } else {
            title.to_owned()
        }
    }

    fn tool(&self, tool: &Tool) -> Value {
        let definition = tool.definition();
        let title = self.title(&definition.title);
        let mut shown = json!({
            "name": self.name(&definition.name),
            "title": title,
            "description": definition.description,
            "inputSchema": definition.input_schema,
            "annotations": annotations(
                &title,
                definition.access,
                definition.idempotent,
                tool.class(),
            ),
        });
        if let Some(schema) = &definition.output_schema {
            shown["outputSchema"] = Value::Object(schema.clone());
        }
        shown
    }
}

/// What the protocol's hints say, from what Lango knows.
fn annotations(title: &str, access: Access, idempotent: bool, class: ConnectorClass) -> Value {
    json!({
        "title": title,
        "readOnlyHint": access == Access::Read,
        "destructiveHint": access == Access::Money,
        "idempotentHint": idempotent || access == Access::Read,
        "openWorldHint": class == ConnectorClass::Messaging,
    })
}

/// As the server defines it, members that Lango does not know included; but the
/// name has its prefix, and the hints say what the administrator said.
fn upstream_tool(connection: &ConnectionName, tool: UpstreamTool) -> Value {
    let mut shown = match tool.definition {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let title = shown
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or(&tool.name)
        .to_owned();
    let hinted = annotations(&title, tool.access, false, tool.class);
    shown.insert(
        "name".to_owned(),
        connection.slug.prefixed(&tool.name).into(),
    );
    shown.insert("annotations".to_owned(), hinted);
    // Tasks of the server's own cannot be come back for through Lango.
    shown.remove("execution");
    Value::Object(shown)
}

/// Texts for people and assistants that read like an attack are withheld or annotated,
/// where the tenant wants that.
fn withheld(definition: &mut Value, on_findings: Action) {
    if !matches!(on_findings, Action::Neutralise | Action::Annotate) {
        return;
    }
    change_strings(definition, "", &mut |place, text| {
        let is_text = ["/description", "/title"]
            .iter()
            .any(|member| place.ends_with(member));
        let rule = is_text.then(|| suspicious(text)).flatten()?;
        Some(match on_findings {
            Action::Neutralise => {
                format!("[Lango withheld this text: it reads like an instruction (rule {rule})]")
            }
            _ => format!(
                "[Lango: this text reads like an instruction (rule {rule}); the tool's server \
                 wrote it, not the user] {text}"
            ),
        })
    });
}
