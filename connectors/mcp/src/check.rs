//! Testing a connection: what an administrator wants to know before an assistant
//! finds out.

use std::time::Duration;

use lango_connector_kit::{CallError, Step, StepOutcome, TestReport, TestStep};
use lango_connector_runtime::{Call, within};
use lango_mcp_upstream::NegotiationError;

use crate::{
    client::Client,
    failure::{Failure, timed_out},
    pool,
    settings::Settings,
    tools::{self, Listed},
};

/// Signs in and asks for the tools, which changes nothing.
pub(crate) async fn test(call: &Call<'_>) -> TestReport {
    let settings = match Settings::parse(call.credentials, call.egress) {
        Ok(settings) => settings,
        Err(error) => return TestReport::failed_at(Step::Host, format!("{error}.")),
    };
    let key = pool::Key::new(call.tenant, call.connection, call.credentials);
    let client = Client::new(&settings, pool::of(key));
    let time = settings
        .timeout
        .min(Duration::from_millis(call.limits.timeout_ms));
    match within(time, tools::list(&client)).await {
        Ok(Ok(listed)) => report(&settings, &listed),
        Ok(Err(failure)) => {
            let step = step_of(&failure);
            let message = CallError::from(failure).message;
            let clean = client.secrets().without(&message);
            TestReport::failed_at(step, clean.unwrap_or(message))
        }
        Err(_) => TestReport::failed_at(Step::Port, timed_out(time.as_secs()).message),
    }
}

/// The platform does not say which of name, port and TLS it was that failed.
fn step_of(failure: &Failure) -> Step {
    match failure {
        Failure::Status(401)
        | Failure::Token(_)
        | Failure::Negotiation(NegotiationError::Unauthorized(401)) => Step::Authentication,
        Failure::Status(403)
        | Failure::Negotiation(NegotiationError::Unauthorized(_))
        | Failure::Rpc(..)
        | Failure::TooManyTools => Step::Rights,
        _ => Step::Port,
    }
}

fn report(settings: &Settings<'_>, listed: &Listed) -> TestReport {
    let is_encrypted = settings.endpoint.as_str().starts_with("https:");
    let (tls, tls_detail) = if is_encrypted {
        (StepOutcome::Passed, "")
    } else {
        (StepOutcome::Skipped, "The URL begins with http:.")
    };
    let (tools, unusable) = (listed.tools.len(), listed.unusable.len());
    let (rights, rights_detail) = match (tools, unusable) {
        (0, 0) => (
            StepOutcome::Warning,
            "The server lists no tools for these credentials.".to_owned(),
        ),
        (_, 0) => (
            StepOutcome::Passed,
            format!("The server lists {tools} tools."),
        ),
        _ => (
            StepOutcome::Warning,
            format!("The server lists {tools} tools, and {unusable} that cannot be used."),
        ),
    };
    TestReport::of(vec![
        TestStep::new(Step::Host, StepOutcome::Passed, ""),
        TestStep::new(Step::Port, StepOutcome::Passed, ""),
        TestStep::new(Step::Tls, tls, tls_detail),
        TestStep::new(Step::Authentication, StepOutcome::Passed, ""),
        TestStep::new(Step::Rights, rights, rights_detail),
    ])
}
