//! The rules at work.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex_lite::Regex;

use crate::context::Context;
use crate::normalise::{Normalised, normalise};
use crate::rule::{self, Family, Rule};
use crate::screening::{Finding, Screening};
use crate::windows::Windows;

/// Compiled rules.
#[derive(Debug)]
pub struct Screener {
    /// Absent only if the shipped rules did not compile, which a test rules
    /// out: then every text is suspicious, for a gate that cannot look stays shut.
    matcher: Option<Matcher>,
}

/// What [`Screener::screen`] finds when it has no rules.
const UNAVAILABLE: Finding = Finding {
    rule: "screening.rules-unavailable",
    family: Family::HiddenInstruction,
    start: 0,
    end: 0,
    hidden: None,
};

#[derive(Debug)]
struct Matcher {
    anchors: AhoCorasick,
    /// The rule each anchor belongs to, and the group within it.
    owners: Vec<(usize, usize)>,
    rules: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    finding: Finding,
    groups: usize,
    patterns: Vec<Regex>,
}

/// Why rules could not be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    Form(rule::Malformed),
    Pattern(&'static str),
    Anchors,
}

impl core::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Form(rule::Malformed { line }) => write!(formatter, "line {line} is malformed"),
            Self::Pattern(pattern) => write!(formatter, "not a pattern: {pattern}"),
            Self::Anchors => formatter.write_str("the anchors do not compile"),
        }
    }
}

impl Screener {
    /// The shipped rules, compiled on first use.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Screener> = OnceLock::new();
        SHIPPED.get_or_init(|| Self {
            matcher: Matcher::compile(rule::SHIPPED).ok(),
        })
    }

    /// What `text` holds, standing where `context` says.
    #[must_use]
    pub fn screen(&self, text: &str, context: Context) -> Screening {
        let mut findings = self.findings(&normalise(text));
        for finding in &mut findings {
            finding.end = text.len();
        }
        Screening {
            score: if findings.is_empty() { 0.0 } else { 1.0 },
            class: context.class(),
            findings,
        }
    }

    fn findings(&self, text: &Normalised) -> Vec<Finding> {
        self.matcher.as_ref().map_or_else(
            || vec![UNAVAILABLE],
            |matcher| matcher.findings(text.as_str()),
        )
    }
}

impl Matcher {
    fn compile(file: &'static str) -> Result<Self, Broken> {
        let parsed = rule::parse(file).map_err(Broken::Form)?;
        let mut anchors = Vec::new();
        let mut owners = Vec::new();
        let mut rules = Vec::new();
        for (index, rule) in parsed.iter().enumerate() {
            for (group, literals) in rule.anchors.iter().enumerate() {
                owners.extend(literals.iter().map(|_| (index, group)));
                anchors.extend(literals.iter().copied());
            }
            rules.push(Compiled::new(rule)?);
        }
        let anchors = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(anchors)
            .map_err(|_| Broken::Anchors)?;
        Ok(Self {
            anchors,
            owners,
            rules,
        })
    }

    fn findings(&self, text: &str) -> Vec<Finding> {
        let mut windows: Vec<_> = self
            .rules
            .iter()
            .map(|rule| Windows::new(rule.groups))
            .collect();
        for anchor in self.anchors.find_overlapping_iter(text) {
            if !stands_as_a_word(text.as_bytes(), anchor.start(), anchor.end()) {
                continue;
            }
            if let Some(&(rule, group)) = self.owners.get(anchor.pattern().as_usize())
                && let Some(windows) = windows.get_mut(rule)
            {
                windows.add(group, anchor.start(), anchor.end());
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
            .map(|pattern| {
                Regex::new(&pattern.replace(' ', r"\s")).map_err(|_| Broken::Pattern(pattern))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            finding: Finding {
                rule: rule.id,
                family: rule.family,
                start: 0,
                end: 0,
                hidden: None,
            },
            groups: rule.anchors.len(),
            patterns,
        })
    }

    fn matches(&self, windows: &Windows, text: &str) -> bool {
        windows.slices(text).any(|(start, slice)| {
            self.patterns
                .iter()
                .any(|pattern| pattern.is_match_at(slice, start))
        })
    }
}

/// Anchors are words or begin one: "ai" is none in "paid".
fn stands_as_a_word(text: &[u8], start: usize, end: usize) -> bool {
    let letter = |index: usize| text.get(index).is_some_and(u8::is_ascii_alphanumeric);
    let continues = start > 0 && letter(start - 1) && letter(start);
    let goes_on = end - start <= 3 && letter(end) && letter(end - 1);
    !continues && !goes_on
}
