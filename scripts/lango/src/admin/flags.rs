//! `lango flag`: a tenant's features.

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use lango_api::Operation;
use serde_json::json;

use super::{
    client::Client,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 5] = [
    column("FLAG", "flag"),
    column("ON", "enabled"),
    column("DEFAULT", "default"),
    column("ORIGIN", "origin"),
    column("DESCRIPTION", "description"),
];

/// What `lango flag` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show every feature, and where its state comes from.
    List,
    /// Switch a feature; it holds for the next call.
    Set {
        /// The feature.
        flag: String,
        /// on or off.
        state: State,
    },
    /// Set a feature back to its default; it holds for the next call.
    Reset {
        /// The feature.
        flag: String,
    },
}

/// A feature's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    On,
    Off,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => show.list(&COLUMNS, &client.list(Operation::ListFlags, &[]).await?),
        Command::Set { flag, state } => {
            let (read, operation) = (Operation::ReadFlag, Operation::SwitchFlag);
            let body = json!({ "enabled": *state == State::On });
            show.one(&client.change(read, operation, &[flag], &body).await?)
        }
        Command::Reset { flag } => {
            client.delete(Operation::ResetFlag, &[flag]).await?;
            show.one(&client.read(Operation::ReadFlag, &[flag]).await?)
        }
    }
}
