//! Rules and model at work on one text.

use std::sync::OnceLock;

use crate::context::{Context, ContextClass};
use crate::features;
use crate::lexicon::Lexicon;
use crate::markup::{self, Stretch};
use crate::model::{DECAY, Model, probability};
use crate::reader::{self, Sink};
use crate::rule::{self, Family, Rule};
use crate::screening::{Finding, Hiding, Screening};
use crate::side::View;
use crate::token::{Token, gap, spelt};
use crate::{decode, links};

/// Findings of one text at most.
const FINDINGS: usize = 64;
/// How often an encoded text may hold another.
const DEPTH: usize = 2;
/// Decoded bytes at most, for each text that is screened.
const BUDGET: usize = 256 * 1024;
/// By how much a rule that decides lifts a text over its threshold, in logits.
const DECIDED: f32 = 3.0;

/// Compiled rules, lexicon and model.
#[derive(Debug)]
pub struct Screener {
    /// Absent only if the shipped files were broken, which a test rules out: then
    /// every text is suspicious, for a gate that cannot look stays shut.
    engine: Option<Engine>,
}

/// What [`Screener::screen`] finds when it has no rules.
const UNAVAILABLE: Finding = Finding {
    rule: "screening.rules-unavailable",
    family: Family::HiddenInstruction,
    start: 0,
    end: 0,
    hidden: None,
};

/// The parts that a text is looked at with.
#[derive(Debug)]
pub(crate) struct Engine {
    lexicon: Lexicon,
    rules: Vec<Rule>,
    model: Model,
    /// Classes that the model is not told of.
    silent: u64,
    rot13: u64,
    reversed: u64,
    /// Words of texts that speak about attacks.
    about: u64,
}

impl Screener {
    /// The shipped rules and model, made ready on first use.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Screener> = OnceLock::new();
        SHIPPED.get_or_init(|| Self {
            engine: Engine::shipped(),
        })
    }

    /// What `text` holds, standing where `context` says.
    #[must_use]
    pub fn screen(&self, text: &str, context: Context) -> Screening {
        let Some(engine) = &self.engine else {
            return Screening {
                score: 1.0,
                logit: f32::INFINITY,
                threshold: 0.0,
                findings: vec![Finding {
                    end: text.len(),
                    ..UNAVAILABLE
                }],
            };
        };
        engine.screen(text, context.class())
    }

    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }
}

/// The shipped lexicon, as `build.rs` makes it of `lexicon.conf`.
pub(crate) fn lexicon() -> Option<Lexicon> {
    Lexicon::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/lexicon.bin")))
}

impl Engine {
    fn shipped() -> Option<Self> {
        let mut lexicon = lexicon()?;
        let rules = rule::parse(rule::SHIPPED, &mut lexicon).ok()?;
        if rules.len() > features::RULES {
            return None;
        }
        Some(Self {
            silent: lexicon.class("filler")? | Lexicon::RULE_WORD,
            about: lexicon.class("about")?,
            rot13: lexicon.class("rot13")?,
            reversed: lexicon.class("reversed")?,
            model: Model::shipped()?,
            lexicon,
            rules,
        })
    }

    fn screen(&self, text: &str, class: ContextClass) -> Screening {
        let threshold = self.model.threshold(class);
        let mut budget = BUDGET;
        let outcome = self.pass(text, class, 0, &mut budget);
        let mut findings = outcome.findings;
        let mut logit = outcome.logit;
        if outcome.decided {
            logit = logit.max(threshold + DECIDED);
        } else if logit >= threshold {
            let (start, end) = outcome.place;
            findings.push(Finding {
                rule: "model",
                family: Family::Learned,
                start,
                end,
                hidden: outcome.hidden,
            });
        }
        findings.sort_by_key(|it| (it.start, it.end));
        findings.truncate(FINDINGS);
        Screening {
            score: probability(logit),
            logit,
            threshold,
            findings,
        }
    }

    fn pass(&self, text: &str, class: ContextClass, depth: usize, budget: &mut usize) -> Outcome {
        let mut pass = Pass {
            engine: self,
            class,
            unseen: markup::unseen(text),
            run: 0.0,
            run_start: 0,
            views: Vec::new(),
            moved: 0,
            turned: 0,
            outcome: Outcome::default(),
        };
        links::find(text, |finding| pass.outcome.add(finding));
        pass.outcome.decided = !pass.outcome.findings.is_empty()
            && matches!(
                class,
                ContextClass::Document | ContextClass::Result | ContextClass::ToolDescription
            );
        reader::read(text, &self.lexicon, &mut pass);
        let Pass {
            mut outcome,
            mut views,
            moved,
            turned,
            ..
        } = pass;
        if depth < DEPTH {
            views.extend(decode::runs(text));
            views.extend((moved >= 2).then(|| decode::rot13(text)));
            views.extend((turned >= 2).then(|| decode::reversed(text)));
            for view in views {
                let Some(left) = budget.checked_sub(view.text.len()) else {
                    break;
                };
                *budget = left;
                let inner = self.pass(&view.text, class, depth + 1, budget);
                outcome.take_in(&view, inner);
            }
        }
        outcome
    }

    /// The rules that fire on a segment, as bits, with their places.
    fn rules_of(&self, words: &[Token], mut fired: impl FnMut(&Rule, &Token, &Token)) -> u128 {
        let classes = words.iter().fold(0, |all, word| all | word.mask);
        let mut bits = 0;
        if classes & !self.silent == 0 && classes & Lexicon::RULE_WORD == 0 {
            return bits;
        }
        for (index, rule) in self.rules.iter().enumerate() {
            for pattern in &rule.patterns {
                if pattern.may_match(classes)
                    && let Some((start, end)) = pattern.find(words)
                    && let (Some(first), Some(last)) =
                        (words.get(start), words.get(end.wrapping_sub(1)))
                {
                    bits |= 1 << index;
                    fired(rule, first, last);
                    break;
                }
            }
        }
        bits
    }

    /// Whether a rule decides on `text` in `class`, whatever the model says.
    pub(crate) fn decides(&self, text: &str, class: ContextClass) -> bool {
        let mut budget = BUDGET;
        self.pass(text, class, 0, &mut budget).decided
    }

    /// The features of every segment of `text`, for training.
    pub(crate) fn segments(&self, text: &str) -> Vec<Vec<u32>> {
        let mut recorder = Recorder {
            engine: self,
            unseen: markup::unseen(text),
            segments: Vec::new(),
        };
        reader::read(text, &self.lexicon, &mut recorder);
        recorder.segments
    }
}

/// What one reading of a text comes to.
#[derive(Debug)]
struct Outcome {
    logit: f32,
    place: (usize, usize),
    hidden: Option<Hiding>,
    decided: bool,
    findings: Vec<Finding>,
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
    fn add(&mut self, finding: Finding) {
        let known = |it: &Finding| it.rule == finding.rule && it.start == finding.start;
        if self.findings.len() < FINDINGS && !self.findings.iter().any(known) {
            self.findings.push(finding);
        }
    }

    /// Takes in what a hidden text came to. That it was hidden counts too.
    fn take_in(&mut self, view: &View, inner: Self) {
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
struct Pass<'e> {
    engine: &'e Engine,
    class: ContextClass,
    unseen: Vec<Stretch>,
    run: f32,
    run_start: usize,
    views: Vec<View>,
    moved: usize,
    turned: usize,
    outcome: Outcome,
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
        let bits = self.engine.rules_of(words, |rule, from, to| {
            // Wording in quotation marks within a sentence about attacks is a mention;
            // what the model makes of it stands.
            let mentioned = from.gap & gap::QUOTE != 0
                && words.iter().any(|word| word.mask & self.engine.about != 0);
            decided |= !mentioned && rule.strength.decides(self.class);
            outcome.add(Finding {
                rule: rule.id,
                family: rule.family,
                start: from.start,
                end: to.end,
                hidden: unseen.or_else(|| spelling(words)),
            });
        });
        outcome.decided |= decided;
        let (model, silent) = (&self.engine.model, self.engine.silent);
        let mut logit = 0.0;
        features::of(words, seen, silent, bits, unseen.is_some(), |feature| {
            logit += model.weight(feature);
        });
        for word in words {
            self.moved += usize::from(word.mask & self.engine.rot13 != 0);
            self.turned += usize::from(word.mask & self.engine.reversed != 0);
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

struct Recorder<'e> {
    engine: &'e Engine,
    unseen: Vec<Stretch>,
    segments: Vec<Vec<u32>>,
}

impl Sink for Recorder<'_> {
    fn segment(&mut self, words: &[Token], seen: usize) {
        let Some(first) = words.get(seen) else {
            return;
        };
        let unseen = hiding_at(&self.unseen, first.start).is_some();
        let bits = self.engine.rules_of(words, |_, _, _| {});
        let mut segment = Vec::new();
        features::of(words, seen, self.engine.silent, bits, unseen, |feature| {
            segment.extend(u32::try_from(feature));
        });
        self.segments.push(segment);
    }

    fn hidden(&mut self, _: View) {}
}
