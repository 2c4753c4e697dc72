use lango_audit_log::{Actor, Counts, Intent, Layer, Outcome, Place, Record, Subject};
use prometheus_parse::{Scrape as Parsed, Value};
use proptest::prelude::*;

use super::*;
use crate::archives::{ArchiveFigures, Archives};
use crate::totals::{Channel, Delivery};

fn record(tool: &str, connector: Option<&str>, outcome: Outcome) -> Record {
    Record {
        key_id: "k_1".into(),
        at_ms: 0,
        intent: Intent {
            call_id: "call_1".into(),
            principal: "p_1".into(),
            actor: Some(Actor::Program),
            country: None,
            subject: Subject::Call {
                tool: tool.into(),
                at: Place {
                    connector: connector.map(str::to_owned),
                    connection: None,
                },
                arguments_sha256: String::new(),
            },
        },
        outcome,
    }
}

fn parsed(text: &str) -> Parsed {
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    Parsed::parse(lines).unwrap()
}

fn sum(parsed: &Parsed, name: &str) -> f64 {
    let of_name = parsed.samples.iter().filter(|sample| sample.metric == name);
    of_name
        .map(|sample| match sample.value {
            Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => value,
            _ => panic!("{sample:?}"),
        })
        .sum()
}

#[test]
fn the_text_is_pinned() {
    let mut totals = Totals::default();
    totals.add(&record("a", Some("postgres"), Outcome::succeeded(7)));
    totals.add(&record(
        "a",
        Some("postgres"),
        Outcome::failed("timeout", 40_000),
    ));
    totals.add(&record(
        "b",
        None,
        Outcome::denied(Layer::Access, "tool_not_permitted", 1),
    ));
    totals.add_alert("new_country");
    totals.add_delivery(Channel::Webhook, Delivery::Delivered);
    totals.add_checkpoint_check(true);
    let mut archives = Archives::default();
    for is_failing in [true, false] {
        archives.add(&ArchiveFigures {
            archived: 300,
            waiting: 5,
            segments: 2,
            bytes: 7,
            is_failing,
        });
    }
    let text = Scrape {
        totals,
        tenants: 1,
        archives,
        ..Scrape::default()
    }
    .text();
    for line in [
        r#"lango_calls_total{kind="call",connector="none",status="denied"} 1"#,
        r#"lango_calls_total{kind="call",connector="postgres",status="failed"} 1"#,
        r#"lango_refusals_total{layer="access",code="tool_not_permitted"} 1"#,
        r#"lango_call_duration_seconds_bucket{connector="postgres",le="0.005"} 0"#,
        r#"lango_call_duration_seconds_bucket{connector="postgres",le="0.01"} 1"#,
        r#"lango_call_duration_seconds_bucket{connector="postgres",le="30"} 1"#,
        r#"lango_call_duration_seconds_bucket{connector="postgres",le="+Inf"} 2"#,
        r#"lango_call_duration_seconds_sum{connector="postgres"} 40.007"#,
        r#"lango_call_duration_seconds_count{connector="postgres"} 2"#,
        r#"lango_alerts_total{rule="new_country"} 1"#,
        r#"lango_alert_deliveries_total{channel="webhook",end="delivered"} 1"#,
        r#"lango_checkpoint_checks_total{end="verified"} 1"#,
        "# TYPE lango_redactions_total counter",
        "lango_redactions_total 0",
        "# TYPE lango_tenants_reporting gauge",
        "lango_tenants_reporting 1",
        "# TYPE lango_archive_entries gauge",
        "lango_archive_logs 2",
        "lango_archive_logs_failing 1",
        "lango_archive_entries 600",
        "lango_archive_entries_waiting 10",
        "lango_archive_segments 4",
        "lango_archive_bytes 14",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    assert!(!text.contains("tenant=") && text.ends_with('\n'));
}

#[test]
fn a_parser_reads_what_was_counted() {
    let mut totals = Totals::default();
    for duration in [1, 30, 600, 100_000] {
        totals.add(&record("a", Some("mpesa"), Outcome::succeeded(duration)));
    }
    let by_tenant = BTreeMap::from([("t_1".to_owned(), totals.records())]);
    let scrape = Scrape {
        totals,
        tenants: 1,
        by_tenant,
        ..Scrape::default()
    };
    let parsed = parsed(&scrape.text());
    assert!((sum(&parsed, "lango_calls_total") - 4.0).abs() < 0.1);
    assert!((sum(&parsed, "lango_tenant_records_total") - 4.0).abs() < 0.1);
    let histogram = parsed
        .samples
        .iter()
        .find_map(|sample| match &sample.value {
            Value::Histogram(buckets) => Some(buckets),
            _ => None,
        });
    let last = histogram.unwrap().last().unwrap();
    assert!((last.count - 4.0).abs() < 0.1 && last.less_than.is_infinite());
}

#[test]
fn what_is_stored_is_pinned() {
    let mut totals = Totals::default();
    totals.add(&record("a", Some("mpesa"), Outcome::succeeded(6)));
    let json = serde_json::json!({
        "calls": {"call|mpesa|succeeded": 1}, "refusals": {},
        "durations": {"mpesa": {"counts": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "count": 1, "sum_ms": 6}},
        "redactions": 0, "flagged": 0, "alerts": {}, "deliveries": {}, "checkpoint_checks": {},
        "received": {"received": 0, "admitted": 0, "queued": 0, "refused": 0},
    });
    assert_eq!(serde_json::to_value(&totals).unwrap(), json);
    assert_eq!(serde_json::from_value::<Totals>(json).unwrap(), totals);
}

#[test]
fn totals_of_before_say_nothing_of_what_was_received() {
    let totals: Totals = serde_json::from_str(r#"{"redactions": 2}"#).unwrap();
    assert!(totals.received().is_empty());
}

fn counts(admitted: u64, queued: u64, refused: u64) -> Counts {
    Counts {
        received: admitted + queued + refused,
        admitted,
        queued,
        refused,
    }
}

/// Told twice or late it changes nothing; several tenants' add up.
#[test]
fn what_was_received_is_all_there_is_and_its_ends_add_up() {
    let (mut one, mut other) = (Totals::default(), Totals::default());
    assert!(one.set_received(counts(5, 1, 2)));
    assert!(!one.set_received(counts(5, 1, 2)) && !one.set_received(counts(1, 0, 0)));
    assert!(other.set_received(counts(3, 0, 4)));
    let received_by_tenant = [
        ("t_1".to_owned(), one.received()),
        ("t_2".to_owned(), other.received()),
    ];
    one.merge(&other);
    let text = Scrape {
        totals: one,
        received_by_tenant: received_by_tenant.into(),
        ..Scrape::default()
    }
    .text();
    for line in [
        "lango_admission_received_total 15",
        r#"lango_admission_ends_total{end="admitted"} 8"#,
        r#"lango_admission_ends_total{end="queued"} 1"#,
        r#"lango_admission_ends_total{end="refused"} 6"#,
        r#"lango_tenant_admission_received_total{tenant="t_1"} 8"#,
        r#"lango_tenant_admission_ends_total{tenant="t_2",end="refused"} 4"#,
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    let parsed = parsed(&text);
    let (received, ends) = (
        "lango_admission_received_total",
        "lango_admission_ends_total",
    );
    assert!((sum(&parsed, received) - sum(&parsed, ends)).abs() < 0.1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever the log has, the text has a bounded number of lines, a parser reads it,
    /// and its numbers add up.
    #[test]
    fn everything_adds_up(
        calls in prop::collection::vec(("\\PC{0,12}", "\\PC{0,12}", 0_u64..100_000), 0..300),
        cut in 0_usize..300,
    ) {
        let (mut first, mut second, mut whole) = (Totals::default(), Totals::default(), Totals::default());
        for (index, (connector, code, duration)) in calls.iter().enumerate() {
            let outcome = match index % 2 {
                0 => Outcome::succeeded(*duration),
                _ => Outcome::denied(Layer::Access, code, *duration),
            };
            let record = record("a", Some(connector), outcome);
            whole.add(&record);
            if index < cut { first.add(&record) } else { second.add(&record) }
        }
        first.merge(&second);
        prop_assert_eq!(first.records(), calls.len() as u64);
        let text = Scrape { totals: whole, ..Scrape::default() }.text();
        prop_assert!(text.lines().count() < 3_000);
        let parsed = parsed(&text);
        let (total, refused) = (sum(&parsed, "lango_calls_total"), sum(&parsed, "lango_refusals_total"));
        prop_assert!((total - calls.len() as f64).abs() < 0.1);
        prop_assert!((refused - (calls.len() / 2) as f64).abs() < 0.1);
    }
}

#[test]
fn what_is_stored_of_an_archive_is_pinned() {
    let figures = ArchiveFigures {
        archived: 300,
        waiting: 5,
        segments: 2,
        bytes: 7,
        is_failing: true,
    };
    let text = r#"{"archived":300,"waiting":5,"segments":2,"bytes":7,"is_failing":true}"#;
    assert_eq!(serde_json::to_string(&figures).unwrap(), text);
    assert_eq!(
        serde_json::from_str::<ArchiveFigures>(text).unwrap(),
        figures
    );
}
