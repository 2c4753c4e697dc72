//! `lango sql-policy`: what of a connected database may be seen, and by whom.
//!
//! A policy is a file of JSON that is reviewed like code and set from there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Subcommand, ValueEnum};
use lango_api::Operation;
use serde_json::{Value, json};

use super::{client::Client, show::Show};

/// What `lango sql-policy` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the policy of a connection.
    Show {
        /// The connection's identifier.
        connection: String,
    },
    /// Set the policy of a connection; it holds for the next call.
    Set {
        /// The connection's identifier.
        connection: String,
        /// The file with the policy.
        file: PathBuf,
    },
    /// Take the policy of a connection away.
    Remove {
        /// The connection's identifier.
        connection: String,
    },
    /// Try a query for somebody. It is not run.
    Try {
        /// The connection's identifier.
        connection: String,
        /// The query.
        sql: String,
        #[command(flatten)]
        somebody: Somebody,
        /// A file with the policy to try; without it, the one in force.
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// Show the JSON Schema of policies.
    Schema,
}

/// For whom a query is tried.
#[derive(clap::Args)]
pub(crate) struct Somebody {
    /// Which kind.
    #[arg(long = "for", value_enum, default_value = "employee")]
    kind: Kind,
    /// An employee's role.
    #[arg(long)]
    role: Option<String>,
    /// A customer's number.
    #[arg(long)]
    customer_number: Option<String>,
    /// A table that an employee is held to; may be repeated. All without it.
    #[arg(long)]
    table: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Employee,
    Customer,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::Show { connection } => {
            show.one(&client.read(Operation::ReadSqlPolicy, &[connection]).await?)
        }
        Command::Set { connection, file } => {
            let policy = read(file)?;
            show.one(&set(client, connection, &policy).await?)
        }
        Command::Remove { connection } => show.one(&set(client, connection, &Value::Null).await?),
        Command::Try {
            connection,
            sql,
            somebody,
            policy,
        } => {
            let body = somebody.body(sql, policy.as_deref())?;
            let operation = Operation::TrySqlPolicy;
            let tried = client.post(operation, &[connection], &body).await?;
            match tried["allowed"].as_bool() {
                Some(true) => show.one(&tried),
                _ => bail!("The query would be refused{}", why(&tried["error"])),
            }
        }
        Command::Schema => Show::Json.one(&client.read(Operation::ReadSqlPolicySchema, &[]).await?),
    }
}

async fn set(client: &Client, connection: &str, policy: &Value) -> Result<Value> {
    let (read, operation) = (Operation::ReadSqlPolicy, Operation::SetSqlPolicy);
    let body = json!({ "policy": policy });
    client.change(read, operation, &[connection], &body).await
}

/// What is refused, where, and what would pass.
fn why(error: &Value) -> String {
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    let place = match (&error["position"]["line"], &error["position"]["column"]) {
        (Value::Number(line), Value::Number(column)) => {
            format!(" at line {line}, column {column}")
        }
        _ => String::new(),
    };
    format!(
        " ({}): {}{place}. {}",
        text("code"),
        text("construct"),
        text("hint")
    )
}

fn read(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read.", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON.", file.display()))
}

impl Somebody {
    fn body(&self, sql: &str, policy: Option<&Path>) -> Result<Value> {
        let tables = (!self.table.is_empty()).then_some(&self.table);
        let mut body = json!({
            "sql": sql,
            "principal": {
                "kind": match self.kind {
                    Kind::Employee => "employee",
                    Kind::Customer => "customer",
                },
                "role": self.role,
                "customer_number": self.customer_number,
                "allow_tables": tables,
            },
        });
        if let Some(file) = policy {
            body["policy"] = read(file)?;
        }
        Ok(body)
    }
}
