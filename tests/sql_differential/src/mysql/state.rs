//! The complete state of a MariaDB server and of the session.

use anyhow::Result;
use mysql_async::{Conn, Row, from_value, prelude::Queryable as _};

use super::Mysql;
use crate::{
    compare::State,
    files::{self, Depth},
};

/// One query for each table of every database that keeps rows; sequences too.
const TABLES: &str = "\
SELECT CONCAT('SELECT ''', 'table ', c.table_schema, '.', c.table_name, ''', CONCAT(COUNT(*), '' rows '', COALESCE(SUM(CRC32(CONCAT_WS(''|'', ',
              GROUP_CONCAT(CONCAT('HEX(`', REPLACE(c.column_name, '`', '``'), '`)') ORDER BY c.ordinal_position SEPARATOR ', '),
              '))), 0)) FROM `', c.table_schema, '`.`', c.table_name, '`')
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE t.table_type IN ('BASE TABLE', 'SEQUENCE', 'SYSTEM VERSIONED')
  AND c.table_schema NOT IN ('information_schema', 'performance_schema', 'sys') AND t.table_name NOT LIKE 'help_%'
GROUP BY c.table_schema, c.table_name";

/// What is true of the whole server, seen by another session.
const SERVER: &[&str] = &[
    "SELECT CONCAT('relation ', table_schema, '.', table_name), CONCAT_WS(' ', table_type, engine, auto_increment, create_time, table_comment)
     FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'performance_schema')",
    "SELECT CONCAT('routine ', routine_schema, '.', routine_name), CONCAT_WS(' ', routine_type, last_altered) FROM information_schema.routines WHERE routine_schema <> 'sys'",
    "SELECT CONCAT('global ', variable_name), variable_value FROM information_schema.global_variables
     WHERE variable_name NOT IN ('GTID_BINLOG_STATE', 'GTID_CURRENT_POS')",
    "SELECT CONCAT('plugin ', plugin_name), plugin_status FROM information_schema.plugins",
    "SELECT CONCAT('database ', schema_name), default_collation_name FROM information_schema.schemata",
    "SELECT CONCAT('session ', id), CONCAT_WS(' ', user, db, command) FROM information_schema.processlist
     WHERE id <> CONNECTION_ID() AND command <> 'Daemon'",
    "SELECT CONCAT('transaction ', trx_mysql_thread_id), trx_state FROM information_schema.innodb_trx",
    "SELECT CONCAT('counter ', variable_name), variable_value FROM information_schema.global_status
     WHERE variable_name IN ('CONNECTIONS', 'OPENED_PLUGIN_LIBRARIES', 'BINLOG_BYTES_WRITTEN', 'EXECUTED_EVENTS', 'EXECUTED_TRIGGERS')",
    "SELECT CONCAT('lock ', name), IS_USED_LOCK(name) FROM (SELECT 'lock' AS name UNION ALL SELECT 'customers' UNION ALL SELECT 'untouched'
     UNION ALL SELECT 'order_numbers' UNION ALL SELECT 'a' UNION ALL SELECT '1' UNION ALL SELECT 'channel') AS names",
];

/// What is true of the session that ran the statements.
const SESSION: &[&str] = &[
    "SELECT CONCAT('variable ', variable_name), variable_value FROM information_schema.session_variables
     WHERE variable_name NOT IN ('TIMESTAMP', 'ERROR_COUNT', 'WARNING_COUNT', 'GTID_BINLOG_STATE', 'GTID_CURRENT_POS',
     -- How far the session's random numbers have come.
     'RAND_SEED1', 'RAND_SEED2')",
    "SELECT CONCAT('user variable ', variable_name), variable_value FROM information_schema.user_variables",
    "SELECT CONCAT('session counter ', variable_name), variable_value FROM information_schema.session_status
     WHERE variable_name LIKE 'COM\\_%' AND variable_name NOT IN ('COM_SELECT', 'COM_SHOW_STATUS') OR variable_name IN
     ('FEATURE_INSERT_RETURNING', 'EXECUTED_TRIGGERS', 'PREPARED_STMT_COUNT')",
    "SELECT 'session', CONCAT_WS(' ', CONNECTION_ID(), CURRENT_USER(), DATABASE(), CURRENT_ROLE())",
];

pub(super) async fn read(server: &mut Mysql) -> Result<State> {
    let mut state = State::new();
    let noted = match server.runner.as_mut() {
        Some(runner) => note(&mut state, runner, SESSION).await,
        None => anyhow::Ok(()),
    };
    if noted.is_err() || server.runner.is_none() {
        server.runner = None;
        state.insert("session".to_owned(), "ended".to_owned());
    }
    let observer = &mut server.observer;
    observer.query_drop("SET SESSION group_concat_max_len = 1000000, max_statement_time = 0, lock_wait_timeout = 2, innodb_lock_wait_timeout = 2").await?;
    note(&mut state, observer, SERVER).await?;
    let tables: Vec<String> = observer.query(TABLES).await?;
    let all = tables.join(" UNION ALL ");
    if let Err(locked) = note(&mut state, observer, &[all.as_str()]).await {
        state.insert("tables".to_owned(), locked.to_string());
    }
    if let Some(row) = observer.query_first::<Row, _>("SHOW MASTER STATUS").await? {
        let position = row.unwrap().into_iter().take(2).map(from_value::<String>);
        state.insert(
            "binary log".to_owned(),
            position.collect::<Vec<_>>().join(" "),
        );
    }
    files::note(&mut state, &server.folder, &server.folder, &depth);
    Ok(state)
}

async fn note(state: &mut State, session: &mut Conn, queries: &[&str]) -> Result<()> {
    for query in queries {
        let rows: Vec<(String, Option<String>)> = session.query(*query).await?;
        state.extend(
            rows.into_iter()
                .map(|(name, value)| (name, value.unwrap_or_default())),
        );
    }
    Ok(())
}

/// Which files tell of an effect. What the engines write to in their ordinary
/// work is compared by name: the rows themselves are compared above.
fn depth(path: &str) -> Option<Depth> {
    let ordinary = [
        "data/ib",
        "data/aria_log",
        "data/binary-log",
        "data/undo",
        "data/#",
    ];
    if ordinary.iter().any(|name| path.starts_with(name)) {
        return None;
    }
    let databases = [
        "data/mysql/",
        "data/scratch/",
        "data/sys/",
        "data/performance_schema/",
    ];
    if databases.iter().any(|name| path.starts_with(name)) {
        return Some(Depth::Names);
    }
    Some(Depth::Content)
}
