//! `lango alert`: what in a tenant's audit log was out of the ordinary, and who is told.

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;
use serde_json::{Value, json};

use super::{
    client::Client,
    guard_policy::{parse, patch},
    show::Show,
    table::{Column, column},
};

const ALERTS: [Column; 6] = [
    column("ALERT", "alert_id"),
    column("TIME", "time"),
    column("SEVERITY", "severity"),
    column("RULE", "rule"),
    column("KEY", "key_id"),
    column("RUNBOOK", "runbook"),
];

/// What `lango alert` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the newest alerts.
    List,
    /// Show what raises alerts, and where they go.
    Policy,
    /// Change members, such as `refusal_burst.count=40 webhook=https://alerts.example.com/lango`.
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
    /// Make the secret that webhooks are signed with. It is shown this once.
    WebhookSecret,
    /// Raise a test alert, to see whether it arrives.
    Test,
    /// Check now whether the audit log verifies.
    Check {
        /// Forget what was read before: after a planned restore alone.
        #[arg(long)]
        begin_anew: bool,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => {
            let page = client.read(Operation::ListAlerts, &[]).await?;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            show.list(&ALERTS, &items)
        }
        Command::Policy => show.one(&client.read(Operation::ReadAlertPolicy, &[]).await?),
        Command::Schema => {
            Show::Json.one(&client.read(Operation::ReadAlertPolicySchema, &[]).await?)
        }
        Command::Set { members } => {
            let members = members.iter().map(|member| parse(member));
            show.one(&changed(client, members.collect::<Result<_>>()?).await?)
        }
        Command::Reset { names } => {
            let members = names.iter().map(|name| (name.as_str(), Value::Null));
            show.one(&changed(client, members.collect()).await?)
        }
        Command::WebhookSecret => {
            let made = client
                .post(Operation::RotateWebhookSecret, &[], &json!({}))
                .await?;
            show.secret(&made, "secret")
        }
        Command::Test => show.one(&client.post(Operation::TestAlerts, &[], &json!({})).await?),
        Command::Check { begin_anew } => {
            let wanted = json!({ "begin_anew": begin_anew });
            show.one(&client.post(Operation::CheckAuditLog, &[], &wanted).await?)
        }
    }
}

async fn changed(client: &Client, members: Vec<(&str, Value)>) -> Result<Value> {
    let (read, operation) = (Operation::ReadAlertPolicy, Operation::ChangeAlertPolicy);
    client.change(read, operation, &[], &patch(members)).await
}
