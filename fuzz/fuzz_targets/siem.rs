//! No receiver's answer and no entry makes its reader panic; what is refused stands in
//! what was sent; no body is larger than its receiver takes.
#![no_main]

use lango_siem::{
    Answer, Deliver, Delivery, Entry, Format, Origin, Receiver, ReceiverKind, batch, read_acks,
    read_answer,
};
use libfuzzer_sys::fuzz_target;

const KINDS: [&str; 6] = ["splunk", "elastic", "datadog", "sentinel", "syslog", "https"];

fuzz_target!(|input: (u16, &str, Vec<&str>)| {
    let (status, answer, leaves) = input;
    for name in KINDS {
        let kind = ReceiverKind::parse(name).expect("it is one");
        for format in [Format::Ocsf, Format::Cef] {
            let limits = kind.limits();
            let receiver = Receiver { kind, host: "lango", index: "", limits };
            let entries = leaves.iter().zip(0..).map(|(leaf, index)| Entry {
                index,
                leaf: (*leaf).to_owned(),
            });
            let deliver = Deliver {
                stream: String::new(),
                format,
                entries: entries.collect(),
                receipt: None,
            };
            let origin = Origin { tenant: "t_1", version: "0" };
            let batch = batch(receiver, origin, &deliver, 0);
            assert!(batch.count as usize <= leaves.len());
            if let Some(body) = &batch.body {
                assert!(body.bytes.len() <= limits.bytes.max(limits.item_bytes + 16));
            }
            let answer = Answer { status, retry_after: Some(answer), body: answer.as_bytes() };
            if let Delivery::Settled { count, refused } = read_answer(kind, &answer, &batch) {
                assert!(count <= batch.count);
                assert!(refused.iter().all(|it| it.offset < batch.count));
            }
            let _ = read_acks(&answer, "1");
        }
    }
});
