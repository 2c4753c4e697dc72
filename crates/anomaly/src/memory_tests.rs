use lango_audit_log::{Intent, Outcome, Place};
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// 2026-11-02, a Monday, 00:00 in Nairobi.
const MONDAY_MS: i64 = 1_793_566_800_000;

#[derive(Debug, Clone)]
struct Act {
    at_ms: i64,
    country: &'static str,
    tool: String,
    outcome: Outcome,
}

impl Act {
    fn at(day: i64, hour: i64) -> Self {
        Self {
            at_ms: MONDAY_MS + day * DAY_MS + hour * HOUR_MS,
            country: "KE",
            tool: "postgres_query".to_owned(),
            outcome: Outcome::succeeded(5),
        }
    }

    fn tool(self, tool: &str) -> Self {
        Self {
            tool: tool.to_owned(),
            ..self
        }
    }

    fn from(self, country: &'static str) -> Self {
        Self { country, ..self }
    }

    fn refused(self, code: &str) -> Self {
        Self {
            outcome: Outcome::denied(Layer::Access, code, 1),
            ..self
        }
    }

    fn record(&self) -> Record {
        Record {
            key_id: "k_1".into(),
            at_ms: self.at_ms,
            intent: Intent {
                call_id: "call_1".into(),
                principal: "p_1".into(),
                actor: Some(Actor::Employee),
                country: Some(self.country.into()),
                subject: Subject::Call {
                    tool: self.tool.clone(),
                    at: Place {
                        connector: Some("postgres".into()),
                        connection: Some("c_1".into()),
                    },
                    arguments_sha256: "secret-looking digest".into(),
                },
            },
            outcome: self.outcome.clone(),
        }
    }
}

#[derive(Default)]
struct Watch {
    memory: Memory,
    policy: AlertPolicy,
    index: u64,
}

impl Watch {
    fn see(&mut self, act: &Act) -> Vec<Alert> {
        self.see_at(act, act.at_ms)
    }

    fn see_at(&mut self, act: &Act, now_ms: i64) -> Vec<Alert> {
        self.index += 1;
        let record = act.record();
        let observed = Observed {
            index: self.index,
            record: &record,
            now_ms,
        };
        self.memory.observe(&observed, &self.policy)
    }

    /// Ordinary weeks: Monday to Friday, 8 to 17.
    fn work(&mut self, days: core::ops::Range<i64>) -> usize {
        let mut raised = 0;
        for day in days.filter(|day| day % 7 < 5) {
            for hour in 8..17 {
                raised += self.see(&Act::at(day, hour)).len();
            }
        }
        raised
    }

    fn rules(&mut self, act: &Act) -> Vec<Rule> {
        self.see(act).iter().map(|alert| alert.rule).collect()
    }
}

#[test]
fn ordinary_weeks_raise_nothing() {
    let mut watch = Watch::default();
    assert_eq!(watch.work(0..200), 0);
}

#[test]
fn a_new_country_is_raised_once_and_then_known() {
    let mut watch = Watch::default();
    watch.work(0..10);
    let alerts = watch.see(&Act::at(10, 9).from("RU"));
    assert_eq!(alerts.len(), 1);
    assert_eq!(
        serde_json::to_value(&alerts[0]).unwrap(),
        json!({
            "rule": "new_country", "at_ms": Act::at(10, 9).at_ms, "key_id": "k_1",
            "principal": "p_1", "index": watch.index,
            "seen": {"country": "RU", "usual": "KE"}, "held_back": 0,
        })
    );
    assert!(watch.rules(&Act::at(10, 12).from("RU")).is_empty());
    assert!(watch.rules(&Act::at(10, 12).from("XX")).is_empty());
    // While learning, a country is no surprise.
    let mut young = Watch::default();
    young.work(0..3);
    assert!(young.rules(&Act::at(3, 9).from("UG")).is_empty());
}

#[test]
fn an_hour_of_the_night_is_unusual_and_the_next_evening_hour_is_not() {
    let mut watch = Watch::default();
    watch.work(0..21);
    assert!(watch.rules(&Act::at(21, 17)).is_empty());
    assert_eq!(watch.rules(&Act::at(22, 3)), [Rule::UnusualHour]);
    // The tenant's clocks count: 3 at night in Nairobi is midnight in UTC.
    let mut elsewhere = Watch::default();
    elsewhere.policy.utc_offset_minutes = 0;
    elsewhere.work(0..21);
    let alert = elsewhere.see(&Act::at(22, 3));
    assert_eq!(alert[0].seen["hour"], 0);
}

#[test]
fn a_tool_is_new_after_the_time_of_learning() {
    let mut watch = Watch::default();
    watch.work(0..20);
    let act = Act::at(20, 10).tool("mpesa_b2c");
    assert!(
        watch
            .rules(&act.clone().refused("tool_not_permitted"))
            .is_empty()
    );
    assert_eq!(watch.rules(&act), [Rule::NewTool]);
    assert!(watch.rules(&act).is_empty());
}

#[test]
fn a_burst_of_refusals_is_raised_and_then_quiet_for_a_while() {
    let mut watch = Watch::default();
    let refused = |second: i64| {
        let mut act = Act::at(0, 9).refused("tool_not_permitted");
        act.at_ms += second * 1_000;
        act
    };
    let first: Vec<_> = (0..19)
        .flat_map(|second| watch.rules(&refused(second)))
        .collect();
    assert!(first.is_empty());
    let alerts = watch.see(&refused(19));
    assert_eq!(alerts[0].seen["refusals"], 20);
    assert_eq!(alerts[0].seen["code"], "tool_not_permitted");
    let rest: usize = (20..600)
        .map(|second| watch.see(&refused(second)).len())
        .sum();
    assert_eq!(rest, 0);
    let later: Vec<_> = (3_620..3_660)
        .flat_map(|second| watch.see(&refused(second)))
        .collect();
    assert_eq!(later.len(), 1);
    assert!(later[0].held_back > 20, "what was held back is said");
    // Slow, or ordinary: no burst.
    let mut slow = Watch::default();
    let raised: usize = (0..100).map(|n| slow.see(&refused(n * 20)).len()).sum();
    assert_eq!(raised, 0);
    let mut held = Watch::default();
    let held_back = (0..100).map(|_| held.see(&Act::at(0, 9).refused("approval_required")).len());
    assert_eq!(held_back.sum::<usize>(), 0);
}

#[test]
fn a_canary_is_raised_whatever_became_of_the_call() {
    let canaries = [
        json!({"keys": ["k_1"]}),
        json!({"principals": ["p_1"]}),
        json!({"connections": ["c_1"]}),
        json!({"tools": ["postgres_query"]}),
    ];
    for canary in canaries {
        let mut watch = Watch::default();
        let patch = json!({"canary": canary});
        watch.policy = watch.policy.patched(&patch, None).unwrap();
        assert_eq!(watch.rules(&Act::at(0, 9).refused("x")), [Rule::Canary]);
        assert!(watch.rules(&Act::at(0, 9)).is_empty(), "quiet for an hour");
        assert_eq!(watch.rules(&Act::at(0, 10)), [Rule::Canary]);
        let off = json!({"canary": {"enabled": false}});
        watch.policy = watch.policy.patched(&off, None).unwrap();
        assert!(watch.rules(&Act::at(0, 12)).is_empty());
    }
}

#[test]
fn the_past_teaches_and_raises_nothing() {
    let mut watch = Watch::default();
    watch.work(0..20);
    let act = Act::at(20, 3).from("RU").tool("other");
    assert!(watch.see_at(&act, act.at_ms + RAISES_FOR_MS + 1).is_empty());
    assert!(
        watch
            .see(&Act::at(20, 10).from("RU").tool("other"))
            .is_empty()
    );
}

#[test]
fn programs_are_known_by_their_keys_and_people_by_themselves() {
    let mut record = Act::at(0, 9).record();
    assert_eq!(subject(&record), "p_1");
    record.intent.actor = Some(Actor::Assistant);
    assert_eq!(subject(&record), "k_1");
}

fn some_act() -> impl Strategy<Value = Act> {
    let countries = prop::sample::select(vec!["KE", "UG", "TZ", "RU", "US", "XX", "T1"]);
    (0_i64..200, 0_i64..24, countries, 0_u32..400, any::<bool>()).prop_map(
        |(day, hour, country, tool, is_refused)| {
            let act = Act::at(day, hour)
                .from(country)
                .tool(&format!("tool_{tool}"));
            if is_refused { act.refused("x") } else { act }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever an actor does, in whatever order it is read: memory is bounded and is
    /// read again, and a rule is silent for as long as it is to be.
    #[test]
    fn memory_and_alerts_are_bounded(acts in prop::collection::vec(some_act(), 0..600)) {
        let mut watch = Watch::default();
        let mut last = BTreeMap::new();
        for act in &acts {
            for alert in watch.see(act) {
                if let Some(before) = last.insert(alert.rule, alert.at_ms) {
                    prop_assert!(alert.at_ms - before >= watch.policy.quiet_ms());
                }
                let text = serde_json::to_string(&alert).unwrap();
                prop_assert!(text.len() < 600 && !text.contains("secret-looking"));
            }
        }
        let stored = serde_json::to_string(&watch.memory).unwrap();
        prop_assert!(stored.len() < 20_000, "{}", stored.len());
        prop_assert_eq!(serde_json::from_str::<Memory>(&stored).unwrap(), watch.memory);
    }

    /// False alarms are bounded: somebody with changing hours, twelve tools used unevenly,
    /// a border nearby and now and then a refusal raises next to nothing in half a year.
    #[test]
    fn restless_days_raise_little(days in prop::collection::vec(
        prop::collection::vec((6_i64..21, 0_u32..144, 0_u32..50), 5..30), 180..181,
    )) {
        let mut watch = Watch::default();
        let mut raised = 0;
        for (day, acts) in days.iter().enumerate() {
            let mut acts = acts.clone();
            acts.sort_unstable();
            for (hour, tool, luck) in acts {
                let tool = format!("tool_{}", tool.isqrt());
                let mut act = Act::at(day as i64, hour).tool(&tool);
                if luck == 0 { act = act.refused("arguments"); }
                if luck == 1 { act = act.from("UG"); }
                raised += watch.see(&act).len();
            }
        }
        prop_assert!(raised <= 4, "{raised} in half a year");
    }
}
