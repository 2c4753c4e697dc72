//! What is remembered of one actor, and what a record means in its light. Its JSON is
//! stored, and bounded.

use std::collections::BTreeMap;

use lango_audit_log::{Actor, Layer, Record, Status, Subject};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    alert::{Alert, Rule},
    canary,
    policy::AlertPolicy,
};

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Older records teach and raise nothing.
const RAISES_FOR_MS: i64 = DAY_MS;
const MOST_TOOLS: usize = 128;
const MOST_COUNTRIES: usize = 32;
const LONGEST_NAME: usize = 128;
/// After so many days of work, what was seen once or twice is half forgotten.
const HALVE_HOURS_AFTER: u32 = 64;
/// What the platform says where it does not know the country.
const UNKNOWN_COUNTRY: &str = "XX";

/// An actor's habits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The first day, counted from 1970-01-01 by the tenant's clocks.
    first_day: Option<i64>,
    last_day: i64,
    /// On how many days there was anything.
    days: u32,
    /// When calls were refused, within the window.
    refused_ms: Vec<i64>,
    /// Countries, with the day on which each was last seen.
    countries: BTreeMap<String, i64>,
    /// On how many days there was anything in each hour.
    hours: [u32; 24],
    /// The hours of the last day that are counted.
    hours_of_day: u32,
    /// Tools, with the day on which each was last used.
    tools: BTreeMap<String, i64>,
    /// When each rule last raised an alert.
    raised_ms: BTreeMap<Rule, i64>,
    /// How often it would have since then.
    held_back: BTreeMap<Rule, u32>,
}

/// A record at its place in the log, and the time it is read.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Its place.
    pub index: u64,
    /// The record.
    pub record: &'a Record,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

/// Whose habits a record is about: a program's and an assistant's are those of its key
/// or grant, a person's are the same in all their sign-ins.
#[must_use]
pub fn subject(record: &Record) -> &str {
    match record.intent.actor {
        Some(Actor::Employee | Actor::Customer | Actor::Support | Actor::PlatformAdmin) => {
            &record.intent.principal
        }
        Some(Actor::Program | Actor::Assistant) | None => &record.key_id,
    }
}

impl Memory {
    /// Takes a record in. The alerts are those that a person should see.
    pub fn observe(&mut self, observed: &Observed<'_>, policy: &AlertPolicy) -> Vec<Alert> {
        let local_ms = policy.local_ms(observed.record.at_ms);
        let day = local_ms.div_euclid(DAY_MS);
        self.turn_to(day);
        let found = [
            self.canary(observed.record, policy),
            self.refusals(observed.record, policy),
            self.country(observed.record, policy, day),
            self.hour(policy, local_ms, day),
            self.tool(observed.record, policy, day),
        ];
        let found = found.into_iter().flatten();
        let raised = found.filter_map(|(rule, seen)| self.raise(observed, policy, rule, seen));
        raised.collect()
    }

    /// The last day on which there was anything, counted from 1970-01-01.
    #[must_use]
    pub fn last_day(&self) -> i64 {
        self.last_day
    }

    fn turn_to(&mut self, day: i64) {
        let first = *self.first_day.get_or_insert(day);
        if day > self.last_day || self.days == 0 {
            self.last_day = day.max(first);
            self.days = self.days.saturating_add(1);
            self.hours_of_day = 0;
            if self.days.is_multiple_of(HALVE_HOURS_AFTER) {
                self.hours.iter_mut().for_each(|count| *count /= 2);
            }
        }
    }

    /// Whether there was enough to learn from: so many days, and something on a third
    /// of them.
    fn has_learnt(&self, day: i64, learn_days: u32) -> bool {
        let since = self.first_day.map_or(0, |first| day.saturating_sub(first));
        since >= i64::from(learn_days) && self.days >= learn_days.div_ceil(3)
    }

    fn canary(&self, record: &Record, policy: &AlertPolicy) -> Option<Found> {
        let (kind, which) = canary::touched(&policy.canary, record)?;
        let status = serde_json::to_value(record.outcome.status).unwrap_or_default();
        Some((
            Rule::Canary,
            seen([
                ("kind", kind.into()),
                ("canary", which.into()),
                ("status", status),
            ]),
        ))
    }

    fn refusals(&mut self, record: &Record, policy: &AlertPolicy) -> Option<Found> {
        let denied = record.outcome.denied.as_ref()?;
        // Both are part of an ordinary day, and say so to whoever called.
        let is_ordinary = denied.layer == Layer::Admission && denied.code == "rate_limited"
            || denied.code == "approval_required";
        if is_ordinary {
            return None;
        }
        let rule = policy.refusal_burst;
        let most = rule.count.get() as usize;
        let since = record.at_ms.saturating_sub(rule.window_ms());
        self.refused_ms.retain(|at_ms| *at_ms > since);
        self.refused_ms.push(record.at_ms);
        if self.refused_ms.len() < most {
            return None;
        }
        let count = self.refused_ms.len();
        self.refused_ms.clear();
        Some((
            Rule::RefusalBurst,
            seen([
                ("refusals", count.into()),
                ("minutes", rule.minutes.get().into()),
                ("layer", denied.layer.name().into()),
                ("code", denied.code.as_str().into()),
            ]),
        ))
    }

    fn country(&mut self, record: &Record, policy: &AlertPolicy, day: i64) -> Option<Found> {
        let country = record.intent.country.as_deref()?;
        if country == UNKNOWN_COUNTRY || country.len() > 2 {
            return None;
        }
        let is_known = self.countries.contains_key(country);
        let usual = self.most_recent_country();
        remember(&mut self.countries, country, day, MOST_COUNTRIES);
        let is_new = !is_known && self.has_learnt(day, policy.new_country.learn_days.get());
        let usual = usual.filter(|_| is_new)?;
        Some((
            Rule::NewCountry,
            seen([("country", country.into()), ("usual", usual.into())]),
        ))
    }

    fn most_recent_country(&self) -> Option<String> {
        let latest = self.countries.iter().max_by_key(|(_, day)| **day);
        latest.map(|(country, _)| country.clone())
    }

    /// An hour next to one of work is no surprise.
    fn hour(&mut self, policy: &AlertPolicy, local_ms: i64, day: i64) -> Option<Found> {
        let hour = usize::try_from(local_ms.rem_euclid(DAY_MS) / HOUR_MS).unwrap_or(0) % 24;
        let near = [(hour + 23) % 24, hour, (hour + 1) % 24];
        let is_new = near.iter().all(|hour| self.hours[*hour] == 0);
        if day == self.last_day && self.hours_of_day & (1 << hour) == 0 {
            self.hours_of_day |= 1 << hour;
            self.hours[hour] = self.hours[hour].saturating_add(1);
        }
        let has_learnt = self.has_learnt(day, policy.unusual_hour.learn_days.get());
        (is_new && has_learnt).then(|| {
            let seen = seen([
                ("hour", hour.into()),
                ("utc_offset_minutes", policy.utc_offset_minutes.into()),
            ]);
            (Rule::UnusualHour, seen)
        })
    }

    /// Only what the tenant has and the actor may use: a name that is none teaches
    /// nothing.
    fn tool(&mut self, record: &Record, policy: &AlertPolicy, day: i64) -> Option<Found> {
        let Subject::Call { tool, at, .. } = &record.intent.subject else {
            return None;
        };
        let connector = at.connector.as_deref()?;
        if record.outcome.status == Status::Denied || tool.len() > LONGEST_NAME {
            return None;
        }
        let is_known = self.tools.contains_key(tool);
        let has_some = !self.tools.is_empty();
        remember(&mut self.tools, tool, day, MOST_TOOLS);
        let has_learnt = self.has_learnt(day, policy.new_tool.learn_days.get());
        (!is_known && has_some && has_learnt).then(|| {
            let seen = seen([
                ("tool", tool.as_str().into()),
                ("connector", connector.into()),
            ]);
            (Rule::NewTool, seen)
        })
    }

    fn raise(
        &mut self,
        observed: &Observed<'_>,
        policy: &AlertPolicy,
        rule: Rule,
        seen: Map<String, Value>,
    ) -> Option<Alert> {
        let at_ms = observed.record.at_ms;
        if !policy.is_on(rule) || observed.now_ms.saturating_sub(at_ms) > RAISES_FOR_MS {
            return None;
        }
        if let Some(last) = self.raised_ms.get(&rule)
            && at_ms.saturating_sub(*last) < policy.quiet_ms()
        {
            let held_back = self.held_back.entry(rule).or_default();
            *held_back = held_back.saturating_add(1);
            return None;
        }
        self.raised_ms.insert(rule, at_ms);
        Some(Alert {
            rule,
            at_ms,
            key_id: Some(observed.record.key_id.clone()),
            principal: Some(observed.record.intent.principal.clone()),
            index: Some(observed.index),
            seen,
            held_back: self.held_back.remove(&rule).unwrap_or_default(),
        })
    }
}

type Found = (Rule, Map<String, Value>);

fn seen<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Map<String, Value> {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What was seen longest ago makes room.
fn remember(known: &mut BTreeMap<String, i64>, name: &str, day: i64, most: usize) {
    if !known.contains_key(name) && known.len() >= most {
        let oldest = known.iter().min_by_key(|(_, day)| **day);
        if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
            known.remove(&oldest);
        }
    }
    known.insert(name.to_owned(), day);
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
