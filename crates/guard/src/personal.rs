//! What the policy says of personal data.

use std::collections::BTreeMap;

use lango_tenancy::Within;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of personal data before an assistant sees it. The narrowest rule holds:
/// a tool's before the general one, a field's before a kind's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonalData {
    /// Where nothing narrower is said.
    pub default: Treatment,
    /// By kind: `name`, `phone`, `email` and so on.
    pub kinds: BTreeMap<String, Treatment>,
    /// By the name of the field in which it stands.
    pub fields: Vec<FieldTreatment>,
    /// By tool.
    pub tools: Vec<ToolTreatment>,
    /// How long a pseudonym can be put back, in minutes.
    pub pseudonym_minutes: Within<1, 10080>,
}

/// What becomes of one piece of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Treatment {
    /// It stays.
    #[default]
    Keep,
    /// The assistant sees a name for it, such as `<phone_1>`, which it can use in calls.
    Pseudonymise,
    /// It goes.
    Redact,
}

/// The treatment of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldTreatment {
    /// The field's name, whatever its case.
    pub field: String,
    /// What becomes of all that stands in it.
    pub treatment: Treatment,
}

/// The treatment of what one tool answers, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolTreatment {
    /// The tool's name, without a connection's prefix; one ending in `*` is the beginning
    /// of several.
    pub tool: String,
    /// Where nothing narrower is said; the general one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Treatment>,
    /// By kind.
    #[serde(default)]
    pub kinds: BTreeMap<String, Treatment>,
    /// By the name of the field.
    #[serde(default)]
    pub fields: Vec<FieldTreatment>,
}

impl PersonalData {
    /// What holds for the answers of one tool: the same without rules for tools.
    #[must_use]
    pub fn of_tool(&self, tool: &str) -> Self {
        let mut all = Self {
            tools: Vec::new(),
            ..self.clone()
        };
        // The longest pattern is the narrowest: it is laid on last.
        let mut rules: Vec<_> = self.tools.iter().filter(|rule| rule.covers(tool)).collect();
        rules.sort_by_key(|rule| rule.tool.len());
        for rule in rules {
            if let Some(treatment) = rule.default {
                all.default = treatment;
                all.kinds.clear();
            }
            all.kinds
                .extend(rule.kinds.iter().map(|(kind, it)| (kind.clone(), *it)));
            all.fields
                .retain(|known| !rule.fields.iter().any(|field| field.names(&known.field)));
            all.fields.extend(rule.fields.iter().cloned());
        }
        all
    }

    /// Whether everything stays.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        let keeps = |treatment: &Treatment| *treatment == Treatment::Keep;
        keeps(&self.default)
            && self.kinds.values().all(keeps)
            && self.fields.iter().all(|field| keeps(&field.treatment))
            && self.tools.is_empty()
    }

    /// How long a pseudonym can be put back, in milliseconds.
    #[must_use]
    pub fn pseudonym_ms(&self) -> u64 {
        u64::from(self.pseudonym_minutes.get()) * 60_000
    }
}

impl FieldTreatment {
    fn names(&self, field: &str) -> bool {
        self.field.eq_ignore_ascii_case(field)
    }
}

impl ToolTreatment {
    fn covers(&self, tool: &str) -> bool {
        match self.tool.strip_suffix('*') {
            Some(beginning) => tool.starts_with(beginning),
            None => tool == self.tool,
        }
    }
}

impl Default for PersonalData {
    fn default() -> Self {
        Self {
            default: Treatment::Keep,
            kinds: BTreeMap::new(),
            fields: Vec::new(),
            tools: Vec::new(),
            pseudonym_minutes: Within::constant::<1440>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_narrowest_rule_holds() {
        let personal: PersonalData = serde_json::from_value(json!({
            "kinds": {"phone": "pseudonymise"},
            "fields": [{"field": "note", "treatment": "redact"}],
            "tools": [
                {"tool": "crm_find", "kinds": {"email": "keep"}},
                {"tool": "crm_*", "default": "redact", "fields": [{"field": "Note", "treatment": "keep"}]},
            ],
        }))
        .unwrap();
        let other = personal.of_tool("mail_read");
        assert_eq!((other.default, other.kinds.len()), (Treatment::Keep, 1));
        let crm = personal.of_tool("crm_find");
        assert_eq!(crm.default, Treatment::Redact);
        assert_eq!(crm.kinds, [("email".to_owned(), Treatment::Keep)].into());
        assert_eq!(crm.fields.len(), 1);
        assert_eq!(crm.fields[0].treatment, Treatment::Keep);
        assert!(PersonalData::default().keeps_all() && !personal.keeps_all());
    }
}
