//! Testing a connection: what an administrator wants to know before an assistant
//! finds out.

use std::time::Duration;

use lango_connector_database::{Bounds, Hyperdrive, Login, Tls};
use lango_connector_kit::{CallError, Credentials, Step, StepOutcome, TestReport, TestStep};
use lango_connector_runtime::within;
use lango_egress::Egress;

use crate::{
    login::PostgresLogin,
    rights::{self, Rights},
    settings::Settings,
};

/// Saying goodbye, so that the server's log does not show a broken connection.
const FAREWELL_TIME: Duration = Duration::from_millis(250);

/// Connects, signs in and looks what the login may do.
pub(crate) async fn test(
    credentials: &Credentials,
    egress: &Egress,
    binding: Option<Hyperdrive>,
    bounds: &Bounds,
) -> TestReport {
    let settings = match Settings::parse(credentials, egress) {
        Ok(settings) => settings.by(binding),
        Err(error) => return TestReport::failed_at(Step::Host, format!("{error}.")),
    };
    let mut login = match PostgresLogin::sign_in(&settings).await {
        Ok(login) => login,
        Err(failed) => {
            let step = failed.step;
            return TestReport::failed_at(step, failed.into_error().message);
        }
    };
    let (rights, _): (Result<_, CallError>, _) = login.serve(bounds, rights::of_login).await;
    let _ = within(FAREWELL_TIME, login.close()).await;
    match rights {
        Ok(rights) => report(settings.server.tls, &rights),
        Err(error) => TestReport::failed_at(Step::Rights, error.message),
    }
}

fn report(tls: Tls, rights: &Rights) -> TestReport {
    let (tls_outcome, tls_detail) = match tls {
        Tls::Require => (StepOutcome::Passed, ""),
        Tls::Prefer => (
            StepOutcome::Warning,
            "Set tls to require: whoever is on the way can take the offer of TLS out.",
        ),
        Tls::Disable => (StepOutcome::Skipped, "tls is disable."),
    };
    let (rights_outcome, rights_detail) = rights.finding();
    let report = TestReport::of(vec![
        TestStep::new(Step::Host, StepOutcome::Passed, ""),
        TestStep::new(Step::Port, StepOutcome::Passed, ""),
        TestStep::new(Step::Tls, tls_outcome, tls_detail),
        TestStep::new(Step::Authentication, StepOutcome::Passed, ""),
        TestStep::new(Step::Rights, rights_outcome, rights_detail),
    ]);
    match rights_outcome {
        StepOutcome::Passed => report,
        _ => report.with_statements(rights.statements()),
    }
}
