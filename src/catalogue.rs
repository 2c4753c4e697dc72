//! The connectors that this gateway knows, from their embedded manifests.

use std::sync::OnceLock;

use jsonschema::Validator;
use lango_connector_kit::{ConnectorClass, Manifest, ToolDefinition};
use serde_json::Value;

/// The manifests, in the order in which their tools are listed. One that has no
/// Worker bound is simply never connected.
const MANIFESTS: [&str; 2] = [
    include_str!("../connectors/postgres/connector.json"),
    include_str!("../connectors/fixtures/connector.json"),
];

/// Every connector and its tools.
pub(crate) struct Catalogue {
    connectors: Vec<Connector>,
}

/// One connector.
pub(crate) struct Connector {
    manifest: Manifest,
    tools: Vec<Tool>,
}

/// One tool, with what is compiled of it.
pub(crate) struct Tool {
    definition: ToolDefinition,
    connector: String,
    class: ConnectorClass,
    input_validator: Validator,
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

    /// All tools, in their stable order.
    pub(crate) fn tools(&self) -> impl Iterator<Item = &Tool> {
        self.connectors
            .iter()
            .flat_map(|connector| &connector.tools)
    }

    /// The tool of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Tool> {
        self.tools().find(|tool| tool.definition.name == name)
    }

    /// Whether there is a connector of that kind.
    pub(crate) fn has(&self, kind: &str) -> bool {
        self.connectors
            .iter()
            .any(|connector| connector.manifest.kind == kind)
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
            .map(|definition| Tool::compile(&manifest, definition))
            .collect::<Result<_, _>>()?;
        Ok(Self { manifest, tools })
    }
}

impl Tool {
    fn compile(manifest: &Manifest, definition: &ToolDefinition) -> Result<Self, String> {
        let schema = Value::Object(definition.input_schema.clone());
        Ok(Self {
            input_validator: jsonschema::draft202012::new(&schema)
                .map_err(|error| format!("{}: {error}", definition.name))?,
            definition: definition.clone(),
            connector: manifest.kind.clone(),
            class: manifest.class,
        })
    }

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

    /// What its arguments must fit.
    pub(crate) fn input_validator(&self) -> &Validator {
        &self.input_validator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manifest_parses_and_compiles() {
        for json in MANIFESTS {
            Connector::parse(json).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    #[test]
    fn no_two_tools_have_one_name() {
        let mut names: Vec<_> = Catalogue::shipped()
            .tools()
            .map(|tool| &tool.definition.name)
            .collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_connector_of_the_tree_is_in_the_catalogue() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/connectors");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.join("connector.json").exists() {
                let kind = path.file_name().unwrap().to_str().unwrap().to_owned();
                assert!(Catalogue::shipped().has(&kind), "{kind}");
            }
        }
    }

    #[test]
    fn output_schemas_compile() {
        for tool in Catalogue::shipped().tools() {
            let schema = Value::Object(tool.definition.output_schema.clone());
            assert!(
                jsonschema::draft202012::new(&schema).is_ok(),
                "{}",
                tool.definition.name
            );
        }
    }
}
