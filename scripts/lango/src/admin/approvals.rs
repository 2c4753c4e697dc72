//! `lango approval`: calls that are held until a person has approved them.

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;

use super::{
    client::Client,
    given::Given,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 6] = [
    column("APPROVAL", "approval_id"),
    column("STATUS", "status"),
    column("TOOL", "tool"),
    column("ASKED BY", "asked_by"),
    column("ASKED AT", "created_at"),
    column("UNTIL", "expires_at"),
];

/// What `lango approval` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the calls that are or were held.
    List {
        /// pending, approved, refused, expired or used; all when absent.
        #[arg(long)]
        status: Option<String>,
    },
    /// Show one; with its arguments, for the token of somebody who has signed in.
    Get {
        /// The approval.
        approval_id: String,
    },
    /// Let the call be made, once. Needs the token of somebody who has signed in.
    Approve {
        /// The approval.
        approval_id: String,
        /// What there is to say of it.
        #[arg(long)]
        note: Option<String>,
    },
    /// Refuse the call. Needs the token of somebody who has signed in.
    Refuse {
        /// The approval.
        approval_id: String,
        /// What there is to say of it.
        #[arg(long)]
        note: Option<String>,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    let decide = async |operation, approval_id: &str, note: Option<&str>| {
        let body = Given::default().with("note", note).body();
        show.one(&client.post(operation, &[approval_id], &body).await?)
    };
    match command {
        Command::List { status } => {
            let query: Vec<_> = status.iter().map(|it| ("status", it.as_str())).collect();
            let operation = Operation::ListApprovals;
            let items = client.list_of(operation, &[], &query).await?;
            show.list(&COLUMNS, &items)
        }
        Command::Get { approval_id } => {
            show.one(&client.read(Operation::ReadApproval, &[approval_id]).await?)
        }
        Command::Approve { approval_id, note } => {
            decide(Operation::ApproveCall, approval_id, note.as_deref()).await
        }
        Command::Refuse { approval_id, note } => {
            decide(Operation::RefuseCall, approval_id, note.as_deref()).await
        }
    }
}
