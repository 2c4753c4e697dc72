//! `lango key`.

use anyhow::Result;
use clap::{Args, Subcommand};
use lango_api::Operation;
use serde_json::json;

use super::{
    client::Client,
    given::Given,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 7] = [
    column("KEY", "key_id"),
    column("NAME", "name"),
    column("ROLE", "role"),
    column("EXPIRES", "expires_at"),
    column("LAST USED", "last_used_at"),
    column("REVOKED", "revoked_at"),
    column("FOLLOWED BY", "rotated_to"),
];

/// What `lango key` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every key, without tokens.
    List,
    /// Show one key.
    Get {
        /// The key: `k_…`.
        key_id: String,
    },
    /// Make a key. Its token is shown this once.
    Create(Create),
    /// Change a key; it holds for the next call, and the token stays the same.
    Change(Change),
    /// Make the key that follows another, which passes a while longer.
    Rotate {
        /// The key: `k_…`.
        key_id: String,
        /// For how many more hours the old one passes (24).
        #[arg(long, value_name = "HOURS")]
        overlap_hours: Option<u32>,
        /// In how many days the new one ends (90).
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u32>,
    },
    /// Make a key useless from the next call on.
    Revoke {
        /// The key: `k_…`.
        key_id: String,
    },
}

/// A new key.
#[derive(Args)]
pub(crate) struct Create {
    /// Whose it is, or what for.
    #[arg(long)]
    name: String,
    /// Its role: one of the five, or one of the tenant's own.
    #[arg(long, required_unless_present = "permission")]
    role: Option<String>,
    /// A permission, instead of a role; may be repeated.
    #[arg(long, conflicts_with = "role")]
    permission: Vec<String>,
    /// A connection that it may use; may be repeated. All without it.
    #[arg(long)]
    connection: Vec<String>,
    /// From where it may be used, such as 203.0.113.0/24; may be repeated.
    #[arg(long, value_name = "RANGE")]
    address_range: Vec<String>,
    /// In how many days it ends (90).
    #[arg(long, value_name = "DAYS")]
    expires_in_days: Option<u32>,
    /// It is one's own: bounded by what one may, and suspended with one.
    #[arg(long)]
    own: bool,
}

/// A change of a key.
#[derive(Args)]
pub(crate) struct Change {
    /// The key: `k_…`.
    key_id: String,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// Its role.
    #[arg(long)]
    role: Option<String>,
    /// A permission, instead of a role; may be repeated.
    #[arg(long, conflicts_with = "role")]
    permission: Vec<String>,
    /// A connection that it may use; may be repeated.
    #[arg(long, conflicts_with = "all_connections")]
    connection: Vec<String>,
    /// It may use all connections.
    #[arg(long)]
    all_connections: bool,
    /// From where it may be used; may be repeated.
    #[arg(long, value_name = "RANGE", conflicts_with = "any_address")]
    address_range: Vec<String>,
    /// It may be used from anywhere.
    #[arg(long)]
    any_address: bool,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => show.list(&COLUMNS, &client.list(Operation::ListKeys, &[]).await?),
        Command::Get { key_id } => show.one(&client.read(Operation::ReadKey, &[key_id]).await?),
        Command::Create(create) => {
            let body = create.body();
            let issued = client.post(Operation::CreateKey, &[], &body).await?;
            show.secret(&issued, "token")
        }
        Command::Change(change) => {
            let (read, operation) = (Operation::ReadKey, Operation::ChangeKey);
            let key_id = change.key_id.as_str();
            let body = change.body()?;
            show.one(&client.change(read, operation, &[key_id], &body).await?)
        }
        Command::Rotate {
            key_id,
            overlap_hours,
            expires_in_days,
        } => {
            let body = Given::default()
                .with("overlap_hours", *overlap_hours)
                .with("expires_in_days", *expires_in_days)
                .body();
            let operation = Operation::RotateKey;
            let issued = client.post(operation, &[key_id], &body).await?;
            show.secret(&issued, "token")
        }
        Command::Revoke { key_id } => {
            client.delete(Operation::RevokeKey, &[key_id]).await?;
            let facts = json!({ "key_id": key_id, "revoked": true });
            show.done(&format!("Key {key_id} is revoked."), &facts);
            Ok(())
        }
    }
}

impl Create {
    fn body(&self) -> serde_json::Value {
        Given::default()
            .with("name", Some(self.name.as_str()))
            .with("role", self.role.as_deref())
            .with_list("permissions", &self.permission)
            .with_list("connections", &self.connection)
            .with_list("address_ranges", &self.address_range)
            .with("expires_in_days", self.expires_in_days)
            .with("own", self.own.then_some(true))
            .body()
    }
}

impl Change {
    fn body(&self) -> Result<serde_json::Value> {
        Given::default()
            .with("name", self.name.as_deref())
            .with("role", self.role.as_deref())
            .with_list("permissions", &self.permission)
            .with_list_or_all("connections", &self.connection, self.all_connections)
            .with_list_or_all("address_ranges", &self.address_range, self.any_address)
            .change()
    }
}
