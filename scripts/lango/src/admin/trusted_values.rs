//! `lango trusted-value`: values that a tenant trusts wherever they come from.

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;
use serde_json::json;

use super::{
    client::Client,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 4] = [
    column("VALUE", "value_id"),
    column("KIND", "kind"),
    column("LABEL", "label"),
    column("SINCE", "created_at"),
];

/// What `lango trusted-value` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List them: what they are called, for the values themselves are not kept.
    List,
    /// Trust a value, such as a payee's till; it holds for the next call.
    Create {
        /// An e-mail address, a phone number, an account, till or paybill number, a link
        /// or a name.
        value: String,
        /// What people call it.
        #[arg(long)]
        label: String,
    },
    /// Trust a value no more; it holds for the next call.
    Delete {
        /// Its identifier.
        value_id: String,
    },
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => {
            let items = client.list(Operation::ListTrustedValues, &[]).await?;
            show.list(&COLUMNS, &items)
        }
        Command::Create { value, label } => {
            let body = json!({ "value": value, "label": label });
            show.one(&client.post(Operation::TrustValue, &[], &body).await?)
        }
        Command::Delete { value_id } => {
            client.delete(Operation::DistrustValue, &[value_id]).await?;
            let facts = json!({ "value_id": value_id, "deleted": true });
            show.done(&format!("The value {value_id} is trusted no more."), &facts);
            Ok(())
        }
    }
}
