//! Testing a connection: what an administrator wants to know before an assistant
//! finds out.

use lango_connector_kit::{CallError, Credentials, Step, StepOutcome, TestReport, TestStep};
use lango_egress::Egress;

use crate::{
    bounds::Bounds,
    session::{self, Session},
    settings::{Settings, Tls},
};

/// What the login may do. Fixed text; it reads catalogues that every login may read.
const RIGHTS: &str = "SELECT r.rolsuper, \
     EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c \
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') \
       AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' \
       AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
       AND pg_catalog.has_table_privilege(c.oid, 'SELECT')) AS reads, \
     EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c \
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
       WHERE c.relkind IN ('r', 'p') \
       AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' \
       AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
       AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writes \
     FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user";

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
    let signed_in = match session::sign_in(&settings, bounds).await {
        Ok(signed_in) => signed_in,
        Err(failed) => {
            let step = failed.step;
            return TestReport::failed_at(step, failed.into_error().message);
        }
    };
    match session::in_transaction(signed_in, rights).await {
        Ok(rights) => report(settings.tls, rights),
        Err(error) => TestReport::failed_at(Step::Rights, error.message),
    }
}

struct Rights {
    is_superuser: bool,
    reads: bool,
    writes: bool,
}

async fn rights(session: &Session) -> Result<Rights, CallError> {
    let row = session
        .client()
        .query_one(RIGHTS, &[])
        .await
        .map_err(|error| session.failure(&error))?;
    Ok(Rights {
        is_superuser: row.get(0),
        reads: row.get(1),
        writes: row.get(2),
    })
}

fn report(tls: Tls, rights: Rights) -> TestReport {
    let (tls_outcome, tls_detail) = match tls {
        Tls::Require => (StepOutcome::Passed, ""),
        Tls::Prefer => (
            StepOutcome::Warning,
            "Set tls to require: whoever is on the way can take the offer of TLS out.",
        ),
        Tls::Disable => (StepOutcome::Skipped, "tls is disable."),
    };
    let (rights_outcome, rights_detail) = match rights {
        Rights {
            is_superuser: true, ..
        } => (
            StepOutcome::Warning,
            "The login is a superuser. Take one that may only SELECT what assistants may see.",
        ),
        Rights { reads: false, .. } => (
            StepOutcome::Failed,
            "The login may SELECT from no table. Grant it SELECT on what assistants may see.",
        ),
        Rights { writes: true, .. } => (
            StepOutcome::Warning,
            "The login may change tables. Take one that may only SELECT.",
        ),
        _ => (StepOutcome::Passed, ""),
    };
    TestReport::of(vec![
        TestStep::new(Step::Host, StepOutcome::Passed, ""),
        TestStep::new(Step::Port, StepOutcome::Passed, ""),
        TestStep::new(Step::Tls, tls_outcome, tls_detail),
        TestStep::new(Step::Authentication, StepOutcome::Passed, ""),
        TestStep::new(Step::Rights, rights_outcome, rights_detail),
    ])
}
