//! What a tenant has set, and how it changes.

use serde_json::{Map, Value};

use crate::settings::Settings;

/// How much of an unknown member's name an error repeats.
const SHOWN: usize = 64;

/// The settings that a tenant has set itself: each fits, and the others follow
/// the defaults of the code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides(Map<String, Value>);

/// Why a document or a patch of settings was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is no object.
    #[error("settings are a JSON object")]
    NotAnObject,
    /// A member is no setting.
    #[error("there is no setting {0:?}")]
    Unknown(String),
    /// A member's value is out of its bounds or of another kind.
    #[error("{member} must be {expected}")]
    Unfit {
        /// The setting.
        member: String,
        /// What would fit, in words.
        expected: String,
    },
}

impl Overrides {
    /// Reads a stored document.
    ///
    /// # Errors
    /// [`SettingsError`] when this version would not have written it.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let document = serde_json::from_str(text).map_err(|_| SettingsError::NotAnObject)?;
        Self::default().patched(&document)
    }

    /// The overrides after a merge patch (RFC 7396): `null` sets a member back to
    /// its default. All of the patch is taken or nothing.
    ///
    /// # Errors
    /// [`SettingsError`], naming the first member that does not fit.
    pub fn patched(&self, patch: &Value) -> Result<Self, SettingsError> {
        let patch = patch.as_object().ok_or(SettingsError::NotAnObject)?;
        let mut members = self.0.clone();
        for (member, value) in patch {
            check(member, value)?;
            if value.is_null() {
                members.remove(member);
            } else {
                members.insert(member.clone(), value.clone());
            }
        }
        Ok(Self(members))
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        // Every member was checked when it came in.
        serde_json::from_value(Value::Object(self.0.clone())).unwrap_or_default()
    }

    /// The names of the settings that the tenant has set itself.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The document to store.
impl core::fmt::Display for Overrides {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{}", Value::Object(self.0.clone()))
    }
}

/// Whether a member exists and fits. Read alone, so that an error names it.
fn check(member: &str, value: &Value) -> Result<(), SettingsError> {
    let schema = Settings::schema();
    let Some(property) = schema["properties"].get(member) else {
        return Err(SettingsError::Unknown(member.chars().take(SHOWN).collect()));
    };
    let alone = Map::from_iter([(member.to_owned(), value.clone())]);
    let fits = value.is_null() || serde_json::from_value::<Settings>(Value::Object(alone)).is_ok();
    if fits {
        return Ok(());
    }
    Err(SettingsError::Unfit {
        member: member.to_owned(),
        expected: in_words(property),
    })
}

/// What a property of the schema takes.
fn in_words(property: &Value) -> String {
    match (&property["minimum"], &property["maximum"]) {
        (Value::Number(least), Value::Number(most)) => {
            format!("a whole number from {least} to {most}")
        }
        _ => "true or false".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0_i64..2_000).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            Just(json!([])),
            Just(json!({})),
        ]
    }

    fn patch() -> impl Strategy<Value = Value> {
        let names: Vec<String> = serde_json::to_value(Settings::DEFAULT)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .chain(["no_such_setting".to_owned()])
            .collect();
        let member = (proptest::sample::select(names), value());
        proptest::collection::vec(member, 0..4)
            .prop_map(|members| Value::Object(Map::from_iter(members)))
    }

    proptest! {
        /// The schema and the code agree on every patch.
        #[test]
        fn a_patch_is_taken_when_its_result_fits_the_schema(first in patch(), second in patch()) {
            let validator = jsonschema::draft202012::new(&Settings::schema()).unwrap();
            let before = Overrides::default().patched(&first).unwrap_or_default();
            let set: Map<_, _> = second.as_object().unwrap().clone().into_iter()
                .filter(|(_, value)| !value.is_null()).collect();
            let known = second.get("no_such_setting").is_none();
            let fits = known && validator.is_valid(&Value::Object(set.clone()));
            let after = before.patched(&second);
            prop_assert_eq!(after.is_ok(), fits);
            let Ok(after) = after else { return Ok(()) };
            let effective = serde_json::to_value(after.settings()).unwrap();
            prop_assert!(validator.is_valid(&effective));
            for (member, value) in &set {
                prop_assert_eq!(effective[member].as_f64(), value.as_f64());
                prop_assert_eq!(effective[member].as_bool(), value.as_bool());
            }
            prop_assert_eq!(Overrides::parse(&after.to_string()), Ok(after));
        }
    }

    #[test]
    fn null_sets_a_member_back_to_its_default() {
        let set = Overrides::default()
            .patched(&json!({"session_hours": 3, "customer_sign_in": true}))
            .unwrap();
        assert_eq!(set.settings().session_hours.get(), 3);
        let back = set.patched(&json!({"session_hours": null})).unwrap();
        assert_eq!(back.settings().session_hours.get(), 12);
        assert_eq!(back.members().collect::<Vec<_>>(), ["customer_sign_in"]);
    }

    #[test]
    fn errors_name_the_member_and_what_would_fit() {
        let refused = |patch| {
            Overrides::default()
                .patched(&patch)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused(json!({"access_token_minutes": 0})),
            "access_token_minutes must be a whole number from 1 to 1440"
        );
        assert_eq!(
            refused(json!({"code_sign_in": "yes"})),
            "code_sign_in must be true or false"
        );
        assert_eq!(
            refused(json!({"colour": 1})),
            "there is no setting \"colour\""
        );
        assert_eq!(refused(json!([])), "settings are a JSON object");
    }
}
