//! `lango residency`: where a tenant's calls may run, and where they did.

use anyhow::Result;
use clap::Subcommand;
use lango_api::Operation;
use serde_json::{Value, json};

use super::{
    client::Client,
    given::Given,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 8] = [
    column("CONNECTION", "connection_id"),
    column("CONNECTOR", "connector"),
    column("PROMISED", "promised"),
    column("SEEN", "seen"),
    column("VERDICT", "verdict"),
    column("REFUSED", "refused"),
    column("CALLS", "calls"),
    column("LAST", "last"),
];

/// What `lango residency` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show where calls may run.
    Show,
    /// Say where calls may run; it holds for the next call.
    Promise {
        /// any, africa, or countries such as "country:KE country:TZ".
        #[arg(long)]
        residency: Option<String>,
        /// prefer: a call elsewhere is shown. require: it is refused.
        #[arg(long)]
        enforcement: Option<String>,
    },
    /// Show what was promised and what was seen, the last 30 days.
    Report,
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::Show => show.one(&client.read(Operation::ReadPromise, &[]).await?),
        Command::Promise {
            residency,
            enforcement,
        } => {
            let body = Given::default()
                .with("residency", residency.as_deref())
                .with("enforcement", enforcement.as_deref())
                .change()?;
            let (read, operation) = (Operation::ReadPromise, Operation::ChangePromise);
            show.one(&client.change(read, operation, &[], &body).await?)
        }
        Command::Report => {
            let report = client.read(Operation::ReadResidency, &[]).await?;
            match show {
                Show::Json => show.one(&report),
                Show::Words => show.list(&COLUMNS, &lines(&report)),
            }
        }
    }
}

/// A line for each kind of evidence of each connection.
fn lines(report: &Value) -> Vec<Value> {
    let connections = report["connections"].as_array().into_iter().flatten();
    connections
        .flat_map(|connection| {
            let evidence = connection["evidence"].as_array().into_iter().flatten();
            evidence.map(|line| {
                let promised = &line["promised"];
                json!({
                    "connection_id": connection["connection_id"],
                    "connector": connection["connector"],
                    "promised": format!("{} {}", words(&promised["enforcement"]), words(&promised["residency"])),
                    "seen": seen(&line["seen"]),
                    "verdict": line["verdict"],
                    "refused": line["refused"],
                    "calls": line["calls"],
                    "last": line["last"],
                })
            })
        })
        .collect()
}

fn seen(evidence: &Value) -> String {
    let site = &evidence["site"];
    let pieces = ["configured_region", "placement", "colo"]
        .iter()
        .filter_map(|name| {
            evidence[*name]
                .as_str()
                .map(|text| format!("{name} {text}"))
        });
    let site = site["name"]
        .as_str()
        .map(|name| format!("site {name} ({})", words(&site["country"])));
    let pieces: Vec<_> = pieces.chain(site).collect();
    if pieces.is_empty() {
        return "nothing".to_owned();
    }
    pieces.join(", ")
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_promised_and_what_was_seen() {
        let report = json!({ "connections": [{
            "connection_id": "c_1", "connector": "postgres",
            "evidence": [{
                "promised": { "residency": "country:KE", "enforcement": "require" },
                "seen": { "placement": "remote-JNB", "site": { "name": "a", "country": "KE" } },
                "verdict": "outside", "refused": true, "calls": 2, "last": "2026-11-22",
            }, {
                "promised": { "residency": "any", "enforcement": "prefer" },
                "seen": {}, "verdict": "inside", "refused": false, "calls": 1, "last": "2026-11-22",
            }],
        }]});
        let lines = lines(&report);
        assert_eq!(lines[0]["promised"], "require country:KE");
        assert_eq!(lines[0]["seen"], "placement remote-JNB, site a (KE)");
        assert_eq!(lines[1]["seen"], "nothing");
    }
}
