//! No text makes screening panic; places are within the text, on characters'
//! boundaries; the score is a probability and agrees with itself; what is suspicious
//! has a finding. Neutralised text is bounded, and neutralising what stands between
//! its marks changes nothing more.
#![no_main]

use lango_screening::{Boundary, Context, Screener, Sensitivity, neutralise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for context in [
        Context::UserArgument,
        Context::Email,
        Context::ToolDescription,
    ] {
        let screening = Screener::shipped().screen(text, context);
        assert!((0.0..=1.0).contains(&screening.score()));
        for finding in screening.findings() {
            assert!(finding.start <= finding.end, "{finding:?}");
            assert!(
                text.get(finding.start..finding.end).is_some(),
                "{finding:?}"
            );
        }
        if screening.is_suspicious() {
            assert!(!screening.findings().is_empty());
            assert!(screening.is_suspicious_at(Sensitivity::Strict));
        }
        assert_eq!(Screener::shipped().screen(text, context), screening);
    }

    let boundary = Boundary::from_random([7; 16]);
    let once = neutralise(text, &boundary);
    assert!(once.len() <= text.len() * 3 + 160);
    let between = |marked: &str| {
        let (_, rest) = marked.split_once('\n').unwrap();
        let (content, _) = rest.rsplit_once('\n').unwrap();
        content.to_owned()
    };
    let content = between(&once);
    assert_eq!(between(&neutralise(&content, &boundary)), content);
});
