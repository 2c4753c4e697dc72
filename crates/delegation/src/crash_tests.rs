//! An owner that crashes at every step, against servers of every kind.
//!
//! What is durable here is what the owner has stored; everything else goes with a
//! crash. The server goes on as if nothing had happened.
use std::collections::BTreeSet;

use crate::{
    Answer, Ask, Credential, Digest, Lost, Next, Profile, ProfileName, Refusal, Standing, Tokens,
};
use proptest::prelude::*;

const GRACE_MS: i64 = 30_000;

/// When a server lets go of a refresh token that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// Never: it does not rotate them (Zoho, Microsoft in effect).
    Kept,
    /// Some time after (Atlassian, Auth0, Cognito, Okta, with what they call leeway or
    /// grace).
    Grace,
    /// When a token that came of it is used (Doorkeeper, Airlock).
    UntilUsed,
    /// At once, and whoever comes with it again loses everything (RFC 9700 §4.14.2).
    Strict,
}

/// Where the owner dies, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    No,
    BeforeTheIntent,
    BeforeSending,
    BeforeTheAnswer,
    BeforeTheWrite,
    AfterTheWrite,
}

/// An authorization server, and the system that takes its tokens.
struct Server {
    policy: Policy,
    profile: Profile,
    issued: u32,
    /// The newest refresh token, and the one before it with the time of its use.
    newest: String,
    before: Option<(String, i64)>,
    revoked: bool,
    /// Access tokens that hold: the newest alone (Daraja's rule, here for all).
    access: String,
    requests: Vec<i64>,
}

impl Server {
    fn new(policy: Policy, profile: Profile) -> Self {
        Self {
            policy,
            profile,
            issued: 1,
            newest: "r1".to_owned(),
            before: None,
            revoked: false,
            access: "a1".to_owned(),
            requests: vec![0],
        }
    }

    fn refresh(&mut self, token: &str, now_ms: i64) -> Answer<String> {
        self.requests.push(now_ms);
        let window_ms = i64::from(self.profile.window.seconds) * 1_000;
        let recent = |at: &&i64| **at > now_ms - window_ms;
        let recent = self.requests.iter().filter(recent).count();
        assert!(
            recent <= self.profile.window.requests as usize,
            "too many tokens were asked for"
        );
        let is_taken = token == self.newest
            || self.before.as_ref().is_some_and(|(before, used_ms)| {
                before == token
                    && match self.policy {
                        Policy::Grace => now_ms < used_ms + GRACE_MS,
                        Policy::UntilUsed => true,
                        Policy::Kept | Policy::Strict => false,
                    }
            });
        if self.revoked || !is_taken {
            self.revoked = true;
            return Answer::Refused(Refusal::Grant);
        }
        self.issued += 1;
        self.access = format!("a{}", self.issued);
        if self.policy == Policy::Kept {
            return self.tokens(None);
        }
        // Whoever comes back with the older one gets a new pair; what the first answer
        // had is gone.
        let used_ms = match &self.before {
            Some((before, used_ms)) if before == token => *used_ms,
            _ => now_ms,
        };
        self.before = Some((token.to_owned(), used_ms));
        self.newest = format!("r{}", self.issued);
        self.tokens(Some(self.newest.clone()))
    }

    fn tokens(&self, refresh: Option<String>) -> Answer<String> {
        Answer::Issued(Tokens {
            access: self.access.clone(),
            lifetime_s: Some(300),
            refresh,
        })
    }

    /// A call of the system.
    fn is_let_in(&mut self, access: &str) -> bool {
        let is_newest = access == self.access && !self.revoked;
        if is_newest && self.policy == Policy::UntilUsed {
            self.before = None;
        }
        is_newest
    }
}

struct World {
    server: Server,
    profile: Profile,
    durable: Credential<String>,
    now_ms: i64,
    /// Every access token that was ever durable.
    durable_access: BTreeSet<String>,
    deadly: bool,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    Served,
    Crashed,
    Later,
    Lost(Lost),
}

impl World {
    fn new(policy: Policy, profile: Profile) -> Self {
        let tokens = Tokens {
            access: "a1".to_owned(),
            lifetime_s: Some(300),
            refresh: Some("r1".to_owned()),
        };
        let durable =
            Credential::connected(Digest::of("app"), tokens, Digest::of("a1"), &profile, 0);
        Self {
            server: Server::new(policy, profile),
            profile,
            durable,
            now_ms: 0,
            durable_access: BTreeSet::from(["a1".to_owned()]),
            deadly: false,
        }
    }

    /// One call of the system, with at most one crash on the way.
    fn call(&mut self, crash: Crash) -> Call {
        let mut refused = None;
        for _ in 0..6 {
            let mut credential = self.durable.clone();
            let ask = Ask {
                application: Digest::of("app"),
                refused,
                now_ms: self.now_ms,
            };
            let refresh = match credential.next(&ask, &self.profile) {
                Next::Use(access) => {
                    assert!(
                        self.durable_access.contains(&access.token),
                        "used before written"
                    );
                    assert!(self.now_ms < access.expires_at_ms, "used after its end");
                    if self.server.is_let_in(&access.token) {
                        return Call::Served;
                    }
                    refused = Some(access.digest);
                    continue;
                }
                Next::Wait(waiting) => {
                    assert!(waiting.until_ms > self.now_ms);
                    return Call::Later;
                }
                Next::Connect(why) => {
                    self.durable = credential;
                    return Call::Lost(why);
                }
                Next::Request(refresh) => refresh.expect("a person's credential"),
            };
            if let Some(crashed) = self.request(credential, &refresh, crash) {
                return crashed;
            }
        }
        panic!("a call goes round and round");
    }

    fn request(
        &mut self,
        mut credential: Credential<String>,
        refresh: &str,
        crash: Crash,
    ) -> Option<Call> {
        if crash == Crash::BeforeTheIntent {
            return Some(Call::Crashed);
        }
        self.durable = credential.clone();
        if crash == Crash::BeforeSending {
            return Some(Call::Crashed);
        }
        let answer = self.server.refresh(refresh, self.now_ms);
        if matches!(crash, Crash::BeforeTheAnswer | Crash::BeforeTheWrite) {
            self.deadly = true;
            return Some(Call::Crashed);
        }
        let access = match &answer {
            Answer::Issued(tokens) => Some(tokens.access.clone()),
            _ => None,
        };
        let digest = access.as_deref().map(Digest::of);
        credential.answered(answer, digest, &self.profile, self.now_ms);
        self.durable = credential;
        self.durable_access.extend(access);
        (crash == Crash::AfterTheWrite).then_some(Call::Crashed)
    }
}

fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![
        3 => Just(Crash::No),
        1 => Just(Crash::BeforeTheIntent),
        1 => Just(Crash::BeforeSending),
        1 => Just(Crash::BeforeTheAnswer),
        1 => Just(Crash::BeforeTheWrite),
        1 => Just(Crash::AfterTheWrite),
    ]
}

/// A call's crash, and how long until the next call: within the server's grace after a
/// crash, anything otherwise.
fn story() -> impl Strategy<Value = Vec<(Crash, i64)>> {
    let step = (crash(), 0..900_000_i64).prop_map(|(crash, pause_ms)| match crash {
        Crash::No => (crash, pause_ms),
        _ => (crash, pause_ms % 5_000),
    });
    prop::collection::vec(step, 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Wherever the owner dies, and however often: a server that keeps a used refresh
    /// token for some time, or until its successor is used, loses nobody.
    #[test]
    fn no_crash_loses_a_connection_at_a_server_with_grace(
        story in story(),
        policy in prop_oneof![Just(Policy::Kept), Just(Policy::Grace), Just(Policy::UntilUsed)],
    ) {
        let mut world = World::new(policy, ProfileName::Standard.profile());
        for (crash, pause_ms) in story {
            let came = world.call(crash);
            // Several crashes in a row must fit into one grace; the test's do, because
            // the first call that ends well ends it.
            prop_assert!(!matches!(came, Call::Lost(_)), "{policy:?} {came:?}");
            if came == Call::Crashed {
                world.now_ms += pause_ms.min(GRACE_MS / 10);
            } else {
                world.now_ms += pause_ms;
            }
        }
        let last = world.call(Crash::No);
        prop_assert!(matches!(last, Call::Served | Call::Later), "{last:?}");
    }

    /// A strict server loses somebody only when it has spent the token and its answer
    /// never came; and then it is known that this was the reason.
    #[test]
    fn a_strict_server_loses_nobody_but_by_a_lost_answer(story in story()) {
        let mut world = World::new(Policy::Strict, ProfileName::Standard.profile());
        for (crash, pause_ms) in story {
            match world.call(crash) {
                Call::Lost(why) => {
                    prop_assert!(world.deadly, "lost without need");
                    prop_assert_eq!(why, Lost::AnswerLost);
                    let is_lost = matches!(world.durable.standing(), Standing::Lost { .. });
                    prop_assert!(is_lost);
                    return Ok(());
                }
                _ => world.now_ms += pause_ms,
            }
        }
        prop_assert!(!world.deadly || world.call(Crash::No) != Call::Served || !world.server.revoked);
    }
}

/// Each step alone, so that the list in the documentation is this one.
#[test]
fn each_step_by_itself() {
    let steps = [
        (Crash::BeforeTheIntent, None),
        (Crash::BeforeSending, None),
        (Crash::BeforeTheAnswer, Some(Lost::AnswerLost)),
        (Crash::BeforeTheWrite, Some(Lost::AnswerLost)),
        (Crash::AfterTheWrite, None),
    ];
    for (crash, strict) in steps {
        for policy in [
            Policy::Kept,
            Policy::Grace,
            Policy::UntilUsed,
            Policy::Strict,
        ] {
            let mut world = World::new(policy, ProfileName::Standard.profile());
            world.now_ms = 300_000;
            assert_eq!(world.call(crash), Call::Crashed);
            world.now_ms += 1_000;
            let expected = match strict {
                Some(why) if policy == Policy::Strict => Call::Lost(why),
                _ => Call::Served,
            };
            assert_eq!(world.call(Crash::No), expected, "{crash:?} {policy:?}");
        }
    }
}
