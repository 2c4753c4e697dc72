//! `lango tenant`.

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;
use serde_json::{Value, json};

use super::{
    client::Client,
    given::Given,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 6] = [
    column("TENANT", "tenant_id"),
    column("NAME", "name"),
    column("SLUG", "slug"),
    column("PLAN", "plan"),
    column("STATUS", "status"),
    column("CREATED", "created_at"),
];

/// What `lango tenant` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every tenant.
    List,
    /// Show one tenant; nothing of what is in it.
    Get {
        /// The tenant: `t_…`.
        tenant_id: String,
    },
    /// Create a tenant. The token of its first admin is shown this once.
    Create {
        /// What it is called.
        #[arg(long)]
        name: String,
        /// free, starter, business or enterprise.
        #[arg(long)]
        plan: String,
        /// What its people type to sign in; one of its own without it.
        #[arg(long)]
        slug: Option<String>,
    },
    /// Change a tenant; it holds for the next call.
    Change {
        /// The tenant: `t_…`.
        tenant_id: String,
        /// What it is called.
        #[arg(long)]
        name: Option<String>,
        /// free, starter, business or enterprise.
        #[arg(long)]
        plan: Option<String>,
        /// What its people type to sign in.
        #[arg(long)]
        slug: Option<String>,
    },
    /// Stop a tenant for now; it holds for the next call.
    Suspend {
        /// The tenant: `t_…`.
        tenant_id: String,
    },
    /// Let a suspended tenant act again.
    Activate {
        /// The tenant: `t_…`.
        tenant_id: String,
    },
    /// Close a tenant; everything of it is erased at the time that the answer says.
    Close {
        /// The tenant: `t_…`.
        tenant_id: String,
    },
    /// Reopen a closed tenant before it is erased.
    Reopen {
        /// The tenant: `t_…`.
        tenant_id: String,
    },
    /// Go into a tenant under its support grant. The token is shown this once.
    SupportSession {
        /// The tenant: `t_…`.
        tenant_id: String,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    let step = async |operation, tenant_id: &str| {
        let tenant = client.post(operation, &[tenant_id], &json!({})).await?;
        show.one(&tenant)
    };
    match command {
        Command::List => show.list(&COLUMNS, &client.list(Operation::ListTenants, &[]).await?),
        Command::Get { tenant_id } => {
            let operation = Operation::ReadPlatformTenant;
            show.one(&client.read(operation, &[tenant_id]).await?)
        }
        Command::Create { name, plan, slug } => {
            let body = Given::default()
                .with("name", Some(name.as_str()))
                .with("plan", Some(plan.as_str()))
                .with("slug", slug.as_deref())
                .body();
            let created = client.post(Operation::CreateTenant, &[], &body).await?;
            match show {
                Show::Json => show.one(&created),
                Show::Words => show.secret(&flat(created), "admin_token"),
            }
        }
        Command::Change {
            tenant_id,
            name,
            plan,
            slug,
        } => {
            let body = Given::default()
                .with("name", name.as_deref())
                .with("plan", plan.as_deref())
                .with("slug", slug.as_deref())
                .change()?;
            let (read, operation) = (Operation::ReadPlatformTenant, Operation::ChangeTenant);
            show.one(&client.change(read, operation, &[tenant_id], &body).await?)
        }
        Command::Suspend { tenant_id } => step(Operation::SuspendTenant, tenant_id).await,
        Command::Activate { tenant_id } => step(Operation::ActivateTenant, tenant_id).await,
        Command::Close { tenant_id } => step(Operation::ClosePlatformTenant, tenant_id).await,
        Command::Reopen { tenant_id } => step(Operation::ReopenTenant, tenant_id).await,
        Command::SupportSession { tenant_id } => {
            let operation = Operation::OpenSupportSession;
            let opened = client.post(operation, &[tenant_id], &json!({})).await?;
            show.secret(&opened, "access_token")
        }
    }
}

/// A new tenant with what of its first key matters to a person.
fn flat(mut created: Value) -> Value {
    let key = created["admin_key"].take();
    if let Some(members) = created.as_object_mut() {
        members.remove("admin_key");
        members.insert("admin_key_id".to_owned(), key["key_id"].clone());
        members.insert("admin_token".to_owned(), key["token"].clone());
    }
    created
}
