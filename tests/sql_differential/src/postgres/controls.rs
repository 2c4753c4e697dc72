//! Statements that do change something, each in its own way.

use std::path::Path;

/// Name and statement.
pub(crate) fn effects(folder: &Path) -> Vec<(String, String)> {
    #[rustfmt::skip]
    let effects: &[(&str, &str)] = &[
        ("a row", "DELETE FROM untouched WHERE id = 1"),
        ("a row that was put back", "UPDATE untouched SET id = id"),
        ("a catalogue", "COMMENT ON TABLE untouched IS 'x'"),
        ("a role", "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'extra') THEN DROP ROLE extra; ELSE CREATE ROLE extra; END IF; END $$"),
        ("a sequence", "SELECT nextval('order_numbers')"),
        ("a sequence set", "SELECT setval('order_numbers', 7)"),
        ("a large object", "SELECT lo_create(0)"),
        ("a large object's content", "SELECT lo_put(4242, 0, 'x')"),
        ("a setting of the session", "SELECT set_config('work_mem', '5MB', false)"),
        ("an own setting", "SELECT set_config('lango.probe', 'x', false)"),
        ("an advisory lock", "SELECT pg_advisory_lock(42)"),
        ("a notification", "SELECT pg_notify('channel', 'x')"),
        ("listening", "LISTEN channel"),
        ("a file", "COPY (SELECT 1) TO PROGRAM 'touch ../watched/made'"),
        ("a file of the server", "SELECT lo_export(4242, 'made_by_lo_export')"),
        ("a session ended", "SELECT pg_terminate_backend(min(pid)) FROM pg_stat_activity WHERE application_name = 'bystander'"),
        ("its own session ended", "SELECT pg_terminate_backend(pg_backend_pid())"),
        ("a reload", "SELECT pg_reload_conf()"),
        ("a checkpoint", "CHECKPOINT"),
        ("a line in the log", "SELECT pg_log_backend_memory_contexts(pg_backend_pid())"),
        ("a replication slot", "SELECT CASE WHEN EXISTS (SELECT FROM pg_replication_slots) THEN pg_drop_replication_slot('extra')::text ELSE pg_create_physical_replication_slot('extra')::text END"),
        ("statistics", "SELECT pg_stat_reset()"),
        ("shared statistics", "SELECT pg_stat_reset_shared('bgwriter')"),
        ("a connection", "SELECT * FROM dblink('dbname=postgres host=:folder', 'SELECT 1') AS t(a int)"),
        ("a prepared statement", "PREPARE kept AS SELECT 1"),
        ("a cursor", "DECLARE kept CURSOR WITH HOLD FOR SELECT 1"),
        ("a temporary table", "CREATE TEMP TABLE kept (a int)"),
        ("an open transaction", "BEGIN"),
        ("a transaction id", "SELECT txid_current()"),
        ("the owner's function", "SELECT touch('x')"),
        ("the owner's operator", "SELECT 'a'::text <%%> 'b'::text"),
        ("the owner's function of a row", "SELECT c.drain FROM customers AS c"),
        ("the owner's function of any row", "SELECT x.drain_any FROM (SELECT 1 AS a) AS x"),
        ("the owner's better operator", "SELECT 'a'::text &< 'b'::text"),
        ("a message in the log of changes", "SELECT pg_logical_emit_message(true, 'a', 'b')"),
        ("a file read", "SELECT pg_read_file('../watched/secret')"),
        ("a large object read", "SELECT lo_get(4242)"),
        ("another session's statement", "SELECT query FROM pg_stat_activity"),
        ("a password", "SELECT umoptions FROM pg_user_mapping"),
        ("several statements", "SELECT 1; DELETE FROM untouched"),
        ("statements within a function's text", "SELECT query_to_xml('SELECT nextval(''order_numbers'')', true, true, '')"),
        ("collations", "SELECT pg_import_system_collations('public')"),
    ];
    effects
        .iter()
        .map(|(name, sql)| {
            let sql = sql.replace(":folder", &folder.display().to_string());
            ((*name).to_owned(), sql)
        })
        .collect()
}
