//! `lango setting`: a tenant's settings.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use lango_api::Operation;
use serde_json::{Map, Value};

use super::{client::Client, show::Show};

/// What `lango setting` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the settings in force.
    List,
    /// Change settings, such as `password_minimum_length=14`.
    Set {
        /// NAME=VALUE.
        #[arg(required = true, value_name = "NAME=VALUE")]
        settings: Vec<String>,
    },
    /// Set settings back to their defaults.
    Reset {
        /// The names.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Show the JSON Schema of the settings.
    Schema,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => show.one(&client.read(Operation::ReadSettings, &[]).await?),
        Command::Schema => Show::Json.one(&client.read(Operation::ReadSettingsSchema, &[]).await?),
        Command::Set { settings } => {
            let patch = settings.iter().map(|setting| parse(setting));
            show.one(&changed(client, patch.collect::<Result<_>>()?).await?)
        }
        Command::Reset { names } => {
            let patch = names.iter().map(|name| (name.clone(), Value::Null));
            show.one(&changed(client, patch.collect()).await?)
        }
    }
}

async fn changed(client: &Client, patch: Map<String, Value>) -> Result<Value> {
    let (read, operation) = (Operation::ReadSettings, Operation::ChangeSettings);
    client.change(read, operation, &[], &patch).await
}

/// Numbers, true and false as they are; anything else is a text.
fn parse(setting: &str) -> Result<(String, Value)> {
    let (name, value) = setting
        .split_once('=')
        .with_context(|| format!("{setting:?} is not NAME=VALUE."))?;
    let value = match serde_json::from_str(value) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => Value::from(value),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_setting_is_a_name_and_a_value() {
        let parsed = |setting: &str| parse(setting).unwrap();
        assert_eq!(parsed("a=14"), ("a".to_owned(), json!(14)));
        assert_eq!(parsed("a=true"), ("a".to_owned(), json!(true)));
        assert_eq!(parsed("a=b=c"), ("a".to_owned(), json!("b=c")));
        assert_eq!(parsed("a=null"), ("a".to_owned(), json!("null")));
        assert!(parse("a").is_err());
    }
}
