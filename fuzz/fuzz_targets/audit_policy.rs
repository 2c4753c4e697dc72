//! Whatever document a tenant sends as the policy of its audit log: nothing panics, a policy
//! that is read is read the same again, and what it keeps is never less than what is paid
//! for, nor personal values longer than their entries.
#![no_main]

use lango_tenancy::AuditPolicy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u16)| {
    let (text, of_plan) = input;
    let Ok(document) = serde_json::from_str(text) else {
        return;
    };
    let policy = match AuditPolicy::parse(&document) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.member.is_empty() && !error.expected.is_empty());
            return;
        }
    };
    let again = serde_json::to_value(&policy).expect("a policy is JSON");
    assert_eq!(AuditPolicy::parse(&again).as_ref(), Ok(&policy));
    let of_plan = u32::from(of_plan);
    let kept = policy.retention(of_plan);
    assert!(kept.keep_days >= of_plan && kept.personal_days <= kept.keep_days);
    if policy.check(of_plan).is_ok() {
        assert!(policy.keep_days.is_none_or(|days| days == kept.keep_days));
        assert!(policy.personal_days.is_none_or(|days| days == kept.personal_days));
    }
});
