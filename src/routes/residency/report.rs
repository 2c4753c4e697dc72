//! The report: what was promised and what was seen, connection by connection.

use std::collections::BTreeMap;

use chrono::DateTime;
use lango_api::{
    CallCounts, ConnectionResidency, DayCounts, EvidenceLine, ResidencyReport, TransferView,
};
use lango_audit_log::TallyLine;
use lango_residency::{Finding, Promise, Residency, Verdict};
use lango_store::{ConnectionRow, TransferRow};

use super::DAY_MS;
use crate::routes::transfers::view;

/// What a report is made of.
pub(super) struct Facts {
    pub(super) promise: Promise,
    /// The first day, counted from 1970-01-01, UTC.
    pub(super) since: i64,
    pub(super) days: u32,
    pub(super) tally: Vec<TallyLine>,
    pub(super) connections: Vec<ConnectionRow>,
    pub(super) transfers: Vec<TransferRow>,
}

/// What is said of one connection.
#[derive(Default)]
struct Of {
    connector: String,
    name: Option<String>,
    calls: CallCounts,
    seen: BTreeMap<Finding, Seen>,
    transfers: Vec<TransferView>,
}

struct Seen {
    calls: u64,
    first: i64,
    last: i64,
}

impl Facts {
    pub(super) fn report(self) -> ResidencyReport {
        let mut of = BTreeMap::<String, Of>::new();
        for connection in self.connections {
            let entry = of.entry(connection.connection_id).or_default();
            entry.connector = connection.connector;
            entry.name = Some(connection.name);
        }
        let (mut calls, mut by_day) = (CallCounts::default(), BTreeMap::new());
        for line in self.tally {
            add(&mut calls, &line);
            add(by_day.entry(line.day).or_default(), &line);
            of.entry(line.connection.clone()).or_default().add(line);
        }
        let mut other_transfers = Vec::new();
        for transfer in self.transfers {
            let id = transfer.connection_id.as_deref();
            match id.and_then(|id| of.get_mut(id)) {
                Some(of) => of.transfers.push(view(transfer)),
                None => other_transfers.push(view(transfer)),
            }
        }
        ResidencyReport {
            promise: self.promise,
            since: date(self.since),
            days: self.days,
            calls,
            by_day: by_day.into_iter().rev().map(on_day).collect(),
            connections: of.into_iter().map(|(id, of)| of.shown(id)).collect(),
            other_transfers,
        }
    }
}

impl Of {
    fn add(&mut self, line: TallyLine) {
        add(&mut self.calls, &line);
        if self.connector.is_empty() {
            self.connector = line.connector;
        }
        let seen = self.seen.entry(line.finding).or_insert(Seen {
            calls: 0,
            first: line.day,
            last: line.day,
        });
        seen.calls += line.calls;
        seen.first = seen.first.min(line.day);
        seen.last = seen.last.max(line.day);
    }

    fn shown(self, connection_id: String) -> ConnectionResidency {
        let mut evidence: Vec<_> = self.seen.into_iter().map(evidence_line).collect();
        evidence.sort_by_key(|line| std::cmp::Reverse(line.calls));
        ConnectionResidency {
            connection_id,
            connector: self.connector,
            name: self.name,
            calls: self.calls,
            evidence,
            transfers: self.transfers,
        }
    }
}

fn evidence_line((finding, seen): (Finding, Seen)) -> EvidenceLine {
    EvidenceLine {
        refused: finding.is_refused(),
        promised: Promise {
            // A finding is made of a residency, and holds it as text.
            residency: Residency::parse(&finding.residency).unwrap_or_default(),
            enforcement: finding.enforcement,
        },
        seen: finding.evidence,
        verdict: finding.verdict,
        calls: seen.calls,
        first: date(seen.first),
        last: date(seen.last),
    }
}

fn on_day((day, calls): (i64, CallCounts)) -> DayCounts {
    DayCounts {
        day: date(day),
        calls,
    }
}

fn add(counts: &mut CallCounts, line: &TallyLine) {
    counts.total += line.calls;
    match line.finding.verdict {
        Verdict::Inside => counts.inside += line.calls,
        Verdict::Unknown => counts.unknown += line.calls,
        Verdict::Outside => counts.outside += line.calls,
    }
    if line.finding.is_refused() {
        counts.refused += line.calls;
    }
}

fn date(day: i64) -> String {
    DateTime::from_timestamp_millis(day.saturating_mul(DAY_MS))
        .unwrap_or_default()
        .format("%Y-%m-%d")
        .to_string()
}

#[cfg(test)]
mod tests {
    use lango_residency::{Enforcement, Evidence, Placement};

    use super::*;

    fn line(
        day: i64,
        connection: &str,
        enforcement: Enforcement,
        placement: &str,
        calls: u64,
    ) -> TallyLine {
        let promise = Promise {
            residency: Residency::Africa,
            enforcement,
        };
        let evidence = Evidence {
            placement: Placement::parse(placement).ok(),
            ..Evidence::default()
        };
        TallyLine {
            day,
            connector: "postgres".into(),
            connection: connection.into(),
            finding: Finding::of(&promise, evidence),
            calls,
        }
    }

    #[test]
    fn promise_and_evidence_stand_side_by_side() {
        use Enforcement::{Prefer, Require};
        let report = Facts {
            promise: Promise::default(),
            since: 20_000,
            days: 30,
            tally: vec![
                line(20_001, "c_1", Prefer, "remote-JNB", 5),
                line(20_000, "c_1", Prefer, "remote-JNB", 2),
                line(20_001, "c_1", Prefer, "remote-LHR", 3),
                line(20_001, "c_1", Require, "", 4),
                line(20_000, "c_gone", Require, "local-NBO", 1),
            ],
            connections: Vec::new(),
            transfers: Vec::new(),
        }
        .report();
        assert_eq!(report.since, "2024-10-04");
        let counts = |total, inside, unknown, outside, refused| CallCounts {
            total,
            inside,
            unknown,
            outside,
            refused,
        };
        assert_eq!(report.calls, counts(15, 8, 4, 3, 4));
        assert_eq!(report.by_day.len(), 2);
        assert_eq!(report.by_day[0].day, "2024-10-05");
        assert_eq!(report.by_day[0].calls, counts(12, 5, 4, 3, 4));
        let [one, gone] = report.connections.as_slice() else {
            panic!("{:?}", report.connections);
        };
        assert_eq!(
            (one.calls, gone.calls),
            (counts(14, 7, 4, 3, 4), counts(1, 1, 0, 0, 0))
        );
        assert_eq!(gone.connector, "postgres");
        let first = &one.evidence[0];
        assert_eq!((first.calls, first.refused), (7, false));
        assert_eq!(
            (first.first.as_str(), first.last.as_str()),
            ("2024-10-04", "2024-10-05")
        );
        assert_eq!(first.promised.residency, Residency::Africa);
        let refused = &one.evidence[1];
        assert_eq!((refused.calls, refused.refused), (4, true));
    }
}
