//! Credentials on their way in: read, named when wrong, never repeated.

use std::collections::BTreeMap;
use std::fmt;

use lango_connector_kit::{CallError, CredentialFields, Credentials, SealRequest};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::problem::Problem;

/// Reads a seal request. A credential that is not a text is named.
pub(crate) fn parse_seal_request(body: &[u8]) -> Result<SealRequest, Problem> {
    serde_json::from_slice(body).map_err(|_| match field_that_is_no_text(body) {
        Some(field) => {
            let detail = format!("credential field {field:?} is not a string");
            Problem::credential(field, detail)
        }
        // The message of `serde_json` could quote the body.
        None => Problem::bad_request("The body is not a seal request in JSON."),
    })
}

/// Takes the values of password fields out of a message. Connectors do not put
/// them there; this is for what the business's system may say in its own words.
pub(crate) fn scrub(
    error: CallError,
    fields: &CredentialFields,
    credentials: &Credentials,
) -> CallError {
    let message = fields
        .passwords()
        .filter_map(|name| credentials.get(name))
        .map(|secret| secret.expose())
        .filter(|secret| !secret.is_empty())
        .fold(error.message, |message, secret| {
            message.replace(secret, "[removed]")
        });
    CallError { message, ..error }
}

fn field_that_is_no_text(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Shape {
        credentials: BTreeMap<String, IsText>,
    }
    let shape: Shape = serde_json::from_slice(body).ok()?;
    shape
        .credentials
        .into_iter()
        .find(|(_, IsText(is_text))| !is_text)
        .map(|(name, _)| name)
}

/// Whether a JSON value is a string; the value itself is not kept.
struct IsText(bool);

impl<'de> Deserialize<'de> for IsText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IsTextVisitor)
    }
}

struct IsTextVisitor;

impl<'de> Visitor<'de> for IsTextVisitor {
    type Value = IsText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_str<E>(self, _: &str) -> Result<IsText, E> {
        Ok(IsText(true))
    }

    fn visit_bool<E>(self, _: bool) -> Result<IsText, E> {
        Ok(IsText(false))
    }

    fn visit_i64<E>(self, _: i64) -> Result<IsText, E> {
        Ok(IsText(false))
    }

    fn visit_u64<E>(self, _: u64) -> Result<IsText, E> {
        Ok(IsText(false))
    }

    fn visit_f64<E>(self, _: f64) -> Result<IsText, E> {
        Ok(IsText(false))
    }

    fn visit_unit<E>(self) -> Result<IsText, E> {
        Ok(IsText(false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<IsText, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(IsText(false))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<IsText, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(IsText(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_connector_kit::CallErrorCode;
    use lango_vault::Secret;

    fn problem(body: &str) -> String {
        let problem = parse_seal_request(body.as_bytes()).err().unwrap();
        serde_json::to_string(&problem).unwrap()
    }

    #[test]
    fn a_value_that_is_no_text_is_named_and_not_repeated() {
        for value in ["4711", "-1.5", "true", "null", "[4711]", r#"{"4711":4711}"#] {
            let body = format!(
                r#"{{"tenant":"t","connection":"c","credentials":{{"host":"h","port":{value}}}}}"#
            );
            let problem = problem(&body);
            assert!(problem.contains(r#""status":422"#), "{problem}");
            assert!(problem.contains(r#""field":"port""#), "{problem}");
            assert!(!problem.contains("4711"), "{problem}");
        }
    }

    #[test]
    fn broken_bodies_are_not_repeated() {
        for body in [
            "",
            "hunter2",
            r#"{"tenant":"t","connection":"c","credentials":{"password":"hunter2""#,
            r#"{"tenant":"hunter2"}"#,
            r#"{"tenant":1,"connection":"c","credentials":{"password":"hunter2"}}"#,
            r#"["hunter2"]"#,
        ] {
            let problem = problem(body);
            assert!(problem.contains(r#""status":400"#), "{problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn passwords_are_taken_out_of_messages() {
        let schema = serde_json::json!({
            "type": "object", "additionalProperties": false, "required": ["password"],
            "properties": {
                "password": {"type": "string", "title": "P", "description": "P", "format": "password", "maxLength": 9},
                "database": {"type": "string", "title": "D", "description": "D", "maxLength": 9}
            }
        });
        let manifest = format!(
            r#"{{"kind":"demo","title":"Demo","class":"database","tools":[],"credential_schema":{schema}}}"#
        );
        let fields = lango_connector_kit::Manifest::parse(&manifest)
            .unwrap()
            .credential_fields()
            .unwrap();
        let secret = |text: &str| Secret::new(text.to_owned());
        let credentials = Credentials::from([
            ("password".to_owned(), secret("hunter2")),
            ("database".to_owned(), secret("shop")),
        ]);
        let error = CallError::new(CallErrorCode::Rejected, "no hunter2 and hunter2 in shop");
        let scrubbed = scrub(error, &fields, &credentials);
        assert_eq!(scrubbed.message, "no [removed] and [removed] in shop");

        let credentials = Credentials::from([("password".to_owned(), secret(""))]);
        let error = CallError::new(CallErrorCode::Rejected, "unchanged");
        assert_eq!(scrub(error, &fields, &credentials).message, "unchanged");
    }
}
