//! What a call asks a connector for: a tool, a prompt, a resource.

use lango_admission::{Target, ToolName};
use lango_connector_kit::{Access, Binding, ConnectorClass, Operation};

use super::{Catalogue, Prompt, Resource, Tool, UpstreamTool};

/// The scheme under which a resource names its connection:
/// `lango://<slug>/<uri>`, where a tenant has several that have it.
const RESOURCE_SCHEME: &str = "lango://";

/// What a name stands for, as far as the catalogue alone can tell.
pub(crate) enum Declared {
    /// A connector's tool.
    Tool(&'static Tool),
    /// A connector's prompt.
    Prompt(&'static Prompt),
    /// A connector's resource.
    Resource(&'static Resource),
    /// Suggestions for an argument of a prompt.
    PromptCompletion(&'static Prompt),
    /// Suggestions for a variable of a resource template.
    ResourceCompletion(&'static Resource),
    /// A tool that no connector declares: an upstream may have it.
    UpstreamTool,
    /// Nothing has it.
    Nothing,
}

/// What is called: declared, or an upstream's and approved.
pub(crate) enum Capability {
    /// A connector's tool.
    Tool(&'static Tool),
    /// A connector's prompt.
    Prompt(&'static Prompt),
    /// A connector's resource.
    Resource(&'static Resource),
    /// Suggestions for an argument of a prompt.
    PromptCompletion(&'static Prompt),
    /// Suggestions for a variable of a resource template.
    ResourceCompletion(&'static Resource),
    /// An upstream's tool.
    Upstream(Box<UpstreamTool>),
}

/// A name, and what it stands for.
pub(crate) struct Named {
    /// What the gate is asked to resolve.
    pub(crate) target: Target,
    /// What the catalogue says.
    pub(crate) declared: Declared,
}

impl Catalogue {
    /// The tool that a caller names.
    pub(crate) fn named_tool(&'static self, name: &str) -> Named {
        let name = ToolName::split(name);
        let declared = self
            .tool(name.base)
            .map_or(Declared::UpstreamTool, Declared::Tool);
        named(name, declared)
    }

    /// The prompt that a caller names.
    pub(crate) fn named_prompt(&'static self, name: &str) -> Named {
        let name = ToolName::split(name);
        let prompt = self.prompt(name.base);
        named(name, prompt.map_or(Declared::Nothing, Declared::Prompt))
    }

    /// The prompt whose argument a caller wants suggestions for.
    pub(crate) fn named_prompt_completion(&'static self, name: &str) -> Named {
        let name = ToolName::split(name);
        let prompt = self.prompt(name.base);
        named(
            name,
            prompt.map_or(Declared::Nothing, Declared::PromptCompletion),
        )
    }

    /// The resource that a caller names, and its URI without the connection.
    pub(crate) fn named_resource<'a>(&'static self, uri: &'a str) -> Option<(Named, &'a str)> {
        let (prefix, uri) = split_uri(uri);
        let resource = self.resource(uri)?;
        let name = ToolName {
            prefix,
            base: resource.name(),
        };
        Some((named(name, Declared::Resource(resource)), uri))
    }

    /// The template whose variable a caller wants suggestions for.
    pub(crate) fn named_template_completion(&'static self, uri_template: &str) -> Option<Named> {
        let (prefix, uri_template) = split_uri(uri_template);
        let resource = self.template(uri_template)?;
        let name = ToolName {
            prefix,
            base: resource.name(),
        };
        Some(named(name, Declared::ResourceCompletion(resource)))
    }
}

/// The URI of a resource on one of several connections.
pub(crate) fn prefixed_uri(slug: &str, uri: &str) -> String {
    format!("{RESOURCE_SCHEME}{slug}/{uri}")
}

impl Declared {
    /// The kind of connector that declares it.
    fn connector(&self) -> Option<&'static str> {
        match self {
            Self::Tool(tool) => Some(tool.connector()),
            Self::Prompt(prompt) | Self::PromptCompletion(prompt) => Some(prompt.connector()),
            Self::Resource(resource) | Self::ResourceCompletion(resource) => {
                Some(resource.connector())
            }
            Self::UpstreamTool | Self::Nothing => None,
        }
    }
}

impl Declared {
    /// Whether an upstream's tool may be meant: it is one that is called, and an
    /// upstream may have one of the same name as a connector.
    pub(crate) fn may_be_upstream(&self) -> bool {
        matches!(self, Self::Tool(_) | Self::UpstreamTool)
    }

    /// What is called, unless only an upstream can have it.
    pub(crate) fn into_capability(self) -> Option<Capability> {
        Some(match self {
            Self::Tool(tool) => Capability::Tool(tool),
            Self::Prompt(prompt) => Capability::Prompt(prompt),
            Self::Resource(resource) => Capability::Resource(resource),
            Self::PromptCompletion(prompt) => Capability::PromptCompletion(prompt),
            Self::ResourceCompletion(resource) => Capability::ResourceCompletion(resource),
            Self::UpstreamTool | Self::Nothing => return None,
        })
    }
}

impl Capability {
    /// Whether its answers are held to what a caller is bound to.
    pub(crate) fn enforces(&self, binding: Binding) -> bool {
        self.tool()
            .is_some_and(|tool| tool.definition().enforces.contains(&binding))
    }

    /// What calling it can change.
    pub(crate) fn access(&self) -> Access {
        match self {
            Self::Tool(tool) => tool.definition().access,
            Self::Upstream(tool) => tool.access,
            Self::Prompt(_)
            | Self::Resource(_)
            | Self::PromptCompletion(_)
            | Self::ResourceCompletion(_) => Access::Read,
        }
    }

    /// Which kind of system it speaks to.
    pub(crate) fn class(&self) -> ConnectorClass {
        match self {
            Self::Tool(tool) => tool.class(),
            Self::Prompt(prompt) | Self::PromptCompletion(prompt) => prompt.class(),
            Self::Resource(resource) | Self::ResourceCompletion(resource) => resource.class(),
            Self::Upstream(tool) => tool.class,
        }
    }

    /// What the connector is asked for.
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Self::Tool(_) | Self::Upstream(_) => Operation::Tool,
            Self::Prompt(_) => Operation::Prompt,
            Self::Resource(_) => Operation::Resource,
            Self::PromptCompletion(_) | Self::ResourceCompletion(_) => Operation::Completion,
        }
    }

    /// The name by which the connector knows it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tool(tool) => &tool.definition().name,
            Self::Prompt(prompt) | Self::PromptCompletion(prompt) => &prompt.definition().name,
            Self::Resource(resource) | Self::ResourceCompletion(resource) => resource.name(),
            Self::Upstream(tool) => &tool.name,
        }
    }

    /// The connector's tool, if it is one.
    pub(crate) fn tool(&self) -> Option<&'static Tool> {
        match self {
            Self::Tool(tool) => Some(tool),
            _ => None,
        }
    }
}

fn named(name: ToolName<'_>, declared: Declared) -> Named {
    Named {
        target: Target {
            prefix: name.prefix.map(str::to_owned),
            connector: declared.connector().map(str::to_owned),
            name: name.base.to_owned(),
        },
        declared,
    }
}

fn split_uri(uri: &str) -> (Option<&str>, &str) {
    uri.strip_prefix(RESOURCE_SCHEME)
        .and_then(|rest| rest.split_once('/'))
        .map_or((None, uri), |(slug, uri)| (Some(slug), uri))
}
