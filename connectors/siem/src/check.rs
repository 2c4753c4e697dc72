//! Testing a connection: what an administrator wants to know before entries wait.

use std::time::Duration;

use lango_connector_kit::{Step, StepOutcome, TestReport, TestStep};
use lango_connector_runtime::{Call, within};
use lango_siem::{Body, Deliver, Delivery, Format, ReceiverKind};

use crate::{
    deliver::fields,
    exchange,
    settings::{Place, Settings},
    syslog,
};

/// Asks with nothing in hand: a receiver that knows the credentials misses the events.
pub(crate) async fn test(call: &Call<'_>) -> TestReport {
    let settings = match Settings::parse(call.credentials, call.egress) {
        Ok(settings) => settings,
        Err(error) => return TestReport::failed_at(Step::Host, format!("{error}.")),
    };
    let time = Duration::from_millis(call.limits.timeout_ms);
    let tested = within(time, asked(&settings, call)).await;
    match tested.unwrap_or_else(|_| Err((Step::Port, "There was no answer in time.".to_owned()))) {
        Ok(()) => passed(&settings),
        Err((step, detail)) => TestReport::failed_at(step, detail),
    }
}

async fn asked(settings: &Settings<'_>, call: &Call<'_>) -> Result<(), (Step, String)> {
    let (endpoint, access) = match &settings.place {
        Place::Socket(server) => {
            return syslog::connect(server)
                .await
                .map(drop)
                .map_err(|why| (Step::Tls, why));
        }
        Place::Http { endpoint, access } => (endpoint, access),
    };
    let body = Body {
        media_type: "application/json",
        bytes: match settings.kind {
            ReceiverKind::Datadog | ReceiverKind::Sentinel => b"[]".to_vec(),
            _ => Vec::new(),
        },
    };
    let nothing = Deliver {
        stream: String::new(),
        format: Format::Ocsf,
        entries: Vec::new(),
        receipt: None,
    };
    let fields = fields(access, call, &nothing, &body, "test")
        .await
        .map_err(|delivery| (Step::Authentication, words(delivery)))?;
    let received = exchange::post(endpoint.as_str(), fields, &body.bytes)
        .await
        .map_err(|_| (Step::Port, "The receiver could not be reached.".to_owned()))?;
    let detail = format!("The receiver answers HTTP {}.", received.status);
    match received.status {
        200..=299 | 400 | 422 => Ok(()),
        401 | 403 => Err((Step::Authentication, detail)),
        300..=399 | 404 | 405 | 410 => Err((Step::Rights, detail)),
        _ => Err((Step::Port, detail)),
    }
}

fn words(delivery: Delivery) -> String {
    match delivery {
        Delivery::Retry { why, .. }
        | Delivery::Misconfigured { why }
        | Delivery::Rejected { why, .. } => why,
        _ => String::new(),
    }
}

fn passed(settings: &Settings<'_>) -> TestReport {
    let is_encrypted = match &settings.place {
        Place::Socket(_) => true,
        Place::Http { endpoint, .. } => endpoint.as_str().starts_with("https:"),
    };
    let (tls, detail) = match is_encrypted {
        true => (StepOutcome::Passed, ""),
        false => (StepOutcome::Skipped, "The URL begins with http:."),
    };
    let authentication = match settings.kind {
        ReceiverKind::Syslog => (StepOutcome::Skipped, "Syslog has none of Lango."),
        _ => (StepOutcome::Passed, ""),
    };
    TestReport::of(vec![
        TestStep::new(Step::Host, StepOutcome::Passed, ""),
        TestStep::new(Step::Port, StepOutcome::Passed, ""),
        TestStep::new(Step::Tls, tls, detail),
        TestStep::new(Step::Authentication, authentication.0, authentication.1),
        TestStep::new(
            Step::Rights,
            StepOutcome::Skipped,
            "The first entry shows whether it is taken.",
        ),
    ])
}
