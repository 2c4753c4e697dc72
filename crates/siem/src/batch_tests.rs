use serde_json::{Value, json};

use super::*;
use crate::event::tests::{ACTION, CALL};

const ORIGIN: Origin<'_> = Origin {
    tenant: "t_1",
    version: "0.1.0",
};
const NOW_MS: i64 = 1_800_000_060_000;

fn receiver(kind: ReceiverKind) -> Receiver<'static> {
    Receiver {
        kind,
        host: "lango.example",
        index: "",
        limits: kind.limits(),
    }
}

fn deliver(format: Format, leaves: &[&str]) -> Deliver {
    Deliver {
        stream: "as_1".into(),
        format,
        entries: leaves
            .iter()
            .zip(4..)
            .map(|(leaf, index)| Entry {
                index,
                leaf: (*leaf).to_owned(),
            })
            .collect(),
        receipt: None,
    }
}

fn body(kind: ReceiverKind, format: Format) -> (String, &'static str) {
    let deliver = deliver(format, &[CALL, ACTION]);
    let batch = batch(receiver(kind), ORIGIN, &deliver, NOW_MS);
    assert_eq!((batch.count, batch.unfit.len()), (2, 0));
    let body = batch.body.unwrap();
    (String::from_utf8(body.bytes).unwrap(), body.media_type)
}

fn lines(text: &str) -> Vec<Value> {
    assert!(text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn splunk_takes_events_one_after_the_other() {
    let (text, media_type) = body(ReceiverKind::Splunk, Format::Ocsf);
    assert_eq!(media_type, "application/json");
    let events = lines(&text);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["time"], json!(1_800_000_000.123));
    assert_eq!(events[0]["sourcetype"], "lango:ocsf");
    assert_eq!(events[0]["fields"], json!({"tenant": "t_1", "entry": "4"}));
    assert_eq!(events[0]["event"]["class_uid"], 6003);
    assert!(events[0].get("index").is_none());
    let (text, _) = body(ReceiverKind::Splunk, Format::Cef);
    assert!(
        lines(&text)[0]["event"]
            .as_str()
            .unwrap()
            .starts_with("CEF:0|")
    );
}

#[test]
fn elastic_takes_two_lines_each() {
    let (text, media_type) = body(ReceiverKind::Elastic, Format::Ocsf);
    assert_eq!(media_type, "application/x-ndjson");
    let lines = lines(&text);
    assert_eq!(lines[0], json!({"create": {"_id": "t_1-4"}}));
    assert_eq!(lines[1]["@timestamp"], "2027-01-15T08:00:00.123Z");
    assert_eq!(lines[1]["event"]["outcome"], "failure");
    assert_eq!(lines[1]["ocsf"]["metadata"]["uid"], "t_1/4");
    assert_eq!(lines[2], json!({"create": {"_id": "t_1-5"}}));
}

#[test]
fn datadog_takes_an_array_and_no_old_timestamps() {
    let (text, _) = body(ReceiverKind::Datadog, Format::Ocsf);
    let items: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(items[0]["ddsource"], "lango");
    assert_eq!(items[0]["timestamp"], 1_800_000_000_123_i64);
    let message: Value = serde_json::from_str(items[0]["message"].as_str().unwrap()).unwrap();
    assert_eq!(message["api"]["operation"], "postgres_query");
    let deliver = deliver(Format::Ocsf, &[CALL]);
    let later = batch(
        receiver(ReceiverKind::Datadog),
        ORIGIN,
        &deliver,
        NOW_MS + 64_800_000,
    );
    let items: Vec<Value> = serde_json::from_slice(&later.body.unwrap().bytes).unwrap();
    assert!(items[0].get("timestamp").is_none());
}

#[test]
fn sentinel_takes_rows() {
    let (text, _) = body(ReceiverKind::Sentinel, Format::Ocsf);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(rows[0]["TimeGenerated"], "2027-01-15T08:00:00.123Z");
    assert_eq!(rows[0]["Outcome"], "tool_not_permitted");
    assert_eq!(rows[1]["Event"]["activity_id"], 1);
}

#[test]
fn syslog_takes_frames() {
    let (text, _) = body(ReceiverKind::Syslog, Format::Cef);
    let (length, rest) = text.split_once(' ').unwrap();
    let length: usize = length.parse().unwrap();
    assert!(rest[..length].contains("] CEF:0|Lango|"));
    let (length, rest) = rest[length..].split_once(' ').unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), rest.len());
}

#[test]
fn a_leaf_that_is_too_large_stays_out_of_the_event() {
    let long = CALL.replace("\"limit\"", &format!("\"{}\"", "l".repeat(9_000)));
    let deliver = deliver(Format::Ocsf, &[&long]);
    let small = batch(receiver(ReceiverKind::Syslog), ORIGIN, &deliver, NOW_MS);
    let text = String::from_utf8(small.body.unwrap().bytes).unwrap();
    assert!(!text.contains("raw_data"));
    let large = batch(receiver(ReceiverKind::Https), ORIGIN, &deliver, NOW_MS);
    let event = &lines(&String::from_utf8(large.body.unwrap().bytes).unwrap())[0];
    assert_eq!(event["raw_data"], long);
}

#[test]
fn what_does_not_fit_goes_alone() {
    let huge = CALL.replace("many_rows", &"m".repeat(9_000));
    let count = |leaves: &[&str]| {
        let batch = batch(
            receiver(ReceiverKind::Syslog),
            ORIGIN,
            &deliver(Format::Ocsf, leaves),
            NOW_MS,
        );
        (batch.count, batch.body.is_some(), batch.unfit.len())
    };
    assert_eq!(count(&[CALL, &huge, ACTION]), (1, true, 0));
    assert_eq!(count(&[&huge, "no record", ACTION]), (2, false, 2));
    assert_eq!(count(&[]), (0, false, 0));
}

#[test]
fn no_body_is_larger_than_its_receiver_takes() {
    for kind in [
        ReceiverKind::Splunk,
        ReceiverKind::Elastic,
        ReceiverKind::Datadog,
        ReceiverKind::Sentinel,
        ReceiverKind::Syslog,
        ReceiverKind::Https,
    ] {
        let wide = CALL.replace("many_rows", &"m".repeat(3_000));
        let leaves = vec![wide.as_str(); 1_200];
        let batch = batch(
            receiver(kind),
            ORIGIN,
            &deliver(Format::Ocsf, &leaves),
            NOW_MS,
        );
        let size = batch.body.unwrap().bytes.len();
        assert!(size <= kind.limits().bytes, "{kind:?}: {size}");
        assert!(batch.count as usize <= kind.limits().count);
        assert!(size + 40_000 > kind.limits().bytes || batch.count as usize == kind.limits().count);
    }
}
