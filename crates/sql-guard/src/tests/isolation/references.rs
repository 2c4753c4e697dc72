//! Wherever a table stands, something else stands in its place.

use super::{Code, ORDERS, PRODUCTS, code, within, written};

#[test]
fn a_table_is_read_through_its_condition() {
    assert_eq!(
        written("select * from orders"),
        format!("SELECT * FROM {ORDERS} AS \"orders\" LIMIT 501")
    );
}

#[test]
fn an_alias_stays_the_alias() {
    assert_eq!(
        written("SELECT o.id FROM Public.Orders AS o WHERE o.total > 5 LIMIT 3"),
        format!("SELECT \"o\".\"id\" FROM {ORDERS} AS \"o\" WHERE \"o\".\"total\" > 5 LIMIT 3")
    );
}

#[test]
fn every_place_where_a_table_may_stand_is_reached() {
    for sql in [
        "SELECT * FROM orders",
        "SELECT * FROM \"orders\"",
        "SELECT * FROM ORDERS o(a, b)",
        "TABLE orders",
        "(TABLE public.orders)",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM orders)",
        "SELECT (SELECT max(total) FROM orders)",
        "SELECT ARRAY(SELECT id FROM orders)",
        "SELECT 1 WHERE 1 IN (SELECT id FROM orders)",
        "SELECT 1 WHERE 1 = ANY (SELECT id FROM orders)",
        "SELECT CASE WHEN (SELECT count(*) FROM orders) > 1 THEN 1 END",
        "SELECT count(*) FILTER (WHERE 1 IN (SELECT id FROM orders))",
        "SELECT sum(1) OVER (ORDER BY (SELECT max(id) FROM orders))",
        "SELECT sum(1) OVER w FROM products WINDOW w AS (PARTITION BY (SELECT max(id) FROM orders))",
        "SELECT 1 UNION SELECT id FROM orders",
        "SELECT 1 EXCEPT (SELECT id FROM orders)",
        "VALUES ((SELECT max(id) FROM orders))",
        "WITH x AS (SELECT * FROM orders) SELECT * FROM x",
        "WITH RECURSIVE x AS (SELECT id FROM orders UNION ALL SELECT id + 1 FROM x WHERE id < 9) SELECT * FROM x",
        "SELECT * FROM (SELECT * FROM orders) x",
        "SELECT * FROM (orders JOIN products USING (id))",
        "SELECT * FROM ((orders CROSS JOIN products) CROSS JOIN products p2)",
        "SELECT * FROM products NATURAL JOIN orders",
        "SELECT * FROM products p LEFT JOIN orders o ON o.product_id = p.id",
        "SELECT * FROM products, LATERAL (SELECT * FROM orders WHERE product_id = products.id) x",
        "SELECT * FROM products JOIN products p ON p.id IN (SELECT id FROM orders)",
        "SELECT * FROM generate_series(1, (SELECT max(id)::int FROM orders)) g",
        "SELECT 1 GROUP BY (SELECT max(id) FROM orders)",
        "SELECT 1 HAVING (SELECT max(id) FROM orders) > 1",
        "SELECT 1 ORDER BY (SELECT max(id) FROM orders)",
        "SELECT DISTINCT ON ((SELECT max(id) FROM orders)) 1",
        "SELECT 1 OFFSET (SELECT max(id) FROM orders)",
        "SELECT (ARRAY[1,2])[(SELECT max(id) FROM orders)]",
        "SELECT * FROM (SELECT 1 LIMIT (SELECT max(id) FROM orders)) x",
        "SELECT sum(1) OVER (ORDER BY 1 ROWS BETWEEN (SELECT max(id) FROM orders) PRECEDING AND CURRENT ROW)",
        "SELECT string_agg('a', 'b' ORDER BY (SELECT max(id) FROM orders))",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (SELECT max(id) FROM orders))",
        "SELECT json_build_object('a', (SELECT max(id) FROM orders))",
        "SELECT extract(day FROM (SELECT max(day) FROM orders))",
        "SELECT substring((SELECT max(name) FROM orders) FROM 1 FOR 2)",
        "SELECT trim(BOTH 'x' FROM (SELECT max(name) FROM orders))",
        "SELECT overlay('a' PLACING (SELECT max(name) FROM orders) FROM 1)",
        "SELECT position((SELECT max(name) FROM orders) IN 'abc')",
        "SELECT (SELECT max(day) FROM orders) AT TIME ZONE 'UTC'",
        "SELECT 1 BETWEEN 0 AND (SELECT max(id) FROM orders)",
        "SELECT 'a' LIKE (SELECT max(name) FROM orders)",
        "SELECT 'a' SIMILAR TO (SELECT max(name) FROM orders)",
        "SELECT 1 IS DISTINCT FROM (SELECT max(id) FROM orders)",
        "SELECT (SELECT max(name) FROM orders) COLLATE \"C\"",
        "SELECT (SELECT max(id) FROM orders)::text",
        "SELECT ARRAY[(SELECT max(id) FROM orders)]",
        "SELECT (ARRAY[1,2])[1:(SELECT max(id) FROM orders)]",
        "SELECT ROW((SELECT max(id) FROM orders), 1)",
        "SELECT (1, (SELECT max(id) FROM orders)) = (1, 2)",
        "SELECT 1 FROM products GROUP BY GROUPING SETS (((SELECT max(id) FROM orders)), ())",
        "SELECT 1 FROM products WHERE (SELECT max(id) FROM orders) IS NULL",
        "SELECT make_date(year => (SELECT max(id) FROM orders), month => 1, day => 1)",
        "SELECT 1 = ALL (SELECT id FROM orders)",
        "SELECT -(SELECT max(id) FROM orders)",
    ] {
        let query = within(sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
        let without = query.sql().replace(ORDERS, "").replace(PRODUCTS, "");
        assert!(query.sql().contains(ORDERS), "{sql}: {}", query.sql());
        assert!(!without.contains("\"public\""), "{sql}: {}", query.sql());
        assert!(
            query.tables().contains(&"public.orders".to_owned()),
            "{sql}"
        );
    }
}

#[test]
fn what_is_not_exposed_is_refused_wherever_it_stands() {
    for sql in [
        "SELECT * FROM secrets",
        "SELECT * FROM public.secrets",
        "SELECT * FROM other.orders",
        "SELECT * FROM lango.public.orders",
        "SELECT * FROM \"Orders\"",
        "SELECT * FROM orders, secrets",
        "SELECT * FROM orders WHERE EXISTS (SELECT 1 FROM secrets)",
        "WITH x AS (SELECT * FROM secrets) SELECT * FROM x",
        "WITH secrets AS (SELECT * FROM secrets) SELECT * FROM secrets",
        "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
        "SELECT * FROM (WITH secrets AS (SELECT 1) SELECT * FROM secrets) x, secrets",
        "WITH secrets AS (SELECT 1) SELECT * FROM public.secrets",
        "TABLE secrets",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM information_schema.columns",
        "SELECT last_value FROM orders_id_seq",
        "SELECT * FROM margins",
        "SELECT * FROM sales.margins",
    ] {
        assert_eq!(code(sql), Some(Code::Table), "{sql}");
    }
}

#[test]
fn a_refusal_says_the_same_of_what_is_hidden_and_of_what_is_not_there() {
    let hidden = within("SELECT * FROM sales.margins").unwrap_err();
    let absent = within("SELECT * FROM sales.absentx").unwrap_err();
    assert_eq!(hidden.hint, absent.hint);
    assert_eq!(hidden.code, absent.code);
    assert!(!hidden.hint.contains("margins"), "{}", hidden.hint);
    assert!(hidden.hint.contains("public.orders"), "{}", hidden.hint);
}

#[test]
fn columns_may_be_written_with_the_schema_where_that_is_plain() {
    let plain = written("SELECT orders.id, orders.* FROM public.orders WHERE orders.id = 1");
    assert_eq!(
        written(
            "SELECT public.orders.id, public.orders.* FROM public.orders WHERE public.orders.id = 1"
        ),
        plain
    );
    for sql in [
        "SELECT public.orders.id FROM products AS orders, public.orders o",
        "WITH orders AS (SELECT 1 AS id) SELECT public.orders.id FROM orders",
        "SELECT other.orders.id FROM orders",
        "SELECT public.secrets.id FROM orders",
        "SELECT a.b.c.d FROM orders a",
    ] {
        assert_eq!(code(sql), Some(Code::Identifier), "{sql}");
    }
}

/// `alias.name` would be a call of `name` with the alias' value.
#[test]
fn a_function_in_from_is_a_row() {
    assert_eq!(
        written("SELECT x.nextval FROM lower('s') AS x"),
        "SELECT \"x\".\"nextval\" FROM LATERAL (SELECT * FROM pg_catalog.lower('s') AS \"x\") AS \"x\" LIMIT 501"
    );
    assert_eq!(code("SELECT ('s'::text).nextval"), Some(Code::Function));
    assert_eq!(
        code("SELECT (o.name).owners_function FROM orders o"),
        Some(Code::Function)
    );
}

/// A table is a type too, whose fields are its columns.
#[test]
fn types_of_tables_are_closed() {
    for sql in [
        "SELECT NULL::secrets",
        "SELECT json_populate_record(NULL::public.secrets, '{}')",
        "SELECT CAST('()' AS secrets[])",
        "SELECT * FROM json_to_record('{}') AS x(a secrets)",
    ] {
        assert_eq!(code(sql), Some(Code::DataType), "{sql}");
    }
    for sql in [
        "SELECT now()::timestamptz, '1'::money, '{1}'::int[], '10.0.0.1'::inet",
        "SELECT * FROM json_to_record('{}') AS x(a int, b jsonb)",
    ] {
        assert_eq!(code(sql), None, "{sql}");
    }
}
