//! A tool as an upstream defines it, and the digest that pins it.

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use crate::{
    parameter::{self, Parameter},
    schema::{self, Unfit},
    strict_json,
};

/// A definition is shown to an assistant in full: longer ones are not for it.
const LARGEST: usize = 32 * 1024;
/// With the connection's prefix, a name stays within the 128 characters that
/// the protocol recommends.
const LONGEST_NAME: usize = 100;

/// One tool, exactly as the upstream sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    name: String,
    raw: String,
    sha256: String,
    parameters: Vec<Parameter>,
}

/// Why a tool cannot be used. Ends a sentence that begins with its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Over 32 KiB.
    #[error("is defined in more than 32 KiB")]
    TooLarge,
    /// Not JSON, or a member is named twice: two readers could see two tools.
    #[error("is not defined in JSON that names each member once")]
    Json,
    /// The name is missing or has characters that clients do not take.
    #[error("has no name of 1 to 100 of A-Z a-z 0-9 _ - . /")]
    Name,
    /// A schema is missing or does not describe an object.
    #[error("has a schema that does not describe an object")]
    Schema,
    /// A reference leads out of the schema.
    #[error("has a schema that refers to something outside itself")]
    Reference,
    /// Following all references would take for ever.
    #[error("has a schema that is too complex")]
    TooComplex,
    /// `x-mcp-header` where the protocol does not allow it.
    #[error("mirrors parameters in header fields in a way that the protocol forbids")]
    ParameterHeader,
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// [`DefinitionError`] says what is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, DefinitionError> {
        if raw.len() > LARGEST {
            return Err(DefinitionError::TooLarge);
        }
        let value = strict_json::parse(raw).map_err(|_| DefinitionError::Json)?;
        let name = value
            .get("name")
            .and_then(Value::as_str)
            .filter(|name| is_name(name))
            .ok_or(DefinitionError::Name)?;
        let input = value
            .get("inputSchema")
            .filter(|schema| describes_an_object(schema))
            .ok_or(DefinitionError::Schema)?;
        if value
            .get("outputSchema")
            .is_some_and(|schema| !schema.is_object())
        {
            return Err(DefinitionError::Schema);
        }
        schema::check(input).map_err(|unfit| match unfit {
            Unfit::Elsewhere => DefinitionError::Reference,
            Unfit::TooComplex => DefinitionError::TooComplex,
        })?;
        let parameters =
            parameter::declared(input).map_err(|_| DefinitionError::ParameterHeader)?;
        Ok(Self {
            name: name.to_owned(),
            sha256: digest(&value)?,
            raw: raw.to_owned(),
            parameters,
        })
    }

    /// The upstream's name for it, without any prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The JSON that the upstream sent.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// SHA-256 of the canonical form (RFC 8785) of everything in it, in
    /// hexadecimal. White space and the order of members do not change it.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The header fields that a stateless call with these arguments carries.
    #[must_use]
    pub fn parameter_headers(&self, arguments: &Map<String, Value>) -> Vec<(String, String)> {
        self.parameters
            .iter()
            .filter_map(|parameter| parameter.header(arguments))
            .collect()
    }
}

/// One page of `tools/list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolsPage {
    /// The tools in the upstream's order; with the name, where there is one,
    /// those that cannot be used.
    pub tools: Vec<Result<Definition, (Option<String>, DefinitionError)>>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl ToolsPage {
    /// Reads the result of `tools/list`.
    ///
    /// # Errors
    /// [`DefinitionError::Json`] when it is not one.
    pub fn parse(result: &RawValue) -> Result<Self, DefinitionError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page<'a> {
            #[serde(borrow)]
            tools: Vec<&'a RawValue>,
            #[serde(default)]
            next_cursor: Option<String>,
        }
        let page: Page<'_> =
            serde_json::from_str(result.get()).map_err(|_| DefinitionError::Json)?;
        Ok(Self {
            tools: page
                .tools
                .into_iter()
                .map(|raw| Definition::parse(raw.get()).map_err(|error| (name_of(raw), error)))
                .collect(),
            next: page.next_cursor,
        })
    }
}

/// The name of a tool that cannot be used, cut to what can be shown.
fn name_of(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let named: Named = serde_json::from_str(raw.get()).ok()?;
    Some(named.name.chars().take(LONGEST_NAME).collect())
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
}

fn describes_an_object(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("object")
}

fn digest(value: &Value) -> Result<String, DefinitionError> {
    let canonical = serde_json_canonicalizer::to_vec(value).map_err(|_| DefinitionError::Json)?;
    Ok(Sha256::digest(canonical)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};
    use serde_json::json;

    const ECHO: &str = r#"{"name":"echo","description":"Says it again.","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}},"annotations":{"readOnlyHint":true},"vendor":{"kept":1}}"#;

    fn changed(pointer: &str, value: Value) -> Result<Definition, DefinitionError> {
        let mut definition: Value = serde_json::from_str(ECHO).unwrap();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        definition.pointer_mut(parent).unwrap()[name] = value;
        Definition::parse(&definition.to_string())
    }

    #[test]
    fn a_definition_is_kept_as_it_was_sent() {
        let echo = Definition::parse(ECHO).unwrap();
        assert_eq!(echo.name(), "echo");
        assert_eq!(echo.raw(), ECHO);
        assert_eq!(
            echo.sha256(),
            "1eeae07ca4ca287ee1c61d71d8d62f29c53dd5afccc8aff8453917eec8ee7a51",
            "stored digests would no longer match"
        );
    }

    #[test]
    fn order_and_white_space_do_not_change_the_digest_and_every_word_does() {
        let echo = Definition::parse(ECHO).unwrap();
        let spaced = ECHO.replace(':', " : ").replace(',', " ,\n");
        assert_eq!(Definition::parse(&spaced).unwrap().sha256(), echo.sha256());
        for (pointer, value) in [
            ("/description", json!("Says it again. ")),
            ("/title", json!("Echo")),
            ("/inputSchema/properties/text/description", json!("x")),
            ("/inputSchema/additionalProperties", json!(false)),
            ("/annotations/readOnlyHint", json!(false)),
            ("/vendor/kept", json!(2)),
            ("/_meta", json!({})),
        ] {
            let other = changed(pointer, value).unwrap();
            assert_ne!(other.sha256(), echo.sha256(), "{pointer}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        assert_eq!(changed("/name", json!("")), Err(DefinitionError::Name));
        assert_eq!(changed("/name", json!("a b")), Err(DefinitionError::Name));
        assert_eq!(changed("/name", json!("é")), Err(DefinitionError::Name));
        assert_eq!(
            changed("/name", json!("a".repeat(101))),
            Err(DefinitionError::Name)
        );
        assert_eq!(
            changed("/inputSchema", json!(true)),
            Err(DefinitionError::Schema)
        );
        assert_eq!(
            changed("/inputSchema/type", json!("array")),
            Err(DefinitionError::Schema)
        );
        assert_eq!(
            changed("/outputSchema", json!(1)),
            Err(DefinitionError::Schema)
        );
        assert_eq!(
            changed("/inputSchema/$ref", json!("https://example.com/")),
            Err(DefinitionError::Reference)
        );
        assert_eq!(
            changed("/inputSchema/x-mcp-header", json!("A")),
            Err(DefinitionError::ParameterHeader)
        );
        assert_eq!(
            changed("/x", json!("a".repeat(LARGEST))),
            Err(DefinitionError::TooLarge)
        );
        assert_eq!(
            Definition::parse(&ECHO.replacen('{', r#"{"description":"Other.","#, 1)),
            Err(DefinitionError::Json)
        );
    }

    #[test]
    fn a_page_has_tools_and_what_cannot_be_used() {
        let page =
            format!(r#"{{"tools":[{ECHO},{{"name":"broken"}},7],"nextCursor":"2","ttlMs":5}}"#);
        let page = ToolsPage::parse(&RawValue::from_string(page).unwrap()).unwrap();
        assert_eq!(page.next.as_deref(), Some("2"));
        assert_eq!(page.tools[0].as_ref().unwrap().name(), "echo");
        assert_eq!(
            page.tools[1],
            Err((Some("broken".to_owned()), DefinitionError::Schema))
        );
        assert_eq!(page.tools[2], Err((None, DefinitionError::Name)));
        for text in ["[]", "{}", r#"{"tools":{}}"#] {
            let raw = RawValue::from_string(text.to_owned()).unwrap();
            assert!(ToolsPage::parse(&raw).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_different_description_has_a_different_digest(one in ".*", other in ".*") {
            let digest = |text: &str| changed("/description", json!(text)).map(|it| it.sha256().to_owned());
            assert_eq!(digest(&one) == digest(&other), one == other);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = Definition::parse(&text);
        }
    }
}
