//! Tools of other MCP servers: what an administrator has approved of them.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use jsonschema::{PatternOptions, Validator};
use lango_admission::UpstreamToolState;
use lango_connector_kit::{Access, ConnectorClass};
use serde_json::Value;

/// How many compiled schemas an isolate keeps.
const KEPT_VALIDATORS: usize = 256;

/// One approved tool of an upstream server.
#[derive(Clone)]
pub(crate) struct UpstreamTool {
    /// The server's own name for it.
    pub(crate) name: String,
    /// Its definition, with members that Lango does not know.
    pub(crate) definition: Value,
    /// Digest of the definition.
    pub(crate) sha256: String,
    /// What calling it can change.
    pub(crate) access: Access,
    /// Which kind of system it speaks to.
    pub(crate) class: ConnectorClass,
}

impl UpstreamTool {
    /// Reads what the gate says of a tool; `None` unless it is approved as the
    /// server has it now.
    pub(crate) fn approved(state: UpstreamToolState) -> Option<Self> {
        Some(Self {
            access: state.approved_access()?,
            class: state.class?,
            definition: serde_json::from_str(&state.definition).ok()?,
            name: state.name,
            sha256: state.sha256,
        })
    }

    /// What its arguments must fit. Compiled once per isolate and definition:
    /// references to other documents are not followed.
    ///
    /// # Errors
    /// When the schema is none.
    pub(crate) fn input_validator(&self) -> Result<Rc<Validator>, ()> {
        thread_local! {
            static VALIDATORS: RefCell<HashMap<String, Rc<Validator>>> = RefCell::default();
        }
        VALIDATORS.with_borrow_mut(|known| {
            if let Some(validator) = known.get(&self.sha256) {
                return Ok(Rc::clone(validator));
            }
            let schema = self.definition.get("inputSchema").ok_or(())?;
            let validator = Rc::new(compile_schema(schema).map_err(drop)?);
            if known.len() >= KEPT_VALIDATORS {
                known.clear();
            }
            known.insert(self.sha256.clone(), Rc::clone(&validator));
            Ok(validator)
        })
    }
}

/// The largest automaton of one pattern, in bytes.
const PATTERN_LIMIT: usize = 1 << 20;

/// Compiles a schema that somebody else wrote. Patterns are matched in time
/// linear in the text, whatever they are; those that need more are refused, and
/// so are references to other documents.
///
/// # Errors
/// What is wrong, in words for an administrator.
pub(crate) fn compile_schema(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_LIMIT))
        .build(schema)
        .map_err(|error| error.masked().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pattern(pattern: &str) -> Value {
        json!({"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}})
    }

    #[test]
    fn a_pattern_cannot_take_for_ever() {
        let validator = compile_schema(&pattern("^(a+)+$")).unwrap();
        assert!(!validator.is_valid(&json!({"a": format!("{}b", "a".repeat(50_000))})));
        for unfit in ["(a)\\1", "(?=a)b", "((a{1000}){1000}){1000}"] {
            assert!(compile_schema(&pattern(unfit)).is_err(), "{unfit}");
        }
    }

    #[test]
    fn nothing_is_fetched_and_nothing_turns_in_circles() {
        assert!(compile_schema(&json!({"$ref": "https://example.com/schema"})).is_err());
        let circle = json!({"type": "object", "allOf": [{"$ref": "#"}]});
        assert!(compile_schema(&circle).unwrap().is_valid(&json!({})));
    }
}
