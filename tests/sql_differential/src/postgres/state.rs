//! The complete state of a PostgreSQL server and of the session.

use anyhow::{Context as _, Result};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::Postgres;
use crate::{
    compare::State,
    files::{self, Depth},
};

/// Every relation that holds rows, catalogues, sequences and large objects
/// included. Other sessions' temporary tables cannot be read; that there are any
/// stands in `pg_class`.
const RELATIONS: &str = "\
SELECT pg_catalog.format('SELECT %L, count(*)::text || '' rows '' || coalesce(sum(hashtextextended(%s, 0)::numeric)::text, '''') FROM %s AS t',
       'table ' || oid::regclass::text,
       CASE relkind WHEN 'S' THEN 'concat_ws('' '', last_value, log_cnt, is_called)' ELSE 't::text' END, oid::regclass)
FROM pg_catalog.pg_class WHERE relkind IN ('r', 'm', 'S') AND relpersistence <> 't'";

/// Everything that says when it was last reset.
const RESETS: &str = "\
SELECT pg_catalog.format('SELECT %L, coalesce(string_agg(stats_reset::text, '', '' ORDER BY stats_reset), '''') FROM pg_catalog.%I',
       'reset of ' || table_name, table_name)
FROM information_schema.columns WHERE table_schema = 'pg_catalog' AND column_name = 'stats_reset'";

/// What is true of the whole server, seen by another session.
const SERVER: &str = "\
SELECT 'next transaction', pg_snapshot_xmax(pg_current_snapshot())::text
UNION ALL SELECT 'write-ahead log', pg_current_wal_insert_lsn()::text
UNION ALL SELECT 'started', pg_postmaster_start_time()::text
UNION ALL SELECT 'configuration loaded', pg_conf_load_time()::text
UNION ALL SELECT 'locks', coalesce((SELECT string_agg(concat_ws(' ', locktype, classid, objid, relation, mode, pid), ', ' ORDER BY pid, locktype, objid, classid)
  FROM pg_locks WHERE pid <> pg_backend_pid()), '')
UNION ALL SELECT 'sessions', coalesce((SELECT string_agg(concat_ws(' ', pid, datname, usename, state), ', ' ORDER BY pid)
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()), '')
UNION ALL SELECT 'server processes', coalesce((SELECT string_agg(concat_ws(' ', backend_type, pid), ', ' ORDER BY pid)
  FROM pg_stat_activity WHERE backend_type NOT IN ('client backend', 'parallel worker', 'io worker')), '')
UNION ALL SELECT 'prepared transactions', (SELECT count(*)::text FROM pg_prepared_xacts)
UNION ALL SELECT 'replication slots', coalesce((SELECT string_agg(concat_ws(' ', slot_name, confirmed_flush_lsn, active), ', ' ORDER BY slot_name) FROM pg_replication_slots), '')
UNION ALL SELECT 'replication origins', coalesce((SELECT string_agg(concat_ws(' ', external_id, local_lsn), ', ' ORDER BY external_id) FROM pg_replication_origin_status), '')
UNION ALL SELECT 'recovery', pg_is_in_recovery()::text
UNION ALL SELECT 'notifications', pg_notification_queue_usage()::text
UNION ALL SELECT 'statistics of an untouched table', concat_ws(' ', pg_stat_get_tuples_inserted('public.untouched'::regclass), pg_stat_get_numscans('public.totals'::regclass) IS NULL)
UNION ALL SELECT 'settings of the server', (SELECT md5(string_agg(concat_ws('|', name, setting, source, pending_restart), ',' ORDER BY name)) FROM pg_settings)
UNION ALL SELECT 'settings in files', (SELECT md5(string_agg(concat_ws('|', name, setting, sourcefile, error), ',' ORDER BY seqno)) FROM pg_file_settings)";

/// What is true of the session that ran the statements.
const SESSION: &str = "\
SELECT 'setting ' || name, concat_ws('|', setting, source, reset_val) FROM pg_catalog.pg_settings
UNION ALL SELECT 'session', concat_ws(' ', pg_catalog.pg_backend_pid(), current_user, session_user, pg_catalog.current_schemas(true), pg_catalog.pg_my_temp_schema())
UNION ALL SELECT 'own setting', pg_catalog.current_setting('lango.probe', true)
UNION ALL SELECT 'channels', (SELECT pg_catalog.string_agg(c, ',') FROM pg_catalog.pg_listening_channels() AS c)
UNION ALL SELECT 'prepared statements', (SELECT pg_catalog.string_agg(name, ',') FROM pg_catalog.pg_prepared_statements)
UNION ALL SELECT 'cursors', (SELECT pg_catalog.string_agg(name, ',') FROM pg_catalog.pg_cursors WHERE name <> '')
UNION ALL SELECT 'replication origin of the session', pg_catalog.pg_replication_origin_session_is_setup()::text";

pub(super) async fn read(server: &Postgres) -> Result<State> {
    let mut state = State::new();
    // First, so that what a session was still at is over when others are counted.
    if note(&mut state, &server.runner, SESSION).await.is_err() {
        state.insert("session".to_owned(), "ended".to_owned());
    }
    let observer = &server.observer;
    note(&mut state, observer, SERVER)
        .await
        .context("the observer")?;
    for listing in [RELATIONS, RESETS] {
        let parts: Vec<String> = observer
            .query(listing, &[])
            .await?
            .iter()
            .map(|row| row.get(0))
            .collect();
        note(&mut state, observer, &parts.join(" UNION ALL ")).await?;
    }
    for (index, bystander) in server.bystanders.iter().enumerate() {
        let lives = if bystander.is_closed() {
            "ended"
        } else {
            "lives"
        };
        state.insert(format!("bystander {index}"), lives.to_owned());
    }
    files::note(&mut state, &server.folder, &server.folder, &depth);
    Ok(state)
}

async fn note(state: &mut State, client: &Client, sql: &str) -> Result<()> {
    for message in client.simple_query(sql).await? {
        if let SimpleQueryMessage::Row(row) = message {
            let name = row.get(0).unwrap_or_default().to_owned();
            state.insert(name, row.get(1).unwrap_or_default().to_owned());
        }
    }
    Ok(())
}

/// Which files tell of an effect. The log tells of connections, checkpoints,
/// reloads and ended sessions, and of nothing that a statement merely failed at.
fn depth(path: &str) -> Option<Depth> {
    let ordinary = [
        "data/pg_wal",
        "data/pg_xact",
        "data/pg_subtrans",
        "data/pg_stat",
        "data/pg_multixact",
        "data/pg_dynshmem",
        "data/base/pgsql_tmp",
        "data/pg_commit_ts",
    ];
    if ordinary.iter().any(|folder| path.starts_with(folder)) {
        return None;
    }
    let names_only = path.starts_with("data/base") || path.starts_with("data/global");
    Some(if names_only || path == "data/postmaster.pid" {
        Depth::Names
    } else {
        Depth::Content
    })
}
