//! Somebody who keeps every checkpoint that they were given, and believes the log nothing.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use lango_audit_log::{
    Checkpoint, CheckpointVerifier, Status, Subject, TreeHash,
    export::{ExportVerifier, Line, Older},
    read,
    tree::{Frontier, verify_consistency},
};
use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::support::{Tenant, http};

/// How many proofs are asked for at once.
const PROOFS_AT_ONCE: usize = 16;

/// What they know of one tenant's log.
pub(super) struct Auditor {
    url: String,
    token: String,
    client: Client,
    keys: CheckpointVerifier,
    /// Every checkpoint that was seen, by its size.
    seen: BTreeMap<u64, Checkpoint>,
    notes: BTreeMap<u64, String>,
    /// The tree over every entry that was read, from the first.
    tree: Frontier,
    calls: BTreeMap<String, Status>,
}

impl Auditor {
    /// With the keys that the log says it has, before anything happens to it.
    pub(super) async fn of(tenant: &Tenant) -> Self {
        let known = tenant.get("audit/key").await;
        let keys = known["keys"].as_array().unwrap().iter();
        Self {
            url: format!("{}/admin/v1/audit", tenant.url()),
            token: tenant.admin.clone(),
            client: http(),
            keys: CheckpointVerifier::parse(keys.map(|key| key.as_str().unwrap())).unwrap(),
            seen: BTreeMap::new(),
            notes: BTreeMap::new(),
            tree: Frontier::default(),
            calls: BTreeMap::new(),
        }
    }

    /// How many entries were read.
    pub(super) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// How many different checkpoints were seen.
    pub(super) fn checkpoints(&self) -> usize {
        self.seen.len()
    }

    /// How a call ended, by the digest of its arguments; `None` while the log has none.
    pub(super) fn status_of(&self, digest: &str) -> Option<Status> {
        self.calls.get(digest).copied()
    }

    /// Asks for the newest checkpoint again and again, until nobody answers any more.
    pub(super) fn watch(&self) -> JoinHandle<Vec<String>> {
        let (client, url) = (self.client.clone(), format!("{}/checkpoint", self.url));
        let token = self.token.clone();
        tokio::spawn(async move {
            let mut notes = Vec::new();
            while let Ok(response) = client.get(&url).bearer_auth(&token).send().await {
                let Ok(answer) = response.json::<Value>().await else {
                    break;
                };
                notes.extend(answer["note"].as_str().map(str::to_owned));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            notes
        })
    }

    /// Keeps checkpoints, unless they are no checkpoints or contradict one that was kept.
    pub(super) fn remember(&mut self, notes: Vec<String>) {
        for note in notes {
            let checkpoint = self.keys.verify(&note).unwrap();
            let known = self.seen.entry(checkpoint.size);
            let known = known.or_insert_with(|| checkpoint.clone());
            assert_eq!(*known, checkpoint, "two histories were signed");
            self.notes.insert(checkpoint.size, note);
        }
    }

    /// Reads what is new, makes the tree over all entries, holds it against the newest
    /// checkpoint, and has it proven that this has grown from every older one.
    pub(super) async fn look_through(&mut self) {
        let newest = self.get("checkpoint").await;
        let note = newest["note"].as_str().unwrap().to_owned();
        let newest = self.keys.verify(&note).unwrap();
        let oldest = self.seen.last_key_value().map_or(0, |(size, _)| *size);
        assert!(newest.size >= oldest, "entries are missing");
        self.remember(vec![note]);
        let (first, size) = (self.tree.size(), newest.size);
        if first < size {
            self.read(&format!("export?first={first}&tree_size={size}"))
                .await;
        }
        assert_eq!((self.tree.size(), self.tree.root()), (size, newest.root));
        let older: Vec<_> = self.seen.range(..size).map(|(_, it)| it.clone()).collect();
        let proofs = older.iter().map(|older| self.grown_from(older, &newest));
        let proofs = stream::iter(proofs).buffer_unordered(PROOFS_AT_ONCE);
        proofs.try_collect::<()>().await.unwrap();
    }

    async fn grown_from(&self, older: &Checkpoint, newest: &Checkpoint) -> Result<(), String> {
        let (from, to) = (older.size, newest.size);
        let answer = self
            .get(&format!("proofs/consistency?from={from}&to={to}"))
            .await;
        let proof: Vec<TreeHash> = serde_json::from_value(answer["proof"].clone()).unwrap();
        verify_consistency(&proof, (from, older.root), (to, newest.root))
            .map_err(|misproof| format!("{from} to {to}: {misproof}"))
    }

    /// Reads a part of the log, which must fit.
    async fn read(&mut self, path: &str) {
        let export = self.text(path).await;
        let mut verifier = ExportVerifier::new(self.keys.clone(), []).unwrap();
        for line in export.lines() {
            verifier.line(line).unwrap();
            if let Line::Entry(entry) = serde_json::from_str(line).unwrap() {
                self.tree.push(entry.hash).unwrap();
                self.take(entry.leaf.as_deref().unwrap());
            }
        }
        verifier.finish().unwrap();
    }

    /// A call is in the log once.
    fn take(&mut self, leaf: &str) {
        let record = read(leaf, &[]).unwrap();
        if let Subject::Call {
            arguments_sha256, ..
        } = record.intent.subject
        {
            let before = self.calls.insert(arguments_sha256, record.outcome.status);
            assert_eq!(before, None, "a call is in the log twice: {leaf}");
        }
    }

    /// The whole log as one export, with every checkpoint that was kept.
    pub(super) async fn verify_all(&self) {
        let size = self.tree.size();
        let export = self.text(&format!("export?tree_size={size}")).await;
        let notes = self.notes.values().map(String::as_str);
        let mut verifier = ExportVerifier::new(self.keys.clone(), notes).unwrap();
        for line in export.lines() {
            verifier.line(line).unwrap();
        }
        let report = verifier.finish().unwrap();
        assert_eq!(report.entries, size);
        assert_eq!(report.older.len(), self.seen.len());
        for older in report.older {
            assert!(matches!(older, Older::Consistent(_)), "{older:?}");
        }
    }

    async fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path).await).unwrap()
    }

    async fn text(&self, path: &str) -> String {
        let request = self.client.get(format!("{}/{path}", self.url));
        let response = request.bearer_auth(&self.token).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        text
    }
}
