//! Rules and model at work on one text.

use std::sync::OnceLock;

use crate::context::{Context, ContextClass};
use crate::features;
use crate::index::Index;
use crate::lexicon::Lexicon;
use crate::markup;
use crate::model::{Model, probability};
use crate::network::Network;
use crate::pass::{FINDINGS, Outcome, Pass, Recorder, Segment};
use crate::reader;
use crate::rule::{self, Family, Rule};
use crate::screening::{Finding, Screening};
use crate::token::Token;
use crate::{decode, links, network, window};

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
    pub(crate) lexicon: Lexicon,
    pub(crate) rules: Vec<Rule>,
    pub(crate) index: Index,
    pub(crate) model: Model,
    pub(crate) network: Network,
    /// Classes that the model is not told of.
    pub(crate) silent: u64,
    pub(crate) rot13: u64,
    pub(crate) reversed: u64,
    /// Words of texts that speak about attacks.
    pub(crate) about: u64,
    /// Who is spoken to, and what is demanded, where text is hidden.
    pub(crate) addressed: u64,
    pub(crate) demands: u64,
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

fn classes(lexicon: &Lexicon, names: &[&str]) -> Option<u64> {
    names
        .iter()
        .try_fold(0, |all, name| Some(all | lexicon.class(name)?))
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
            addressed: classes(&lexicon, &["assistant", "agent", "ignore", "user"])?,
            demands: classes(
                &lexicon,
                &[
                    "send", "money", "reveal", "say", "secret", "change", "ignore",
                ],
            )?,
            rot13: lexicon.class("rot13")?,
            reversed: lexicon.class("reversed")?,
            model: Model::shipped()?,
            network: Network::shipped()?,
            index: Index::of(&rules)?,
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
        outcome.logit = network::together(outcome.logit, || {
            let words = window::words(text, outcome.place, &self.lexicon);
            self.network.logit(&words)
        });
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

    /// The rules that fire on a segment whose words are of `classes`, as bits, with
    /// their places.
    #[inline]
    pub(crate) fn rules_of(
        &self,
        words: &[Token],
        classes: u64,
        mut fired: impl FnMut(&Rule, &Token, &Token),
    ) -> u128 {
        let mut bits = 0;
        if classes & !self.silent == 0 && classes & Lexicon::RULE_WORD == 0 {
            return bits;
        }
        for (index, place) in self.index.fulfilled_by(classes) {
            let Some(rule) = self.rules.get(index).filter(|_| bits & 1 << index == 0) else {
                continue;
            };
            if let Some(pattern) = rule.patterns.get(place)
                && let Some((start, end)) = pattern.find(words)
                && let (Some(first), Some(last)) =
                    (words.get(start), words.get(end.wrapping_sub(1)))
            {
                bits |= 1 << index;
                fired(rule, first, last);
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
    pub(crate) fn segments(&self, text: &str) -> Vec<Segment> {
        let mut recorder = Recorder {
            engine: self,
            unseen: markup::unseen(text),
            segments: Vec::new(),
        };
        reader::read(text, &self.lexicon, &mut recorder);
        recorder.segments
    }
}
