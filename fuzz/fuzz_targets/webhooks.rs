//! Where webhooks may lead, their secrets, signatures and answers, and policies of alerts.
#![no_main]

use lango_anomaly::AlertPolicy;
use lango_webhooks::{Answer, Message, Secret, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(target) = Target::parse(text) {
        // What is taken is taken again, and is the same.
        assert_eq!(Target::parse(target.as_str()).as_ref(), Ok(&target));
        assert!(target.as_str().starts_with("https://"));
    }
    if let Ok(secret) = Secret::parse(text) {
        assert!(Secret::parse(&secret.expose()).is_ok());
    }
    let secret = Secret::derived(&[1; 32], "t_1", &[2; 32]);
    let message = Message {
        id: "msg_1",
        timestamp: 1,
        body: text,
    };
    let signed = message.signatures(core::slice::from_ref(&secret));
    assert!(message.verify(&secret, &signed, 1, 0).is_ok());
    let _ = message.verify(&secret, text, 1, 0);
    let _ = Answer::read(429, Some(text));
    if let Ok(patch) = serde_json::from_str(text)
        && let Ok(policy) = AlertPolicy::default().patched(&patch, None)
    {
        let stored = serde_json::to_string(&policy).unwrap();
        assert_eq!(AlertPolicy::parse(&stored), Ok(policy));
    }
});
