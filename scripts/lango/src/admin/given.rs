//! What a command was given, as members of a body: only those that were.

use std::{fs, io::Read as _, path::Path};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// The members of a body.
#[derive(Default)]
pub(crate) struct Given(Map<String, Value>);

impl Given {
    /// With a member where there is a value for it.
    pub(crate) fn with(mut self, member: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(member.to_owned(), value.into());
        }
        self
    }

    /// With a list where there is anything in it.
    pub(crate) fn with_list(mut self, member: &str, values: &[String]) -> Self {
        if !values.is_empty() {
            self.0.insert(member.to_owned(), json!(values));
        }
        self
    }

    /// With a text, or with null when it is empty: how a command clears something.
    pub(crate) fn with_or_null(self, member: &str, value: Option<&str>) -> Self {
        let value = value.map(|value| match value {
            "" => Value::Null,
            text => text.into(),
        });
        self.with(member, value)
    }

    /// With a list, or with null where all is meant.
    pub(crate) fn with_list_or_all(mut self, member: &str, values: &[String], all: bool) -> Self {
        if all {
            self.0.insert(member.to_owned(), Value::Null);
        }
        self.with_list(member, values)
    }

    /// The body of a change.
    pub(crate) fn change(self) -> Result<Value> {
        if self.0.is_empty() {
            bail!("Say what is to change: see --help.");
        }
        Ok(self.body())
    }

    /// The body.
    pub(crate) fn body(self) -> Value {
        Value::Object(self.0)
    }
}

/// A secret from a file, or from standard input: a command line would show it.
pub(crate) fn secret_from(file: &Path) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        *text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    // The end of the line is not part of it; anything else is.
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        bail!("{} is empty.", file.display());
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_is_in_the_body() {
        let body = Given::default()
            .with("name", Some("Till 3"))
            .with("role", None::<String>)
            .with_list("connections", &[])
            .with_or_null("email", Some(""))
            .with_or_null("phone", None)
            .with_list_or_all("allow_tables", &[], true)
            .change()
            .unwrap();
        assert_eq!(
            body,
            json!({ "name": "Till 3", "email": null, "allow_tables": null })
        );
        assert!(Given::default().change().is_err());
    }
}
