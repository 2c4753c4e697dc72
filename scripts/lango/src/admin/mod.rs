//! `lango tenant`, `user`, `role`, `key`, …: administration over the gateway's API.
//!
//! In scope: what a person or a script does every day. Each command is one route of
//! `lango_api`'s table, or reading something and changing it. Out of scope: anything
//! that the API does not do; nothing here knows a shortcut.

mod client;
mod customers;
mod given;
mod keys;
mod problem;
mod roles;
mod show;
pub(crate) mod signing_keys;
mod table;
mod target;
mod users;

use anyhow::Result;
use clap::{Args, Subcommand};

pub(crate) use self::target::{Target, World};
use self::{client::Client, show::Show};

/// What is administered.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// A tenant's API keys.
    Key(Of<keys::Command>),
    /// A tenant's employees.
    User(Of<users::Command>),
    /// A tenant's roles: the five, and its own.
    Role(Of<roles::Command>),
    /// A tenant's customers.
    Customer(Of<customers::Command>),
}

/// A command on one kind of thing, and where.
#[derive(Args)]
pub(crate) struct Of<C: Subcommand> {
    #[command(subcommand)]
    pub(crate) command: C,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command) -> Result<()> {
    match command {
        Command::Key(of) => keys::run(&of.command, &of.tenant()?, of.show()).await,
        Command::User(of) => users::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Role(of) => roles::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Customer(of) => customers::run(&of.command, &of.tenant()?, of.show()).await,
    }
}

impl<C: Subcommand> Of<C> {
    fn tenant(&self) -> Result<Client> {
        self.target.client(World::Tenant)
    }

    fn show(&self) -> Show {
        self.target.show()
    }
}
