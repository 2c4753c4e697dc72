//! What pseudonyms stand for: a row for each name that was given out, until it
//! expires, and a row for the last number of each kind, which stays: no name is
//! given twice. The values are sealed by the gateway; the object cannot read them.

use std::{cell::RefCell, collections::BTreeMap};

use lango_admission::{KeptPseudonym, NewPseudonym, PseudonymAt, Pseudonyms};
use lango_provenance::ArgumentPrint;
use serde::Deserialize;
use worker::SqlStorage;

use crate::sql::integer;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS pseudonyms (
      token      TEXT NOT NULL PRIMARY KEY,
      kind       TEXT NOT NULL,
      print      TEXT NOT NULL,
      sealed     TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS pseudonym_numbers (
      kind TEXT NOT NULL PRIMARY KEY,
      last INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// The pseudonyms of one key, in memory and in rows.
pub(super) struct KeptPseudonyms {
    sql: SqlStorage,
    known: RefCell<Pseudonyms>,
}

#[derive(Deserialize)]
struct Row {
    token: String,
    kind: String,
    print: lango_provenance::Fingerprint,
    sealed: String,
    expires_at: u64,
}

#[derive(Deserialize)]
struct Last {
    kind: String,
    last: u64,
}

impl KeptPseudonyms {
    pub(super) fn open(sql: SqlStorage) -> worker::Result<Self> {
        let pseudonyms = Self {
            sql,
            known: RefCell::default(),
        };
        pseudonyms.reset()?;
        Ok(pseudonyms)
    }

    /// Reads the rows; makes the tables first where there are none.
    pub(super) fn reset(&self) -> worker::Result<()> {
        self.sql.exec(SCHEMA, None)?;
        let rows: Vec<Row> = self
            .sql
            .exec(
                "SELECT token, kind, print, sealed, expires_at FROM pseudonyms",
                None,
            )?
            .to_array()?;
        let last: Vec<Last> = self
            .sql
            .exec("SELECT kind, last FROM pseudonym_numbers", None)?
            .to_array()?;
        let last: BTreeMap<_, _> = last.into_iter().map(|it| (it.kind, it.last)).collect();
        let kept = rows.into_iter().map(Row::kept).collect();
        *self.known.borrow_mut() = Pseudonyms::load(kept, last);
        Ok(())
    }

    pub(super) fn sealed(&self, asked: &[PseudonymAt], now_ms: u64) -> BTreeMap<String, String> {
        self.known.borrow().sealed(asked, now_ms)
    }

    pub(super) fn prints(&self, asked: &[PseudonymAt], now_ms: u64) -> Vec<ArgumentPrint> {
        self.known.borrow().prints(asked, now_ms).collect()
    }

    /// The names, by the placeholders. Rows are written for what is new.
    pub(super) fn name(
        &self,
        values: &[NewPseudonym],
        lives_ms: u64,
        now_ms: u64,
    ) -> worker::Result<BTreeMap<String, String>> {
        if values.is_empty() {
            return Ok(BTreeMap::new());
        }
        let named = self.known.borrow_mut().name(values, lives_ms, now_ms);
        for kept in &named.kept {
            self.sql.exec(
                "INSERT INTO pseudonyms (token, kind, print, sealed, expires_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (token) DO UPDATE SET expires_at = excluded.expires_at",
                vec![
                    kept.token.as_str().into(),
                    kept.kind.as_str().into(),
                    kept.print.to_string().into(),
                    kept.sealed.as_str().into(),
                    integer(kept.expires_at_ms)?,
                ],
            )?;
        }
        for (kind, last) in &named.last {
            self.sql.exec(
                "INSERT INTO pseudonym_numbers (kind, last) VALUES (?1, ?2) \
                 ON CONFLICT (kind) DO UPDATE SET last = excluded.last",
                vec![kind.as_str().into(), integer(*last)?],
            )?;
        }
        self.delete(&named.dropped)?;
        Ok(named.names)
    }

    pub(super) fn prune(&self, now_ms: u64) -> worker::Result<()> {
        let over = self.known.borrow_mut().expire(now_ms);
        self.delete(&over)
    }

    fn delete(&self, tokens: &[String]) -> worker::Result<()> {
        if tokens.is_empty() {
            return Ok(());
        }
        self.sql.exec(
            "DELETE FROM pseudonyms WHERE token IN (SELECT value FROM json_each(?1))",
            vec![serde_json::to_string(tokens)?.into()],
        )?;
        Ok(())
    }
}

impl Row {
    fn kept(self) -> KeptPseudonym {
        KeptPseudonym {
            token: self.token,
            kind: self.kind,
            print: self.print,
            sealed: self.sealed,
            expires_at_ms: self.expires_at,
        }
    }
}
