//! What is sent of an alert.

use chrono::{DateTime, SecondsFormat};
use lango_anomaly::Alert;
use serde_json::{Value, json};

use super::client::StoredAlert;

/// The identifier of an alert, the same in every attempt and every channel.
pub(super) fn identifier(tenant: &str, id: u64) -> String {
    format!("msg_{tenant}_{id}")
}

/// A webhook's payload: thin, and without anything personal but identifiers.
pub(super) fn webhook(tenant: &str, stored: &StoredAlert) -> Value {
    let alert = &stored.alert;
    json!({
        "type": format!("alert.{}", alert.rule.name()),
        "timestamp": time(alert, 0),
        "data": {
            "alert_id": stored.id,
            "tenant": tenant,
            "rule": alert.rule,
            "title": alert.rule.title(),
            "severity": alert.rule.severity(),
            "key_id": alert.key_id,
            "principal": alert.principal,
            "index": alert.index,
            "seen": alert.seen,
            "held_back": alert.held_back,
            "runbook": alert.rule.runbook(),
        },
    })
}

/// A message of an approved utility template, whose body has three parameters: what, when,
/// and whose.
pub(super) fn whatsapp(
    template: &str,
    language: &str,
    to: &str,
    tenant: &str,
    (stored, utc_offset_minutes): (&StoredAlert, i32),
) -> Value {
    let texts = [
        stored.alert.rule.title().to_owned(),
        time(&stored.alert, utc_offset_minutes),
        tenant.to_owned(),
    ];
    let parameters: Vec<_> = texts
        .iter()
        .map(|text| json!({ "type": "text", "text": text }))
        .collect();
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to.trim_start_matches('+'),
        "type": "template",
        "template": {
            "name": template,
            "language": { "code": language },
            "components": [{ "type": "body", "parameters": parameters }],
        },
    })
}

fn time(alert: &Alert, utc_offset_minutes: i32) -> String {
    let time = DateTime::from_timestamp_millis(alert.at_ms).unwrap_or_default();
    match chrono::FixedOffset::east_opt(utc_offset_minutes * 60) {
        Some(offset) if utc_offset_minutes != 0 => {
            let local = time.with_timezone(&offset);
            local.to_rfc3339_opts(SecondsFormat::Secs, true)
        }
        _ => time.to_rfc3339_opts(SecondsFormat::Millis, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> StoredAlert {
        StoredAlert {
            id: 7,
            alert: Alert::of_test(1_800_000_000_123),
            deliveries: Vec::new(),
        }
    }

    #[test]
    fn the_payload_is_pinned() {
        assert_eq!(
            webhook("t_1", &stored()),
            json!({
                "type": "alert.test", "timestamp": "2027-01-15T08:00:00.123Z",
                "data": {
                    "alert_id": 7, "tenant": "t_1", "rule": "test", "title": "A test of alerts",
                    "severity": "notice", "key_id": null, "principal": null, "index": null,
                    "seen": {}, "held_back": 0, "runbook": "docs/runbooks/test.md",
                },
            })
        );
    }

    #[test]
    fn the_template_has_three_parameters_and_the_tenants_time() {
        let message = whatsapp(
            "lango_alert",
            "en",
            "+254712345678",
            "t_1",
            (&stored(), 180),
        );
        assert_eq!(message["to"], "254712345678");
        assert_eq!(
            message["template"]["components"][0]["parameters"],
            json!([
                { "type": "text", "text": "A test of alerts" },
                { "type": "text", "text": "2027-01-15T11:00:00+03:00" },
                { "type": "text", "text": "t_1" },
            ])
        );
    }
}
