//! The credential fields that a connector asks for, and the check of what was given.

use std::collections::BTreeMap;

use lango_vault::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Credentials;

/// A manifest's `credential_schema`, read into what it means.
///
/// It takes the few JSON Schema keywords that a form of text fields needs and
/// refuses every other one, so that no keyword is silently not enforced.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CredentialFields {
    /// Always `object`.
    #[serde(rename = "type")]
    kind: ObjectType,
    properties: BTreeMap<String, CredentialField>,
    #[serde(default)]
    required: Vec<String>,
    additional_properties: bool,
}

/// One field. Lengths count characters, as in JSON Schema.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CredentialField {
    #[serde(rename = "type")]
    _kind: StringType,
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "description")]
    _description: String,
    #[serde(default)]
    default: Option<String>,
    #[serde(default, rename = "enum")]
    one_of: Option<Vec<String>>,
    #[serde(default)]
    min_length: usize,
    max_length: usize,
    #[serde(default)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ObjectType {
    Object,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StringType {
    String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// Not shown while it is typed, and removed from every message to callers.
    Password,
}

/// What is wrong with a credential field. It never carries a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("credential field {field:?} {problem}")]
pub struct CredentialError {
    /// The field's name.
    pub field: String,
    /// What is wrong, as the end of a sentence.
    pub problem: &'static str,
}

impl CredentialError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, problem: &'static str) -> Self {
        Self {
            field: field.into(),
            problem,
        }
    }
}

impl CredentialFields {
    pub(crate) fn parse(schema: &Map<String, Value>) -> Result<Self, String> {
        let fields: Self = serde_json::from_value(Value::Object(schema.clone()))
            .map_err(|error| error.to_string())?;
        let ObjectType::Object = fields.kind;
        if fields.additional_properties {
            return Err(String::from("additionalProperties must be false"));
        }
        if let Some(name) = fields
            .required
            .iter()
            .find(|name| !fields.properties.contains_key(*name))
        {
            return Err(format!("required field {name:?} is not a property"));
        }
        if let Some((name, _)) = fields
            .properties
            .iter()
            .find(|(_, field)| !field.default_fits())
        {
            return Err(format!(
                "the default of {name:?} does not fit its own schema"
            ));
        }
        Ok(fields)
    }

    /// Checks what was given and adds the defaults of what was not.
    ///
    /// Defaults are sealed with the rest: a stored field that goes missing is
    /// then a defect to be seen, not a silent return to the default.
    ///
    /// # Errors
    /// [`CredentialError`] names the first field that does not fit.
    pub fn accept(&self, given: Credentials) -> Result<Credentials, CredentialError> {
        let mut accepted = given;
        for (name, value) in &accepted {
            let field = self
                .properties
                .get(name)
                .ok_or_else(|| CredentialError::new(name, "is not one that this connector has"))?;
            field
                .check(value.expose())
                .map_err(|problem| CredentialError::new(name, problem))?;
        }
        for (name, field) in &self.properties {
            if let Some(default) = &field.default
                && !accepted.contains_key(name)
            {
                accepted.insert(name.clone(), Secret::new(default.clone()));
            }
        }
        self.check_complete(&accepted)?;
        Ok(accepted)
    }

    /// Whether opened credentials have every field that sealing put there.
    ///
    /// # Errors
    /// [`CredentialError`] names the first field that is missing.
    pub fn check_complete(&self, credentials: &Credentials) -> Result<(), CredentialError> {
        let with_default = self
            .properties
            .iter()
            .filter(|(_, field)| field.default.is_some())
            .map(|(name, _)| name);
        match self
            .required
            .iter()
            .chain(with_default)
            .find(|name| !credentials.contains_key(*name))
        {
            Some(name) => Err(CredentialError::new(name, "is missing")),
            None => Ok(()),
        }
    }

    /// The names of the fields whose values must not show in any message.
    pub fn passwords(&self) -> impl Iterator<Item = &str> {
        self.properties
            .iter()
            .filter(|(_, field)| field.format == Some(Format::Password))
            .map(|(name, _)| name.as_str())
    }
}

impl CredentialField {
    fn check(&self, value: &str) -> Result<(), &'static str> {
        let length = value.chars().count();
        if length < self.min_length {
            return Err(if length == 0 {
                "is empty"
            } else {
                "is too short"
            });
        }
        if length > self.max_length {
            return Err("is too long");
        }
        match &self.one_of {
            Some(allowed) if !allowed.iter().any(|one| one == value) => {
                Err("is not one of the values that it may have")
            }
            _ => Ok(()),
        }
    }

    fn default_fits(&self) -> bool {
        self.default
            .as_deref()
            .is_none_or(|default| self.check(default).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "host": {"type": "string", "title": "Host", "description": "Where it is.", "minLength": 1, "maxLength": 5},
                "tls": {"type": "string", "title": "TLS", "description": "How.", "enum": ["prefer", "require"], "default": "prefer", "maxLength": 10},
                "password": {"type": "string", "title": "Password", "description": "Secret.", "format": "password", "maxLength": 100},
                "note": {"type": "string", "title": "Note", "description": "Optional.", "maxLength": 100}
            },
            "required": ["host", "password"],
            "additionalProperties": false
        })
    }

    fn fields() -> CredentialFields {
        CredentialFields::parse(schema().as_object().unwrap()).unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> Credentials {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())))
            .collect()
    }

    #[test]
    fn defaults_are_added() {
        let accepted = fields()
            .accept(given(&[("host", "db"), ("password", "")]))
            .unwrap();
        assert_eq!(
            accepted.keys().collect::<Vec<_>>(),
            ["host", "password", "tls"]
        );
        assert_eq!(accepted["tls"].expose(), "prefer");
    }

    #[test]
    fn the_field_is_named_and_the_value_is_not() {
        type Given = &'static [(&'static str, &'static str)];
        let cases: [(Given, &str, &str); 6] = [
            (&[("host", "db")], "password", "is missing"),
            (&[("host", ""), ("password", "x")], "host", "is empty"),
            (
                &[("host", "hunter2"), ("password", "x")],
                "host",
                "is too long",
            ),
            (
                &[("host", "db"), ("password", "x"), ("tls", "hunter2")],
                "tls",
                "is not one of the values that it may have",
            ),
            (
                &[("host", "db"), ("password", "x"), ("port", "hunter2")],
                "port",
                "is not one that this connector has",
            ),
            (&[], "host", "is missing"),
        ];
        for (pairs, field, problem) in cases {
            let error = fields().accept(given(pairs)).err().unwrap();
            assert_eq!(error, CredentialError::new(field, problem));
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert!(
            fields()
                .accept(given(&[("host", "ééééé"), ("password", "x")]))
                .is_ok()
        );
    }

    #[test]
    fn a_dropped_field_is_noticed() {
        let opened = given(&[("host", "db"), ("password", "x")]);
        let error = fields().check_complete(&opened).err().unwrap();
        assert_eq!(error, CredentialError::new("tls", "is missing"));
    }

    #[test]
    fn passwords_are_known() {
        assert_eq!(fields().passwords().collect::<Vec<_>>(), ["password"]);
    }

    #[test]
    fn schemas_that_would_not_be_enforced_are_refused() {
        let changes: [(&str, Value); 5] = [
            ("/properties/host/pattern", json!("^x$")),
            ("/properties/host/type", json!("integer")),
            ("/properties/tls/default", json!("other")),
            ("/additionalProperties", json!(true)),
            ("/required", json!(["hosts"])),
        ];
        for (pointer, value) in changes {
            let mut schema = schema();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            schema.pointer_mut(parent).unwrap()[key] = value;
            assert!(
                CredentialFields::parse(schema.as_object().unwrap()).is_err(),
                "{pointer}"
            );
        }
    }
}
