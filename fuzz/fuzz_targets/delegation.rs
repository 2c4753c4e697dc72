//! No answer of an authorization server makes its readers panic; what is taken for a
//! token fits a header field, and what is shown of a refusal is a word.
#![no_main]

use lango_delegation::{
    Answer, Application, Ask, Callback, Credential, Digest, Next, Pending, ProfileName, Refusal,
    TokenResponse,
};
use libfuzzer_sys::fuzz_target;

const PROFILES: [ProfileName; 6] = [
    ProfileName::Standard,
    ProfileName::Daraja,
    ProfileName::Kra,
    ProfileName::Microsoft,
    ProfileName::Sage,
    ProfileName::Zoho,
];

fuzz_target!(|input: (u16, i64, &str)| {
    let (status, now_ms, text) = input;
    for name in PROFILES {
        let profile = name.profile();
        let answer = TokenResponse::parse(&profile, status, Some(text), text.as_bytes());
        match &answer {
            Answer::Issued(tokens) => {
                let visible = |token: &str| token.bytes().all(|byte| byte.is_ascii_graphic());
                assert!(visible(&tokens.access));
                assert!(tokens.refresh.as_deref().is_none_or(|token| visible(token)));
            }
            Answer::Refused(Refusal::Client(word)) => assert!(!word.contains(['<', '\n', '"'])),
            _ => {}
        }
        // The clock may say anything that a clock can say.
        let now_ms = now_ms.rem_euclid(1 << 50);
        let application = Digest::of(text);
        let mut credential = Credential::of_client(application, now_ms);
        let ask = Ask {
            application,
            refused: None,
            now_ms,
        };
        let asked = credential.next(&ask, &profile);
        assert!(matches!(asked, Next::Request(None)));
        credential.answered(answer, Some(application), &profile, now_ms);
        let _ = credential.next(&ask, &profile);
    }
    if let Ok(callback) = Callback::parse(text)
        && let Err(word) = callback.outcome
    {
        assert!(!word.contains(['<', '\n', '"']));
    }
    let _ = serde_json::from_str::<Application>(text);
    let _ = serde_json::from_str::<Pending<String>>(text);
    let _ = serde_json::from_str::<Credential<String>>(text);
});
