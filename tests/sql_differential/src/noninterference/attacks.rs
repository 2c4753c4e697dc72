//! Ways to ask for what may not be read: leaking conditions, in every place
//! where a condition may stand.

use lango_sql_guard::Dialect;

/// Conditions on a row `o` that fail, or answer otherwise, for hidden values.
const LEAKS: &[&str] = &[
    "o.customer = 'C2'",
    "o.name = 'SecretCorp'",
    "o.name < 'T'",
    "1 / (o.total - 7) > 0",
    "sqrt(o.total - 8) > 0",
    "ln(o.total - 7) > 0",
    "power(o.total - 7, -1) > 0",
    "exp(o.total * 100) > 0",
    "(SELECT 1 UNION ALL SELECT 2 WHERE o.total = 7) = 1",
    "(SELECT 1 UNION SELECT o.total - 9) = 1",
    "length(repeat(o.name, 10)) = 100",
    "o.email = 'secret@example.com'",
    "o.email IS NOT NULL",
    "o.phone LIKE '+2547%'",
    "length(o.phone) > 9",
    "o.note LIKE 'n%'",
    "o.total > 8",
    "o.ssn IS NOT NULL",
    "o.id IN (SELECT id FROM secrets)",
    "EXISTS (SELECT 1 FROM orders x WHERE x.name = 'SecretCorp')",
    "EXISTS (SELECT 1 FROM details l WHERE l.sku LIKE 'hidden%')",
];

const POSTGRES_LEAKS: &[&str] = &[
    r"o.name LIKE '_ecret\'",
    r"o.name ILIKE 'secret\'",
    r"o.name NOT LIKE '_ecret\'",
    r"lower(o.name) LIKE '_ecret\'",
    r"o.sku LIKE '_idden\'",
    r"o.phone LIKE '_254\'",
    r"o.email LIKE '_ecret\'",
    "o.name ~ '^Secret'",
    "CAST(o.name AS integer) > 0",
    "CAST(o.note AS jsonb) IS NOT NULL",
    "o.name::date > now()",
    "chr((o.total * 100000000)::integer) = 'x'",
    "make_date(2020, (o.total * 2)::integer, 1) IS NOT NULL",
    "substring(o.name, 1, (o.total - 8)::integer) = 'x'",
    "to_jsonb(o)->>'customer' = 'C2'",
    "to_jsonb(o)->>'ssn' IS NOT NULL",
    "row_to_json(o)::text LIKE '%Secret%'",
    "o::text LIKE '%Secret%'",
    "o.ctid IS NOT NULL",
    "o.tableoid IS NOT NULL",
    "(o.total * 1e38)::real > 0",
    "width_bucket(o.total, 7, o.total, 3) > 0",
    "o = ROW(1)",
    "o.told IS NOT NULL",
    "o.told LIKE '%d%'",
    "length(o.told) > 5",
];

const MARIADB_LEAKS: &[&str] = &[
    "CAST(o.total AS UNSIGNED) - 8 > 0",
    "JSON_EXTRACT(o.note, '$.a') = 1",
    "JSON_VALID(o.note)",
    "o.name REGEXP CONCAT('(', o.name)",
    "o.name REGEXP '^Secret'",
    r"o.name LIKE 'Secret\\'",
    "o.total * 1e307 > 0",
    "o.name + 0 > 0",
    "CAST(o.name AS DATE) IS NULL",
    "o.customer LIKE 'c2'",
];

/// Places for a condition.
const PLACES: &[&str] = &[
    "SELECT count(*) FROM {t} o WHERE {c}",
    "SELECT * FROM {t} o WHERE {c}",
    "SELECT o.id, {c} FROM {t} o",
    "SELECT CASE WHEN {c} THEN 1 ELSE 2 END FROM {t} o",
    "SELECT count(*) FROM {t} o WHERE o.id > 0 AND ({c} OR o.id = 2)",
    "SELECT count(*) FROM products p JOIN {t} o ON p.id = o.id AND {c}",
    "SELECT count(*) FROM {t} o LEFT JOIN products p ON p.id = o.id AND {c}",
    "SELECT count(*) FROM products p LEFT JOIN {t} o ON p.id = o.id AND {c}",
    "SELECT count(*) FROM products p RIGHT JOIN {t} o ON p.id = o.id AND {c}",
    "SELECT count(*) FROM (products p CROSS JOIN {t} o) WHERE {c}",
    "SELECT count(*) FROM {t} a JOIN {t} o USING (id) WHERE {c}",
    "SELECT count(*) FROM {t} o NATURAL JOIN products WHERE {c}",
    "SELECT p.id FROM products p WHERE EXISTS (SELECT 1 FROM {t} o WHERE o.id = p.id AND {c})",
    "SELECT p.id FROM products p WHERE NOT EXISTS (SELECT 1 FROM {t} o WHERE {c})",
    "SELECT p.id FROM products p WHERE p.id IN (SELECT o.id FROM {t} o WHERE {c})",
    "SELECT p.id FROM products p WHERE p.id NOT IN (SELECT o.id FROM {t} o WHERE {c})",
    "SELECT p.id, (SELECT count(*) FROM {t} o WHERE o.id >= p.id AND {c}) FROM products p",
    "WITH o AS (SELECT * FROM {t}) SELECT count(*) FROM o WHERE {c}",
    "WITH {t} AS (SELECT * FROM {t}) SELECT count(*) FROM {t} o WHERE {c}",
    "WITH a AS (SELECT o.id FROM {t} o WHERE {c}), b AS (SELECT * FROM a) SELECT count(*) FROM a JOIN b USING (id)",
    "WITH RECURSIVE r AS (SELECT 2 AS n UNION ALL SELECT r.n + 2 FROM r JOIN {t} o ON o.id = r.n AND {c} WHERE r.n < 9) SELECT count(*) FROM r",
    "SELECT count(*) FROM (SELECT * FROM {t} UNION ALL SELECT * FROM {t}) o WHERE {c}",
    "SELECT count(*) FROM (SELECT DISTINCT * FROM {t}) o WHERE {c}",
    "SELECT count(*) FROM (SELECT o.id FROM {t} o WHERE {c} ORDER BY o.id LIMIT 5) x",
    "SELECT o.name, count(*) FROM {t} o WHERE {c} GROUP BY o.name",
    "SELECT o.name, count(*) FROM {t} o GROUP BY o.name HAVING max(CASE WHEN o.id > 0 THEN 1 END) = 1 AND min(o.name) > 'A'",
    "SELECT count(*), {c} AS k FROM {t} o GROUP BY {c}",
    "SELECT sum(CASE WHEN {c} THEN 1 ELSE 0 END) FROM {t} o",
    "SELECT DISTINCT o.name FROM {t} o WHERE {c}",
    "SELECT o.id FROM {t} o ORDER BY {c}, o.id LIMIT 3",
    "SELECT count(*) OVER (PARTITION BY {c}) FROM {t} o",
    "(SELECT o.id FROM {t} o WHERE {c}) EXCEPT (SELECT id FROM products)",
    "SELECT o.id FROM {t} o WHERE {c} UNION SELECT id FROM products",
];

const POSTGRES_PLACES: &[&str] = &[
    "SELECT count(*) FILTER (WHERE {c}) FROM {t} o",
    "SELECT count(*) FROM products p FULL JOIN {t} o ON p.id = o.id AND o.id > 0 WHERE {c}",
    "SELECT x.n FROM products p, LATERAL (SELECT count(*) AS n FROM {t} o WHERE o.id >= p.id AND {c}) x",
    "SELECT x FROM {t} o, LATERAL (SELECT {c} AS x) l",
    "WITH o AS MATERIALIZED (SELECT * FROM {t}) SELECT count(*) FROM o WHERE {c}",
    "WITH o AS NOT MATERIALIZED (SELECT * FROM {t}) SELECT count(*) FROM o WHERE {c}",
    "SELECT DISTINCT ON ({c}) o.id FROM {t} o ORDER BY {c}, o.id",
    "SELECT count(*) FROM {t} o GROUP BY ROLLUP ({c})",
    "SELECT count(*) FROM {t} o WHERE o.id = ANY (ARRAY(SELECT o.id FROM {t} o WHERE {c}))",
    "SELECT count(*) FROM generate_series(1, (SELECT count(*)::int FROM {t} o WHERE {c})) g",
];

/// Whole statements, for what is no condition.
const STATEMENTS: &[&str] = &[
    "SELECT * FROM secrets",
    "SELECT * FROM information_schema.columns",
    "SELECT count(*) FROM information_schema.tables",
    "SELECT * FROM orders",
    "SELECT * FROM people",
    "SELECT * FROM details",
    "TABLE orders",
    "SELECT ssn FROM people",
    "SELECT (SELECT ssn) FROM people",
    "SELECT people.ssn FROM people",
    "SELECT * FROM people JOIN orders USING (ssn)",
    "SELECT max(name), min(name), count(DISTINCT customer) FROM orders",
    "WITH secrets AS (SELECT * FROM orders) SELECT * FROM secrets",
    "SELECT count(*) FROM orders o, orders p WHERE o.id < p.id",
    "SELECT (SELECT count(*) FROM orders WHERE customer = c.customer) FROM (SELECT 'C2' AS customer) c",
    "SELECT (SELECT count(*) FROM orders) FROM (SELECT 'C2' AS customer) AS orders",
    "SELECT x.told FROM lower('x') AS x",
    "SELECT x.told FROM (SELECT 1 AS id, 'a' AS customer, 'b' AS name, 1.0 AS total, 'c' AS note) AS x",
    "SELECT lower(name) FROM orders",
];

const TABLES: &[&str] = &["orders", "people", "details"];

/// Every attempt, to be held to the policy.
pub(crate) fn attempts(dialect: Dialect) -> Vec<String> {
    let mut attempts: Vec<String> = STATEMENTS.iter().map(|&sql| sql.to_owned()).collect();
    for place in places(dialect) {
        for table in TABLES {
            for leak in leaks(dialect) {
                attempts.push(place.replace("{t}", table).replace("{c}", leak));
            }
        }
    }
    attempts
}

/// Rewrites that are not enough, to be found out.
pub(crate) fn lesser_rewrites(dialect: Dialect) -> Vec<(&'static str, &'static str)> {
    let mut rewrites = vec![("no condition", "{s}orders")];
    match dialect {
        Dialect::Postgres => rewrites.push((
            "OFFSET 0 alone",
            "(SELECT * FROM {s}orders WHERE customer = 'C1' OFFSET 0)",
        )),
        Dialect::Mysql => rewrites.push((
            "a loose comparison",
            "(SELECT * FROM {s}orders WHERE customer = 'C1' LIMIT 18446744073709551615)",
        )),
    }
    rewrites
}

/// Conditions on `source` as it stands.
pub(crate) fn without_the_guard(dialect: Dialect, source: &str) -> Vec<String> {
    let source = source.replace(
        "{s}",
        match dialect {
            Dialect::Postgres => "public.",
            Dialect::Mysql => "",
        },
    );
    let leaks = leaks(dialect);
    leaks
        .map(|leak| format!("SELECT * FROM {source} AS o WHERE {leak}"))
        .collect()
}

fn leaks(dialect: Dialect) -> impl Iterator<Item = &'static str> {
    let own = match dialect {
        Dialect::Postgres => POSTGRES_LEAKS,
        Dialect::Mysql => MARIADB_LEAKS,
    };
    LEAKS.iter().chain(own).copied()
}

fn places(dialect: Dialect) -> impl Iterator<Item = &'static str> {
    let own = match dialect {
        Dialect::Postgres => POSTGRES_PLACES,
        Dialect::Mysql => &[],
    };
    PLACES.iter().chain(own).copied()
}
