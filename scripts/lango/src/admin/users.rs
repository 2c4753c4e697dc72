//! `lango user`.

use anyhow::Result;
use clap::{Args, Subcommand};
use lango_api::Operation;
use serde_json::{Value, json};

use super::{
    client::Client,
    given::Given,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 6] = [
    column("USER", "user_id"),
    column("NAME", "name"),
    column("ROLE", "role"),
    column("EMAIL", "email"),
    column("PHONE", "phone"),
    column("SUSPENDED", "suspended_at"),
];

/// What `lango user` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every employee.
    List,
    /// Show one employee.
    Get {
        /// The employee: `p_…`.
        user_id: String,
    },
    /// Register an employee.
    Create(Create),
    /// Change an employee; it holds for the next call.
    Change(Change),
    /// Give an employee another role; it holds for the next call.
    AssignRole {
        /// The employee: `p_…`.
        user_id: String,
        /// One of the five, or one of the tenant's own.
        role: String,
    },
    /// Make an invitation with which an employee sets a password. It is shown this once.
    Invite {
        /// The employee: `p_…`.
        user_id: String,
    },
    /// An employee may do nothing from the next call on.
    Suspend {
        /// The employee: `p_…`.
        user_id: String,
    },
    /// An employee may do again what they could.
    Resume {
        /// The employee: `p_…`.
        user_id: String,
    },
}

/// A new employee.
#[derive(Args)]
pub(crate) struct Create {
    /// What they are called.
    #[arg(long)]
    name: String,
    /// One of the five, or one of the tenant's own.
    #[arg(long)]
    role: String,
    /// What they sign in with, beside a password.
    #[arg(long)]
    email: Option<String>,
    /// Where one-time codes go, such as +254712345678.
    #[arg(long)]
    phone: Option<String>,
    /// A connection that they may use; may be repeated. All without it.
    #[arg(long)]
    connection: Vec<String>,
    /// A table that they may read; may be repeated. All without it.
    #[arg(long, value_name = "TABLE")]
    allow_table: Vec<String>,
}

/// A change of an employee.
#[derive(Args)]
pub(crate) struct Change {
    /// The employee: `p_…`.
    user_id: String,
    /// What they are called.
    #[arg(long)]
    name: Option<String>,
    /// What they sign in with; '' for nothing.
    #[arg(long)]
    email: Option<String>,
    /// Where one-time codes go; '' for nowhere.
    #[arg(long)]
    phone: Option<String>,
    /// A connection that they may use; may be repeated.
    #[arg(long, conflicts_with = "all_connections")]
    connection: Vec<String>,
    /// They may use all connections.
    #[arg(long)]
    all_connections: bool,
    /// A table that they may read; may be repeated.
    #[arg(long, value_name = "TABLE", conflicts_with = "all_tables")]
    allow_table: Vec<String>,
    /// They may read all tables.
    #[arg(long)]
    all_tables: bool,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => show.list(&COLUMNS, &client.list(Operation::ListUsers, &[]).await?),
        Command::Get { user_id } => show.one(&client.read(Operation::ReadUser, &[user_id]).await?),
        Command::Create(create) => {
            let body = create.body();
            show.one(&client.post(Operation::CreateUser, &[], &body).await?)
        }
        Command::Change(change) => {
            let body = change.body()?;
            show.one(&changed(client, &change.user_id, &body).await?)
        }
        Command::AssignRole { user_id, role } => {
            let (read, operation) = (Operation::ReadUser, Operation::AssignRole);
            let body = json!({ "role": role });
            show.one(&client.change(read, operation, &[user_id], &body).await?)
        }
        Command::Invite { user_id } => {
            let operation = Operation::InviteUser;
            let invited = client.post(operation, &[user_id], &json!({})).await?;
            show.secret(&invited, "invitation")
        }
        Command::Suspend { user_id } => {
            let body = json!({ "suspended": true });
            show.one(&changed(client, user_id, &body).await?)
        }
        Command::Resume { user_id } => {
            let body = json!({ "suspended": false });
            show.one(&changed(client, user_id, &body).await?)
        }
    }
}

async fn changed(client: &Client, user_id: &str, body: &Value) -> Result<Value> {
    let (read, operation) = (Operation::ReadUser, Operation::ChangeUser);
    client.change(read, operation, &[user_id], body).await
}

impl Create {
    fn body(&self) -> Value {
        Given::default()
            .with("name", Some(self.name.as_str()))
            .with("role", Some(self.role.as_str()))
            .with("email", self.email.as_deref())
            .with("phone", self.phone.as_deref())
            .with_list("connections", &self.connection)
            .with_list("allow_tables", &self.allow_table)
            .body()
    }
}

impl Change {
    fn body(&self) -> Result<Value> {
        Given::default()
            .with("name", self.name.as_deref())
            .with_or_null("email", self.email.as_deref())
            .with_or_null("phone", self.phone.as_deref())
            .with_list_or_all("connections", &self.connection, self.all_connections)
            .with_list_or_all("allow_tables", &self.allow_table, self.all_tables)
            .change()
    }
}
