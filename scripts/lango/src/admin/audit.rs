//! `lango audit`: the tenant's audit log. It is searched, exported, and held against its
//! checkpoints; its policy is set; a person is erased from it.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Subcommand, ValueEnum};
use lango_api::Operation;
use lango_audit_log::{CheckpointVerifier, export::ExportVerifier};
use serde_json::{Value, json};

use super::{
    client::Client,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 6] = [
    column("INDEX", "index"),
    column("TIME", "time"),
    column("WHO", "principal"),
    column("WHAT", "what"),
    column("ENDED", "ended"),
    column("REQUEST", "call_id"),
];

/// What `lango audit` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Search the log, newest first. Filters take the Business plan.
    Search {
        #[command(flatten)]
        filters: Filters,
        /// How many entries, 1 to 200.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Export the log to a file. Takes the Starter plan.
    Export {
        /// The file; one that stands already is not overwritten.
        file: PathBuf,
        /// With proofs, or for spreadsheets.
        #[arg(long, value_enum, default_value = "ndjson")]
        format: Format,
        #[command(flatten)]
        filters: Filters,
        /// The index of the first entry, to go on with an export that broke off.
        #[arg(long)]
        first: Option<u64>,
        /// The checkpoint that it was held against, to go on with one.
        #[arg(long)]
        tree_size: Option<u64>,
    },
    /// Say whether an export (NDJSON) is what the log has signed.
    Verify {
        /// The file.
        file: PathBuf,
        /// A verifier key that was kept; the gateway is asked for them without one.
        #[arg(long)]
        key: Vec<String>,
    },
    /// Show the newest checkpoint, or the one of a size. Keep it: later exports can be
    /// held against it.
    Checkpoint {
        /// Of the log when it had this many entries.
        #[arg(long)]
        size: Option<u64>,
    },
    /// Show how far the archive of the log is. Takes the Enterprise plan.
    Archive,
    /// Show the policy of the log, or set it from a file of JSON.
    Policy {
        /// The file with the policy.
        file: Option<PathBuf>,
    },
    /// Have nothing destroyed, or let things go their way again.
    Hold {
        /// Whether.
        #[arg(value_enum)]
        state: Switch,
    },
    /// Erase a person's personal values from the log. It cannot be undone.
    Erase {
        /// Their identifier.
        person: String,
    },
}

/// What is searched for. All that is given must hold.
#[derive(clap::Args, Default)]
pub(crate) struct Filters {
    /// From this time or day on.
    #[arg(long)]
    from: Option<String>,
    /// Before this time or day.
    #[arg(long)]
    to: Option<String>,
    /// Who acted.
    #[arg(long)]
    principal: Option<String>,
    /// With which key, grant or session.
    #[arg(long)]
    key_id: Option<String>,
    /// Which tool or action.
    #[arg(long)]
    tool: Option<String>,
    /// Which kind of connector.
    #[arg(long)]
    connector: Option<String>,
    /// How it ended: succeeded, failed, denied or unknown.
    #[arg(long)]
    status: Option<String>,
    /// Words that stand in the entry.
    #[arg(long)]
    text: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Ndjson,
    Csv,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::Search { filters, limit } => search(client, show, filters, *limit).await,
        Command::Export {
            file,
            format,
            filters,
            first,
            tree_size,
        } => {
            let mut query = filters.query();
            let format = match format {
                Format::Ndjson => "ndjson",
                Format::Csv => "csv",
            };
            query.push(("format", format.to_owned()));
            query.extend(first.map(|first| ("first", first.to_string())));
            query.extend(tree_size.map(|size| ("tree_size", size.to_string())));
            let bytes = export(client, file, &query).await?;
            let words = format!("{bytes} bytes were written to {}.", file.display());
            show.done(&words, &json!({ "file": file, "bytes": bytes }));
            Ok(())
        }
        Command::Verify { file, key } => verify(client, show, file, key).await,
        Command::Checkpoint { size } => {
            let query: Vec<_> = size
                .map(|size| ("size", size.to_string()))
                .into_iter()
                .collect();
            let checkpoint = client
                .read_of(Operation::ReadAuditCheckpoint, &query)
                .await?;
            show.piped(&checkpoint, "note", "the signed checkpoint:")
        }
        Command::Archive => show.one(&client.read_of(Operation::ReadAuditArchive, &[]).await?),
        Command::Policy { file: None } => {
            show.one(&client.read(Operation::ReadAuditPolicy, &[]).await?)
        }
        Command::Policy { file: Some(file) } => show.one(&set(client, &policy_in(file)?).await?),
        Command::Hold { state } => {
            let mut policy = client.read(Operation::ReadAuditPolicy, &[]).await?["policy"].take();
            policy["legal_hold"] = (*state == Switch::On).into();
            show.one(&set(client, &policy).await?)
        }
        Command::Erase { person } => {
            let body = json!({ "person": person });
            show.one(&client.post(Operation::EraseFromAudit, &[], &body).await?)
        }
    }
}

/// A page that has nothing says where to look on.
async fn search(client: &Client, show: Show, filters: &Filters, limit: u32) -> Result<()> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = filters.query();
        query.push(("limit", limit.to_string()));
        query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let mut page = client.read_of(Operation::ReadAudit, &query).await?;
        match page["items"].take() {
            Value::Array(more) => items.extend(more),
            _ => bail!("the gateway's list has no items"),
        }
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() || items.len() >= limit as usize {
            break;
        }
    }
    items.truncate(limit as usize);
    if show == Show::Words {
        items.iter_mut().for_each(in_words);
    }
    show.list(&COLUMNS, &items)
}

fn in_words(entry: &mut Value) {
    let names = ["tool", "action", "prompt", "resource", "of"];
    let what = names.iter().find_map(|name| entry[*name].as_str());
    let what = what.unwrap_or_default().to_owned();
    let outcome = &entry["outcome"];
    let code = outcome["denied"]["code"]
        .as_str()
        .or(outcome["error"].as_str());
    let status = outcome["status"].as_str().unwrap_or_default();
    let ended = code.map_or_else(|| status.to_owned(), |code| format!("{status} ({code})"));
    entry["what"] = what.into();
    entry["ended"] = ended.into();
}

/// What breaks off is left beside under another name: nobody takes it for the whole.
async fn export(client: &Client, file: &Path, query: &[(&str, String)]) -> Result<u64> {
    if file.exists() {
        bail!("{} stands already.", file.display());
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let mut out = File::create(&partial)
        .with_context(|| format!("{} cannot be written.", partial.display()))?;
    let mut answer = client.stream(Operation::ExportAudit, query).await?;
    let mut bytes = 0;
    while let Some(chunk) = answer.chunk().await.with_context(|| {
        format!(
            "the export broke off; what came is in {}. Go on with --first and --tree-size",
            partial.display()
        )
    })? {
        out.write_all(&chunk)?;
        bytes += chunk.len() as u64;
    }
    out.sync_all()?;
    std::fs::rename(&partial, file)?;
    Ok(bytes)
}

async fn verify(client: &Client, show: Show, file: &Path, keys: &[String]) -> Result<()> {
    let keys = if keys.is_empty() {
        let known = client.read(Operation::ReadAuditKeys, &[]).await?;
        serde_json::from_value(known["keys"].clone()).context("the gateway named no keys")?
    } else {
        keys.to_vec()
    };
    let keys = CheckpointVerifier::parse(keys.iter().map(String::as_str))?;
    let mut verifier = ExportVerifier::new(keys, [])?;
    let opened = File::open(file).with_context(|| format!("{} cannot be read.", file.display()))?;
    for line in BufReader::new(opened).lines() {
        verifier.line(&line?)?;
    }
    let report = verifier.finish()?;
    let words = format!(
        "Everything fits: {} entries from {} on, held against the checkpoint of {} entries; {} \
         without content any more, {} personal values shown, {} erased.{}",
        report.entries,
        report.first,
        report.checkpoint.size,
        report.pruned,
        report.opened,
        report.shut,
        if report.filtered {
            " It is a selection: that nothing is left out of it cannot be shown."
        } else {
            ""
        },
    );
    let facts = json!({
        "entries": report.entries, "first": report.first, "end": report.end,
        "tree_size": report.checkpoint.size, "pruned": report.pruned,
        "opened": report.opened, "shut": report.shut, "filtered": report.filtered,
    });
    show.done(&words, &facts);
    Ok(())
}

async fn set(client: &Client, policy: &Value) -> Result<Value> {
    let (read, operation) = (Operation::ReadAuditPolicy, Operation::SetAuditPolicy);
    client.change(read, operation, &[], policy).await
}

fn policy_in(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read.", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON.", file.display()))
}

impl Filters {
    fn query(&self) -> Vec<(&'static str, String)> {
        [
            ("from", &self.from),
            ("to", &self.to),
            ("principal", &self.principal),
            ("key_id", &self.key_id),
            ("tool", &self.tool),
            ("connector", &self.connector),
            ("status", &self.status),
            ("text", &self.text),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_said_in_words() {
        let mut entry = json!({
            "tool": "pay_till",
            "outcome": { "status": "denied", "denied": { "layer": "access", "code": "not_permitted" } },
        });
        in_words(&mut entry);
        assert_eq!(entry["what"], "pay_till");
        assert_eq!(entry["ended"], "denied (not_permitted)");
    }

    #[test]
    fn what_is_not_searched_for_is_not_asked() {
        let filters = Filters {
            tool: Some("pay_till".into()),
            ..Filters::default()
        };
        assert_eq!(filters.query(), [("tool", "pay_till".to_owned())]);
    }
}
