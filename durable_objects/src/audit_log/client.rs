//! The clients of [`AuditLog`](super::AuditLog) objects: a tenant's, and the
//! platform's.

use lango_admission::{Answered, Earlier, Once};
use lango_audit_log::{
    Batch, Counts, Cursor, Entry, Found, Intent, LeafError, Limit, LoggedEntry, Outcome, Page,
    Query, Record, TallyLine, TreeHash, tree::RangeHashes,
};
use lango_identity::{PlatformScope, TenantScope};
use serde::{Deserialize, Serialize};
use worker::Env;

use super::archive::ArchiveState;
use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "AUDIT_LOG";
/// No tenant's: their names begin with `t_`.
pub(super) const PLATFORM: &str = "platform";

pub(super) const PATH_APPEND: &str = "/append";
pub(super) const PATH_SEARCH: &str = "/search";
pub(super) const PATH_ABOVE: &str = "/above";
pub(super) const PATH_CHECKPOINT: &str = "/checkpoint";
pub(super) const PATH_INCLUSION: &str = "/inclusion";
pub(super) const PATH_CONSISTENCY: &str = "/consistency";
pub(super) const PATH_RANGE: &str = "/range";
pub(super) const PATH_ERASE_PERSON: &str = "/erase-person";
pub(super) const PATH_RETENTION: &str = "/retention";
pub(super) const PATH_ARCHIVE: &str = "/archive";
pub(super) const PATH_FIGURES: &str = "/figures";
pub(super) const PATH_RECEIVED: &str = "/received";
pub(super) const PATH_RESIDENCY: &str = "/residency";
pub(super) const PATH_BEGIN: &str = "/begin";
pub(super) const PATH_LOG: &str = "/log";
pub(super) const PATH_SETTLE: &str = "/settle";
pub(super) const PATH_ERASE: &str = "/erase";

/// Which entries: so many from an index on, oldest first.
#[derive(Serialize, Deserialize)]
pub(super) struct EntriesFrom {
    pub(super) index: u64,
    pub(super) count: u32,
    /// Whoever asks wants to be told when there is more.
    #[serde(default)]
    pub(super) follows: bool,
}

/// Which proofs: that the tree of a size has these entries.
#[derive(Serialize, Deserialize)]
pub(super) struct InclusionOf {
    pub(super) indexes: Vec<u64>,
    pub(super) size: u64,
}

/// Which proof: that the tree of one size begins with that of another.
#[derive(Serialize, Deserialize)]
pub(super) struct ConsistencyOf {
    pub(super) old: u64,
    pub(super) new: u64,
}

/// Which part of a tree.
#[derive(Serialize, Deserialize)]
pub(super) struct RangeOf {
    pub(super) first: u64,
    pub(super) end: u64,
    pub(super) size: u64,
}

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointAt {
    /// How many entries it is about.
    pub size: u64,
    /// The note, as it was signed; with the witness's signature where there is one.
    pub note: String,
    /// How it stands with the witness, where there is one.
    pub witness: Option<WitnessState>,
}

/// How it stands with the witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WitnessState {
    /// Its name; `None` where its key is none.
    pub name: Option<String>,
    /// The size of the newest checkpoint that it has signed.
    pub size: Option<u64>,
    /// Why it has signed no newer one.
    pub problem: Option<String>,
    /// Since when there is a problem, in milliseconds since 1970.
    pub since_ms: Option<i64>,
}

/// How it stands with what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionState {
    /// Entries before this moment are hashes alone, in milliseconds since 1970.
    pub horizon_ms: Option<i64>,
    /// Personal values before this one are gone.
    pub personal_horizon_ms: Option<i64>,
    /// Whether nothing was pruned because of a legal hold.
    pub held: bool,
    /// When it was looked at last.
    pub passed_ms: Option<i64>,
    /// Whether a pass is under way.
    pub under_way: bool,
    /// Why nothing could be pruned.
    pub problem: Option<String>,
}

/// What a log has done since its object was started, and how large it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFigures {
    /// How many entries there are.
    pub entries: u64,
    /// Commits since the object was started.
    pub commits: u64,
    /// Rows that they wrote.
    pub rows_written: u64,
    /// Bytes of its database.
    pub bytes: u64,
}

/// Something that is about to happen on the platform.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    /// The session or key that it is done with.
    pub key_id: String,
    /// What it is.
    pub intent: Intent,
    /// Now, in milliseconds since 1970.
    pub at_ms: i64,
    /// For what is to happen once.
    pub once: Option<Once>,
}

/// How something ended that was begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub call_id: String,
    /// How.
    pub outcome: Outcome,
    /// For what is to happen once.
    pub answered: Option<Answered>,
}

/// One tenant's log. The object is named after the tenant of a scope, so no
/// caller can name another's.
pub struct AuditLogClient(Peer);

/// The platform's log. Whoever acts writes to it; reading it takes the right to run
/// the platform.
pub struct PlatformLogClient(AuditLogClient);

impl AuditLogClient {
    /// The log of the scope's tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "AuditLog", scope.tenant().as_str()).map(Self)
    }

    /// Appends a batch unless it has been taken before.
    ///
    /// # Errors
    /// [`Unreachable`]; the batch may or may not have been taken.
    pub async fn append(&self, batch: &Batch) -> Result<(), Unreachable> {
        self.0.ask(PATH_APPEND, batch).await
    }

    /// A page, newest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn page(&self, before: Cursor, limit: Limit) -> Result<Page, Unreachable> {
        page(&self.0, before, limit).await
    }

    /// A page of what is searched for, newest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn search(&self, query: &Query) -> Result<Found, Unreachable> {
        self.0.ask(PATH_SEARCH, query).await
    }

    /// Up to so many entries from an index on, oldest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn above(&self, index: u64, count: u32) -> Result<Vec<LoggedEntry>, Unreachable> {
        let follows = false;
        let from = EntriesFrom {
            index,
            count,
            follows,
        };
        self.0.ask(PATH_ABOVE, &from).await
    }

    /// The same for a stream, which the log tells for some minutes when it grows.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub(crate) async fn followed(
        &self,
        index: u64,
        count: u32,
    ) -> Result<Vec<LoggedEntry>, Unreachable> {
        let follows = true;
        let from = EntriesFrom {
            index,
            count,
            follows,
        };
        self.0.ask(PATH_ABOVE, &from).await
    }

    /// The newest checkpoint, or the one of a size. `None` where none was signed.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn checkpoint(&self, size: Option<u64>) -> Result<Option<CheckpointAt>, Unreachable> {
        self.0.ask(PATH_CHECKPOINT, &size).await
    }

    /// That the tree of a size has an entry.
    ///
    /// # Errors
    /// [`Unreachable`], also when the log is smaller than that.
    pub async fn inclusion(&self, index: u64, size: u64) -> Result<Vec<TreeHash>, Unreachable> {
        let proofs = self.inclusions(&[index], size).await?;
        Ok(proofs.into_iter().next().unwrap_or_default())
    }

    /// The same of many entries, which costs little more.
    ///
    /// # Errors
    /// [`Unreachable`], also when the log is smaller than that.
    pub async fn inclusions(
        &self,
        indexes: &[u64],
        size: u64,
    ) -> Result<Vec<Vec<TreeHash>>, Unreachable> {
        let of = InclusionOf {
            indexes: indexes.to_vec(),
            size,
        };
        self.0.ask(PATH_INCLUSION, &of).await
    }

    /// That the tree of the newer size begins with the one of the older.
    ///
    /// # Errors
    /// [`Unreachable`], also when the log is smaller than that.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<TreeHash>, Unreachable> {
        self.0
            .ask(PATH_CONSISTENCY, &ConsistencyOf { old, new })
            .await
    }

    /// What an export of the entries from an index on and below another needs to be held
    /// against the checkpoint of a size.
    ///
    /// # Errors
    /// [`Unreachable`], also when the log is smaller than that.
    pub async fn range(&self, first: u64, end: u64, size: u64) -> Result<RangeHashes, Unreachable> {
        self.0.ask(PATH_RANGE, &RangeOf { first, end, size }).await
    }

    /// Deletes what opens the commitments that are about a person. The tree stays whole.
    /// Says how many rows went.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub async fn erase_person(&self, person: &str) -> Result<u64, Unreachable> {
        self.0.ask(PATH_ERASE_PERSON, &person).await
    }

    /// How it stands with what is kept.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn retention(&self) -> Result<RetentionState, Unreachable> {
        self.0.ask(PATH_RETENTION, &()).await
    }

    /// How far its archive is.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn archive(&self) -> Result<ArchiveState, Unreachable> {
        self.0.ask(PATH_ARCHIVE, &()).await
    }

    /// How large it is, and what it wrote.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn figures(&self) -> Result<LogFigures, Unreachable> {
        self.0.ask(PATH_FIGURES, &()).await
    }

    /// What became of all calls and actions that the tenant's gates have received, as far
    /// as they have handed it over.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn received(&self) -> Result<Counts, Unreachable> {
        self.0.ask(PATH_RECEIVED, &()).await
    }

    /// How many calls ran where, from a day on: counted from 1970-01-01, UTC.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn residency_since(&self, day: i64) -> Result<Vec<TallyLine>, Unreachable> {
        self.0.ask(PATH_RESIDENCY, &day).await
    }

    /// Deletes everything: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}

impl PlatformLogClient {
    /// The platform's log.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn bound(env: &Env) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "AuditLog", PLATFORM)
            .map(AuditLogClient)
            .map(Self)
    }

    /// The same log for whoever may read it.
    #[must_use]
    pub fn readable(&self, _scope: &PlatformScope) -> &AuditLogClient {
        &self.0
    }

    /// Writes down what is about to happen. It is durable with the answer; if its end
    /// is never told, it is logged as unknown. What was begun before under the same
    /// idempotency key is answered instead, and nothing is begun.
    ///
    /// # Errors
    /// [`Unreachable`]: it must not happen.
    pub async fn begin(&self, begun: &Begun) -> Result<Option<Earlier>, Unreachable> {
        self.0.0.ask(PATH_BEGIN, begun).await
    }

    /// Logs what has happened.
    ///
    /// # Errors
    /// [`Unreachable`]: it is not logged.
    pub async fn log(&self, record: &Record) -> Result<(), Unreachable> {
        self.0.0.ask(PATH_LOG, record).await
    }

    /// Logs how it ended. Something ends once.
    ///
    /// # Errors
    /// [`Unreachable`]: it is logged as unknown later.
    pub async fn settle(&self, ended: &Ended) -> Result<(), Unreachable> {
        self.0.0.ask(PATH_SETTLE, ended).await
    }

    /// A page, newest first.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn page(
        &self,
        _scope: &PlatformScope,
        before: Cursor,
        limit: Limit,
    ) -> Result<Page, Unreachable> {
        self.0.page(before, limit).await
    }
}

async fn page(log: &Peer, before: Cursor, limit: Limit) -> Result<Page, Unreachable> {
    let query = Query {
        before: Some(before.before()),
        limit: limit.count(),
        ..Query::default()
    };
    let found: Found = log.ask(PATH_SEARCH, &query).await?;
    let entries = found
        .entries
        .iter()
        .filter_map(|logged| entry(logged).transpose());
    let entries = entries.collect::<Result<_, _>>();
    Ok(Page {
        entries: entries.map_err(|error| Unreachable {
            class: "AuditLog",
            reason: error.to_string(),
        })?,
        next: found.next.map(Cursor::text),
    })
}

fn entry(logged: &LoggedEntry) -> Result<Option<Entry>, LeafError> {
    let record = logged.record()?;
    Ok(record.map(|record| Entry {
        index: logged.index,
        record,
    }))
}
