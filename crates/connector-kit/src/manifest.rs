//! A connector's declaration: `connectors/<kind>/connector.json`.
//!
//! The gateway embeds the manifests of all connectors and lists, checks and
//! describes tools from them, so that `tools/list` needs no hop to a connector.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    CredentialFields,
    database::{Dialect, SampleArguments, SqlArgument},
};

/// One connector: what it is called, what it needs to connect, what it can do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Stable identifier, such as `postgres`; also the folder's name.
    pub kind: String,
    /// What people call it, such as `PostgreSQL`.
    pub title: String,
    /// Which of the five connector permissions a caller needs.
    pub class: ConnectorClass,
    /// JSON Schema (draft 2020-12) of the credential fields. Every property is
    /// a string; a form can be drawn from it.
    pub credential_schema: Map<String, Value>,
    /// The operations, in the order in which they are listed.
    pub tools: Vec<ToolDefinition>,
    /// Whether each connection has tools of its own, which an administrator has
    /// approved one by one: those of another MCP server.
    #[serde(default)]
    pub has_upstream_tools: bool,
    /// Whether its connections can act as the person who is signed in, who connects
    /// their account first.
    #[serde(default)]
    pub can_delegate: bool,
    /// Whether its connections take entries of the audit log: those of a SIEM.
    #[serde(default)]
    pub takes_audit_log: bool,
    /// Prompts.
    #[serde(default)]
    pub prompts: Vec<PromptDefinition>,
    /// Resources with a fixed URI.
    #[serde(default)]
    pub resources: Vec<ResourceDefinition>,
    /// Resources whose URI has variable parts.
    #[serde(default)]
    pub resource_templates: Vec<ResourceTemplateDefinition>,
}

/// One operation of a connector.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolDefinition {
    /// Name in `tools/list`: `[a-z0-9_]{1,64}`, without `__`, which ends the
    /// prefix of a connection.
    pub name: String,
    /// Short name for people.
    pub title: String,
    /// What it does, for the assistant.
    pub description: String,
    /// What calling it can change.
    pub access: Access,
    /// Calling it twice has the effect of calling it once.
    #[serde(default)]
    pub idempotent: bool,
    /// JSON Schema (draft 2020-12) of the arguments; an object.
    pub input_schema: Map<String, Value>,
    /// JSON Schema (draft 2020-12) of the structured result, an object; none
    /// for a tool that answers in content blocks.
    #[serde(default)]
    pub output_schema: Option<Map<String, Value>>,
    /// The argument that holds a SQL query, if there is one.
    #[serde(default)]
    pub sql: Option<SqlArgument>,
    /// The arguments that name a table whose first rows are asked for, if there are any.
    #[serde(default)]
    pub sample: Option<SampleArguments>,
    /// Whether it may, or must, run as a task.
    #[serde(default)]
    pub task: TaskSupport,
    /// Client capabilities without which it cannot work, such as `sampling`.
    #[serde(default)]
    pub requires: Vec<String>,
    /// What the tool binds its answers to. A principal who is bound to something
    /// reaches only tools that enforce it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enforces: Vec<Binding>,
}

/// What a principal can be bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// A customer, to the rows of their customer number.
    CustomerNumber,
    /// An employee, to a list of tables.
    AllowTables,
}

/// Whether a tool runs as a task: its result is fetched later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskSupport {
    /// Never.
    #[default]
    Forbidden,
    /// Where the client can.
    Optional,
    /// Always; a client that cannot is refused.
    Required,
}

/// One prompt of a connector.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptDefinition {
    /// Name in `prompts/list`, of the same form as a tool's.
    pub name: String,
    /// Short name for people.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What it takes; every argument is a text.
    #[serde(default)]
    pub arguments: Vec<PromptArgument>,
}

/// One argument of a prompt.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PromptArgument {
    /// Its name.
    pub name: String,
    /// What to fill in.
    pub description: String,
    /// Whether it must be there.
    #[serde(default)]
    pub required: bool,
}

/// One resource with a fixed URI.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceDefinition {
    /// Where it is.
    pub uri: String,
    /// Stable name; what the audit log calls it.
    pub name: String,
    /// Short name for people.
    pub title: String,
    /// What it holds.
    pub description: String,
    /// Media type.
    pub mime_type: String,
}

/// Resources whose URI has variable parts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceTemplateDefinition {
    /// URI template (RFC 6570, level 1).
    pub uri_template: String,
    /// Stable name; what the audit log calls it.
    pub name: String,
    /// Short name for people.
    pub title: String,
    /// What it holds.
    pub description: String,
    /// Media type.
    pub mime_type: String,
}

/// What calling a tool can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Changes something in the business's system.
    Write,
    /// Moves money or files something legally binding.
    Money,
}

/// The kind of system that a connector speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectorClass {
    /// Messages to people.
    Messaging,
    /// Payments, accounts, taxes.
    Financial,
    /// Customers and tickets.
    Crm,
    /// SQL databases.
    Database,
    /// Mail, files, calendars.
    Documents,
    /// What watches over others: it has nothing for assistants.
    Monitoring,
}

/// Why a manifest was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON, or not of the declared shape.
    #[error("the manifest is not valid: {0}")]
    Shape(#[from] serde_json::Error),
    /// The name of a tool or prompt is empty, too long, or has other characters
    /// than `[a-z0-9_]`, or `__`.
    #[error("name {0:?} is not of the form [a-z0-9_]{{1,64}}, without __")]
    ToolName(String),
    /// Two tools have the same name.
    #[error("tool {0:?} is declared twice")]
    DuplicateTool(String),
    /// A tool's input or output schema does not describe an object.
    #[error("the schemas of tool {0:?} must have \"type\": \"object\"")]
    Schema(String),
    /// The credential schema is not one that can be enforced.
    #[error("the credential schema is not valid: {0}")]
    CredentialSchema(String),
    /// An argument that SQL is made of is not a property of the input schema.
    #[error("tool {0:?} names an argument for SQL that its input schema does not have")]
    SqlArgument(String),
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`ManifestError`] names what is wrong with it.
    pub fn parse(json: &str) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_str(json)?;
        manifest.credential_fields()?;
        for (index, tool) in manifest.tools.iter().enumerate() {
            tool.check()?;
            if manifest.tools[..index]
                .iter()
                .any(|other| other.name == tool.name)
            {
                return Err(ManifestError::DuplicateTool(tool.name.clone()));
            }
        }
        for prompt in &manifest.prompts {
            check_name(&prompt.name)?;
        }
        Ok(manifest)
    }

    /// The credential schema, read into what it means.
    ///
    /// # Errors
    /// None for a manifest that [`Manifest::parse`] has read.
    pub fn credential_fields(&self) -> Result<CredentialFields, ManifestError> {
        CredentialFields::parse(&self.credential_schema).map_err(ManifestError::CredentialSchema)
    }

    /// The grammar of its databases, where it speaks to any.
    #[must_use]
    pub fn sql_dialect(&self) -> Option<Dialect> {
        self.tools.iter().find_map(ToolDefinition::sql_dialect)
    }

    /// The tool of that name.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&ToolDefinition> {
        self.tools.iter().find(|tool| tool.name == name)
    }
}

impl ToolDefinition {
    fn check(&self) -> Result<(), ManifestError> {
        check_name(&self.name)?;
        if [Some(&self.input_schema), self.output_schema.as_ref()]
            .iter()
            .flatten()
            .any(|schema| schema.get("type").and_then(Value::as_str) != Some("object"))
        {
            return Err(ManifestError::Schema(self.name.clone()));
        }
        if self.sql_arguments().any(|name| !self.takes(name)) {
            return Err(ManifestError::SqlArgument(self.name.clone()));
        }
        Ok(())
    }

    fn takes(&self, argument: &str) -> bool {
        self.input_schema
            .get("properties")
            .is_some_and(|properties| properties.get(argument).is_some())
    }

    fn sql_arguments(&self) -> impl Iterator<Item = &str> {
        let sample = self
            .sample
            .iter()
            .flat_map(|it| [it.table.as_str(), &it.schema, &it.rows]);
        self.sql.iter().map(|it| it.argument.as_str()).chain(sample)
    }

    /// The grammar of the SQL that is made of its arguments.
    fn sql_dialect(&self) -> Option<Dialect> {
        let sample = self.sample.as_ref().map(|it| it.dialect);
        self.sql.as_ref().map(|it| it.dialect).or(sample)
    }
}

fn check_name(name: &str) -> Result<(), ManifestError> {
    let well_formed = (1..=64).contains(&name.len())
        && !name.contains("__")
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if well_formed {
        Ok(())
    } else {
        Err(ManifestError::ToolName(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest() -> Value {
        let object = json!({"type": "object", "properties": {"sql": {"type": "string"}}});
        json!({
            "kind": "demo",
            "title": "Demo",
            "class": "database",
            "credential_schema": {"type": "object", "properties": {}, "additionalProperties": false},
            "tools": [
                {"name": "demo_read", "title": "Read", "description": "Reads.", "access": "read",
                 "idempotent": true, "input_schema": object, "output_schema": object,
                 "sql": {"argument": "sql", "dialect": "postgres"}},
                {"name": "demo_pay", "title": "Pay", "description": "Pays.", "access": "money",
                 "input_schema": object, "output_schema": object}
            ]
        })
    }

    fn changed(pointer: &str, value: Value) -> Result<Manifest, ManifestError> {
        let mut manifest = manifest();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match manifest.pointer_mut(parent).unwrap() {
            Value::Object(members) => members.insert(key.to_owned(), value),
            Value::Array(items) => {
                items[key.parse::<usize>().unwrap()] = value;
                None
            }
            other => panic!("{other}"),
        };
        Manifest::parse(&manifest.to_string())
    }

    #[test]
    fn reads_what_is_declared() {
        let manifest = Manifest::parse(&manifest().to_string()).unwrap();
        assert_eq!(manifest.class, ConnectorClass::Database);
        let read = manifest.tool("demo_read").unwrap();
        assert_eq!(read.access, Access::Read);
        assert!(read.idempotent);
        assert_eq!(read.sql.as_ref().unwrap().dialect, Dialect::Postgres);
        assert_eq!(manifest.sql_dialect(), Some(Dialect::Postgres));
        let pay = manifest.tool("demo_pay").unwrap();
        assert_eq!(pay.access, Access::Money);
        assert!(!pay.idempotent && pay.sql.is_none());
        assert!(manifest.tool("demo").is_none());
    }

    #[test]
    fn wrong_names_are_refused() {
        for name in ["", "Read", "a-b", "a b", "é", "a__b", &"x".repeat(65)] {
            let error = changed("/tools/0/name", json!(name)).err().unwrap();
            assert!(
                matches!(error, ManifestError::ToolName(_)),
                "{name}: {error}"
            );
        }
        assert!(changed("/tools/0/name", json!("x".repeat(64))).is_ok());
    }

    #[test]
    fn each_defect_is_named() {
        let error = |pointer, value| changed(pointer, value).err().unwrap();
        assert!(matches!(
            error("/tools/1/name", json!("demo_read")),
            ManifestError::DuplicateTool(_)
        ));
        assert!(matches!(
            error("/tools/0/sql/argument", json!("query")),
            ManifestError::SqlArgument(_)
        ));
        let sample =
            json!({"table": "table", "schema": "schema", "rows": "rows", "dialect": "mysql"});
        assert!(matches!(
            error("/tools/1/sample", sample),
            ManifestError::SqlArgument(_)
        ));
        assert!(matches!(
            error("/tools/0/output_schema", json!({})),
            ManifestError::Schema(_)
        ));
        assert!(matches!(
            error("/credential_schema", json!({})),
            ManifestError::CredentialSchema(_)
        ));
        assert!(matches!(
            error("/tools/0/access", json!("admin")),
            ManifestError::Shape(_)
        ));
        assert!(matches!(
            error("/class", json!("spreadsheet")),
            ManifestError::Shape(_)
        ));
        assert!(matches!(
            error("/surprise", json!(1)),
            ManifestError::Shape(_)
        ));
        assert!(matches!(
            error("/tools/0/surprise", json!(1)),
            ManifestError::Shape(_)
        ));
    }
}
