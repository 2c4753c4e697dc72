//! Columns that hold JSON.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error as _};

use crate::port::{StoreError, Value};

/// A value as the text of a column.
pub(crate) fn text(value: &impl Serialize) -> Result<Value, StoreError> {
    serde_json::to_string(value)
        .map(Value::Text)
        .map_err(|error| StoreError::Row(error.to_string()))
}

/// A value whose JSON is a text, as that text.
pub(crate) fn name(value: &impl Serialize) -> Result<Value, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(Value::Text(name)),
        Ok(_) => Err(StoreError::Row("a name is not a text".to_owned())),
        Err(error) => Err(StoreError::Row(error.to_string())),
    }
}

/// The same for a column that may be NULL.
pub(crate) fn optional(value: Option<&impl Serialize>) -> Result<Value, StoreError> {
    value.map_or(Ok(Value::Null), text)
}

/// For `#[serde(deserialize_with)]`: a column of JSON text. What this version does
/// not know makes the row unreadable, so that nothing is granted by mistake.
pub(crate) fn column<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}

/// The same for a column that may be NULL.
pub(crate) fn optional_column<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(D::Error::custom)
}
