//! One log, asked as the gateway asks it.

use lango_audit_log::{
    Batch, CheckpointKeys, CheckpointVerifier, Found, LoggedEntry, Query, Record, TreeHash,
    export::{End, ExportVerifier, Header, Line, Misfit, ProvenEntry, Report},
    origin,
    tree::RangeHashes,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::records::{batch, records};
use crate::support::{Dev, http};

/// A log of a stack with the bare Worker.
pub(super) struct Log {
    url: String,
    verifier: CheckpointVerifier,
}

impl Log {
    pub(super) fn of(dev: &Dev, name: &str) -> Self {
        let file = dev.folder.join("secrets/checkpoint-keys.json");
        let keys = CheckpointKeys::parse(&std::fs::read_to_string(file).unwrap()).unwrap();
        let texts = keys.verifier_keys(&origin(name));
        let verifier = CheckpointVerifier::parse(texts.iter().map(String::as_str)).unwrap();
        let bare_url = dev.bare_url.as_deref().expect("the stack has --bench");
        Self {
            url: format!("{bare_url}/audit-log/{name}"),
            verifier,
        }
    }

    /// Sends a message; the error is what the log says.
    pub(super) async fn try_ask<A: DeserializeOwned>(
        &self,
        message: &str,
        question: impl Serialize,
    ) -> Result<A, String> {
        let request = http().post(format!("{}/{message}", self.url));
        let response = request.json(&question).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        if !status.is_success() {
            return Err(format!("{status}: {text}"));
        }
        Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    pub(super) async fn ask<A: DeserializeOwned>(
        &self,
        message: &str,
        question: impl Serialize,
    ) -> A {
        self.try_ask(message, question).await.unwrap()
    }

    /// Whether a batch was taken; whoever does not answer has not.
    pub(super) async fn try_append(&self, batch: &Batch) -> Result<(), String> {
        let request = http().post(format!("{}/append", self.url)).json(batch);
        let response = request.send().await.map_err(|error| error.to_string())?;
        let response = response.error_for_status();
        response.map(drop).map_err(|error| error.to_string())
    }

    pub(super) async fn append(&self, number: u64, records: Vec<Record>) {
        let () = self.ask("append", batch("k_1", number, records)).await;
    }

    /// So many records in batches of so many.
    pub(super) async fn fill(&self, count: u64, size: u64) {
        for number in 0..count / size {
            self.append(number + 1, records(number * size, size)).await;
        }
    }

    /// The newest checkpoint, or the one of a size.
    pub(super) async fn checkpoint(&self, size: Option<u64>) -> Option<(u64, String)> {
        let at: Value = self.ask("checkpoint", size).await;
        Some((at["size"].as_u64()?, at["note"].as_str()?.to_owned()))
    }

    pub(super) async fn size(&self) -> u64 {
        self.checkpoint(None).await.map_or(0, |(size, _)| size)
    }

    /// The root that was signed for a size.
    pub(super) async fn root(&self, size: u64) -> TreeHash {
        let (_, note) = self.checkpoint(Some(size)).await.unwrap();
        self.verifier.verify(&note).unwrap().root
    }

    pub(super) async fn search(&self, query: &Query) -> Found {
        self.ask("search", query).await
    }

    pub(super) async fn entries(&self) -> Vec<LoggedEntry> {
        let mut entries: Vec<LoggedEntry> = Vec::new();
        loop {
            let from = entries.last().map_or(0, |last| last.index + 1);
            let question = json!({ "index": from, "count": 1_000 });
            let more: Vec<LoggedEntry> = self.ask("above", question).await;
            if more.is_empty() {
                return entries;
            }
            entries.extend(more);
        }
    }

    /// All of it as an export.
    pub(super) async fn export(&self) -> Vec<String> {
        let (size, note) = self.checkpoint(None).await.unwrap();
        let range = json!({ "first": 0, "end": size, "size": size });
        let range: RangeHashes = self.ask("range", range).await;
        let header = Header::new(note, 0, size, range, None).unwrap();
        let mut lines = vec![Line::Header(header)];
        let entries = self.entries().await;
        let count = entries.len() as u64;
        lines.extend(
            entries
                .into_iter()
                .map(|entry| Line::Entry(ProvenEntry::new(entry, None))),
        );
        lines.push(Line::End(End { entries: count }));
        lines
            .iter()
            .map(|line| line.text().trim_end().to_owned())
            .collect()
    }

    /// Whether the export is what was signed, and follows from checkpoints of before.
    pub(super) async fn verify(&self, older: &[String]) -> Result<Report, Misfit> {
        let lines = self.export().await;
        self.verify_lines(&lines, older)
    }

    pub(super) fn verify_lines(
        &self,
        lines: &[String],
        older: &[String],
    ) -> Result<Report, Misfit> {
        let older = older.iter().map(String::as_str);
        let mut verifier = ExportVerifier::new(self.verifier.clone(), older).unwrap();
        for line in lines {
            verifier.line(line)?;
        }
        verifier.finish()
    }
}
