//! The client of the [`Metrics`](super::Metrics) object.

use std::collections::BTreeMap;

use lango_audit_log::Counts;
use lango_identity::TenantScope;
use lango_metrics::{ArchiveFigures, Archives, Totals};
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "METRICS";
/// There is one.
const NAME: &str = "metrics";

pub(super) const PATH_REPORT: &str = "/report";
pub(super) const PATH_REPORT_ARCHIVE: &str = "/report-archive";
pub(super) const PATH_RETIRE: &str = "/retire";
pub(super) const PATH_COUNTED: &str = "/counted";

/// What a tenant's log has so far: not what is new in it.
#[derive(Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) tenant: String,
    pub(super) totals: Totals,
}

/// How far the archive of a tenant's log is.
#[derive(Serialize, Deserialize)]
pub(super) struct ReportArchive {
    pub(super) tenant: String,
    pub(super) figures: ArchiveFigures,
}

/// Everything that was reported.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Counted {
    /// Everybody's together, erased tenants' included: counters do not go back.
    pub totals: Totals,
    /// How many tenants have reported.
    pub tenants: u64,
    /// Records by tenant, where that was asked for.
    pub by_tenant: BTreeMap<String, u64>,
    /// The archives together.
    #[serde(default)]
    pub archives: Archives,
    /// What the gates of each have received, where that was asked for.
    #[serde(default)]
    pub received_by_tenant: BTreeMap<String, Counts>,
}

/// The numbers of the whole deployment.
pub struct MetricsClient(Peer);

impl MetricsClient {
    /// The one object.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn bound(env: &Env) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "Metrics", NAME).map(Self)
    }

    /// Reports a tenant's totals. The same report twice counts once.
    ///
    /// # Errors
    /// [`Unreachable`]: the next report has it all.
    pub(crate) async fn report(
        &self,
        scope: &TenantScope,
        totals: &Totals,
    ) -> Result<(), Unreachable> {
        let report = Report {
            tenant: scope.tenant().as_str().to_owned(),
            totals: totals.clone(),
        };
        self.0.ask(PATH_REPORT, &report).await
    }

    /// Reports how far a log's archive is. The same report twice counts once.
    ///
    /// # Errors
    /// [`Unreachable`]: the next report has it all.
    pub(crate) async fn report_archive(
        &self,
        log: &str,
        figures: &ArchiveFigures,
    ) -> Result<(), Unreachable> {
        let report = ReportArchive {
            tenant: log.to_owned(),
            figures: *figures,
        };
        self.0.ask(PATH_REPORT_ARCHIVE, &report).await
    }

    /// The tenant is erased: its numbers stay, its name goes.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn retire(&self, scope: &TenantScope) -> Result<(), Unreachable> {
        self.0.ask(PATH_RETIRE, &scope.tenant().as_str()).await
    }

    /// What was reported so far.
    ///
    /// # Errors
    /// [`Unreachable`] when the object does not answer.
    pub async fn counted(&self, by_tenant: bool) -> Result<Counted, Unreachable> {
        self.0.ask(PATH_COUNTED, &by_tenant).await
    }
}
