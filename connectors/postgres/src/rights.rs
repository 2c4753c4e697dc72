//! What a login may do, what of it is too much, and what would make one that may do
//! enough and no more.

use lango_connector_kit::{CallError, StepOutcome};
use tokio_postgres::{Error, Row};

use crate::session::Session;

/// What the login may do. Fixed text; it reads catalogues that every login may read.
/// Rights are those of every role that it is in: it could take each.
const RIGHTS: &str = "WITH role AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_user), \
     relation AS (SELECT c.oid, c.relkind, c.relowner, n.nspname, \
         pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable \
       FROM pg_catalog.pg_class AS c \
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') \
       AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%') \
     SELECT (SELECT rolsuper FROM role), \
     EXISTS (SELECT 1 FROM relation WHERE usable \
       AND (pg_catalog.has_table_privilege(oid, 'SELECT') \
         OR pg_catalog.has_any_column_privilege(oid, 'SELECT'))), \
     EXISTS (SELECT 1 FROM relation WHERE usable \
       AND (pg_catalog.has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE') \
         OR pg_catalog.has_any_column_privilege(oid, 'INSERT, UPDATE'))), \
     EXISTS (SELECT 1 FROM relation WHERE pg_catalog.pg_has_role(relowner, 'MEMBER')), \
     pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_namespace \
         WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' \
         AND pg_catalog.has_schema_privilege(oid, 'CREATE')), \
     (SELECT rolcreaterole OR rolcreatedb OR rolreplication FROM role), \
     (SELECT rolbypassrls FROM role), \
     ARRAY(SELECT rolname::pg_catalog.text FROM pg_catalog.pg_roles \
       WHERE rolname IN ('pg_read_server_files', 'pg_write_server_files', \
         'pg_execute_server_program') \
       AND pg_catalog.pg_has_role(oid, 'MEMBER') ORDER BY rolname), \
     pg_catalog.quote_ident(pg_catalog.current_database()), \
     ARRAY(SELECT pg_catalog.quote_ident(nspname) FROM relation \
       WHERE usable GROUP BY nspname ORDER BY nspname LIMIT 20)";

/// The role that the statements make.
const ROLE: &str = "lango_reader";

/// What a login may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    is_superuser: bool,
    reads: bool,
    writes: bool,
    owns: bool,
    creates: bool,
    manages: bool,
    bypasses_row_security: bool,
    /// Roles by which it reaches the server's files and programs.
    server_roles: Vec<String>,
    /// In quotes where it needs them, as the schemas are.
    database: String,
    schemas: Vec<String>,
}

/// Asks the server.
pub(crate) async fn of_login(session: &Session) -> Result<Rights, CallError> {
    let failure = |error: Error| session.failure(&error);
    let row = session
        .client()
        .query_one(RIGHTS, &[])
        .await
        .map_err(failure)?;
    read(&row).map_err(failure)
}

fn read(row: &Row) -> Result<Rights, Error> {
    Ok(Rights {
        is_superuser: row.try_get(0)?,
        reads: row.try_get(1)?,
        writes: row.try_get(2)?,
        owns: row.try_get(3)?,
        creates: row.try_get(4)?,
        manages: row.try_get(5)?,
        bypasses_row_security: row.try_get(6)?,
        server_roles: row.try_get(7)?,
        database: row.try_get(8)?,
        schemas: row.try_get(9)?,
    })
}

impl Rights {
    /// How good they are, and what is wrong with them.
    pub(crate) fn finding(&self) -> (StepOutcome, String) {
        if self.is_superuser {
            let words = "The login is a superuser: it may do everything, to the server as well. \
                Take one that may only SELECT what assistants may see.";
            return (StepOutcome::Warning, words.to_owned());
        }
        let excess = self.excess();
        if !excess.is_empty() {
            let words = format!(
                "The login may {}. Take one that may only SELECT what assistants may see.",
                excess.join(", ")
            );
            return (StepOutcome::Warning, words);
        }
        if !self.reads {
            let words =
                "The login may SELECT from no table. Grant it SELECT on what assistants may see.";
            return (StepOutcome::Failed, words.to_owned());
        }
        (StepOutcome::Passed, String::new())
    }

    fn excess(&self) -> Vec<String> {
        let mut excess: Vec<_> = [
            (self.writes, "change tables"),
            (self.owns, "change and drop tables, because it owns them"),
            (self.creates, "create tables, schemas or functions"),
            (self.manages, "create roles or databases, or replicate"),
            (self.bypasses_row_security, "bypass row-level security"),
        ]
        .into_iter()
        .filter(|(is_so, _)| *is_so)
        .map(|(_, words)| words.to_owned())
        .collect();
        if !self.server_roles.is_empty() {
            let roles = self.server_roles.join(", ");
            excess.push(format!("reach the server's files or programs ({roles})"));
        }
        excess
    }

    /// What makes a login that may do enough and no more. Its password is set afterwards,
    /// where nobody else reads it.
    pub(crate) fn statements(&self) -> Vec<String> {
        let mut statements = vec![
            format!(
                "CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            ),
            format!("ALTER ROLE {ROLE} SET default_transaction_read_only = on"),
            format!("GRANT CONNECT ON DATABASE {} TO {ROLE}", self.database),
        ];
        let public = ["public".to_owned()];
        let schemas = match self.schemas.as_slice() {
            [] => &public,
            some => some,
        };
        for schema in schemas {
            statements.push(format!("GRANT USAGE ON SCHEMA {schema} TO {ROLE}"));
            statements.push(format!(
                "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {ROLE}"
            ));
            if self.creates {
                // Before PostgreSQL 15 everybody may create in public.
                statements.push(format!("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"));
            }
        }
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Rights {
        Rights {
            reads: true,
            database: "shop".to_owned(),
            schemas: vec!["public".to_owned(), "\"Sales\"".to_owned()],
            ..Rights::default()
        }
    }

    #[test]
    fn a_reader_passes() {
        assert_eq!(reader().finding(), (StepOutcome::Passed, String::new()));
    }

    #[test]
    fn whoever_may_more_is_named() {
        let change = |change: fn(&mut Rights)| {
            let mut rights = reader();
            change(&mut rights);
            let (outcome, words) = rights.finding();
            assert_eq!(outcome, StepOutcome::Warning);
            words
        };
        assert!(change(|it| it.is_superuser = true).contains("superuser"));
        assert!(change(|it| it.writes = true).contains("may change tables."));
        assert!(change(|it| it.owns = true).contains("owns them"));
        assert!(change(|it| it.creates = true).contains("create tables"));
        let files = change(|it| {
            it.writes = true;
            it.server_roles = vec!["pg_read_server_files".to_owned()];
        });
        assert!(files.contains("change tables, reach the server's files"));
        assert!(files.contains("(pg_read_server_files)"));
    }

    #[test]
    fn whoever_sees_nothing_fails() {
        let rights = Rights {
            reads: false,
            ..reader()
        };
        assert_eq!(rights.finding().0, StepOutcome::Failed);
    }

    #[test]
    fn the_statements_are_exact_and_have_no_secret() {
        let statements = reader().statements();
        assert!(statements.contains(&"GRANT CONNECT ON DATABASE shop TO lango_reader".to_owned()));
        assert!(statements.contains(
            &"GRANT SELECT ON ALL TABLES IN SCHEMA \"Sales\" TO lango_reader".to_owned()
        ));
        assert!(!statements.concat().contains("PASSWORD"));
    }
}
