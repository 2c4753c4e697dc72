//! `lango platform-key`.

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;
use serde_json::json;

use super::{
    client::Client,
    given::Given,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 5] = [
    column("KEY", "platform_key_id"),
    column("NAME", "name"),
    column("ADMIN", "admin_id"),
    column("EXPIRES", "expires_at"),
    column("REVOKED", "revoked_at"),
];

/// What `lango platform-key` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every platform key, without tokens.
    List,
    /// Make a key of one's own, for automation. Its token is shown this once.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// In how many days it ends (90).
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u32>,
    },
    /// Make a key useless from the next request on.
    Revoke {
        /// The key: `k_…`.
        key_id: String,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => {
            let items = client.list(Operation::ListPlatformKeys, &[]).await?;
            show.list(&COLUMNS, &items)
        }
        Command::Create {
            name,
            expires_in_days,
        } => {
            let body = Given::default()
                .with("name", Some(name.as_str()))
                .with("expires_in_days", *expires_in_days)
                .body();
            let operation = Operation::CreatePlatformKey;
            show.secret(&client.post(operation, &[], &body).await?, "token")
        }
        Command::Revoke { key_id } => {
            client
                .delete(Operation::RevokePlatformKey, &[key_id])
                .await?;
            let facts = json!({ "platform_key_id": key_id, "revoked": true });
            show.done(&format!("Key {key_id} is revoked."), &facts);
            Ok(())
        }
    }
}
