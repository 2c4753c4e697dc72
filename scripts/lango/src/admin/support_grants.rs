//! `lango support-grant`: what the platform's support may do for a while.

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;
use serde_json::json;

use super::{
    client::Client,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 5] = [
    column("GRANT", "support_grant_id"),
    column("REASON", "reason"),
    column("PERMISSIONS", "permissions"),
    column("EXPIRES", "expires_at"),
    column("REVOKED", "revoked_at"),
];

/// What `lango support-grant` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show what the platform's support was and is allowed.
    List,
    /// Let the platform's support in for a while.
    Create {
        /// A permission; may be repeated.
        #[arg(long, required = true)]
        permission: Vec<String>,
        /// What it is for.
        #[arg(long)]
        reason: String,
        /// For how many minutes, 5 to 1440.
        #[arg(long)]
        minutes: u32,
    },
    /// Let the platform's support in no more; it holds for the next call.
    Revoke {
        /// The grant.
        grant_id: String,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => {
            let items = client.list(Operation::ListSupportGrants, &[]).await?;
            show.list(&COLUMNS, &items)
        }
        Command::Create {
            permission,
            reason,
            minutes,
        } => {
            let body = json!({ "permissions": permission, "reason": reason, "minutes": minutes });
            show.one(&client.post(Operation::GrantSupport, &[], &body).await?)
        }
        Command::Revoke { grant_id } => {
            client
                .delete(Operation::RevokeSupportGrant, &[grant_id])
                .await?;
            let facts = json!({ "support_grant_id": grant_id, "revoked": true });
            show.done(&format!("The grant {grant_id} is revoked."), &facts);
            Ok(())
        }
    }
}
