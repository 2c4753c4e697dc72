use super::*;

fn batch(count: u32) -> Batch {
    Batch {
        body: None,
        count,
        unfit: Vec::new(),
    }
}

fn read(kind: ReceiverKind, status: u16, body: &str) -> Delivery {
    let answer = Answer {
        status,
        retry_after: Some("7"),
        body: body.as_bytes(),
    };
    read_answer(kind, &answer, &batch(3))
}

fn word(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Settled { .. } => "settled",
        Delivery::Pending { .. } => "pending",
        Delivery::NotYet => "not yet",
        Delivery::Retry { .. } => "retry",
        Delivery::Rejected { .. } => "rejected",
        Delivery::Misconfigured { .. } => "misconfigured",
    }
}

#[test]
fn splunk_says_it_by_its_code() {
    for (status, code, expected) in [
        (200, 0, "settled"),
        (403, 1, "misconfigured"),
        (401, 2, "misconfigured"),
        (401, 3, "misconfigured"),
        (403, 4, "misconfigured"),
        (400, 5, "rejected"),
        (400, 6, "rejected"),
        (400, 7, "misconfigured"),
        (500, 8, "retry"),
        (503, 9, "retry"),
        (400, 10, "misconfigured"),
        (400, 11, "misconfigured"),
        (400, 12, "rejected"),
        (400, 13, "rejected"),
        (400, 14, "misconfigured"),
        (400, 16, "misconfigured"),
        (503, 99, "retry"),
    ] {
        let body = format!(r#"{{"text":"words","code":{code}}}"#);
        let delivery = read(ReceiverKind::Splunk, status, &body);
        assert_eq!(word(&delivery), expected, "{code}");
    }
    assert_eq!(word(&read(ReceiverKind::Splunk, 200, "<html>")), "retry");
    assert_eq!(
        word(&read(ReceiverKind::Splunk, 404, "<html>")),
        "misconfigured"
    );
}

#[test]
fn splunk_acknowledges_later() {
    let delivery = read(
        ReceiverKind::Splunk,
        200,
        r#"{"text":"Success","code":0,"ackId":12}"#,
    );
    let pending = Delivery::Pending {
        count: 3,
        receipt: "12".into(),
    };
    assert_eq!(delivery, pending);
    let ask = |status, body: &str| {
        let answer = Answer {
            status,
            retry_after: None,
            body: body.as_bytes(),
        };
        word(&read_acks(&answer, "12"))
    };
    assert_eq!(ask(200, r#"{"acks":{"12":true}}"#), "settled");
    assert_eq!(ask(200, r#"{"acks":{"12":false}}"#), "not yet");
    assert_eq!(ask(200, r#"{"acks":{}}"#), "not yet");
    assert_eq!(
        ask(400, r#"{"text":"ACK is disabled","code":14}"#),
        "misconfigured"
    );
    assert_eq!(ask(503, ""), "retry");
}

#[test]
fn elastic_says_it_of_each_item() {
    let items = |statuses: [u16; 3]| {
        let items = statuses.map(|status| {
            let error = r#","error":{"type":"mapper_parsing_exception","reason":"secret"}"#;
            let error = if status < 400 { "" } else { error };
            format!(r#"{{"create":{{"_id":"x","status":{status}{error}}}}}"#)
        });
        let body = format!(r#"{{"errors":true,"items":[{}]}}"#, items.join(","));
        read(ReceiverKind::Elastic, 200, &body)
    };
    assert_eq!(items([201, 409, 201]), Delivery::settled(3));
    assert_eq!(items([201, 201, 429]), Delivery::settled(2));
    assert_eq!(word(&items([429, 201, 201])), "retry");
    assert_eq!(word(&items([201, 403, 201])), "misconfigured");
    let refused = Delivery::Settled {
        count: 3,
        refused: vec![Refusal {
            offset: 1,
            why: "Elasticsearch says 400: mapper_parsing_exception".into(),
        }],
    };
    assert_eq!(items([201, 400, 201]), refused);
    let taken = read(ReceiverKind::Elastic, 200, r#"{"errors":false,"items":[]}"#);
    assert_eq!(taken, Delivery::settled(3));
    for body in [
        "",
        "{}",
        r#"{"errors":true,"items":[]}"#,
        r#"{"errors":true,"items":[{},{},{}]}"#,
    ] {
        assert_eq!(
            word(&read(ReceiverKind::Elastic, 200, body)),
            "retry",
            "{body}"
        );
    }
}

#[test]
fn the_others_say_it_by_their_status() {
    for kind in [
        ReceiverKind::Datadog,
        ReceiverKind::Sentinel,
        ReceiverKind::Https,
    ] {
        for (status, expected) in [
            (200, "settled"),
            (202, "settled"),
            (204, "settled"),
            (301, "misconfigured"),
            (400, "rejected"),
            (401, "misconfigured"),
            (403, "misconfigured"),
            (404, "misconfigured"),
            (408, "retry"),
            (410, "misconfigured"),
            (413, "rejected"),
            (429, "retry"),
            (500, "retry"),
            (503, "retry"),
        ] {
            assert_eq!(word(&read(kind, status, "")), expected, "{status}");
        }
    }
    let busy = read(ReceiverKind::Datadog, 429, "");
    assert!(matches!(
        busy,
        Delivery::Retry {
            after_s: Some(7),
            ..
        }
    ));
}
