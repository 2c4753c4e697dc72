//! `lango role`.

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

const COLUMNS: [Column; 4] = [
    column("ROLE", "role"),
    column("BUILT IN", "built_in"),
    column("DESCRIPTION", "description"),
    column("PERMISSIONS", "permissions"),
];

/// What `lango role` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every role: the five, and the tenant's own.
    List,
    /// Show one role.
    Get {
        /// Its name.
        role: String,
    },
    /// Define a role.
    Create {
        /// Its name: none of the five.
        role: String,
        /// A permission; may be repeated.
        #[arg(long, required = true)]
        permission: Vec<String>,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
    },
    /// Change a role of the tenant's own; it holds for the next call.
    Change {
        /// Its name.
        role: String,
        /// A permission; may be repeated. Those that are not named are lost.
        #[arg(long)]
        permission: Vec<String>,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
    },
    /// Delete a role that nobody has.
    Delete {
        /// Its name.
        role: String,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => show.list(&COLUMNS, &client.list(Operation::ListRoles, &[]).await?),
        Command::Get { role } => show.one(&client.read(Operation::ReadRole, &[role]).await?),
        Command::Create {
            role,
            permission,
            description,
        } => {
            let body = Given::default()
                .with("role", Some(role.as_str()))
                .with_list("permissions", permission)
                .with("description", description.as_deref())
                .body();
            show.one(&client.post(Operation::CreateRole, &[], &body).await?)
        }
        Command::Change {
            role,
            permission,
            description,
        } => {
            let body = Given::default()
                .with_list("permissions", permission)
                .with("description", description.as_deref())
                .change()?;
            let (read, operation) = (Operation::ReadRole, Operation::ChangeRole);
            show.one(&client.change(read, operation, &[role], &body).await?)
        }
        Command::Delete { role } => {
            client.delete(Operation::DeleteRole, &[role]).await?;
            let facts = json!({ "role": role, "deleted": true });
            show.done(&format!("The role {role} is deleted."), &facts);
            Ok(())
        }
    }
}
