//! The text that Prometheus reads: exposition format 0.0.4.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use lango_audit_log::Counts;

use crate::archives::Archives;
use crate::totals::{BETWEEN, BUCKETS_MS, Totals};

/// The media type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What one scrape shows.
#[derive(Debug, Clone, Default)]
pub struct Scrape {
    /// Everybody's together.
    pub totals: Totals,
    /// How many tenants have reported so far.
    pub tenants: u64,
    /// Records by tenant, where the operator wants their names in labels.
    pub by_tenant: BTreeMap<String, u64>,
    /// The archives of audit logs together.
    pub archives: Archives,
    /// What the gates of each have received, where the operator wants that.
    pub received_by_tenant: BTreeMap<String, Counts>,
}

/// One metric: what it is called, what it says, its labels and its values.
struct Sample<'a> {
    name: &'a str,
    help: &'a str,
    kind: &'a str,
    labels: &'a [&'a str],
}

impl Scrape {
    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let totals = &self.totals;
        let counters: [(Sample<'_>, &BTreeMap<String, u64>); 5] = [
            (
                counter(
                    "lango_calls_total",
                    "Finished calls and actions, as the audit logs have them.",
                    &["kind", "connector", "status"],
                ),
                &totals.calls,
            ),
            (
                counter(
                    "lango_refusals_total",
                    "Refusals, by the layer that refused and its code.",
                    &["layer", "code"],
                ),
                &totals.refusals,
            ),
            (
                counter("lango_alerts_total", "Alerts, by rule.", &["rule"]),
                &totals.alerts,
            ),
            (
                counter(
                    "lango_alert_deliveries_total",
                    "Attempts at delivering alerts, by channel and end.",
                    &["channel", "end"],
                ),
                &totals.deliveries,
            ),
            (
                counter(
                    "lango_checkpoint_checks_total",
                    "Checks of the newest checkpoint of an audit log, by end.",
                    &["end"],
                ),
                &totals.checkpoint_checks,
            ),
        ];
        for (sample, values) in counters {
            sample.write(&mut text, values);
        }
        self.durations(&mut text);
        self.received(&mut text);
        let plain = [
            (
                "lango_redactions_total",
                "Secrets taken out of results.",
                totals.redactions,
            ),
            (
                "lango_flagged_total",
                "Calls in whose arguments or results the guards found something.",
                totals.flagged,
            ),
        ];
        for (name, help, value) in plain {
            counter(name, help, &[]).write(&mut text, &BTreeMap::from([(String::new(), value)]));
        }
        let tenants = Sample {
            name: "lango_tenants_reporting",
            help: "Tenants whose audit log has been counted.",
            kind: "gauge",
            labels: &[],
        };
        tenants.write(&mut text, &BTreeMap::from([(String::new(), self.tenants)]));
        for (name, help, value) in self.archives.gauges() {
            let sample = Sample {
                name,
                help,
                kind: "gauge",
                labels: &[],
            };
            sample.write(&mut text, &BTreeMap::from([(String::new(), value)]));
        }
        if !self.by_tenant.is_empty() {
            let help = "Records of a tenant's audit log, where the operator wants tenants named.";
            counter("lango_tenant_records_total", help, &["tenant"])
                .write(&mut text, &self.by_tenant);
        }
        text
    }

    /// Everything that was received, and its three ends: they add up.
    fn received(&self, text: &mut String) {
        let all = self.totals.received;
        let received = "Calls and actions that the keys' gates have received.";
        counter("lango_admission_received_total", received, &[])
            .write(text, &BTreeMap::from([(String::new(), all.received)]));
        let ends = "What became of them: admitted at once, admitted after a wait, refused.";
        counter("lango_admission_ends_total", ends, &["end"]).write(text, &ends_of("", all));
        if self.received_by_tenant.is_empty() {
            return;
        }
        let (mut received, mut ends) = (BTreeMap::new(), BTreeMap::new());
        for (tenant, counts) in &self.received_by_tenant {
            received.insert(tenant.clone(), counts.received);
            ends.extend(ends_of(&format!("{tenant}{BETWEEN}"), *counts));
        }
        let help = "Calls and actions that the gates of a tenant's keys have received.";
        counter("lango_tenant_admission_received_total", help, &["tenant"]).write(text, &received);
        let help = "What became of those of a tenant.";
        counter(
            "lango_tenant_admission_ends_total",
            help,
            &["tenant", "end"],
        )
        .write(text, &ends);
    }

    fn durations(&self, text: &mut String) {
        const NAME: &str = "lango_call_duration_seconds";
        let sample = Sample {
            name: NAME,
            help: "From admission to release, of calls that reached a connector.",
            kind: "histogram",
            labels: &["connector"],
        };
        sample.head(text);
        for (connector, histogram) in &self.totals.durations {
            let mut below = 0;
            for (bound, count) in BUCKETS_MS.iter().zip(histogram.counts) {
                below += count;
                let bound = seconds(*bound);
                line(
                    text,
                    format_args!(
                        "{NAME}_bucket{{connector=\"{connector}\",le=\"{bound}\"}} {below}"
                    ),
                );
            }
            let (count, sum) = (histogram.count, seconds(histogram.sum_ms));
            line(
                text,
                format_args!("{NAME}_bucket{{connector=\"{connector}\",le=\"+Inf\"}} {count}"),
            );
            line(
                text,
                format_args!("{NAME}_sum{{connector=\"{connector}\"}} {sum}"),
            );
            line(
                text,
                format_args!("{NAME}_count{{connector=\"{connector}\"}} {count}"),
            );
        }
    }
}

fn ends_of(before: &str, counts: Counts) -> BTreeMap<String, u64> {
    let ends = [
        ("admitted", counts.admitted),
        ("queued", counts.queued),
        ("refused", counts.refused),
    ];
    let named = ends.map(|(end, count)| (format!("{before}{end}"), count));
    named.into()
}

const fn counter<'a>(name: &'a str, help: &'a str, labels: &'a [&'a str]) -> Sample<'a> {
    Sample {
        name,
        help,
        kind: "counter",
        labels,
    }
}

impl Sample<'_> {
    fn head(&self, text: &mut String) {
        line(text, format_args!("# HELP {} {}", self.name, self.help));
        line(text, format_args!("# TYPE {} {}", self.name, self.kind));
    }

    /// Labels are of the code's own or cleaned when they were counted: nothing in them
    /// needs an escape.
    fn write(&self, text: &mut String, values: &BTreeMap<String, u64>) {
        self.head(text);
        for (labels, value) in values {
            let named = self.labels.iter().zip(labels.split(BETWEEN));
            let labels: Vec<_> = named
                .map(|(name, label)| format!("{name}=\"{label}\""))
                .collect();
            if labels.is_empty() {
                line(text, format_args!("{} {value}", self.name));
            } else {
                line(
                    text,
                    format_args!("{}{{{}}} {value}", self.name, labels.join(",")),
                );
            }
        }
    }
}

fn line(text: &mut String, line: core::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}");
}

/// Without binary fractions: `0.005`, `2.5`, `30`.
fn seconds(milliseconds: u64) -> String {
    let (whole, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
