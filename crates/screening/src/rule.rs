//! The rules as the file `rules.conf` states them.

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
    /// Asking for the system prompt.
    PromptExtraction,
    /// Links, images and requests that carry data out.
    Exfiltration,
    /// Instructions addressed to the assistant, or secrecy towards its user.
    HiddenInstruction,
}

impl Family {
    /// The stable text form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InstructionOverride => "instruction_override",
            Self::RoleMarker => "role_marker",
            Self::PromptExtraction => "prompt_extraction",
            Self::Exfiltration => "exfiltration",
            Self::HiddenInstruction => "hidden_instruction",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [
            Self::InstructionOverride,
            Self::RoleMarker,
            Self::PromptExtraction,
            Self::Exfiltration,
            Self::HiddenInstruction,
        ]
        .into_iter()
        .find(|family| family.as_str() == text)
    }
}

impl core::fmt::Display for Family {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One rule. Anchors and patterns are written for normalised text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) family: Family,
    pub(crate) languages: Vec<&'static str>,
    pub(crate) about: &'static str,
    /// Groups of literals; around every match of a pattern stands one of each.
    pub(crate) anchors: Vec<Vec<&'static str>>,
    pub(crate) patterns: Vec<&'static str>,
    pub(crate) examples: Vec<&'static str>,
    pub(crate) counter_examples: Vec<&'static str>,
}

/// Where the file does not follow its own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) line: usize,
}

/// Reads rules: `[id]` opens one, `key = value` lines follow, `#` comments.
pub(crate) fn parse(file: &'static str) -> Result<Vec<Rule>, Malformed> {
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
        rule.set(key.trim(), value.trim()).ok_or(malformed)?;
    }
    Ok(rules)
}

impl Rule {
    fn new(id: &'static str) -> Self {
        Self {
            id,
            family: Family::InstructionOverride,
            languages: Vec::new(),
            about: "",
            anchors: Vec::new(),
            patterns: Vec::new(),
            examples: Vec::new(),
            counter_examples: Vec::new(),
        }
    }

    fn set(&mut self, key: &str, value: &'static str) -> Option<()> {
        match key {
            "family" => self.family = Family::parse(value)?,
            "languages" => self.languages = value.split(',').map(str::trim).collect(),
            "about" => self.about = value,
            "anchors" => self.anchors.push(value.split(';').map(str::trim).collect()),
            "pattern" => self.patterns.push(value),
            "example" => self.examples.push(value),
            "counter" => self.counter_examples.push(value),
            _ => return None,
        }
        Some(())
    }
}
