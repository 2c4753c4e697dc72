//! PostgreSQL's own row-level security and column rights.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use lango_sql_guard::Access;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::readers::{EXPOSED, Exposed, READERS, Reader};
use super::{Answer, Cells, Sides};
use crate::postgres::query::Table;

/// Takes the owner's functions away that are called as the server's own: the rewrite never
/// means them, the statement as it is does where their types fit better.
const WITHOUT_NAMESAKES: &str = "
    DO $$ DECLARE own regprocedure; BEGIN
      FOR own IN SELECT p.oid FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace
        AND EXISTS (SELECT FROM pg_proc AS q WHERE q.proname = p.proname AND q.pronamespace = 'pg_catalog'::regnamespace)
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
      LOOP EXECUTE format('DROP ROUTINE %s', own); END LOOP;
    END $$";

/// Both sides on one server, for one reader.
pub(crate) struct RowLevelSecurity {
    access: Access,
    superuser: Client,
    reader: Client,
    views: Client,
    hidden: Vec<String>,
    /// Takes away the rows that the reader may not see.
    removal: String,
}

impl RowLevelSecurity {
    /// Sets the rules of all readers up in the scratch database.
    pub(crate) async fn prepare(folder: &Path) -> Result<()> {
        let superuser = connect(folder, "postgres", "public").await?;
        superuser.batch_execute(WITHOUT_NAMESAKES).await?;
        for reader in READERS {
            superuser
                .batch_execute(&rules(reader))
                .await
                .with_context(|| format!("rules of {}", reader.name))?;
        }
        Ok(())
    }

    /// One reader's sides.
    pub(crate) async fn of(reader: &Reader, folder: &Path) -> Result<Self> {
        let superuser = connect(folder, "postgres", "public").await?;
        Ok(Self {
            access: reader.access()?,
            reader: connect(folder, &login(reader), "public").await?,
            views: connect(folder, "postgres", &schema(reader)).await?,
            hidden: hidden(&superuser, reader).await?,
            removal: removal(reader),
            superuser,
        })
    }

    /// What queries are made of: what is exposed, something hidden, and
    /// something that is not exposed at all.
    pub(crate) fn tables(all: &[Table]) -> Vec<Table> {
        let name_of = |table: &Table| table.name.trim_matches('"').to_owned();
        let mut tables = Vec::new();
        for exposed in EXPOSED {
            let Some(table) = all.iter().find(|table| name_of(table) == exposed.table) else {
                continue;
            };
            let is_visible = |column: &str| {
                let column = column.trim_matches('"');
                exposed.columns.contains(&column) || exposed.masked.contains(&column)
            };
            let mut shown = table.clone();
            shown.columns.retain(|(column, _)| is_visible(column));
            // More often what passes than what does not.
            // What everybody reads comes more often still.
            let times = if exposed.table == "orders" { 5 } else { 3 };
            tables.extend(std::iter::repeat_n(shown, times));
            if exposed.table == "customers" {
                tables.push(table.clone());
            }
        }
        tables.extend(
            all.iter()
                .find(|table| name_of(table) == "untouched")
                .cloned(),
        );
        tables
    }
}

fn login(reader: &Reader) -> String {
    format!("reader_{}", reader.name)
}

fn schema(reader: &Reader) -> String {
    format!("exposed_{}", reader.name)
}

/// Row-level security and rights to columns for the reader's login, and views that
/// show the same, with the masks that the server has no rights for.
fn rules(reader: &Reader) -> String {
    let (login, schema) = (login(reader), schema(reader));
    let mut sql = format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};
         DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{login}') THEN CREATE ROLE {login} LOGIN; END IF; END $$;
         GRANT USAGE ON SCHEMA public TO {login};"
    );
    for (exposed, condition) in reader.exposed() {
        let Exposed {
            table,
            columns,
            masked,
        } = exposed;
        let quoted = |column: &&str| format!("\"{column}\"");
        let columns: Vec<String> = columns.iter().map(quoted).collect();
        // Within a policy of a table its own rows are limited as well, so that
        // the condition with a query of its own asks a copy without a policy.
        if condition.contains("public.shapes") {
            sql += &format!(
                "CREATE TABLE {schema}.all_shapes AS TABLE public.shapes; GRANT USAGE ON SCHEMA {schema} TO {login};
                 GRANT SELECT ON {schema}.all_shapes TO {login};"
            );
        }
        let own = condition.replace("public.shapes", &format!("{schema}.all_shapes"));
        let granted = columns.join(", ");
        let masks = masked.iter().map(quoted).map(|column| {
            format!("CASE WHEN length({column}) >= 8 THEN '****' || right({column}, 4) WHEN {column} IS NULL THEN NULL ELSE '****' END AS {column}")
        });
        let shown: Vec<String> = columns.iter().cloned().chain(masks).collect();
        sql += &format!(
            "GRANT SELECT ({granted}) ON public.\"{table}\" TO {login};
             ALTER TABLE public.\"{table}\" ENABLE ROW LEVEL SECURITY;
             CREATE POLICY {login} ON public.\"{table}\" FOR SELECT TO {login} USING ({own});
             CREATE VIEW {schema}.\"{table}\" WITH (security_barrier) AS SELECT {} FROM public.\"{table}\" WHERE {condition};",
            shown.join(", ")
        );
    }
    sql
}

/// Texts of rows and columns that the reader may not see, and of no other.
async fn hidden(superuser: &Client, reader: &Reader) -> Result<Vec<String>> {
    let visible: Vec<String> = reader
        .exposed()
        .map(|(exposed, _)| {
            let table = exposed.table;
            format!("SELECT t::text FROM {}.\"{table}\" AS t", schema(reader))
        })
        .collect();
    let sql = format!(
        "WITH visible(t) AS MATERIALIZED ({})
         SELECT h.t FROM (SELECT unnest(ARRAY[name, phone, secret, email]) FROM public.customers
         UNION SELECT note FROM public.orders) AS h(t)
         WHERE length(h.t) > 8 AND NOT EXISTS (SELECT FROM visible AS v WHERE strpos(v.t, h.t) > 0)",
        visible.join(" UNION ALL ")
    );
    let rows = superuser.query(&sql, &[]).await.context("what is hidden")?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Takes away every row that the reader may not see, past keys and triggers.
fn removal(reader: &Reader) -> String {
    let mut sql =
        "SET LOCAL session_replication_role = replica; DELETE FROM public.untouched;".to_owned();
    for Exposed { table, .. } in EXPOSED {
        let condition = reader
            .exposed()
            .find(|(exposed, _)| exposed.table == *table);
        let condition = condition.map_or("false", |(_, condition)| condition);
        sql += &format!("DELETE FROM public.\"{table}\" WHERE ({condition}) IS NOT TRUE;");
    }
    sql
}

async fn connect(folder: &Path, user: &str, schema: &str) -> Result<Client> {
    let folder: PathBuf = folder.to_owned();
    let mut config = Config::new();
    config
        .host_path(folder)
        .port(5432)
        .user(user)
        .dbname("scratch");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute(&format!(
            "SET search_path = pg_catalog, {schema}{}; SET statement_timeout = '1s'; SET client_min_messages = error",
            if schema == "public" { "" } else { ", public" }
        ))
        .await?;
    Ok(client)
}

async fn ask(client: &Client, sql: &str) -> Result<Answer> {
    match client.simple_query(sql).await {
        Ok(messages) => Ok(Answer::Rows(messages.iter().filter_map(cells).collect())),
        Err(error) => match error.as_db_error() {
            // "Syntax error or access rule violation": found before a row is read.
            Some(problem) if problem.code().code().starts_with("42") => {
                Ok(Answer::Denied(problem.message().to_owned()))
            }
            Some(problem) => Ok(Answer::Failed(problem.message().to_owned())),
            // No answer at all, which would be the same on both sides from here on.
            None => Err(error).with_context(|| format!("the session ended at: {sql}")),
        },
    }
}

fn cells(message: &SimpleQueryMessage) -> Option<Cells> {
    match message {
        SimpleQueryMessage::Row(row) => Some(
            (0..row.len())
                .map(|column| row.get(column).map(str::to_owned))
                .collect(),
        ),
        _ => None,
    }
}

impl Sides for RowLevelSecurity {
    fn access(&self) -> &Access {
        &self.access
    }

    async fn rewritten(&mut self, sql: &str) -> Result<Answer> {
        ask(&self.superuser, sql).await
    }

    async fn restricted(&mut self, sql: &str) -> Result<Answer> {
        ask(&self.reader, sql).await
    }

    async fn through_views(&mut self, sql: &str) -> Result<Answer> {
        ask(&self.views, sql).await
    }

    async fn without_hidden_rows(&mut self, sql: &str) -> Result<Answer> {
        let begun = format!("BEGIN; {}", self.removal);
        self.superuser.batch_execute(&begun).await?;
        let answer = ask(&self.superuser, sql).await?;
        self.superuser.batch_execute("ROLLBACK").await?;
        Ok(answer)
    }

    fn hidden(&self) -> &[String] {
        &self.hidden
    }
}
