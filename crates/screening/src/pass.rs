//! One reading of a text: what it comes to, sentence by sentence.

use crate::context::ContextClass;
use crate::features::{self, Sums};
use crate::markup::Stretch;
use crate::model::DECAY;
use crate::reader::Sink;
use crate::rule::{Family, Strength};
use crate::screener::Engine;
use crate::screening::{Finding, Hiding};
use crate::side::View;
use crate::token::{Token, gap, spelt};

/// Findings of one text at most.
pub(crate) const FINDINGS: usize = 64;

/// What one reading of a text comes to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) logit: f32,
    pub(crate) place: (usize, usize),
    pub(crate) hidden: Option<Hiding>,
    pub(crate) decided: bool,
    pub(crate) findings: Vec<Finding>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            // A text without a word.
            logit: -8.0,
            place: (0, 0),
            hidden: None,
            decided: false,
            findings: Vec::new(),
        }
    }
}

impl Outcome {
    pub(crate) fn add(&mut self, finding: Finding) {
        let known = |it: &Finding| it.rule == finding.rule && it.start == finding.start;
        if self.findings.len() < FINDINGS && !self.findings.iter().any(known) {
            self.findings.push(finding);
        }
    }

    /// Takes in what a hidden text came to. That it was hidden counts too.
    pub(crate) fn take_in(&mut self, view: &View, inner: Self) {
        const HIDDEN: f32 = 1.0;
        let place = (view.start, view.end);
        for finding in inner.findings {
            self.add(Finding {
                start: place.0,
                end: place.1,
                hidden: Some(view.hiding),
                ..finding
            });
        }
        self.decided |= inner.decided;
        if inner.logit + HIDDEN > self.logit {
            self.logit = inner.logit + HIDDEN;
            self.place = place;
            self.hidden = Some(view.hiding);
        }
    }
}

/// One reading of a text.
pub(crate) struct Pass<'e> {
    pub(crate) engine: &'e Engine,
    pub(crate) class: ContextClass,
    pub(crate) unseen: Vec<Stretch>,
    pub(crate) run: f32,
    pub(crate) run_start: usize,
    pub(crate) views: Vec<View>,
    pub(crate) moved: usize,
    pub(crate) turned: usize,
    pub(crate) outcome: Outcome,
}

/// Views of one text at most.
const VIEWS: usize = 64;

impl Sink for Pass<'_> {
    fn segment(&mut self, words: &[Token], seen: usize) {
        let Some((first, last)) = words.get(seen).zip(words.last()) else {
            return;
        };
        let unseen = hiding_at(&self.unseen, first.start);
        let mut decided = false;
        let outcome = &mut self.outcome;
        let classes = classes_of(words);
        let bits = self.engine.rules_of(words, classes, |rule, from, to| {
            // Wording in quotation marks within a sentence about attacks is a mention;
            // what the model makes of it stands.
            let mentioned = from.gap & gap::QUOTE != 0 && classes & self.engine.about != 0;
            decided |= !mentioned && rule.strength.decides(self.class);
            outcome.add(Finding {
                rule: rule.id,
                family: rule.family,
                start: from.start,
                end: to.end,
                hidden: hiding_at(&self.unseen, from.start).or_else(|| spelling(words)),
            });
        });
        outcome.decided |= decided;
        if unseen.is_some()
            && classes & self.engine.addressed != 0
            && classes & self.engine.demands != 0
        {
            outcome.decided |= Strength::Data.decides(self.class);
            outcome.add(Finding {
                rule: "conceal.instruction",
                family: Family::Concealment,
                start: first.start,
                end: last.end,
                hidden: unseen,
            });
        }
        let (model, silent) = (&self.engine.model, self.engine.silent);
        let mut sums = Sums::default();
        features::of(
            words,
            seen,
            silent,
            bits,
            unseen.is_some(),
            |block, feature| {
                sums.add(block, model.weight(feature));
            },
        );
        let logit = sums.logit(model.scales());
        if classes & (self.engine.rot13 | self.engine.reversed) != 0 {
            self.moved += count(words, self.engine.rot13);
            self.turned += count(words, self.engine.reversed);
        }
        if self.run <= 0.0 {
            self.run = 0.0;
            self.run_start = first.start;
        }
        self.run = self.run * DECAY + logit;
        if self.run > outcome.logit {
            outcome.logit = self.run;
            outcome.place = (self.run_start, last.end);
            outcome.hidden = unseen.or_else(|| spelling(words));
        }
    }

    fn hidden(&mut self, view: View) {
        if self.views.len() < VIEWS {
            self.views.push(view);
        }
    }
}

/// The classes of all words.
fn classes_of(words: &[Token]) -> u64 {
    words.iter().fold(0, |all, word| all | word.mask)
}

/// How many words are of a class.
fn count(words: &[Token], class: u64) -> usize {
    words.iter().filter(|word| word.mask & class != 0).count()
}

/// How the words of a segment were disguised, if they were.
fn spelling(words: &[Token]) -> Option<Hiding> {
    let all = words.iter().fold(0, |all, word| all | word.spelt);
    [
        (spelt::INVISIBLE, Hiding::Invisible),
        (spelt::LOOK_ALIKE, Hiding::LookAlikes),
        (spelt::LEET, Hiding::Leetspeak),
        (spelt::ESCAPED, Hiding::Percent),
    ]
    .into_iter()
    .find_map(|(bit, hiding)| (all & bit != 0).then_some(hiding))
}

fn hiding_at(unseen: &[Stretch], place: usize) -> Option<Hiding> {
    let index = unseen.partition_point(|(start, _, _)| *start <= place);
    let (_, end, hiding) = unseen.get(index.checked_sub(1)?)?;
    (place < *end).then_some(*hiding)
}

/// What the model sees of a segment, and where in the text it stands.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Its features.
    pub features: Vec<u32>,
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

pub(crate) struct Recorder<'e> {
    pub(crate) engine: &'e Engine,
    pub(crate) unseen: Vec<Stretch>,
    pub(crate) segments: Vec<Segment>,
}

impl Sink for Recorder<'_> {
    fn segment(&mut self, words: &[Token], seen: usize) {
        let Some((first, last)) = words.get(seen).zip(words.last()) else {
            return;
        };
        let unseen = hiding_at(&self.unseen, first.start).is_some();
        let bits = self.engine.rules_of(words, classes_of(words), |_, _, _| {});
        let mut found = Vec::new();
        features::of(
            words,
            seen,
            self.engine.silent,
            bits,
            unseen,
            |_, feature| {
                found.extend(u32::try_from(feature));
            },
        );
        self.segments.push(Segment {
            features: found,
            start: first.start,
            end: last.end,
        });
    }

    fn hidden(&mut self, _: View) {}
}
