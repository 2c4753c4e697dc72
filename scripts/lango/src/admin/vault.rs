//! `lango vault`.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Subcommand;
use lango_api::Operation;
use serde_json::{Value, json};

use super::{
    Of,
    client::Client,
    show::Show,
    table::{Column, column},
};

const DATA_KEYS: [Column; 8] = [
    column("CONNECTOR", "connector"),
    column("VERSION", "version"),
    column("STATE", "state"),
    column("CONNECTIONS", "connections"),
    column("WEAR", "wear"),
    column("WRAPPED UNDER", "key_encryption_key_version"),
    column("ERASURE KEY", "erasure_generation"),
    column("CREATED", "created_at"),
];
const KEYS: [Column; 6] = [
    column("CONNECTOR", "connector"),
    column("VERSION", "version"),
    column("WRAPS", "wraps"),
    column("DATA KEYS", "data_keys"),
    column("TENANTS", "tenants"),
    column("REMOVABLE FROM", "removable_from"),
];

/// How often it is asked how far a pass is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What `lango vault` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show a tenant's data keys and what is being moved.
    Show,
    /// Make a new data key for a connector; what is sealed is moved to it.
    Rotate {
        /// The kind of connector.
        connector: String,
        /// Wait until everything has been moved.
        #[arg(long)]
        wait: bool,
    },
    /// Make every credential of the tenant unreadable, in every backup too. It cannot be
    /// undone.
    Destroy {
        /// The tenant's identifier again, so that it is meant.
        #[arg(long, value_name = "TENANT")]
        confirm: String,
    },
    /// Show what the connectors' key-encryption keys are needed for; for whoever runs the
    /// platform.
    Keys,
    /// Have data keys wrapped under a connector's current key-encryption key; for whoever
    /// runs the platform.
    Rewrap {
        /// The kind of connector.
        connector: String,
        /// Wait until nothing is wrapped under another one.
        #[arg(long)]
        wait: bool,
    },
}

/// Does what it is told.
pub(crate) async fn run(of: &Of<Command>) -> Result<()> {
    let show = of.show();
    match &of.command {
        Command::Show => show_data_keys(&of.tenant()?, show).await,
        Command::Rotate { connector, wait } => rotate(&of.tenant()?, show, connector, *wait).await,
        Command::Destroy { confirm } => {
            let body = json!({ "tenant_id": confirm });
            let operation = Operation::DestroyCredentials;
            let destroyed = of.tenant()?.post(operation, &[], &body).await?;
            show.one(&destroyed)
        }
        Command::Keys => {
            let answer = of
                .platform()?
                .read(Operation::ReadKeyEncryptionKeys, &[])
                .await?;
            show.list(&KEYS, &versions(&answer))
        }
        Command::Rewrap { connector, wait } => {
            rewrap(&of.platform()?, show, connector, *wait).await
        }
    }
}

async fn show_data_keys(client: &Client, show: Show) -> Result<()> {
    let vault = client.read(Operation::ReadVault, &[]).await?;
    match show {
        Show::Json => show.one(&vault),
        Show::Words => {
            show.list(&DATA_KEYS, &items(&vault, "data_keys"))?;
            if let Some(since) = vault["rotating_since"].as_str() {
                let problem = vault["problem"].as_str().unwrap_or("it goes on");
                show.done(&format!("Being moved since {since}: {problem}."), &vault);
            }
            Ok(())
        }
    }
}

async fn rotate(client: &Client, show: Show, connector: &str, wait: bool) -> Result<()> {
    let body = json!({ "connector": connector });
    let mut vault = client.post(Operation::RotateDataKey, &[], &body).await?;
    while wait && vault["rotating_since"].is_string() {
        if let Some(problem) = vault["problem"].as_str() {
            bail!("It waits, and will be tried again: {problem}.");
        }
        tokio::time::sleep(LOOK_EVERY).await;
        vault = client.read(Operation::ReadVault, &[]).await?;
    }
    match show {
        Show::Json => show.one(&vault),
        Show::Words => show.list(&DATA_KEYS, &items(&vault, "data_keys")),
    }
}

async fn rewrap(client: &Client, show: Show, connector: &str, wait: bool) -> Result<()> {
    let (mut tenants, mut after) = (0, Value::Null);
    loop {
        let body = json!({ "connector": connector, "after": after });
        let told = client.post(Operation::RewrapDataKeys, &[], &body).await?;
        tenants += told["tenants"].as_u64().unwrap_or(0);
        after = told["next"].clone();
        if after.is_null() {
            break;
        }
    }
    while wait && is_outdated(client, connector).await? {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let facts = json!({ "connector": connector, "tenants": tenants });
    let words = format!("The data keys of {tenants} tenants are wrapped anew for {connector}.");
    show.done(&words, &facts);
    Ok(())
}

async fn is_outdated(client: &Client, connector: &str) -> Result<bool> {
    let answer = client.read(Operation::ReadKeyEncryptionKeys, &[]).await?;
    let rows = versions(&answer);
    let mut of_connector = rows.iter().filter(|row| row["connector"] == connector);
    Ok(of_connector.any(|row| row["wraps"] == false && row["data_keys"] != 0))
}

/// A row for each version of each connector.
fn versions(answer: &Value) -> Vec<Value> {
    let connectors = items(answer, "items");
    let rows = connectors.iter().flat_map(|connector| {
        let versions = items(connector, "versions");
        versions.into_iter().map(|mut version| {
            version["connector"] = connector["connector"].clone();
            version["wraps"] = json!(version["version"] == connector["current"]);
            version
        })
    });
    rows.collect()
}

fn items(value: &Value, member: &str) -> Vec<Value> {
    value[member].as_array().cloned().unwrap_or_default()
}
