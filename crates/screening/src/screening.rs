//! What screening says about a text.

use crate::rule::Family;

/// How much evidence a policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sensitivity {
    /// Only what leaves little doubt.
    Lenient,
    /// The thresholds that the figures in `MODEL.md` are measured at.
    #[default]
    Standard,
    /// Rather once too often.
    Strict,
}

impl Sensitivity {
    /// What is added to the frozen thresholds, in logits.
    pub(crate) const fn margin(self) -> f32 {
        match self {
            Self::Lenient => 1.5,
            Self::Standard => 0.0,
            Self::Strict => -1.0,
        }
    }
}

/// How a finding was kept from people's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Hiding {
    /// Base64.
    Base64,
    /// Hexadecimal digits.
    Hexadecimal,
    /// Percent encoding.
    Percent,
    /// Letters moved by thirteen places.
    Rot13,
    /// Letters from the last to the first.
    Reversed,
    /// Characters without width, or of another direction, within words.
    Invisible,
    /// Tag characters, which spell a message that nobody sees.
    TagCharacters,
    /// Variation selectors that spell bytes.
    VariationSelectors,
    /// Letters of other scripts that look alike.
    LookAlikes,
    /// Digits and signs in place of letters.
    Leetspeak,
    /// Letters set apart.
    SpacedOut,
    /// A comment of HTML or Markdown.
    Comment,
    /// HTML or Markdown that is not shown.
    Markup,
}

impl Hiding {
    /// The stable text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hexadecimal => "hexadecimal",
            Self::Percent => "percent",
            Self::Rot13 => "rot13",
            Self::Reversed => "reversed",
            Self::Invisible => "invisible",
            Self::TagCharacters => "tag_characters",
            Self::VariationSelectors => "variation_selectors",
            Self::LookAlikes => "look_alikes",
            Self::Leetspeak => "leetspeak",
            Self::SpacedOut => "spaced_out",
            Self::Comment => "comment",
            Self::Markup => "markup",
        }
    }
}

/// A rule that fired, and where. It holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The rule's stable id; `model` where the learned model alone decides.
    pub rule: &'static str,
    /// What the rule looks for.
    pub family: Family,
    /// First byte of the original text, on a character's boundary.
    pub start: usize,
    /// One past the last byte of the original text, on a character's boundary.
    pub end: usize,
    /// How it was hidden, if it was.
    pub hidden: Option<Hiding>,
}

/// What screening says about one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Screening {
    pub(crate) score: f32,
    pub(crate) logit: f32,
    pub(crate) threshold: f32,
    pub(crate) findings: Vec<Finding>,
}

impl Screening {
    /// How sure the rules and the model are together, from 0 to 1.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.score
    }

    /// Whether the score reaches the threshold of the text's context.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        self.is_suspicious_at(Sensitivity::Standard)
    }

    /// As [`Screening::is_suspicious`], for a policy's own sensitivity.
    #[must_use]
    pub fn is_suspicious_at(&self, sensitivity: Sensitivity) -> bool {
        self.logit >= self.threshold + sensitivity.margin()
    }

    /// What fired, in the order of the text. A text that is not suspicious may
    /// have findings too, and a suspicious one has at least one.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
