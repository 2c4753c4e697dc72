//! `lango customer`.

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
    column("CUSTOMER", "customer_id"),
    column("NUMBER", "customer_number"),
    column("NAME", "name"),
    column("EMAIL", "email"),
    column("PHONE", "phone"),
    column("SUSPENDED", "suspended_at"),
];

/// What `lango customer` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every customer.
    List,
    /// Show one customer.
    Get {
        /// The customer: `p_…`.
        customer_id: String,
    },
    /// Register a customer.
    Create(Create),
    /// Change a customer; it holds for the next call.
    Change(Change),
    /// Make an invitation with which a customer sets a password. It is shown this once.
    Invite {
        /// The customer: `p_…`.
        customer_id: String,
    },
    /// A customer may do nothing from the next call on.
    Suspend {
        /// The customer: `p_…`.
        customer_id: String,
    },
    /// A customer may do again what they could.
    Resume {
        /// The customer: `p_…`.
        customer_id: String,
    },
}

/// A new customer.
#[derive(Args)]
pub(crate) struct Create {
    /// The number that the tenant's systems know them by; it stays for good.
    #[arg(long)]
    number: String,
    /// What they are called.
    #[arg(long)]
    name: String,
    /// What they sign in with, beside a password.
    #[arg(long)]
    email: Option<String>,
    /// Where one-time codes go, such as +254712345678.
    #[arg(long)]
    phone: Option<String>,
}

/// A change of a customer.
#[derive(Args)]
pub(crate) struct Change {
    /// The customer: `p_…`.
    customer_id: String,
    /// What they are called.
    #[arg(long)]
    name: Option<String>,
    /// What they sign in with; '' for nothing.
    #[arg(long)]
    email: Option<String>,
    /// Where one-time codes go; '' for nowhere.
    #[arg(long)]
    phone: Option<String>,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => {
            let items = client.list(Operation::ListCustomers, &[]).await?;
            show.list(&COLUMNS, &items)
        }
        Command::Get { customer_id } => {
            let operation = Operation::ReadCustomer;
            show.one(&client.read(operation, &[customer_id]).await?)
        }
        Command::Create(create) => {
            let body = create.body();
            show.one(&client.post(Operation::CreateCustomer, &[], &body).await?)
        }
        Command::Change(change) => {
            let body = change.body()?;
            show.one(&changed(client, &change.customer_id, &body).await?)
        }
        Command::Invite { customer_id } => {
            let operation = Operation::InviteCustomer;
            let invited = client.post(operation, &[customer_id], &json!({})).await?;
            show.secret(&invited, "invitation")
        }
        Command::Suspend { customer_id } => {
            let body = json!({ "suspended": true });
            show.one(&changed(client, customer_id, &body).await?)
        }
        Command::Resume { customer_id } => {
            let body = json!({ "suspended": false });
            show.one(&changed(client, customer_id, &body).await?)
        }
    }
}

async fn changed(client: &Client, customer_id: &str, body: &Value) -> Result<Value> {
    let (read, operation) = (Operation::ReadCustomer, Operation::ChangeCustomer);
    client.change(read, operation, &[customer_id], body).await
}

impl Create {
    fn body(&self) -> Value {
        Given::default()
            .with("customer_number", Some(self.number.as_str()))
            .with("name", Some(self.name.as_str()))
            .with("email", self.email.as_deref())
            .with("phone", self.phone.as_deref())
            .body()
    }
}

impl Change {
    fn body(&self) -> Result<Value> {
        Given::default()
            .with("name", self.name.as_deref())
            .with_or_null("email", self.email.as_deref())
            .with_or_null("phone", self.phone.as_deref())
            .change()
    }
}
