//! MySQL and MariaDB.

use super::mysql;
use crate::Code::{
    self, DataModifying, DataType, Function, Identifier, Literal, Locking, NotAQuery, Operator,
    SelectInto, SeveralStatements, Syntax, SystemCatalogue, Unsupported,
};

pub(super) const ALLOWED: &[&str] = &[
    "SELECT 1",
    "SELECT 1 FROM DUAL",
    "select count(*) from orders",
    "SELECT COUNT( * ), COUNT(DISTINCT city, country) FROM customers",
    "SELECT `Order ID` AS 'Number', total AS \"Total\" FROM `Sales Data`",
    "SELECT c.name, SUM(o.total) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name WITH ROLLUP HAVING SUM(o.total) > 10 ORDER BY 2 DESC LIMIT 5, 10",
    "SELECT * FROM a STRAIGHT_JOIN b ON a.id = b.id NATURAL JOIN c CROSS JOIN d",
    "SELECT DATE_FORMAT(created_at, '%Y-%m') AS month, COUNT(*) FROM orders GROUP BY month",
    "SELECT * FROM orders WHERE created_at >= NOW() - INTERVAL 30 DAY",
    "SELECT DATE_SUB(CURDATE(), INTERVAL 1 + 2 MONTH), DATE_ADD(d, INTERVAL n WEEK) FROM t",
    "SELECT TIMESTAMPDIFF(DAY, created_at, NOW()), DATEDIFF(NOW(), created_at), TIMESTAMPADD(minute, 5, d) FROM orders",
    "SELECT EXTRACT(YEAR FROM created_at), YEAR(created_at), QUARTER(d), LAST_DAY(d) FROM orders",
    "SELECT CURRENT_DATE, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(3), UTC_DATE, UTC_TIMESTAMP(), CURRENT_USER, LOCALTIME",
    "SELECT DATE '2025-01-01', TIMESTAMP '2025-01-01 00:00:00', TIME '12:00:00'",
    "SELECT GROUP_CONCAT(DISTINCT name ORDER BY name SEPARATOR ', ') FROM customers",
    "SELECT IF(total > 10, 'large', 'small'), IFNULL(phone, 'none'), NULLIF(a, b), COALESCE(a, b) FROM t",
    "SELECT CASE status WHEN 'paid' THEN 1 ELSE 0 END FROM invoices",
    "SELECT * FROM t WHERE name REGEXP '^[A-Z]' OR name RLIKE 'x$' OR name NOT REGEXP 'y' OR name LIKE '50\\%'",
    "SELECT * FROM t WHERE name LIKE '!%x' ESCAPE '!'",
    "SELECT * FROM t WHERE a <=> b AND NOT a = b XOR c AND d DIV 2 = 3 AND e % 2 = 1 AND f ^ 1 AND NOT (g BETWEEN 1 AND 2)",
    "SELECT * FROM t WHERE a <=> JSON_UNQUOTE(JSON_EXTRACT(b, '$.n')) AND JSON_EXTRACT(b, '$.n') = c",
    "SELECT * FROM t WHERE MATCH (title, body) AGAINST ('late delivery' IN BOOLEAN MODE)",
    "SELECT JSON_EXTRACT(data, '$.a.b'), data->'$.a', data->>'$.b', JSON_UNQUOTE(JSON_EXTRACT(data, '$[0]')) FROM events",
    "SELECT * FROM events WHERE 5 MEMBER OF(data->'$.ids')",
    "SELECT jt.* FROM events, JSON_TABLE(data, '$.items[*]' COLUMNS(id INT PATH '$.id', n FOR ORDINALITY, name VARCHAR(40) PATH '$.name' NULL ON EMPTY)) AS jt",
    "SELECT CAST(total AS SIGNED), CAST(a AS UNSIGNED), CAST(b AS CHAR(10)), CAST(c AS DECIMAL(10, 2)), CAST(d AS DATETIME), CAST(e AS JSON), CONVERT(f, CHAR), CONVERT(g USING utf8mb4) FROM t",
    "SELECT name, RANK() OVER (PARTITION BY city ORDER BY total DESC), SUM(total) OVER w FROM customers WINDOW w AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
    "WITH RECURSIVE days AS (SELECT CURDATE() AS d UNION ALL SELECT d + INTERVAL 1 DAY FROM days WHERE d < '2025-12-31') SELECT * FROM days",
    "SELECT * FROM (SELECT city, COUNT(*) AS n FROM customers GROUP BY city) AS t WHERE n > 5",
    "SELECT c.name, last.total FROM customers c, LATERAL (SELECT total FROM orders o WHERE o.customer_id = c.id ORDER BY id DESC LIMIT 1) AS last",
    "SELECT id FROM a UNION SELECT id FROM b UNION ALL SELECT id FROM c ORDER BY 1",
    "SELECT id FROM a EXCEPT SELECT id FROM b INTERSECT SELECT id FROM c",
    "SELECT * FROM orders WHERE (customer_id, status) IN ((1, 'paid'), (2, 'open')) AND total > ALL (SELECT total FROM refunds)",
    "SELECT SUBSTRING(name, 1, 3), SUBSTRING(name FROM 2 FOR 3), LEFT(name, 2), RIGHT(name, 2), TRIM(BOTH ' ' FROM name), CONCAT_WS(' ', a, b), LPAD(id, 6, '0'), REPLACE(a, 'x', 'y'), LOCATE('a', b), POSITION('a' IN b), INSERT(a, 1, 2, 'x') FROM t",
    "SELECT ROUND(total, 2), CEIL(total), FLOOR(total), TRUNCATE(total, 1), MOD(a, 2), POW(2, 3), ABS(-1), - -1, -(-a), ~5, 5--3 FROM t",
    "SELECT 0x41, X'41', 0b01, b'01', 1e3, .5, TRUE, NULL",
    "SELECT 'it''s', 'it\\'s', \"it's\", 'a\\\\b', 'line\\nbreak', 'a' 'b', _utf8mb4'x', _utf8mb4 X'41'",
    "SELECT * FROM shop.orders WHERE shop.orders.id = 5 # tail",
    "SELECT name COLLATE utf8mb4_bin FROM t ORDER BY name COLLATE utf8mb4_bin -- tail",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
    "TABLE customers",
    "SELECT /*+ MAX_EXECUTION_TIME(1) */ 1 /* plain */",
    "SELECT mteja, jumla FROM mauzo WHERE tarehe >= '2025-01-01'",
    "SELECT prénom FROM employés WHERE ville = 'Abidjan'",
];

#[rustfmt::skip]
pub(super) const REFUSED: &[(Code, &str)] = &[
    (SeveralStatements, "SELECT 1; DROP TABLE t"),
    (SeveralStatements, "SELECT 1;;DELETE FROM t"),
    (SeveralStatements, "SELECT '\\'; DROP TABLE t; -- '; SELECT 1"),
    // Executable comments (awslabs).
    (Unsupported, "SELECT 1 /*! INTO OUTFILE '/tmp/x' */"),
    (Unsupported, "SELECT 1 /*!50000 UNION SELECT 2 */"),
    (Unsupported, "SELECT 1 /*M! FOR UPDATE */"),
    (Unsupported, "SELECT 1 /*M!100100 FOR UPDATE */"),
    (Unsupported, "/*! DELETE FROM t */"),
    // Statements (benborla and others).
    (NotAQuery, "/* SELECT */ DELETE FROM t"), (NotAQuery, "# SELECT\nDELETE FROM t"),
    (NotAQuery, "INSERT INTO t VALUES (1)"), (NotAQuery, "REPLACE INTO t VALUES (1)"),
    (NotAQuery, "UPDATE t SET a = 1"), (NotAQuery, "DELETE FROM t"), (NotAQuery, "TRUNCATE t"),
    (NotAQuery, "CALL p()"), (NotAQuery, "DO SLEEP(5)"), (NotAQuery, "SET @a = 1"),
    (NotAQuery, "SET GLOBAL general_log = 1"), (NotAQuery, "LOCK TABLES t WRITE"),
    (NotAQuery, "UNLOCK TABLES"), (NotAQuery, "HANDLER t OPEN"), (NotAQuery, "LOAD DATA INFILE 'x' INTO TABLE t"),
    (NotAQuery, "GRANT ALL ON *.* TO a"), (NotAQuery, "SHOW VARIABLES"), (NotAQuery, "EXPLAIN ANALYZE SELECT 1"),
    (NotAQuery, "DESCRIBE t"), (NotAQuery, "PREPARE s FROM 'SELECT 1'"), (NotAQuery, "EXECUTE s"),
    (NotAQuery, "XA BEGIN 'x'"), (NotAQuery, "KILL 5"), (NotAQuery, "FLUSH TABLES"), (NotAQuery, "USE mysql"),
    (SeveralStatements, "BEGIN NOT ATOMIC SELECT 1; END"), (NotAQuery, "INSTALL PLUGIN x SONAME 'y'"),
    (NotAQuery, "SHUTDOWN"), (NotAQuery, "RESET MASTER"), (NotAQuery, "ANALYZE TABLE t"),
    (DataModifying, "WITH a AS (SELECT 1) DELETE FROM t"),
    (DataModifying, "WITH a AS (SELECT 1) UPDATE t SET b = 1"),
    (SelectInto, "SELECT * FROM t INTO OUTFILE '/tmp/x'"),
    (SelectInto, "SELECT * INTO OUTFILE '/tmp/x' FROM t"),
    (SelectInto, "SELECT * FROM t INTO DUMPFILE '/tmp/x'"),
    (SelectInto, "SELECT a INTO @v FROM t"),
    (SelectInto, "SELECT a FROM t LIMIT 1 INTO @v"),
    (Locking, "SELECT * FROM t FOR UPDATE"), (Locking, "SELECT * FROM t FOR SHARE NOWAIT"),
    (Locking, "SELECT * FROM t LOCK IN SHARE MODE"),
    (Locking, "SELECT * FROM (SELECT * FROM t FOR UPDATE) x"),
    (Unsupported, "SELECT * FROM t PROCEDURE ANALYSE()"),
    // Functions.
    (Function, "SELECT SLEEP(5)"), (Function, "SELECT BENCHMARK(1000000, MD5('a'))"),
    (Function, "SELECT LOAD_FILE('/etc/passwd')"), (Function, "SELECT GET_LOCK('a', 1)"),
    (Function, "SELECT RELEASE_ALL_LOCKS()"), (Function, "SELECT IS_FREE_LOCK('a')"),
    (Function, "SELECT MASTER_POS_WAIT('a', 1)"), (Function, "SELECT WAIT_FOR_EXECUTED_GTID_SET('a')"),
    (Function, "SELECT LAST_INSERT_ID(5)"), (Function, "SELECT ROW_COUNT()"), (Function, "SELECT FOUND_ROWS()"),
    (Function, "SELECT NEXTVAL(s)"), (Function, "SELECT LASTVAL(s)"), (Function, "SELECT SETVAL(s, 5)"),
    (Function, "SELECT sys_exec('id')"), (Function, "SELECT sys.ps_kill(1)"), (Function, "SELECT mysql.lower('x')"),
    (Function, "SELECT `sleep`(5)"), (Function, "SELECT sleep /* */ (5)"), (Function, "SELECT shop.f(1)"),
    (Function, "SELECT 1 ORDER BY SLEEP(1)"), (Function, "SELECT IF(1, SLEEP(1), 0)"),
    (Function, "SELECT * FROM t WHERE a = (SELECT SLEEP(1))"), (Function, "SELECT GROUP_CONCAT(a ORDER BY SLEEP(1)) FROM t"),
    (Function, "SELECT DATE_ADD(NOW(), INTERVAL SLEEP(1) DAY)"), (Function, "SELECT 1 LIMIT SLEEP(1)"),
    (Function, "SELECT SUM(a) OVER (ORDER BY SLEEP(1)) FROM t"), (Function, "SELECT CAST(SLEEP(1) AS CHAR)"),
    (Function, "SELECT CONVERT(SLEEP(1), CHAR)"), (Function, "SELECT a REGEXP SLEEP(1) FROM t"),
    (Function, "SELECT SLEEP(1) MEMBER OF('[1]')"), (Function, "SELECT a FROM t GROUP BY SLEEP(1) WITH ROLLUP"),
    (Function, "SELECT * FROM JSON_TABLE(LOAD_FILE('x'), '$' COLUMNS(a INT PATH '$')) t"),
    (Function, "SELECT * FROM generate_series(1, 3)"), (Function, "SELECT UUID_SHORT()"),
    (Function, "SELECT EXTRACTVALUE(1, CONCAT(0x7e, VERSION()))"), (Function, "SELECT CONNECTION_ID()"),
    (Syntax, "SELECT NEXT VALUE FOR s"), (Syntax, "SELECT PREVIOUS VALUE FOR s"),
    // Not built in on both servers: there they would be the owner's.
    (Function, "SELECT BIN_TO_UUID(a) FROM t"), (Function, "SELECT IS_UUID('a')"), (Function, "SELECT NVL(a, b) FROM t"),
    (Function, "SELECT JSON_COMPACT(a) FROM t"), (Function, "SELECT GROUPING(a) FROM t GROUP BY a WITH ROLLUP"),
    (Function, "SELECT POINT(1, 2)"), (Unsupported, "SELECT ANY_VALUE(DISTINCT a) FROM t"),
    (Unsupported, "SELECT ANY_VALUE()"), (Unsupported, "SELECT REGEXP_LIKE(a, b, 'c') FROM t"),
    // Variables.
    (Identifier, "SELECT @@version"), (Identifier, "SELECT @@global.secure_file_priv"), (Identifier, "SELECT @v"),
    (Operator, "SELECT @v := 1"), (Identifier, "SELECT a FROM t WHERE a = @v"),
    // MariaDB's server dies of these.
    (Operator, "SELECT a FROM t WHERE LPAD(a, 3) <=> JSON_EXTRACT('{}', '$.n')"),
    (Operator, "SELECT a FROM t WHERE (`json_extract`(b, '$.n')) <=> LPAD(a, 3)"),
    (Operator, "SELECT a FROM t WHERE LPAD(a, 3) <=> +(JSON_EXTRACT(b, '$.n'))"),
    (Operator, "SELECT a FROM t WHERE LPAD(a, 3) <=> (SELECT JSON_EXTRACT('{}', '$.n'))"),
    (Operator, "SELECT a FROM t WHERE (LPAD(a, 3), 1) <=> (JSON_EXTRACT(b, '$.n'), 1)"),
    (Operator, "SELECT a || b FROM t"), (Operator, "SELECT !a FROM t"),
    // Catalogues.
    (SystemCatalogue, "SELECT * FROM mysql.user"), (SystemCatalogue, "SELECT * FROM `MySQL`.`user`"),
    (SystemCatalogue, "SELECT * FROM performance_schema.threads"), (SystemCatalogue, "SELECT * FROM sys.session"),
    (SystemCatalogue, "SELECT * FROM information_schema.processlist"),
    (SystemCatalogue, "SELECT * FROM INFORMATION_SCHEMA.ROUTINES"), (SystemCatalogue, "TABLE mysql.user"),
    (SystemCatalogue, "SELECT 1 WHERE EXISTS (SELECT 1 FROM mysql.user)"),
    // Other syntax.
    (Unsupported, "SELECT SQL_CALC_FOUND_ROWS * FROM t"), (Unsupported, "SELECT HIGH_PRIORITY * FROM t"),
    (Unsupported, "SELECT * FROM t PARTITION (p0)"), (Unsupported, "SELECT * FROM t USE INDEX (i)"),
    (Unsupported, "SELECT a::int FROM t"), (Unsupported, "SELECT DISTINCT ON (a) a FROM t"),
    (Unsupported, "SELECT COUNT(*) FILTER (WHERE a = 1) FROM t"), (Unsupported, "SELECT a FROM t ORDER BY a NULLS LAST"),
    (Unsupported, "SELECT TIMESTAMPDIFF(`day`, a, b) FROM t"),
    (DataType, "SELECT CAST(a AS regclass)"), (Literal, "SELECT ?"), (Literal, "SELECT N'x'"),
    (Literal, "SELECT _cp932'x'"), (Literal, "SELECT 'a\\0b'"),
    (Identifier, "SELECT na\u{200b}me FROM t"), (Identifier, "SELECT 1 AS `a``b`"),
];

#[test]
fn every_ordinary_query_passes() {
    let mut wrong = Vec::new();
    for sql in ALLOWED {
        match mysql(sql) {
            Err(refusal) => wrong.push(format!("{sql}\n    {refusal}")),
            Ok(query) => {
                let again = mysql(query.sql()).map(|again| again.sql().to_owned());
                if again.as_deref() != Ok(query.sql()) {
                    wrong.push(format!("{sql}\n    not a fixed point: {again:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_known_bypass_is_refused() {
    let mut wrong = Vec::new();
    for (expected, sql) in REFUSED {
        let answer = mysql(sql);
        if answer.as_ref().err().map(|refusal| refusal.code) != Some(*expected) {
            wrong.push(format!("{sql}\n    expected {expected}, got {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever `sql_mode` says of quotes, backslashes, `NOT` and blanks.
#[test]
fn the_rendering_means_the_same_under_every_mode() {
    for (sql, rendered) in [
        ("SELECT \"x\"", "SELECT 'x'"),
        ("SELECT 'it\\'s'", "SELECT 'it''s'"),
        ("SELECT 'a\\\\b'", "SELECT _utf8mb4 X'615C62'"),
        ("SELECT 'a\\\\' OR 1 -- '", "SELECT _utf8mb4 X'615C' OR 1"),
        ("SELECT '50\\%'", "SELECT '50\\%'"),
        ("SELECT a AS 'T'", "SELECT `a` AS `T`"),
        ("SELECT NOT a = b", "SELECT NOT (`a` = `b`)"),
        ("SELECT COUNT (*)", "SELECT count(*)"),
        ("SELECT `Count`(*)", "SELECT count(*)"),
        ("SELECT 1 LIMIT 5, 10", "SELECT 1 LIMIT 10 OFFSET 5"),
        ("SELECT 1 FROM dual", "SELECT 1 FROM dual"),
        ("SELECT UTC_DATE", "SELECT utc_date()"),
        ("SELECT 5--3", "SELECT 5 - -3"),
        ("SELECT ANY_VALUE(a) FROM t", "SELECT min(`a`) FROM `t`"),
        (
            "SELECT REGEXP_LIKE(a, 'x' 'y')",
            "SELECT ((`a`) REGEXP ('xy'))",
        ),
        // MariaDB: the first is a number beside numbers, the second a text.
        (
            "SELECT 0x41 + 0, x'41' + 0, 0xABC",
            "SELECT 0x41 + 0, X'41' + 0, 0xABC",
        ),
        ("SELECT 0b01, B'01'", "SELECT B'01', B'01'"),
        ("SELECT _utf8mb4 0x41, - 0x1", "SELECT _utf8mb4 X'41', -0x1"),
        ("TABLE T", "SELECT * FROM `T`"),
        (
            "SELECT TIMESTAMPDIFF(DAY, a, b)",
            "SELECT timestampdiff(DAY, `a`, `b`)",
        ),
    ] {
        assert_eq!(
            mysql(sql).map(|query| query.sql().to_owned()),
            Ok(rendered.to_owned()),
            "{sql}"
        );
    }
}
