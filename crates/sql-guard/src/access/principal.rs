//! For whom a query runs.

use serde::{Deserialize, Serialize};

use crate::policy::Parameter;

/// The longest value that is compared with a column.
const LONGEST_VALUE: usize = 256;

/// The kinds of people a query runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// Somebody who works in the business.
    Employee,
    /// Somebody who buys from it.
    Customer,
}

/// For whom a query runs: what the gateway's own store says of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// Which kind.
    pub kind: PrincipalKind,
    /// Their identifier.
    pub id: String,
    /// An employee's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The number that a customer is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<String>,
    /// The tables that this one may read; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_tables: Option<Vec<String>>,
}

impl Principal {
    /// The value that a condition compares with. Never an empty one: a row
    /// that belongs to nobody must not become theirs.
    pub(crate) fn value(&self, parameter: Parameter) -> Option<&str> {
        let value = match parameter {
            Parameter::Id => Some(self.id.as_str()),
            Parameter::CustomerNumber => self.customer_number.as_deref(),
            Parameter::Role => self.role.as_deref(),
        }?;
        let usable = !value.trim().is_empty()
            && value.len() <= LONGEST_VALUE
            && !value.chars().any(|c| c.is_control() || c == '\\');
        usable.then_some(value)
    }
}
