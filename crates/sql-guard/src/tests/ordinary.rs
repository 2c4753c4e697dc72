//! Queries an analyst's assistant writes every day.

use super::postgres;

pub(super) const ALLOWED: &[&str] = &[
    "SELECT 1",
    "SELECT 1;",
    "select count(*) from orders",
    "SELECT * FROM customers ORDER BY created_at DESC NULLS LAST LIMIT 10 OFFSET 20",
    "SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.total > 1000",
    "SELECT c.name FROM customers AS c LEFT JOIN orders o USING (customer_id) WHERE o.id IS NULL",
    "SELECT * FROM a NATURAL JOIN b",
    "SELECT * FROM a FULL OUTER JOIN b ON a.id = b.id CROSS JOIN c",
    "SELECT * FROM (a JOIN b ON a.id = b.id) JOIN c ON c.id = a.id",
    "SELECT DISTINCT city FROM customers",
    "SELECT DISTINCT ON (customer_id) customer_id, total FROM orders ORDER BY customer_id, created_at DESC",
    "SELECT city, count(*) AS customers FROM customers GROUP BY city HAVING count(*) > 5 ORDER BY 2 DESC",
    "SELECT date_trunc('month', created_at) AS month, sum(total) FROM orders GROUP BY 1 ORDER BY 1",
    "SELECT date_trunc('week', created_at)::date, round(avg(total), 2) FROM orders GROUP BY 1",
    "SELECT * FROM orders WHERE created_at >= now() - INTERVAL '30 days'",
    "SELECT * FROM orders WHERE created_at >= CURRENT_DATE - INTERVAL '1' MONTH",
    "SELECT * FROM orders WHERE created_at BETWEEN '2025-01-01' AND '2025-12-31'",
    "SELECT EXTRACT(YEAR FROM created_at) AS year, EXTRACT(dow FROM created_at), EXTRACT(epoch FROM now() - created_at) FROM orders",
    "SELECT created_at AT TIME ZONE 'Africa/Nairobi' FROM orders",
    "SELECT age(now(), created_at), to_char(created_at, 'YYYY-MM-DD HH24:MI') FROM orders",
    "SELECT to_date('2025-01-31', 'YYYY-MM-DD'), to_timestamp(0), make_date(2025, 1, 31)",
    "SELECT DATE '2025-01-01', TIMESTAMP '2025-01-01 00:00:00', TIME '12:00'",
    "SELECT generate_series(1, 10)",
    "SELECT d::date FROM generate_series('2025-01-01'::date, '2025-12-31', '1 day') AS d",
    "SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS t(value, position)",
    "WITH monthly AS (SELECT date_trunc('month', created_at) AS m, sum(total) AS s FROM orders GROUP BY 1) SELECT m, s, s - lag(s) OVER (ORDER BY m) AS change FROM monthly",
    "WITH RECURSIVE tree AS (SELECT id, parent_id, 1 AS depth FROM staff WHERE parent_id IS NULL UNION ALL SELECT s.id, s.parent_id, t.depth + 1 FROM staff s JOIN tree t ON s.parent_id = t.id) SELECT * FROM tree",
    "WITH a AS MATERIALIZED (SELECT 1 AS x), b(y) AS NOT MATERIALIZED (SELECT 2) SELECT x, y FROM a, b",
    "SELECT name, rank() OVER (PARTITION BY city ORDER BY total DESC) FROM customers",
    "SELECT total, sum(total) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM orders",
    "SELECT avg(total) OVER w, row_number() OVER w FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY id)",
    "SELECT first_value(total) OVER (w ORDER BY id RANGE BETWEEN '7 days' PRECEDING AND CURRENT ROW) FROM orders WINDOW w AS (PARTITION BY customer_id)",
    "SELECT count(*) FILTER (WHERE status = 'paid') AS paid, count(*) FILTER (WHERE status <> 'paid') AS open FROM invoices",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders",
    "SELECT mode() WITHIN GROUP (ORDER BY city) FROM customers",
    "SELECT string_agg(DISTINCT name, ', ' ORDER BY name) FROM customers",
    "SELECT array_agg(id ORDER BY created_at DESC) FROM orders GROUP BY customer_id",
    "SELECT jsonb_agg(jsonb_build_object('id', id, 'total', total)) FROM orders",
    "SELECT json_object_agg(name, city) FROM customers",
    "SELECT city, status, sum(total) FROM orders GROUP BY GROUPING SETS ((city), (status), ())",
    "SELECT city, status, grouping(city), sum(total) FROM orders GROUP BY ROLLUP (city, status)",
    "SELECT city, status, sum(total) FROM orders GROUP BY CUBE (city, status)",
    "SELECT c.name, last.total FROM customers c CROSS JOIN LATERAL (SELECT total FROM orders o WHERE o.customer_id = c.id ORDER BY created_at DESC LIMIT 1) last",
    "SELECT c.name, e.value FROM customers c, LATERAL jsonb_array_elements_text(c.tags) AS e(value)",
    "SELECT data->'address'->>'city', data #>> '{a,b}', data #> '{a}' FROM events",
    "SELECT * FROM events WHERE data @> '{\"type\": \"sale\"}' AND data ? 'total' AND tags ?| ARRAY['a', 'b']",
    "SELECT jsonb_path_query(data, '$.items[*].price') FROM events WHERE data @? '$.items[*]'",
    "SELECT key, value FROM events, jsonb_each_text(data)",
    "SELECT * FROM jsonb_to_recordset('[{\"a\": 1}]') AS t(a integer, b text)",
    "SELECT CASE WHEN total > 1000 THEN 'large' WHEN total > 100 THEN 'medium' ELSE 'small' END AS size FROM orders",
    "SELECT CASE status WHEN 'paid' THEN 1 ELSE 0 END FROM invoices",
    "SELECT coalesce(phone, email, 'none'), nullif(total, 0), greatest(1, 2), least(1, 2) FROM customers",
    "SELECT ARRAY[1, 2, 3], ARRAY[[1, 2], [3, 4]], (ARRAY[1, 2, 3])[1], (ARRAY[1, 2, 3])[1:2]",
    "SELECT * FROM orders WHERE id = ANY (ARRAY[1, 2, 3]) AND total > ALL (SELECT total FROM refunds)",
    "SELECT ARRAY(SELECT id FROM orders ORDER BY id), unnest(ARRAY['a', 'b'])",
    "SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS t(n, s)",
    "SELECT * FROM customers WHERE name ILIKE '%wanjiku%' OR name LIKE 'O\\_%' ESCAPE '\\'",
    "SELECT * FROM customers WHERE name ~ '^[A-Z]' AND name !~* 'test$' AND name SIMILAR TO '(A|B)%'",
    "SELECT regexp_replace(phone, '[^0-9]', '', 'g'), regexp_matches(note, '(\\d+)', 'g') FROM customers",
    "SELECT lower(name) || ' ' || upper(city), concat_ws(', ', name, city), split_part(email, '@', 2) FROM customers",
    "SELECT substring(name from 1 for 3), substring(name, 2), left(name, 3), trim(both ' ' from name), position('a' in name), overlay(name placing 'x' from 1 for 1) FROM customers",
    "SELECT length(name), char_length(name), initcap(name), lpad(id::text, 6, '0'), replace(name, 'a', 'b'), reverse(name) FROM customers",
    "SELECT round(total::numeric, 2), ceil(total), floor(total), abs(-1), power(2, 3), sqrt(4), mod(7, 2), 7 % 2, 2 ^ 3 FROM orders",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(id, name)",
    "TABLE customers",
    "TABLE \"Customers\" ORDER BY 1 LIMIT 5",
    "WITH a AS (TABLE customers) TABLE a UNION ALL (TABLE b)",
    "SELECT id FROM a UNION SELECT id FROM b UNION ALL SELECT id FROM c ORDER BY 1",
    "(SELECT id FROM a ORDER BY id LIMIT 5) EXCEPT (SELECT id FROM b) INTERSECT SELECT id FROM c",
    "SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE city = 'Nairobi')",
    "SELECT * FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
    "SELECT * FROM orders WHERE (customer_id, status) IN ((1, 'paid'), (2, 'open'))",
    "SELECT name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders FROM customers c",
    "SELECT * FROM t WHERE a IS NOT DISTINCT FROM b AND c IS DISTINCT FROM d AND e IS TRUE AND f IS NOT NULL AND g NOTNULL",
    "SELECT CAST(total AS numeric(12, 2)), total::float8, '5'::int, 'x'::varchar(10), now()::timestamptz, '{1,2}'::int[] FROM orders",
    "SELECT \"Order ID\", \"total\" FROM \"Sales Data\" WHERE \"Order ID\" = 5",
    "SELECT public.orders.id FROM public.orders",
    "SELECT o.*, c.name FROM orders o, customers c WHERE o.customer_id = c.id",
    "SELECT to_tsvector('english', body) @@ plainto_tsquery('english', 'late delivery'), ts_rank(to_tsvector(body), to_tsquery('a & b')) FROM tickets",
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT table_name FROM information_schema.tables",
    "SELECT width_bucket(total, 0, 1000, 10) AS bucket, count(*) FROM orders GROUP BY 1",
    "SELECT corr(a, b), regr_slope(a, b), stddev(a), variance(b), bool_or(c), every(d), bit_and(e) FROM t",
    "SELECT ntile(4) OVER (ORDER BY total), lead(total, 1, 0) OVER (ORDER BY id), percent_rank() OVER (ORDER BY total) FROM orders",
    "SELECT daterange('2025-01-01', '2025-02-01') @> CURRENT_DATE, int4range(1, 5) && int4range(3, 8)",
    "SELECT (DATE '2025-01-01', DATE '2025-06-01') OVERLAPS (DATE '2025-03-01', DATE '2025-09-01')",
    "SELECT name COLLATE \"C\" FROM customers ORDER BY name COLLATE \"en_US\"",
    "SELECT * FROM orders ORDER BY total DESC FETCH FIRST 5 ROWS ONLY",
    "SELECT * FROM orders ORDER BY total DESC FETCH FIRST 5 ROWS WITH TIES",
    "SELECT make_interval(days => 10), date_bin('15 minutes', now(), TIMESTAMP '2001-01-01')",
    "SELECT encode(sha256('x'::bytea), 'hex'), md5('x'), gen_random_uuid()",
    "SELECT json_build_object('a', 1)::jsonb - 'a', jsonb_set('{}', '{a}', '1'), '[1]'::jsonb || '[2]'",
    "SELECT pg_catalog.lower('X'), \"upper\"('x')",
    "SELECT current_user, current_database(), version(), LOCALTIMESTAMP",
    "SELECT row_to_json(c.*), to_jsonb(c) FROM customers c",
    "SELECT count(DISTINCT customer_id) * 100.0 / count(*) AS share FROM orders",
    "SELECT -total, +total, NOT paid, ~5, 1.5e3, .5, 1 << 2, 5 & 3, 5 | 3, 5 # 3 FROM orders",
    "SELECT user_id AS \"user\", \"order\" FROM \"group\"",
    "SELECT mteja, jumla FROM mauzo WHERE tarehe >= '2025-01-01' -- mauzo ya mwaka huu",
    "SELECT prénom FROM employés WHERE ville = 'Abidjan'",
];

#[test]
fn every_ordinary_query_passes() {
    let mut wrong = Vec::new();
    for sql in ALLOWED {
        match postgres(sql) {
            Err(refusal) => wrong.push(format!("{sql}\n    {refusal}")),
            Ok(query) => {
                let again = postgres(query.sql()).map(|again| again.sql().to_owned());
                if again.as_deref() != Ok(query.sql()) {
                    wrong.push(format!("{sql}\n    not a fixed point: {again:?}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        ALLOWED.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_rendering_quotes_what_is_a_name_and_nothing_else() {
    let query =
        postgres("select Name, COUNT(*) from Orders o where current_date > D group by 1").unwrap();
    assert_eq!(
        query.sql(),
        r#"SELECT "name", pg_catalog.count(*) FROM "orders" "o" WHERE current_date > "d" GROUP BY 1"#
    );
    assert_eq!(
        postgres("table /* x */ Orders").unwrap().sql(),
        r#"SELECT * FROM "orders""#
    );
    // What PostgreSQL would read as another clause is a name and stays one.
    assert_eq!(
        postgres("SELECT 1 FROM only t").unwrap().sql(),
        r#"SELECT 1 FROM "only" "t""#
    );
}
