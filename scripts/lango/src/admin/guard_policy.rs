//! `lango guard-policy`: what a tenant wants of its content guard.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use lango_api::Operation;
use serde_json::{Map, Value};

use super::{client::Client, show::Show};

/// What `lango guard-policy` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the policy in force.
    Show,
    /// Change members, such as `approval.always=money results=block`.
    Set {
        /// NAME=VALUE; a point in the name goes one level in, a value may be JSON.
        #[arg(required = true, value_name = "NAME=VALUE")]
        members: Vec<String>,
    },
    /// Set members back to their defaults.
    Reset {
        /// The names.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Show the JSON Schema of the policy.
    Schema,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::Show => show.one(&client.read(Operation::ReadGuardPolicy, &[]).await?),
        Command::Schema => {
            Show::Json.one(&client.read(Operation::ReadGuardPolicySchema, &[]).await?)
        }
        Command::Set { members } => {
            let members = members.iter().map(|member| parse(member));
            show.one(&changed(client, members.collect::<Result<_>>()?).await?)
        }
        Command::Reset { names } => {
            let members = names.iter().map(|name| (name.as_str(), Value::Null));
            show.one(&changed(client, members.collect()).await?)
        }
    }
}

async fn changed(client: &Client, members: Vec<(&str, Value)>) -> Result<Value> {
    let (read, operation) = (Operation::ReadGuardPolicy, Operation::ChangeGuardPolicy);
    client.change(read, operation, &[], &patch(members)).await
}

/// JSON as it is; anything else is a text.
pub(super) fn parse(member: &str) -> Result<(&str, Value)> {
    let (name, value) = member
        .split_once('=')
        .with_context(|| format!("{member:?} is not NAME=VALUE."))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name, value))
}

/// A merge patch of members whose names lead into objects.
pub(super) fn patch(members: Vec<(&str, Value)>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in members {
        put(&mut patch, name, value);
    }
    patch
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((outer, inner)) = name.split_once('.') else {
        object.insert(name.to_owned(), value);
        return;
    };
    let place = object.entry(outer).or_insert(Value::Null);
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Some(members) = place.as_object_mut() {
        put(members, inner, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_lead_into_objects() {
        let members = [
            "approval.always=money",
            "approval.four_eyes=true",
            "results=log",
            "provenance.trusted_connections=[\"crm\"]",
        ];
        let members = members.iter().map(|member| parse(member).unwrap());
        assert_eq!(
            Value::Object(patch(members.collect())),
            json!({
                "approval": { "always": "money", "four_eyes": true },
                "results": "log",
                "provenance": { "trusted_connections": ["crm"] },
            })
        );
        assert!(parse("approval.always").is_err());
    }
}
