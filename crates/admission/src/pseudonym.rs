//! The names that stand for personal data with one key: `<phone_1>`.
//!
//! The same value of a kind has the same name as long as it is remembered, and a name
//! is never given to another value afterwards: an assistant may still have it.

use std::collections::{BTreeMap, HashMap};

use lango_provenance::{ArgumentPrint, Fingerprint, ValueKind};
use serde::{Deserialize, Serialize};

use crate::guarded::{NewPseudonym, PseudonymAt};

/// So many are remembered, the latest.
pub const MAXIMUM_PSEUDONYMS: usize = 2_000;

/// A pseudonym as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPseudonym {
    /// Its name: `<phone_1>`.
    pub token: String,
    /// What kind it is.
    pub kind: String,
    /// The fingerprint of the value.
    pub print: Fingerprint,
    /// The value, sealed.
    pub sealed: String,
    /// When it is forgotten, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// The pseudonyms of one key.
#[derive(Debug, Default)]
pub struct Pseudonyms {
    by_token: HashMap<String, KeptPseudonym>,
    by_value: HashMap<(String, Fingerprint), String>,
    /// The last number of each kind.
    last: BTreeMap<String, u64>,
}

/// What a call's pseudonyms change.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The names, by the placeholders.
    pub names: BTreeMap<String, String>,
    /// To be written: new, or to be remembered longer.
    pub kept: Vec<KeptPseudonym>,
    /// The last number of the kinds that got one.
    pub last: BTreeMap<String, u64>,
    /// To be deleted: there are too many.
    pub dropped: Vec<String>,
}

impl Pseudonyms {
    /// What was kept before a restart.
    #[must_use]
    pub fn load(kept: Vec<KeptPseudonym>, last: BTreeMap<String, u64>) -> Self {
        let mut pseudonyms = Self {
            last,
            ..Self::default()
        };
        for one in kept {
            pseudonyms.keep(one);
        }
        pseudonyms
    }

    /// Names the values of a result.
    pub fn name(&mut self, values: &[NewPseudonym], lives_ms: u64, now_ms: u64) -> Named {
        let expires_at_ms = now_ms.saturating_add(lives_ms);
        let mut named = Named::default();
        for value in values {
            let token = self.one(value, expires_at_ms, lives_ms, now_ms, &mut named);
            named.names.insert(value.placeholder.clone(), token);
        }
        named.dropped = self.bound();
        named
    }

    /// What is sealed for these names, as far as it is remembered.
    #[must_use]
    pub fn sealed(&self, asked: &[PseudonymAt], now_ms: u64) -> BTreeMap<String, String> {
        asked
            .iter()
            .filter_map(|one| {
                let kept = self.known(&one.token, now_ms)?;
                Some((one.token.clone(), kept.sealed.clone()))
            })
            .collect()
    }

    /// The fingerprints of the values that names in the arguments stand for.
    pub fn prints(
        &self,
        asked: &[PseudonymAt],
        now_ms: u64,
    ) -> impl Iterator<Item = ArgumentPrint> {
        asked.iter().filter_map(move |one| {
            let kept = self.known(&one.token, now_ms)?;
            Some(ArgumentPrint {
                place: one.place.clone(),
                kind: kind(&kept.kind),
                print: kept.print,
                host: None,
                steering: one.steering,
            })
        })
    }

    /// Forgets what has expired. The answer are the names that may be deleted.
    pub fn expire(&mut self, now_ms: u64) -> Vec<String> {
        let is_over = |kept: &&KeptPseudonym| kept.expires_at_ms <= now_ms;
        let over: Vec<_> = self.by_token.values().filter(is_over).cloned().collect();
        over.into_iter().map(|kept| self.forget(kept)).collect()
    }

    fn known(&self, token: &str, now_ms: u64) -> Option<&KeptPseudonym> {
        self.by_token
            .get(token)
            .filter(|kept| kept.expires_at_ms > now_ms)
    }

    fn one(
        &mut self,
        value: &NewPseudonym,
        expires_at_ms: u64,
        lives_ms: u64,
        now_ms: u64,
        named: &mut Named,
    ) -> String {
        let of_value = (value.kind.clone(), value.print);
        let known = self
            .by_value
            .get(&of_value)
            .and_then(|token| self.by_token.get_mut(token));
        if let Some(known) = known {
            // A write for each use would be dear: one in the second half of its life.
            if known.expires_at_ms < now_ms.saturating_add(lives_ms / 2) {
                known.expires_at_ms = expires_at_ms;
                named.kept.push(known.clone());
            }
            return known.token.clone();
        }
        let last = self.last.entry(value.kind.clone()).or_default();
        *last += 1;
        named.last.insert(value.kind.clone(), *last);
        let kept = KeptPseudonym {
            token: format!("<{}_{last}>", value.kind),
            kind: value.kind.clone(),
            print: value.print,
            sealed: value.sealed.clone(),
            expires_at_ms,
        };
        named.kept.push(kept.clone());
        let token = kept.token.clone();
        self.keep(kept);
        token
    }

    fn keep(&mut self, kept: KeptPseudonym) {
        let of_value = (kept.kind.clone(), kept.print);
        self.by_value.insert(of_value, kept.token.clone());
        self.by_token.insert(kept.token.clone(), kept);
    }

    fn bound(&mut self) -> Vec<String> {
        let excess = self.by_token.len().saturating_sub(MAXIMUM_PSEUDONYMS);
        if excess == 0 {
            return Vec::new();
        }
        let mut all: Vec<_> = self.by_token.values().cloned().collect();
        all.sort_by_key(|kept| kept.expires_at_ms);
        all.truncate(excess);
        all.into_iter().map(|kept| self.forget(kept)).collect()
    }

    fn forget(&mut self, kept: KeptPseudonym) -> String {
        self.by_value.remove(&(kept.kind, kept.print));
        self.by_token.remove(&kept.token);
        kept.token
    }
}

/// What a kind of personal data is as a value that steers.
fn kind(name: &str) -> ValueKind {
    match name {
        "phone" => ValueKind::Phone,
        "email" => ValueKind::Email,
        "name" => ValueKind::Name,
        "url" => ValueKind::Url,
        "address" | "location" => ValueKind::Phrase,
        _ => ValueKind::Account,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn value(kind: &str, number: u16) -> NewPseudonym {
        let letter = |part: u16| char::from(b'A' + u8::try_from(part % 26).unwrap());
        let print = format!(
            "AAECAw{}{}{}g8",
            letter(number / 676),
            letter(number / 26),
            letter(number)
        );
        NewPseudonym {
            placeholder: format!("[{kind}:{number}]"),
            kind: kind.into(),
            print: print.parse().unwrap(),
            sealed: format!("sealed {number}"),
        }
    }

    fn at(token: &str) -> PseudonymAt {
        PseudonymAt {
            place: "/to".into(),
            token: token.into(),
            steering: true,
        }
    }

    #[test]
    fn the_same_value_has_the_same_name() {
        let mut pseudonyms = Pseudonyms::default();
        let named = pseudonyms.name(
            &[value("phone", 1), value("name", 2), value("phone", 3)],
            10,
            0,
        );
        assert_eq!(named.names["[phone:1]"], "<phone_1>");
        assert_eq!(named.names["[name:2]"], "<name_1>");
        assert_eq!(named.names["[phone:3]"], "<phone_2>");
        assert_eq!(named.kept.len(), 3);
        let again = pseudonyms.name(&[value("phone", 3)], 10, 1);
        assert_eq!(again.names["[phone:3]"], "<phone_2>");
        assert!(again.kept.is_empty(), "nothing is written");
        let later = pseudonyms.name(&[value("phone", 3)], 10, 7);
        assert_eq!(later.kept[0].expires_at_ms, 17, "it is remembered longer");
    }

    #[test]
    fn a_name_is_not_given_again() {
        let mut pseudonyms = Pseudonyms::default();
        pseudonyms.name(&[value("phone", 1)], 10, 0);
        assert_eq!(pseudonyms.sealed(&[at("<phone_1>")], 9).len(), 1);
        assert!(pseudonyms.sealed(&[at("<phone_1>")], 10).is_empty());
        assert_eq!(pseudonyms.expire(10), ["<phone_1>"]);
        let named = pseudonyms.name(&[value("phone", 1)], 10, 20);
        assert_eq!(named.names["[phone:1]"], "<phone_2>");
        assert!(pseudonyms.sealed(&[at("<phone_9>")], 20).is_empty());
    }

    #[test]
    fn what_a_name_stands_for_counts_where_it_stands() {
        let mut pseudonyms = Pseudonyms::default();
        pseudonyms.name(&[value("phone", 1)], 10, 0);
        let prints: Vec<_> = pseudonyms.prints(&[at("<phone_1>")], 1).collect();
        assert_eq!(prints[0].kind, ValueKind::Phone);
        assert_eq!(prints[0].print, value("phone", 1).print);
        assert!(prints[0].steering);
    }

    proptest! {
        /// Across restarts: no name for two values, and never too many.
        #[test]
        fn names_stay_apart(
            calls in prop::collection::vec((prop::collection::vec((0_u16..3_000, any::<bool>()), 0..60), any::<bool>()), 0..60),
        ) {
            let mut pseudonyms = Pseudonyms::default();
            let mut rows = BTreeMap::new();
            let mut last = BTreeMap::new();
            let mut meant: BTreeMap<String, u16> = BTreeMap::new();
            for (now_ms, (values, restarts)) in (0_u64..).zip(calls) {
                let values: Vec<_> = values.into_iter()
                    .map(|(number, is_phone)| (number, value(if is_phone { "phone" } else { "name" }, number)))
                    .collect();
                let asked: Vec<_> = values.iter().map(|(_, value)| value.clone()).collect();
                let named = pseudonyms.name(&asked, 20, now_ms);
                for (number, value) in &values {
                    let token = &named.names[&value.placeholder];
                    prop_assert_eq!(*meant.entry(token.clone()).or_insert(*number), *number);
                }
                for kept in named.kept {
                    rows.insert(kept.token.clone(), kept);
                }
                last.extend(named.last);
                for token in named.dropped.iter().chain(&pseudonyms.expire(now_ms)) {
                    rows.remove(token);
                }
                let known: BTreeSet<_> = pseudonyms.by_token.keys().cloned().collect();
                prop_assert_eq!(&known, &rows.keys().cloned().collect::<BTreeSet<_>>());
                prop_assert!(known.len() <= MAXIMUM_PSEUDONYMS);
                if restarts {
                    pseudonyms = Pseudonyms::load(rows.values().cloned().collect(), last.clone());
                }
            }
        }
    }
}
