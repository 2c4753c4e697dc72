//! Between what was promised and what is shown.
//!
//! Under `require`, two things are asked of the evidence. Something that shows where
//! the connector runs must be there and must be inside: the placement that the platform
//! reports, or the site that was signed for. And nothing may speak against it: a region
//! that was configured elsewhere, or a data centre elsewhere that the request went
//! through in the clear. What Lango does not know is outside.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::Evidence,
    promise::{Enforcement, Promise},
};

/// Proof: a call may go on as to where it runs. Only [`decide`] makes it, and no
/// connector opens a credential without.
#[derive(Debug, PartialEq, Eq)]
pub struct Resident {
    finding: Finding,
}

/// Why a call is refused before its credential is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    finding: Finding,
}

/// What was promised, what was seen, and what that comes to: for the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Where the call may run, as the tenant's promise was then.
    pub residency: String,
    /// What becomes of a call elsewhere.
    pub enforcement: Enforcement,
    /// How the evidence stands to it.
    pub verdict: Verdict,
    /// The evidence.
    pub evidence: Evidence,
}

/// How evidence stands to a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was promised, or it is shown to be kept.
    Inside,
    /// Nothing shows where the connector runs.
    Unknown,
    /// Something speaks against it.
    Outside,
}

/// May a call go on?
///
/// # Errors
/// [`Refusal`] when the promise is required and not shown to be kept.
pub fn decide(promise: &Promise, evidence: Evidence) -> Result<Resident, Refusal> {
    let finding = Finding::of(promise, evidence);
    match (promise.enforcement, finding.verdict) {
        (_, Verdict::Inside) | (Enforcement::Prefer, _) => Ok(Resident { finding }),
        (Enforcement::Require, Verdict::Unknown | Verdict::Outside) => Err(Refusal { finding }),
    }
}

impl Finding {
    /// What evidence comes to under a promise.
    #[must_use]
    pub fn of(promise: &Promise, evidence: Evidence) -> Self {
        Self {
            residency: promise.residency.to_string(),
            enforcement: promise.enforcement,
            verdict: verdict(promise, &evidence),
            evidence,
        }
    }

    /// Whether a call with it is refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.enforcement == Enforcement::Require && self.verdict != Verdict::Inside
    }
}

fn verdict(promise: &Promise, evidence: &Evidence) -> Verdict {
    if promise.is_any() {
        return Verdict::Inside;
    }
    let mut is_shown = false;
    for piece in evidence.pieces() {
        let is_inside = piece
            .country
            .is_some_and(|country| promise.residency.allows(country));
        if !is_inside {
            return Verdict::Outside;
        }
        is_shown |= piece.shows_execution;
    }
    if is_shown {
        Verdict::Inside
    } else {
        Verdict::Unknown
    }
}

impl Resident {
    /// For the log.
    #[must_use]
    pub fn finding(&self) -> &Finding {
        &self.finding
    }
}

impl Refusal {
    /// For the log.
    #[must_use]
    pub fn finding(&self) -> &Finding {
        &self.finding
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(formatter)
    }
}

/// What was expected and what was seen.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let promised = &self.residency;
        write!(
            formatter,
            "The tenant's promise is that calls run in {promised}, and this one "
        )?;
        formatter.write_str(match self.verdict {
            Verdict::Inside => "does",
            Verdict::Unknown => "is not shown to",
            Verdict::Outside => "is shown not to",
        })?;
        formatter.write_str("; seen: ")?;
        let seen = self.evidence.described();
        if seen.is_empty() {
            return formatter.write_str("nothing.");
        }
        for (place, (name, text)) in seen.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(formatter, "{comma}{name} {text}")?;
        }
        formatter.write_str(".")
    }
}

#[cfg(test)]
mod tests;
