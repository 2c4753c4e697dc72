//! Tools of other MCP servers: what an administrator has approved of them.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use jsonschema::Validator;
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
            let validator = Rc::new(jsonschema::draft202012::new(schema).map_err(drop)?);
            if known.len() >= KEPT_VALIDATORS {
                known.clear();
            }
            known.insert(self.sha256.clone(), Rc::clone(&validator));
            Ok(validator)
        })
    }
}
