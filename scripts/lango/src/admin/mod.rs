//! `lango tenant`, `user`, `role`, `key`, …: administration over the gateway's API.
//!
//! In scope: what a person or a script does every day. Each command is one route of
//! `lango_api`'s table, or reading something and changing it. Out of scope: anything
//! that the API does not do; nothing here knows a shortcut.

mod admins;
mod alerts;
mod approvals;
mod audit;
mod client;
mod customers;
mod flags;
mod given;
mod guard_policy;
mod keys;
mod limits;
mod platform_keys;
mod problem;
mod residency;
mod roles;
mod settings;
mod show;
mod sign_in;
pub(crate) mod signing_keys;
mod sql_policy;
mod streams;
mod support_grants;
mod table;
mod target;
mod tenants;
mod transfers;
mod trusted_values;
mod users;
mod vault;

use anyhow::Result;
use clap::{Args, Subcommand};

pub(crate) use self::target::{Target, World};
use self::{client::Client, show::Show};

/// What is administered.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Sign in with a password: the access token is the answer.
    SignIn(sign_in::SignIn),
    /// A tenant's API keys.
    Key(Of<keys::Command>),
    /// A tenant's employees.
    User(Of<users::Command>),
    /// A tenant's roles: the five, and its own.
    Role(Of<roles::Command>),
    /// A tenant's customers.
    Customer(Of<customers::Command>),
    /// A tenant's features.
    Flag(Of<flags::Command>),
    /// A tenant's settings.
    Setting(Of<settings::Command>),
    /// How often a tenant and its tools may be called.
    Limits(Of<limits::Command>),
    /// Where a tenant's calls may run, and where they did.
    Residency(Of<residency::Command>),
    /// A tenant's register of transfers.
    Transfer(Of<transfers::Command>),
    /// What a tenant wants of its content guard.
    GuardPolicy(Of<guard_policy::Command>),
    /// A tenant's audit log.
    Audit(Of<audit::Command>),
    /// What in a tenant's audit log was out of the ordinary, and who is told.
    Alert(Of<alerts::Command>),
    /// What of a connected database may be seen, and by whom.
    SqlPolicy(Of<sql_policy::Command>),
    /// Values that a tenant trusts wherever they come from.
    TrustedValue(Of<trusted_values::Command>),
    /// Calls that are held until a person has approved them.
    Approval(Of<approvals::Command>),
    /// What a tenant allows the platform's support.
    SupportGrant(Of<support_grants::Command>),
    /// The streams of a tenant's audit log to its SIEM.
    Stream(Of<streams::Command>),
    /// The keys that a tenant's credentials are sealed under.
    Vault(Of<vault::Command>),
    /// The tenants; for whoever runs the platform.
    Tenant(Of<tenants::Command>),
    /// Whoever runs the platform.
    Admin(Of<admins::Command>),
    /// Keys for automation of the platform.
    PlatformKey(Of<platform_keys::Command>),
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
        Command::SignIn(options) => sign_in::run(options).await,
        Command::Key(of) => keys::run(&of.command, &of.tenant()?, of.show()).await,
        Command::User(of) => users::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Role(of) => roles::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Customer(of) => customers::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Flag(of) => flags::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Setting(of) => settings::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Limits(of) => limits::run(of).await,
        Command::Residency(of) => residency::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Transfer(of) => transfers::run(&of.command, &of.tenant()?, of.show()).await,
        Command::GuardPolicy(of) => guard_policy::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Audit(of) => audit::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Alert(of) => alerts::run(&of.command, &of.tenant()?, of.show()).await,
        Command::SqlPolicy(of) => sql_policy::run(&of.command, &of.tenant()?, of.show()).await,
        Command::TrustedValue(of) => {
            trusted_values::run(&of.command, &of.tenant()?, of.show()).await
        }
        Command::Approval(of) => approvals::run(&of.command, &of.tenant()?, of.show()).await,
        Command::SupportGrant(of) => {
            support_grants::run(&of.command, &of.tenant()?, of.show()).await
        }
        Command::Stream(of) => streams::run(&of.command, &of.tenant()?, of.show()).await,
        Command::Vault(of) => vault::run(of).await,
        Command::Tenant(of) => tenants::run(&of.command, &of.platform()?, of.show()).await,
        Command::Admin(of) => admins::run(&of.command, &of.platform()?, of.show()).await,
        Command::PlatformKey(of) => {
            platform_keys::run(&of.command, &of.platform()?, of.show()).await
        }
    }
}

impl<C: Subcommand> Of<C> {
    fn tenant(&self) -> Result<Client> {
        self.target.client(World::Tenant)
    }

    fn platform(&self) -> Result<Client> {
        self.target.client(World::Platform)
    }

    fn show(&self) -> Show {
        self.target.show()
    }
}
