//! The connectors that this gateway knows, from their embedded manifests.

mod capability;
mod resource;
mod upstream;

use std::sync::OnceLock;

use jsonschema::Validator;
use lango_connector_kit::{ConnectorClass, Manifest, PromptDefinition, ToolDefinition};
use serde_json::Value;

pub(crate) use self::{
    capability::{Capability, Declared, Named, prefixed_uri},
    resource::Resource,
    upstream::{UpstreamTool, compile_schema},
};

/// The manifests, in the order in which their tools are listed. One that has no
/// Worker bound is simply never connected.
const MANIFESTS: [&str; 10] = [
    include_str!("../../connectors/postgres/connector.json"),
    include_str!("../../connectors/mysql/connector.json"),
    include_str!("../../connectors/mcp/connector.json"),
    include_str!("../../connectors/siem/connector.json"),
    include_str!("../../connectors/fixtures/connector.json"),
    include_str!("../../connectors/fixtures/business/mail.json"),
    include_str!("../../connectors/fixtures/business/documents.json"),
    include_str!("../../connectors/fixtures/business/desk.json"),
    include_str!("../../connectors/fixtures/business/bank.json"),
    include_str!("../../connectors/fixtures/business/records.json"),
];

/// Every connector and what it can do.
pub(crate) struct Catalogue {
    connectors: Vec<Connector>,
}

/// One connector.
pub(crate) struct Connector {
    manifest: Manifest,
    tools: Vec<Tool>,
    prompts: Vec<Prompt>,
    resources: Vec<Resource>,
}

/// One tool, with what is compiled of it.
pub(crate) struct Tool {
    definition: ToolDefinition,
    connector: String,
    class: ConnectorClass,
    input_validator: OnceLock<Option<Validator>>,
}

/// One prompt.
pub(crate) struct Prompt {
    definition: PromptDefinition,
    connector: String,
    class: ConnectorClass,
}

impl Catalogue {
    /// The shipped catalogue. Compiled on first use, once per isolate.
    pub(crate) fn shipped() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| Self {
            // A manifest that does not parse fails a test, so none is dropped here.
            connectors: MANIFESTS
                .iter()
                .filter_map(|json| Connector::parse(json).ok())
                .collect(),
        })
    }

    /// The connector of a kind.
    pub(crate) fn connector(&self, kind: &str) -> Option<&Connector> {
        self.connectors
            .iter()
            .find(|connector| connector.manifest.kind == kind)
    }

    /// The tool of that name, without a connection's prefix.
    pub(crate) fn tool(&self, name: &str) -> Option<&Tool> {
        self.connectors
            .iter()
            .flat_map(|connector| &connector.tools)
            .find(|tool| tool.definition.name == name)
    }

    /// The prompt of that name, without a connection's prefix.
    pub(crate) fn prompt(&self, name: &str) -> Option<&Prompt> {
        self.connectors
            .iter()
            .flat_map(|connector| &connector.prompts)
            .find(|prompt| prompt.definition.name == name)
    }

    /// The resource at a URI, or the template that it fits.
    pub(crate) fn resource(&self, uri: &str) -> Option<&Resource> {
        self.connectors
            .iter()
            .flat_map(|connector| &connector.resources)
            .find(|resource| resource.fits(uri))
    }

    /// The resource template as a client names it.
    pub(crate) fn template(&self, uri_template: &str) -> Option<&Resource> {
        self.connectors
            .iter()
            .flat_map(|connector| &connector.resources)
            .find(|resource| resource.is_template(uri_template))
    }

    /// Whether there is a connector of that kind.
    pub(crate) fn has(&self, kind: &str) -> bool {
        self.connector(kind).is_some()
    }

    /// The kinds of all connectors.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.connectors
            .iter()
            .map(|connector| connector.manifest.kind.as_str())
    }
}

impl Connector {
    fn parse(json: &str) -> Result<Self, String> {
        let manifest = Manifest::parse(json).map_err(|error| error.to_string())?;
        let tools = manifest
            .tools
            .iter()
            .map(|definition| Tool {
                input_validator: OnceLock::new(),
                definition: definition.clone(),
                connector: manifest.kind.clone(),
                class: manifest.class,
            })
            .collect();
        let prompts = manifest
            .prompts
            .iter()
            .map(|definition| Prompt {
                definition: definition.clone(),
                connector: manifest.kind.clone(),
                class: manifest.class,
            })
            .collect();
        Ok(Self {
            tools,
            prompts,
            resources: Resource::of(&manifest),
            manifest,
        })
    }

    /// Whether its connections can act as the person who is signed in.
    pub(crate) fn can_delegate(&self) -> bool {
        self.manifest.can_delegate
    }

    /// Its declaration.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether its connections have tools of their own, approved one by one.
    pub(crate) fn has_upstream_tools(&self) -> bool {
        self.manifest.has_upstream_tools
    }

    /// Its tools, in their stable order.
    pub(crate) fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// Its prompts, in their stable order.
    pub(crate) fn prompts(&self) -> &[Prompt] {
        &self.prompts
    }

    /// Its resources and templates, in their stable order.
    pub(crate) fn resources(&self) -> &[Resource] {
        &self.resources
    }
}

impl Tool {
    /// Its declaration.
    pub(crate) fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    /// The kind of its connector.
    pub(crate) fn connector(&self) -> &str {
        &self.connector
    }

    /// The class of its connector.
    pub(crate) fn class(&self) -> ConnectorClass {
        self.class
    }

    /// What its arguments must fit; compiled when it is first asked for. `None`
    /// for a schema that does not compile, which a test rules out.
    pub(crate) fn input_validator(&self) -> Option<&Validator> {
        self.input_validator
            .get_or_init(|| {
                let schema = Value::Object(self.definition.input_schema.clone());
                jsonschema::draft202012::new(&schema).ok()
            })
            .as_ref()
    }
}

impl Prompt {
    /// Its declaration.
    pub(crate) fn definition(&self) -> &PromptDefinition {
        &self.definition
    }

    /// The kind of its connector.
    pub(crate) fn connector(&self) -> &str {
        &self.connector
    }

    /// The class of its connector.
    pub(crate) fn class(&self) -> ConnectorClass {
        self.class
    }
}

#[cfg(test)]
mod tests;
