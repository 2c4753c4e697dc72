//! The pass of retention: once a day what is older than it is kept for becomes hashes
//! alone, and personal values that are older than they are kept for go.
//!
//! What the tenant keeps, and whether anything is held, is read from the store before
//! each step; without its answer nothing is pruned. The texts of entries wait for the
//! archive where there is one; personal values, which it never has, do not. A step prunes some rows in one
//! commit, and the alarm goes on with the next.

use lango_audit_log::tree::RUN;
use lango_identity::TenantScope;
use lango_store::audit_retention;
use lango_tenancy::AuditRetention;

use super::{client::RetentionState, log::Log, rows::first, summaries};
use crate::sql::{Store, atomically, integer};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// After a step that failed.
const RETRY_AFTER_MS: i64 = 60 * 60 * 1_000;
/// How many rows a step looks at.
const ROWS_AT_ONCE: u64 = 500;
/// What the platform keeps of its own: seven years, like the longest plan.
const OF_PLATFORM: AuditRetention = AuditRetention {
    keep_days: 2_557,
    personal_days: 2_557,
    legal_hold: false,
};
/// Tests do not wait for a day.
const EVERY: &str = "LANGO_DEVELOPMENT_RETENTION_EVERY_MS";

/// The row of `retention`, as far as there is one.
struct Pass {
    horizon_ms: i64,
    personal_horizon_ms: i64,
    held: bool,
    passed_ms: i64,
    behind: Option<u64>,
    problem: Option<String>,
}

impl Log {
    /// How it stands.
    pub(super) fn retention(&self) -> worker::Result<RetentionState> {
        Ok(self.pass()?.map_or_else(RetentionState::default, |pass| {
            let known = |ms: i64| (ms > Horizons::NONE.entries_ms).then_some(ms);
            RetentionState {
                horizon_ms: known(pass.horizon_ms),
                personal_horizon_ms: known(pass.personal_horizon_ms),
                held: pass.held,
                passed_ms: Some(pass.passed_ms),
                under_way: pass.behind.is_some(),
                problem: pass.problem,
            }
        }))
    }

    /// Does a step if one is due. Gives when to look again.
    pub(super) async fn prune(&self, now_ms: i64) -> worker::Result<i64> {
        let every_ms = self.retention_every_ms();
        let pass = self.pass()?;
        if let Some(pass) = &pass {
            let wait_ms = match &pass.problem {
                Some(_) => RETRY_AFTER_MS.min(every_ms),
                None => every_ms,
            };
            let due_ms = pass.passed_ms + wait_ms;
            if pass.behind.is_none() && now_ms < due_ms {
                return Ok(due_ms);
            }
        }
        let kept = self.kept().await;
        // Somebody else's event may have changed it meanwhile.
        let behind = self.pass()?.and_then(|pass| pass.behind).unwrap_or(0);
        match kept {
            Ok(Some(kept)) if !kept.legal_hold => {
                self.step(&Horizons::of(kept, now_ms), behind, now_ms)?;
            }
            Ok(kept) => self.set(&Horizons::NONE, kept.is_some(), None, now_ms, None)?,
            Err(problem) => self.set(&Horizons::NONE, false, None, now_ms, Some(&problem))?,
        }
        let pass = self.pass()?;
        Ok(match pass {
            Some(Pass {
                behind: Some(_), ..
            }) => now_ms,
            Some(Pass {
                problem: Some(_), ..
            }) => now_ms + RETRY_AFTER_MS.min(every_ms),
            _ => now_ms + every_ms,
        })
    }

    /// Prunes the rows behind one, some of them, in one commit.
    fn step(&self, horizons: &Horizons, behind: u64, now_ms: i64) -> worker::Result<()> {
        // A number of its own: nothing of it comes from outside.
        let archived = self.archived_before()?;
        atomically(&self.storage, || {
            let Some((last, oldest_ms)) = self.rows_behind(behind)? else {
                return self.set(horizons, false, None, now_ms, None);
            };
            // The triggers look at the horizon.
            self.set(horizons, false, Some(last + 1), now_ms, None)?;
            let range = [integer(behind)?, integer(last)?];
            let within = |text: &str, horizon_ms: i64| {
                let values = [range.to_vec(), vec![horizon_ms.into()]].concat();
                self.write(text, values)
            };
            within(
                &format!(
                    "UPDATE batches SET leaves = NULL WHERE first >= ?1 AND first <= ?2 \
                     AND newest_ms < ?3 AND leaves IS NOT NULL AND first + count <= {archived}"
                ),
                horizons.entries_ms,
            )?;
            let gone = within(
                "DELETE FROM openings WHERE first >= ?1 AND first <= ?2 AND newest_ms < ?3",
                horizons.personal_ms,
            )?;
            if gone > 0 {
                summaries::make_anew(self, behind / RUN, last / RUN, horizons.personal_ms)?;
            }
            let runs = "UPDATE runs SET summary = NULL WHERE number >= ?1 AND number <= ?2 \
                        AND newest_ms < ?3 AND summary IS NOT NULL";
            self.write(
                runs,
                vec![
                    integer(behind / RUN)?,
                    integer(last / RUN)?,
                    horizons.entries_ms.into(),
                ],
            )?;
            // Behind this there is nothing old: entries come within minutes of their time.
            if oldest_ms > horizons.personal_ms + DAY_MS {
                self.set(horizons, false, None, now_ms, None)?;
            }
            Ok(())
        })
    }

    /// The last of the next rows, and the oldest moment in it.
    fn rows_behind(&self, behind: u64) -> worker::Result<Option<(u64, i64)>> {
        let query = "SELECT first, oldest_ms FROM (SELECT first, oldest_ms FROM batches \
                     WHERE first >= ?1 ORDER BY first LIMIT ?2) ORDER BY first DESC LIMIT 1";
        let values = vec![integer(behind)?, integer(ROWS_AT_ONCE)?];
        let row = first(&self.sql, query, values)?;
        row.map(|mut row| Ok((row.number()?, row.signed()?)))
            .transpose()
    }

    async fn kept(&self) -> Result<Option<AuditRetention>, String> {
        if self.is_platform() {
            return Ok(Some(OF_PLATFORM));
        }
        let scope =
            TenantScope::of_running_object(&self.name).map_err(|error| error.to_string())?;
        let store = Store::bound(&self.env).map_err(|error| error.to_string())?;
        audit_retention(&store, &scope)
            .await
            .map_err(|error| error.to_string())
    }

    fn pass(&self) -> worker::Result<Option<Pass>> {
        let query = "SELECT horizon_ms, personal_horizon_ms, held, passed_ms, behind, problem \
                     FROM retention WHERE only = 1";
        let row = first(&self.sql, query, vec![])?;
        row.map(|mut row| {
            Ok(Pass {
                horizon_ms: row.signed()?,
                personal_horizon_ms: row.signed()?,
                held: row.signed()? != 0,
                passed_ms: row.signed()?,
                behind: row.optional_number()?,
                problem: row.text()?,
            })
        })
        .transpose()
    }

    fn set(
        &self,
        horizons: &Horizons,
        held: bool,
        behind: Option<u64>,
        now_ms: i64,
        problem: Option<&str>,
    ) -> worker::Result<()> {
        self.write(
            "INSERT OR REPLACE INTO retention \
             (only, horizon_ms, personal_horizon_ms, held, passed_ms, behind, problem) \
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
            vec![
                horizons.entries_ms.into(),
                horizons.personal_ms.into(),
                i64::from(held).into(),
                now_ms.into(),
                behind
                    .map(integer)
                    .transpose()?
                    .unwrap_or(worker::SqlStorageValue::Null),
                problem.into(),
            ],
        )?;
        Ok(())
    }

    pub(super) fn retention_every_ms(&self) -> i64 {
        let var = self.env.var(EVERY).ok();
        let told = var.and_then(|text| text.to_string().parse().ok());
        told.filter(|every: &i64| *every > 0).unwrap_or(DAY_MS)
    }
}

/// What is older goes.
struct Horizons {
    entries_ms: i64,
    personal_ms: i64,
}

impl Horizons {
    /// Nothing is old.
    const NONE: Self = Self {
        entries_ms: -(1 << 53) + 1,
        personal_ms: -(1 << 53) + 1,
    };

    fn of(kept: AuditRetention, now_ms: i64) -> Self {
        let before = |days: u32| now_ms - i64::from(days) * DAY_MS;
        Self {
            entries_ms: before(kept.keep_days),
            personal_ms: before(kept.personal_days.min(kept.keep_days)),
        }
    }
}
