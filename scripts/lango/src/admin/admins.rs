//! `lango admin`: whoever runs the platform.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;
use serde_json::{Value, json};

use super::{
    client::Client,
    given::{Given, secret_from},
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 5] = [
    column("ADMIN", "admin_id"),
    column("NAME", "name"),
    column("EMAIL", "email"),
    column("CREATED", "created_at"),
    column("SUSPENDED", "suspended_at"),
];

/// What `lango admin` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every platform admin.
    List,
    /// Show one platform admin.
    Get {
        /// The admin: `a_…`.
        admin_id: String,
    },
    /// Register a platform admin.
    Create {
        /// What they are called.
        #[arg(long)]
        name: String,
        /// What they sign in with.
        #[arg(long)]
        email: String,
        /// A file with their first password, which they change; - for standard input.
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// Change a platform admin.
    Change {
        /// The admin: `a_…`.
        admin_id: String,
        /// What they are called.
        #[arg(long)]
        name: Option<String>,
        /// What they sign in with.
        #[arg(long)]
        email: Option<String>,
    },
    /// A platform admin may do nothing from the next request on.
    Suspend {
        /// The admin: `a_…`.
        admin_id: String,
    },
    /// A platform admin may do again what they could.
    Resume {
        /// The admin: `a_…`.
        admin_id: String,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => show.list(&COLUMNS, &client.list(Operation::ListAdmins, &[]).await?),
        Command::Get { admin_id } => {
            show.one(&client.read(Operation::ReadAdmin, &[admin_id]).await?)
        }
        Command::Create {
            name,
            email,
            password_file,
        } => {
            let password = secret_from(password_file)?;
            let body = json!({ "name": name, "email": email, "password": password.as_str() });
            show.one(&client.post(Operation::CreateAdmin, &[], &body).await?)
        }
        Command::Change {
            admin_id,
            name,
            email,
        } => {
            let body = Given::default()
                .with("name", name.as_deref())
                .with("email", email.as_deref())
                .change()?;
            show.one(&changed(client, admin_id, &body).await?)
        }
        Command::Suspend { admin_id } => {
            let body = json!({ "suspended": true });
            show.one(&changed(client, admin_id, &body).await?)
        }
        Command::Resume { admin_id } => {
            let body = json!({ "suspended": false });
            show.one(&changed(client, admin_id, &body).await?)
        }
    }
}

async fn changed(client: &Client, admin_id: &str, body: &Value) -> Result<Value> {
    let (read, operation) = (Operation::ReadAdmin, Operation::ChangeAdmin);
    client.change(read, operation, &[admin_id], body).await
}
