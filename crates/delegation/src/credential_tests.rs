use super::*;
use crate::ProfileName;

const MINUTE: i64 = 60_000;

fn profile() -> Profile {
    ProfileName::Standard.profile()
}

fn tokens(access: &str, refresh: Option<&str>) -> Tokens<String> {
    Tokens {
        access: access.to_owned(),
        lifetime_s: Some(300),
        refresh: refresh.map(str::to_owned),
    }
}

fn application() -> Digest {
    Digest::of("application")
}

fn ask(now_ms: i64) -> Ask {
    Ask {
        application: application(),
        refused: None,
        now_ms,
    }
}

fn connected() -> Credential<String> {
    Credential::connected(
        application(),
        tokens("a1", Some("r1")),
        Digest::of("a1"),
        &profile(),
        0,
    )
}

fn issue(credential: &mut Credential<String>, access: &str, refresh: Option<&str>, now_ms: i64) {
    let answer = Answer::Issued(tokens(access, refresh));
    credential.answered(answer, Some(Digest::of(access)), &profile(), now_ms);
}

fn used(next: Next<String>) -> String {
    match next {
        Next::Use(access) => access.token,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_used_until_shortly_before_its_end_and_then_the_next_one_is_asked_for() {
    let mut credential = connected();
    assert_eq!(used(credential.next(&ask(269_999), &profile())), "a1");
    let next = credential.next(&ask(270_000), &profile());
    assert_eq!(next, Next::Request(Some("r1".to_owned())));
    issue(&mut credential, "a2", Some("r2"), 270_100);
    assert_eq!(used(credential.next(&ask(270_200), &profile())), "a2");
    let next = credential.next(&ask(570_000), &profile());
    assert_eq!(next, Next::Request(Some("r2".to_owned())));
    issue(&mut credential, "a3", None, 570_000);
    let next = credential.next(&ask(870_000), &profile());
    assert_eq!(
        next,
        Next::Request(Some("r2".to_owned())),
        "without a new one the old one stays"
    );
}

#[test]
fn a_token_that_the_system_refused_is_asked_for_anew_and_a_newer_one_is_given_at_once() {
    let mut credential = connected();
    let refused = |token: &str, now_ms| Ask {
        refused: Some(Digest::of(token)),
        ..ask(now_ms)
    };
    assert_eq!(used(credential.next(&refused("a0", 10), &profile())), "a1");
    let next = credential.next(&refused("a1", 20), &profile());
    assert_eq!(next, Next::Request(Some("r1".to_owned())));
    issue(&mut credential, "a2", Some("r2"), 30);
    assert_eq!(used(credential.next(&refused("a1", 40), &profile())), "a2");
}

#[test]
fn a_refusal_of_the_grant_loses_it_and_says_why() {
    let lost = |credential: &mut Credential<String>| {
        credential.answered(
            Answer::Refused(Refusal::Grant),
            None,
            &profile(),
            6 * MINUTE,
        );
        assert_eq!(credential.tokens().count(), 0, "nothing is kept of it");
        credential.next(&ask(6 * MINUTE), &profile())
    };
    let mut credential = connected();
    credential.next(&ask(5 * MINUTE), &profile());
    assert_eq!(lost(&mut credential), Next::Connect(Lost::Refused));

    // The same after a crash: the server may have spent the token before.
    let mut credential = connected();
    credential.next(&ask(5 * MINUTE), &profile());
    let next = credential.next(&ask(5 * MINUTE), &profile());
    assert_eq!(next, Next::Request(Some("r1".to_owned())));
    assert_eq!(lost(&mut credential), Next::Connect(Lost::AnswerLost));
}

#[test]
fn a_refusal_of_the_client_keeps_what_was_allowed() {
    let mut credential = connected();
    credential.next(&ask(5 * MINUTE), &profile());
    let refusal = Refusal::Client("invalid_client".to_owned());
    credential.answered(Answer::Refused(refusal), None, &profile(), 5 * MINUTE);
    match credential.next(&ask(5 * MINUTE + 1), &profile()) {
        Next::Wait(Waiting { until_ms, refused }) => {
            assert_eq!(until_ms, 5 * MINUTE + REFUSED_PAUSE_MS);
            assert!(refused.unwrap().contains("invalid_client"));
        }
        other => panic!("{other:?}"),
    }
    let next = credential.next(&ask(6 * MINUTE), &profile());
    assert_eq!(next, Next::Request(Some("r1".to_owned())));
}

#[test]
fn silence_is_tried_again_at_once_and_then_ever_more_slowly() {
    let mut credential = connected();
    let mut now_ms = 5 * MINUTE;
    let mut pauses = Vec::new();
    for _ in 0..9 {
        assert!(matches!(
            credential.next(&ask(now_ms), &profile()),
            Next::Request(_)
        ));
        credential.answered(Answer::Unknown, None, &profile(), now_ms);
        let pause = match credential.clone().next(&ask(now_ms), &profile()) {
            Next::Request(_) => 0,
            Next::Wait(waiting) => waiting.until_ms - now_ms,
            other => panic!("{other:?}"),
        };
        pauses.push(pause / 1_000);
        now_ms += pause;
    }
    assert_eq!(pauses, [0, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[test]
fn no_more_tokens_are_asked_for_than_the_server_allows() {
    let zoho = ProfileName::Zoho.profile();
    let mut credential = connected();
    let mut asked = 1;
    for second in 1..600 {
        let now_ms = second * 1_000;
        let refused = Ask {
            refused: credential.access.as_ref().map(|access| access.digest),
            ..ask(now_ms)
        };
        if let Next::Request(_) = credential.next(&refused, &zoho) {
            asked += 1;
            issue(&mut credential, &format!("a{second}"), None, now_ms);
        }
    }
    assert_eq!(asked, 9);
    let refused = Ask {
        refused: credential.access.as_ref().map(|access| access.digest),
        ..ask(600_001)
    };
    assert!(matches!(credential.next(&refused, &zoho), Next::Request(_)));
}

#[test]
fn the_last_seconds_of_a_token_are_used_when_no_other_can_be_had() {
    let mut credential = connected();
    credential.next(&ask(271_000), &profile());
    credential.answered(Answer::Busy(60), None, &profile(), 271_000);
    assert_eq!(used(credential.next(&ask(299_999), &profile())), "a1");
    assert!(matches!(
        credential.next(&ask(300_000), &profile()),
        Next::Wait(_)
    ));
}

#[test]
fn another_application_has_nothing_of_this_one() {
    let other = Ask {
        application: Digest::of("other"),
        ..ask(1)
    };
    assert_eq!(
        connected().next(&other, &profile()),
        Next::Connect(Lost::Changed)
    );
    let mut client = Credential::of_client(application(), 0);
    assert_eq!(client.next(&ask(0), &profile()), Next::Request(None));
    issue(&mut client, "a1", None, 0);
    assert_eq!(client.next(&other, &profile()), Next::Request(None));
    issue(&mut client, "b1", None, 1);
    assert_eq!(used(client.next(&other, &profile())), "b1");
}

#[test]
fn without_a_refresh_token_the_end_is_the_end() {
    let mut credential = Credential::connected(
        application(),
        tokens("a1", None),
        Digest::of("a1"),
        &profile(),
        0,
    );
    assert_eq!(used(credential.next(&ask(299_999), &profile())), "a1");
    assert_eq!(
        credential.next(&ask(300_000), &profile()),
        Next::Connect(Lost::NoRefresh)
    );
}

#[test]
fn what_is_stored_has_this_form() {
    let mut credential = connected();
    credential.next(&ask(270_000), &profile());
    let json = serde_json::to_value(&credential).unwrap();
    let digest = |text| String::from(Digest::of(text));
    assert_eq!(
        json,
        serde_json::json!({
            "application": digest("application"), "grant": "authorization_code",
            "standing": {"standing": "connected", "at_ms": 0, "renewed_ms": 0},
            "refresh": "r1",
            "access": {"token": "a1", "digest": digest("a1"), "until_ms": 270_000, "expires_at_ms": 300_000},
            "intent": {"at_ms": 270_000, "is_repeated": false},
            "asked_ms": [0, 270_000], "failures": 0, "not_before_ms": 0, "refused": null,
        })
    );
    let read: Credential<String> = serde_json::from_value(json).unwrap();
    assert_eq!(read, credential);
}

#[test]
fn resealing_changes_every_token_or_none() {
    let mut credential = connected();
    credential
        .reseal(|token| Ok::<_, ()>(format!("{token}'")))
        .unwrap();
    let tokens: Vec<_> = credential.tokens().cloned().collect();
    assert_eq!(tokens, ["r1'", "a1'"]);
    let before = credential.clone();
    let failed = credential.reseal(|token| {
        if token.starts_with('a') {
            Err("a")
        } else {
            Ok("x".to_owned())
        }
    });
    assert_eq!(failed, Err("a"));
    assert_eq!(credential, before);
}
