//! Why a policy document does not hold.

use core::fmt;

/// A policy that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyError {
    /// The member that does not hold, as a JSON pointer into the document.
    pub member: String,
    /// What is wrong with it, without its value.
    pub problem: String,
}

impl PolicyError {
    pub(crate) fn new(member: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            member: member.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = match self.member.as_str() {
            "" => "the document",
            member => member,
        };
        write!(formatter, "{member}: {}", self.problem)
    }
}

impl core::error::Error for PolicyError {}
