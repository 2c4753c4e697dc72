//! The `lango` command: runs the whole gateway on one machine, and handles keys.
//!
//! In scope: the local stack (PostgreSQL with a demo business, workerd or
//! `wrangler dev`, tenants and keys), measuring it, API keys, the secrets of a
//! deployment.
//! Out of scope: building the Wasm and deploying it; `scripts/build` and
//! `scripts/deploy` do that.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod admin;
mod api;
mod bench;
mod console;
mod data_folder;
mod demo_database;
mod deployment;
mod dev;
mod mariadb;
mod platform_admin;
mod ports;
mod postgres;
mod secrets;
mod signing_keys;
mod site;
mod supervise;
mod workers;

use std::{env, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::{CommandFactory as _, Parser, Subcommand};

/// Lango: a security gateway between AI assistants and business systems.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Administration(admin::Command),
    /// Run the gateway on this machine, with a demo business.
    Dev(dev::Options),
    /// Measure the governed call against a bare one, on a running stack.
    Bench(bench::Options),
    /// Make the first platform admin of a deployment, with its signing keys.
    Bootstrap(platform_admin::Options),
    /// Write the configurations that scripts/deploy gives to wrangler.
    DeploymentConfig(deployment::Options),
    /// Make, rotate and withdraw a deployment's signing keys.
    SigningKeys(admin::Of<signing_keys::SigningKeysCommand>),
    /// Make the gateway's own key.
    #[command(subcommand)]
    GatewayKey(signing_keys::GatewayKeyCommand),
    /// Make and rotate the keys that sign the audit logs' checkpoints.
    #[command(subcommand)]
    CheckpointKeys(signing_keys::CheckpointKeysCommand),
    /// Derive what a connector of a deployment knows the gateway by.
    EnvelopeKeys(signing_keys::EnvelopeKeysOptions),
    /// Make a connector's key-encryption keys.
    #[command(subcommand)]
    KeyEncryptionKeys(signing_keys::KeyEncryptionKeysCommand),
    /// State where a self-hosted deployment stands.
    #[command(subcommand)]
    Site(site::Command),
    /// Print what makes a shell complete these commands.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::say(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    // One thread: the kernel ties the processes of a stack to the thread that
    // started them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    match arguments.command {
        Command::Dev(options) => runtime.block_on(dev::run(&repository()?, &options)),
        Command::Bench(options) => runtime.block_on(bench::run(&repository()?, &options)),
        Command::Bootstrap(options) => runtime.block_on(platform_admin::run(&options)),
        Command::DeploymentConfig(options) => deployment::run(&repository()?, &options),
        Command::SigningKeys(of) => runtime.block_on(of.command.run(&of.target)),
        Command::Administration(command) => runtime.block_on(admin::run(&command)),
        Command::Completions { shell } => {
            completions(shell);
            Ok(())
        }
        Command::GatewayKey(command) => command.run(),
        Command::CheckpointKeys(command) => command.run(),
        Command::Site(command) => command.run(),
        Command::EnvelopeKeys(options) => options.run(),
        Command::KeyEncryptionKeys(command) => command.run(),
    }
}

fn completions(shell: clap_complete::Shell) {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    console::answer(String::from_utf8_lossy(&script).trim_end());
}

/// The tree that the Workers were built in.
fn repository() -> Result<PathBuf> {
    match env::var_os("LANGO_ROOT") {
        Some(root) => Ok(PathBuf::from(root)),
        None => env::current_dir().context("the current folder is gone"),
    }
}
