//! `lango keys`: issues, lists and revokes a tenant's API keys through the
//! gateway.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use chrono::DateTime;
use clap::{Args, Subcommand};
use lango_identity::Role;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    api::Api,
    console::{answer, say},
    data_folder::{default_path, read_json},
};

/// What `lango keys` is told.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    gateway: Gateway,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// Which gateway, and with whose key.
#[derive(Args)]
struct Gateway {
    /// The data folder of a running local stack.
    #[arg(long, value_name = "DIR", default_value_os_t = default_path(), global = true)]
    data: PathBuf,
    /// Another gateway's URL; needs --admin-key-file.
    #[arg(long, requires = "admin_key_file", global = true)]
    url: Option<String>,
    /// A file with the API key of one of the tenant's admins.
    #[arg(long, value_name = "FILE", global = true)]
    admin_key_file: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key. Its token is shown this once.
    Issue {
        /// admin, manager, cfo, agent or viewer.
        #[arg(long)]
        role: String,
        /// Whose it is, or what for.
        #[arg(long)]
        name: String,
        /// How long it lasts; without it as long as the gateway decides.
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u32>,
    },
    /// Show every key, without tokens.
    List,
    /// Make a key useless from the next call on.
    Revoke {
        /// As in the list.
        key_id: String,
    },
}

/// The part of `dev.json` that is needed here.
#[derive(Deserialize)]
struct LocalStack {
    url: String,
    keys: LocalKeys,
}

#[derive(Deserialize)]
struct LocalKeys {
    admin: Zeroizing<String>,
}

/// Does what it is told.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let api = options.gateway.api()?;
    match &options.command {
        Command::Issue {
            role,
            name,
            expires_in_days,
        } => {
            let role = parse_role(role)?;
            let key = api.issue_key(name, role, *expires_in_days).await?;
            if options.json {
                answer(serde_json::to_string_pretty(&key)?);
            } else {
                say(format!(
                    "Key {} ({}), shown this once:",
                    key.key_id,
                    key.role.as_deref().unwrap_or("permissions of its own")
                ));
                answer(key.token.as_str());
            }
        }
        Command::List => {
            let Some(keys) = api.keys().await? else {
                bail!("The gateway does not accept the admin key.");
            };
            if options.json {
                answer(serde_json::to_string_pretty(&json!({ "items": keys }))?);
            } else {
                list(&keys);
            }
        }
        Command::Revoke { key_id } => {
            api.revoke_key(key_id).await?;
            if options.json {
                answer(json!({ "key_id": key_id, "revoked": true }).to_string());
            } else {
                say(format!("Key {key_id} is revoked."));
            }
        }
    }
    Ok(())
}

fn list(keys: &[Value]) {
    for key in keys {
        let text = |name: &str| key[name].as_str().unwrap_or_default();
        let state = if key["revoked_at"].is_null() {
            format!("until {}", date(&key["expires_at"]))
        } else {
            "revoked".to_owned()
        };
        answer(format!(
            "{}  {:<8} {:<24} {state}",
            text("key_id"),
            text("role"),
            text("name")
        ));
    }
}

/// The day of a time in seconds since 1970.
fn date(seconds: &Value) -> String {
    let moment = seconds
        .as_i64()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    moment.map_or_else(String::new, |moment| moment.date_naive().to_string())
}

impl Gateway {
    fn api(&self) -> Result<Api> {
        match (&self.url, &self.admin_key_file) {
            (Some(url), Some(file)) => Api::new(url, &read_key(file)?),
            (None, None) => {
                let file = self.data.join("dev.json");
                let stack: LocalStack = read_json(&file)?.with_context(|| {
                    format!(
                        "No local stack is ready in {}: start scripts/dev, or name a gateway with --url and --admin-key-file.",
                        self.data.display()
                    )
                })?;
                Api::new(&stack.url, &stack.keys.admin)
            }
            _ => bail!("--url and --admin-key-file go together."),
        }
    }
}

fn read_key(file: &Path) -> Result<Zeroizing<String>> {
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the key in {}", file.display()))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Said here, before anything is asked of the gateway.
fn parse_role(name: &str) -> Result<&'static str> {
    if let Ok(role) = name.parse::<Role>() {
        return Ok(role.name());
    }
    let known: Vec<_> = Role::ALL.into_iter().map(Role::name).collect();
    bail!(
        "There is no role {name:?}; take one of {}.",
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_shown_as_a_day() {
        assert_eq!(date(&json!(1_795_598_534)), "2026-11-25");
        assert_eq!(date(&json!("soon")), "");
    }

    #[test]
    fn an_unknown_role_is_answered_with_the_known_ones() {
        assert_eq!(parse_role("cfo").unwrap(), "cfo");
        let error = parse_role("boss").unwrap_err().to_string();
        assert!(
            error.contains("boss") && error.contains("manager"),
            "{error}"
        );
    }
}
