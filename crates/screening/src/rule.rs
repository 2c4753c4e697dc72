//! The rules as the file `rules.conf` states them.

use crate::context::ContextClass;
use crate::lexicon::Lexicon;
use crate::pattern::Pattern;

/// The shipped rules.
pub(crate) const SHIPPED: &str = include_str!("../rules.conf");

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Family {
    /// Wording that replaces the assistant's instructions.
    InstructionOverride,
    /// Markers of a conversation's roles or of tool calls, written into data.
    RoleMarker,
    /// A part to play that has none of the assistant's limits.
    Persona,
    /// Asking for the system prompt.
    PromptExtraction,
    /// Links, images and requests that carry data out.
    Exfiltration,
    /// Instructions addressed to the assistant, or secrecy towards its user.
    HiddenInstruction,
    /// A tool's definition that steers the assistant beyond the tool.
    ToolPoisoning,
    /// Text that people do not see.
    Concealment,
    /// No rule: the learned model.
    Learned,
}

impl Family {
    const ALL: [Self; 9] = [
        Self::InstructionOverride,
        Self::RoleMarker,
        Self::Persona,
        Self::PromptExtraction,
        Self::Exfiltration,
        Self::HiddenInstruction,
        Self::ToolPoisoning,
        Self::Concealment,
        Self::Learned,
    ];

    /// The stable text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InstructionOverride => "instruction_override",
            Self::RoleMarker => "role_marker",
            Self::Persona => "persona",
            Self::PromptExtraction => "prompt_extraction",
            Self::Exfiltration => "exfiltration",
            Self::HiddenInstruction => "hidden_instruction",
            Self::ToolPoisoning => "tool_poisoning",
            Self::Concealment => "concealment",
            Self::Learned => "learned",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

impl core::fmt::Display for Family {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How much a rule says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Strength {
    /// Enough wherever the text stands.
    Certain,
    /// Enough in text that somebody else wrote.
    Data,
    /// Enough in a tool's definition.
    Tool,
    /// Only what the model makes of it.
    #[default]
    Hint,
}

impl Strength {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "certain" => Self::Certain,
            "data" => Self::Data,
            "tool" => Self::Tool,
            "hint" => Self::Hint,
            _ => return None,
        })
    }

    /// Whether a rule of this strength decides in `class`.
    pub(crate) fn decides(self, class: ContextClass) -> bool {
        match self {
            Self::Certain => true,
            Self::Data => matches!(class, ContextClass::Document | ContextClass::Result),
            Self::Tool => matches!(class, ContextClass::ToolDescription),
            Self::Hint => false,
        }
    }
}

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) family: Family,
    pub(crate) strength: Strength,
    pub(crate) patterns: Vec<Pattern>,
    #[cfg(test)]
    pub(crate) languages: Vec<&'static str>,
    #[cfg(test)]
    pub(crate) about: &'static str,
    #[cfg(test)]
    pub(crate) examples: Vec<&'static str>,
    #[cfg(test)]
    pub(crate) counter_examples: Vec<&'static str>,
}

/// Where the file does not follow its own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) line: usize,
}

/// Reads rules: `[id]` opens one, `key = value` lines follow, `#` comments.
pub(crate) fn parse(file: &'static str, lexicon: &mut Lexicon) -> Result<Vec<Rule>, Malformed> {
    let mut rules: Vec<Rule> = Vec::new();
    for (index, line) in file.lines().enumerate() {
        let malformed = Malformed { line: index + 1 };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(id) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            rules.push(Rule::new(id));
            continue;
        }
        let (key, value) = line.split_once('=').ok_or(malformed)?;
        let rule = rules.last_mut().ok_or(malformed)?;
        rule.set(key.trim(), value.trim(), lexicon)
            .ok_or(malformed)?;
    }
    Ok(rules)
}

impl Rule {
    fn new(id: &'static str) -> Self {
        Self {
            id,
            family: Family::InstructionOverride,
            strength: Strength::Hint,
            patterns: Vec::new(),
            #[cfg(test)]
            languages: Vec::new(),
            #[cfg(test)]
            about: "",
            #[cfg(test)]
            examples: Vec::new(),
            #[cfg(test)]
            counter_examples: Vec::new(),
        }
    }

    fn set(&mut self, key: &str, value: &'static str, lexicon: &mut Lexicon) -> Option<()> {
        match key {
            "family" => self.family = Family::parse(value)?,
            "strength" => self.strength = Strength::parse(value)?,
            "pattern" => self.patterns.push(Pattern::parse(value, lexicon)?),
            "languages" | "about" | "example" | "counter" => self.document(key, value),
            _ => return None,
        }
        Some(())
    }

    /// What only readers and tests need is not kept.
    #[cfg(not(test))]
    #[allow(clippy::unused_self)]
    fn document(&mut self, _: &str, _: &'static str) {}

    #[cfg(test)]
    fn document(&mut self, key: &str, value: &'static str) {
        match key {
            "languages" => self.languages = value.split(',').map(str::trim).collect(),
            "about" => self.about = value,
            "example" => self.examples.push(value),
            _ => self.counter_examples.push(value),
        }
    }
}
