//! The rules at work.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex_lite::Regex;

use crate::normalise::{Normalised, normalise};
use crate::rule::{self, Family, Rule};
use crate::windows::Windows;

/// A rule that fired. It holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The rule's stable id.
    pub rule: &'static str,
    /// What the rule looks for.
    pub family: Family,
}

/// What findings amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// No rule fired.
    Clean,
    /// At least one rule fired.
    Suspicious,
}

impl Verdict {
    /// The verdict on a text with these findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        if findings.is_empty() { Self::Clean } else { Self::Suspicious }
    }

    /// Whether any rule fired.
    #[must_use]
    pub fn is_suspicious(self) -> bool {
        self == Self::Suspicious
    }
}

/// Compiled rules.
#[derive(Debug)]
pub struct Screener {
    anchors: AhoCorasick,
    /// The rule each anchor belongs to.
    owners: Vec<usize>,
    rules: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    finding: Finding,
    patterns: Vec<Regex>,
}

/// Why rules could not be compiled.
#[derive(Debug)]
pub(crate) enum Broken {
    Form(rule::Malformed),
    Pattern(&'static str),
    Anchors,
}

impl Screener {
    /// The shipped rules, compiled on first use.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Screener> = OnceLock::new();
        SHIPPED.get_or_init(|| Self::compile(rule::SHIPPED).unwrap_or_else(|_| Self::closed()))
    }

    pub(crate) fn compile(file: &'static str) -> Result<Self, Broken> {
        let parsed = rule::parse(file).map_err(Broken::Form)?;
        let mut anchors = Vec::new();
        let mut owners = Vec::new();
        let mut rules = Vec::new();
        for (index, rule) in parsed.iter().enumerate() {
            owners.extend(rule.anchors.iter().map(|_| index));
            anchors.extend(rule.anchors.iter().copied());
            rules.push(Compiled::new(rule)?);
        }
        let anchors = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(anchors)
            .map_err(|_| Broken::Anchors)?;
        Ok(Self { anchors, owners, rules })
    }

    /// Should the shipped rules ever fail to compile, every text is suspicious:
    /// a gate that cannot look stays shut. A test keeps this from happening.
    fn closed() -> Self {
        let finding =
            Finding { rule: "screening.rules-unavailable", family: Family::HiddenInstruction };
        let patterns = Regex::new("").into_iter().collect();
        let anchors = AhoCorasick::new([""]).or_else(|_| AhoCorasick::new([] as [&str; 0]));
        match anchors {
            Ok(anchors) => {
                Self { anchors, owners: vec![0], rules: vec![Compiled { finding, patterns }] }
            }
            // An automaton of nothing always builds.
            Err(_) => Self::closed(),
        }
    }

    /// The rules that `text` sets off, each once, in the order of the file.
    #[must_use]
    pub fn screen(&self, text: &str) -> Vec<Finding> {
        self.screen_normalised(&normalise(text))
    }

    /// As [`Screener::screen`], for a text that is normalised already.
    #[must_use]
    pub fn screen_normalised(&self, text: &Normalised) -> Vec<Finding> {
        let text = text.as_str();
        let mut windows = vec![Windows::default(); self.rules.len()];
        for anchor in self.anchors.find_overlapping_iter(text) {
            let owner = self.owners.get(anchor.pattern().as_usize());
            if let Some(windows) = owner.and_then(|owner| windows.get_mut(*owner)) {
                windows.add(anchor.start());
            }
        }
        self.rules
            .iter()
            .zip(&windows)
            .filter(|(rule, windows)| rule.matches(windows, text))
            .map(|(rule, _)| rule.finding)
            .collect()
    }
}

impl Compiled {
    fn new(rule: &Rule) -> Result<Self, Broken> {
        let patterns = rule
            .patterns
            .iter()
            // In the file a space also stands for a line break.
            .map(|pattern| Regex::new(&pattern.replace(' ', r"\s")).map_err(|_| Broken::Pattern(pattern)))
            .collect::<Result<_, _>>()?;
        Ok(Self { finding: Finding { rule: rule.id, family: rule.family }, patterns })
    }

    fn matches(&self, windows: &Windows, text: &str) -> bool {
        windows
            .slices(text)
            .any(|(start, slice)| self.patterns.iter().any(|pattern| pattern.is_match_at(slice, start)))
    }
}
