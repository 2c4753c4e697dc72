//! Statements that do change something, each in its own way.

use std::path::Path;

/// Name and statement.
pub(crate) fn effects(folder: &Path) -> Vec<(String, String)> {
    #[rustfmt::skip]
    let effects: &[(&str, &str)] = &[
        ("a row", "DELETE FROM untouched WHERE id = 1"),
        ("a row that was put back", "UPDATE untouched SET id = id + 0 WHERE id > 0"),
        ("a replaced row", "REPLACE INTO untouched VALUES (9)"),
        ("a table", "CREATE TABLE made (a INT)"),
        ("a user", "CREATE OR REPLACE USER extra IDENTIFIED BY 'x'"),
        ("a sequence", "SELECT NEXTVAL(order_numbers)"),
        ("a sequence in standard words", "SELECT NEXT VALUE FOR order_numbers"),
        ("a sequence set", "SELECT SETVAL(order_numbers, 77)"),
        ("a setting of the session", "SET SESSION sort_buffer_size = 3000000"),
        ("a setting of the server", "SET GLOBAL max_connect_errors = max_connect_errors + 1"),
        ("a user variable", "SELECT @v := 5"),
        ("a user variable by INTO", "SELECT 1 INTO @v"),
        ("a lock", "SELECT GET_LOCK('lock', 0)"),
        ("a file", "SELECT 1 INTO OUTFILE ':folder/watched/made'"),
        ("a dump", "SELECT 1 INTO DUMPFILE ':folder/watched/dumped'"),
        ("a file of the server", "SELECT 1 INTO OUTFILE 'made_in_the_database'"),
        ("a session ended", "BEGIN NOT ATOMIC DECLARE other INT; SELECT MIN(id) INTO other FROM information_schema.processlist WHERE db = 'mysql' AND id <> CONNECTION_ID(); KILL other; END"),
        ("its own session ended", "KILL CONNECTION_ID()"),
        ("the last number", "SELECT LAST_INSERT_ID(42)"),
        ("an executable comment", "SELECT 1 /*! INTO @v */"),
        ("an executable comment of MariaDB", "SELECT 1 /*M! INTO @v */"),
        ("a handler", "HANDLER untouched OPEN"),
        ("locked tables", "LOCK TABLES untouched WRITE"),
        ("an open transaction", "START TRANSACTION WITH CONSISTENT SNAPSHOT"),
        ("a prepared statement", "PREPARE kept FROM 'SELECT 1'"),
        ("do", "DO 1"),
        ("the owner's function", "SELECT touch('x')"),
        ("the owner's procedure", "CALL touch_all()"),
        ("a temporary table", "CREATE TEMPORARY TABLE kept (a INT)"),
        ("flushed", "FLUSH TABLES"),
        ("several statements", "SELECT 1; DELETE FROM untouched"),
        ("a file read", "SELECT LOAD_FILE(':folder/watched/secret')"),
        ("a password", "SELECT Password FROM mysql.servers"),
    ];
    effects
        .iter()
        .map(|(name, sql)| {
            let sql = sql.replace(":folder", &folder.display().to_string());
            ((*name).to_owned(), sql)
        })
        .collect()
}
