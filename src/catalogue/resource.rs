//! Resources: those with a fixed URI, and templates (RFC 6570, level 1).

use lango_connector_kit::{
    ConnectorClass, Manifest, ResourceDefinition, ResourceTemplateDefinition,
};

/// One resource, or all that fit one template.
pub(crate) struct Resource {
    declared: Declared,
    connector: String,
    class: ConnectorClass,
}

enum Declared {
    Fixed(ResourceDefinition),
    Template(ResourceTemplateDefinition),
}

impl Resource {
    pub(super) fn of(manifest: &Manifest) -> Vec<Self> {
        let fixed = manifest.resources.iter().cloned().map(Declared::Fixed);
        let templates = manifest
            .resource_templates
            .iter()
            .cloned()
            .map(Declared::Template);
        fixed
            .chain(templates)
            .map(|declared| Self {
                declared,
                connector: manifest.kind.clone(),
                class: manifest.class,
            })
            .collect()
    }

    /// Its stable name.
    pub(crate) fn name(&self) -> &str {
        match &self.declared {
            Declared::Fixed(definition) => &definition.name,
            Declared::Template(definition) => &definition.name,
        }
    }

    /// Its declaration, when its URI is fixed.
    pub(crate) fn fixed(&self) -> Option<&ResourceDefinition> {
        match &self.declared {
            Declared::Fixed(definition) => Some(definition),
            Declared::Template(_) => None,
        }
    }

    /// Its declaration, when it is a template.
    pub(crate) fn template(&self) -> Option<&ResourceTemplateDefinition> {
        match &self.declared {
            Declared::Fixed(_) => None,
            Declared::Template(definition) => Some(definition),
        }
    }

    /// The kind of its connector.
    pub(crate) fn connector(&self) -> &str {
        &self.connector
    }

    /// The class of its connector.
    pub(crate) fn class(&self) -> ConnectorClass {
        self.class
    }

    pub(super) fn fits(&self, uri: &str) -> bool {
        match &self.declared {
            Declared::Fixed(definition) => definition.uri == uri,
            Declared::Template(definition) => fits(&definition.uri_template, uri),
        }
    }

    pub(super) fn is_template(&self, uri_template: &str) -> bool {
        self.template()
            .is_some_and(|definition| definition.uri_template == uri_template)
    }
}

/// Whether a URI can be expanded from a template: each `{name}` stands for one
/// or more characters other than those reserved in a URI (RFC 3986 §2.2).
fn fits(template: &str, uri: &str) -> bool {
    let Some((literal, rest)) = template.split_once('{') else {
        return template == uri;
    };
    let Some(value_on) = uri.strip_prefix(literal) else {
        return false;
    };
    let rest = rest.split_once('}').map_or("", |(_, rest)| rest);
    let length = value_on
        .find(|character: char| !is_unreserved(character))
        .unwrap_or(value_on.len());
    // The next literal begins with a reserved character in every shipped
    // template, so the longest value is the only one.
    length > 0 && fits(rest, &value_on[length..])
}

fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~%".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_one_part() {
        let template = "test://template/{id}/data";
        assert!(fits(template, "test://template/123/data"));
        assert!(fits(template, "test://template/a%20b/data"));
        for uri in [
            "test://template//data",
            "test://template/1/2/data",
            "test://template/123/data/more",
            "test://template/123",
            "test://other/123/data",
            "test://template/é/data",
        ] {
            assert!(!fits(template, uri), "{uri}");
        }
        assert!(fits("a:{x}", "a:b") && !fits("a:{x}", "a:"));
    }
}
