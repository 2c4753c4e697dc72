//! `lango transfer`: a tenant's register of transfers.

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
    column("TRANSFER", "transfer_id"),
    column("SYSTEM", "system"),
    column("VENDOR", "vendor"),
    column("REGION", "vendor_region"),
    column("COUNTRY", "vendor_country"),
    column("DATA", "data_classes"),
    column("GROUNDS", "legal_grounds"),
];

/// What `lango transfer` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the register.
    List,
    /// Show one entry.
    Get {
        /// The entry.
        transfer_id: String,
    },
    /// Write a system into the register: system, vendor, region, country and data are
    /// needed.
    Create(Entry),
    /// Change an entry.
    Change {
        /// The entry.
        transfer_id: String,
        #[command(flatten)]
        entry: Entry,
    },
    /// Take an entry out of the register.
    Delete {
        /// The entry.
        transfer_id: String,
    },
}

/// What an entry says.
#[derive(Args)]
pub(crate) struct Entry {
    /// Which system gets the data.
    #[arg(long)]
    system: Option<String>,
    /// The connection by which it does; "" for none.
    #[arg(long)]
    connection: Option<String>,
    /// Who runs the system.
    #[arg(long)]
    vendor: Option<String>,
    /// Where they do, as they call it.
    #[arg(long)]
    region: Option<String>,
    /// The country that this is in, such as IE.
    #[arg(long)]
    country: Option<String>,
    /// personal, sensitive_personal, financial or business; may be repeated.
    #[arg(long)]
    data_class: Vec<String>,
    /// safeguards, adequacy, necessity or consent (Data Protection Act, ss. 48 to 50);
    /// may be repeated.
    #[arg(long)]
    ground: Vec<String>,
    /// What there is to say besides.
    #[arg(long)]
    note: Option<String>,
}

impl Entry {
    fn given(&self) -> Given {
        Given::default()
            .with("system", self.system.as_deref())
            .with_or_null("connection_id", self.connection.as_deref())
            .with("vendor", self.vendor.as_deref())
            .with("vendor_region", self.region.as_deref())
            .with("vendor_country", self.country.as_deref())
            .with_list("data_classes", &self.data_class)
            .with_list("legal_grounds", &self.ground)
            .with("note", self.note.as_deref())
    }
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => {
            let items = client.list(Operation::ListTransfers, &[]).await?;
            show.list(&COLUMNS, &items)
        }
        Command::Get { transfer_id } => {
            show.one(&client.read(Operation::ReadTransfer, &[transfer_id]).await?)
        }
        Command::Create(entry) => {
            let body = entry.given().body();
            show.one(&client.post(Operation::CreateTransfer, &[], &body).await?)
        }
        Command::Change { transfer_id, entry } => {
            let body = entry.given().change()?;
            let (read, operation) = (Operation::ReadTransfer, Operation::ChangeTransfer);
            let changed = client
                .change(read, operation, &[transfer_id], &body)
                .await?;
            show.one(&changed)
        }
        Command::Delete { transfer_id } => {
            let operation = Operation::DeleteTransfer;
            client.delete(operation, &[transfer_id]).await?;
            let facts = json!({ "transfer_id": transfer_id, "deleted": true });
            show.done(&format!("The entry {transfer_id} is deleted."), &facts);
            Ok(())
        }
    }
}
