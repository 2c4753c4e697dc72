//! What testing a connection finds.

use serde::{Deserialize, Serialize};

/// Whether a connection works, step by step, in the order of connecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// Whether every step passed.
    pub works: bool,
    /// The steps; those behind one that failed are `skipped`.
    pub steps: Vec<TestStep>,
    /// What somebody who may would run in the system, in this order, for credentials that
    /// may do what the tools need and no more. No secret is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<String>,
}

/// One step of connecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestStep {
    /// Which.
    pub step: Step,
    /// How it went.
    pub outcome: StepOutcome,
    /// What was found, and what to change if it failed; never a credential.
    pub detail: String,
}

/// The steps of connecting to a system, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The host is one that the connection may connect to.
    Host,
    /// It takes connections on the port.
    Port,
    /// It speaks TLS, with a certificate that is good for its name.
    Tls,
    /// It takes the credentials.
    Authentication,
    /// They may do what the tools need, and no more than they should.
    Rights,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It passed.
    Passed,
    /// It passed, but something should be changed.
    Warning,
    /// It failed.
    Failed,
    /// It was not tried: one before it failed, or it does not apply.
    Skipped,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [
        Self::Host,
        Self::Port,
        Self::Tls,
        Self::Authentication,
        Self::Rights,
    ];
}

impl TestReport {
    /// A report in which everything before `step` passed, and `step` failed.
    #[must_use]
    pub fn failed_at(step: Step, detail: impl Into<String>) -> Self {
        let mut detail = Some(detail.into());
        let steps = Step::ALL.into_iter().map(|it| match it.cmp(&step) {
            std::cmp::Ordering::Less => TestStep::new(it, StepOutcome::Passed, ""),
            std::cmp::Ordering::Equal => {
                TestStep::new(it, StepOutcome::Failed, detail.take().unwrap_or_default())
            }
            std::cmp::Ordering::Greater => TestStep::new(it, StepOutcome::Skipped, ""),
        });
        Self::of(steps.collect())
    }

    /// A report of these steps.
    #[must_use]
    pub fn of(steps: Vec<TestStep>) -> Self {
        let works = steps.iter().all(|it| it.outcome != StepOutcome::Failed);
        Self {
            works,
            steps,
            statements: Vec::new(),
        }
    }

    /// The same, with what would make better credentials.
    #[must_use]
    pub fn with_statements(self, statements: Vec<String>) -> Self {
        Self { statements, ..self }
    }
}

impl TestStep {
    /// One step.
    #[must_use]
    pub fn new(step: Step, outcome: StepOutcome, detail: impl Into<String>) -> Self {
        Self {
            step,
            outcome,
            detail: detail.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failure_ends_the_test_there() {
        let report = TestReport::failed_at(Step::Tls, "no certificate");
        assert_eq!(
            serde_json::to_value(report).unwrap(),
            json!({"works": false, "steps": [
                {"step": "host", "outcome": "passed", "detail": ""},
                {"step": "port", "outcome": "passed", "detail": ""},
                {"step": "tls", "outcome": "failed", "detail": "no certificate"},
                {"step": "authentication", "outcome": "skipped", "detail": ""},
                {"step": "rights", "outcome": "skipped", "detail": ""},
            ]})
        );
    }
}
