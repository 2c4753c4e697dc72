//! Testing a connection: what an administrator wants to know before an assistant
//! finds out.

use lango_connector_database::{Bounds, Tls};
use lango_connector_kit::{CallError, Credentials, Step, StepOutcome, TestReport, TestStep};
use lango_egress::Egress;

use crate::connection::Connection;
use crate::login::MysqlLogin;
use crate::rights::Rights;
use crate::settings::Settings;
use crate::tools::texts;
use crate::transport::Transport;
use lango_connector_database::Login;

/// Connects, signs in and looks what the login may do.
pub(crate) async fn test(
    credentials: &Credentials,
    egress: &Egress,
    bounds: &Bounds,
) -> TestReport {
    let settings = match Settings::parse(credentials, egress) {
        Ok(settings) => settings,
        Err(error) => return TestReport::failed_at(Step::Host, format!("{error}.")),
    };
    let mut login = match MysqlLogin::sign_in(&settings, bounds).await {
        Ok(login) => login,
        Err(failed) => {
            let step = failed.step;
            return TestReport::failed_at(step, failed.into_error().message);
        }
    };
    let (found, _) = login
        .serve(bounds, async |on: &mut _| rights(on, bounds).await)
        .await;
    login.close().await;
    match found {
        Ok(found) => report(settings.server.tls, &found, settings.database),
        Err(error) => TestReport::failed_at(Step::Rights, error.message),
    }
}

/// What the login may do, roles that are active included.
pub(crate) async fn rights<S: Transport>(
    connection: &mut Connection<S>,
    bounds: &Bounds,
) -> Result<Rights, CallError> {
    let grants = texts(connection, bounds, "SHOW GRANTS", &[]).await?;
    let lines = grants.iter().filter_map(|row| row.first()?.as_deref());
    Ok(Rights::of(lines))
}

/// What makes a login that may do what is needed and nothing more. Whoever runs it puts a
/// password in.
pub(crate) fn least_privilege(database: &str) -> Vec<String> {
    // In a grant these stand for other characters.
    let database = database
        .replace('`', "``")
        .replace('_', "\\_")
        .replace('%', "\\%");
    vec![
        "CREATE USER 'lango_reader'@'%' IDENTIFIED BY '<a long password>' REQUIRE SSL".to_owned(),
        format!("GRANT SELECT, SHOW VIEW ON `{database}`.* TO 'lango_reader'@'%'"),
    ]
}

fn report(tls: Tls, rights: &Rights, database: &str) -> TestReport {
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
        _ => report.with_statements(least_privilege(database)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_name_the_database_and_nothing_like_it() {
        let text = least_privilege("my_shop").concat();
        assert!(text.contains("ON `my\\_shop`.* TO 'lango_reader'@'%'"));
        assert!(least_privilege("a`b").concat().contains("`a``b`"));
    }

    #[test]
    fn a_warning_comes_with_the_statements() {
        let rights = Rights::of(["GRANT ALL PRIVILEGES ON *.* TO `root`@`%`"].into_iter());
        let report = report(Tls::Require, &rights, "shop");
        let last = report.steps.last().unwrap();
        assert_eq!(last.outcome, StepOutcome::Warning);
        assert!(report.statements[1].starts_with("GRANT SELECT"));
        assert!(!last.detail.contains("root"), "{}", last.detail);
    }
}
