-- Sales
SELECT sum(total) FROM orders WHERE created_at::date = current_date
SELECT count(*) FROM orders WHERE created_at >= date_trunc('week', now()) AND created_at < date_trunc('week', now()) + interval '1 week'
SELECT to_char(created_at, 'Mon YYYY') AS month, sum(total) AS revenue FROM orders GROUP BY to_char(created_at, 'Mon YYYY'), date_trunc('month', created_at) ORDER BY date_trunc('month', created_at)
SELECT p.name, sum(l.quantity * l.unit_price) AS revenue FROM order_lines l JOIN products p ON p.id = l.product_id GROUP BY p.name ORDER BY revenue DESC LIMIT 10
SELECT c.name, count(o.id) AS orders, coalesce(sum(o.total), 0) AS spent FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name HAVING count(o.id) > 3 ORDER BY spent DESC
SELECT c.* FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.created_at > now() - interval '90 days')
SELECT region, sum(total) FILTER (WHERE status = 'paid') AS paid, sum(total) FILTER (WHERE status = 'open') AS open FROM orders GROUP BY region
WITH m AS (SELECT date_trunc('month', created_at) AS month, sum(total) AS revenue FROM orders GROUP BY 1) SELECT month, revenue, round(100.0 * (revenue - lag(revenue) OVER (ORDER BY month)) / nullif(lag(revenue) OVER (ORDER BY month), 0), 1) AS growth FROM m
SELECT day::date, coalesce(sum(o.total), 0) FROM generate_series(current_date - 29, current_date, interval '1 day') AS day LEFT JOIN orders o ON o.created_at::date = day::date GROUP BY day ORDER BY day
SELECT created_at::date AS day, sum(sum(total)) OVER (ORDER BY created_at::date) AS running FROM orders GROUP BY created_at::date
SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY created_at DESC) AS n FROM orders o) AS ranked WHERE n <= 3
SELECT DISTINCT ON (customer_id) customer_id, id, total, created_at FROM orders ORDER BY customer_id, created_at DESC
SELECT percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY total) FROM orders
SELECT width_bucket(total, 0, 10000, 10) AS bucket, count(*) FROM orders GROUP BY bucket ORDER BY bucket
SELECT ntile(4) OVER (ORDER BY total) AS quartile, id, total FROM orders
SELECT avg(total) AS mean, stddev_samp(total) AS deviation, min(total), max(total), count(*) FROM orders
SELECT extract(isodow FROM created_at) AS weekday, count(*) FROM orders GROUP BY 1 ORDER BY 1
SELECT extract(hour FROM created_at AT TIME ZONE 'Africa/Nairobi') AS hour, count(*) FROM orders GROUP BY hour ORDER BY count(*) DESC
SELECT o.id, o.total, o.total / sum(o.total) OVER () AS share FROM orders o
SELECT city, status, count(*) FROM orders JOIN customers USING (customer_id) GROUP BY CUBE (city, status)
SELECT coalesce(city, 'all') AS city, sum(total) FROM orders GROUP BY ROLLUP (city)
SELECT a.product_id, b.product_id, count(*) FROM order_lines a JOIN order_lines b ON a.order_id = b.order_id AND a.product_id < b.product_id GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20
SELECT c.name, s.total FROM customers c, LATERAL (SELECT sum(total) AS total FROM orders o WHERE o.customer_id = c.id) s WHERE s.total > 10000
SELECT id, total, CASE WHEN total < 1000 THEN 'small' WHEN total < 10000 THEN 'medium' ELSE 'large' END AS size FROM orders
SELECT date_part('year', age(current_date, birthday))::int AS age, count(*) FROM customers GROUP BY 1
-- Receivables
SELECT invoice_number, due_date, current_date - due_date AS days_late, amount - paid AS owed FROM invoices WHERE due_date < current_date AND amount > paid ORDER BY days_late DESC
SELECT sum(amount - paid) FILTER (WHERE current_date - due_date BETWEEN 1 AND 30) AS "1-30", sum(amount - paid) FILTER (WHERE current_date - due_date BETWEEN 31 AND 60) AS "31-60", sum(amount - paid) FILTER (WHERE current_date - due_date > 60) AS "60+" FROM invoices
SELECT i.* FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id WHERE p.id IS NULL
SELECT customer_id, bool_and(paid) AS all_paid, bool_or(disputed) AS any_disputed FROM invoices GROUP BY customer_id
SELECT avg(paid_at - issued_at) AS time_to_pay FROM invoices WHERE paid_at IS NOT NULL
SELECT make_interval(days => 30) + issued_at AS due FROM invoices
SELECT number, to_char(amount, 'FM999,999,990.00') AS amount FROM invoices
SELECT * FROM invoices WHERE (year, month) IN ((2025, 1), (2025, 2))
SELECT vendor, sum(amount) FROM bills WHERE daterange('2025-01-01', '2025-04-01') @> bill_date GROUP BY vendor
SELECT account, sum(debit) - sum(credit) AS balance FROM ledger GROUP BY account HAVING sum(debit) <> sum(credit)
SELECT * FROM payments WHERE reference ILIKE '%inv-2025%' OR reference ~* '^po[0-9]{4}$'
SELECT round(sum(amount) * 0.16, 2) AS vat FROM invoices WHERE issued_at >= '2025-01-01'
-- Customers
SELECT * FROM customers WHERE lower(email) = lower('Asha@Example.com')
SELECT name, regexp_replace(phone, '[^0-9]', '', 'g') AS digits FROM customers
SELECT split_part(email, '@', 2) AS domain, count(*) FROM customers GROUP BY 1 ORDER BY 2 DESC
SELECT email, count(*) FROM customers GROUP BY email HAVING count(*) > 1
SELECT string_agg(name, ', ' ORDER BY name) FROM customers WHERE city = 'Thika'
SELECT left(name, 1) AS initial, count(*) FROM customers GROUP BY initial
SELECT * FROM customers WHERE tags && ARRAY['vip', 'wholesale']
SELECT * FROM customers WHERE 'vip' = ANY (tags)
SELECT tag, count(*) FROM customers, unnest(tags) AS tag GROUP BY tag
SELECT * FROM customers WHERE array_length(tags, 1) > 2 AND cardinality(tags) < 10
SELECT initcap(trim(name)), length(name), reverse(name), md5(email) FROM customers
SELECT c1.name, c2.name FROM customers c1 JOIN customers c2 ON c1.referred_by = c2.id
SELECT created_at::date, count(*), sum(count(*)) OVER (ORDER BY created_at::date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS seven_days FROM customers GROUP BY 1
WITH first AS (SELECT customer_id, min(created_at) AS first FROM orders GROUP BY 1) SELECT date_trunc('month', first) AS cohort, count(*) FROM first GROUP BY 1
WITH cohort AS (SELECT customer_id, date_trunc('month', min(created_at)) AS m FROM orders GROUP BY 1) SELECT m, date_trunc('month', o.created_at) AS later, count(DISTINCT o.customer_id) FROM cohort JOIN orders o USING (customer_id) GROUP BY 1, 2 ORDER BY 1, 2
SELECT count(*) FILTER (WHERE last_seen > now() - interval '30 days')::numeric / nullif(count(*), 0) AS active FROM customers
SELECT * FROM customers ORDER BY random() LIMIT 5
SELECT * FROM customers WHERE name SIMILAR TO '(A|B)%'
SELECT * FROM customers WHERE address IS NOT DISTINCT FROM billing_address
SELECT name, coalesce(nullif(trim(phone), ''), 'none') AS phone FROM customers
SELECT concat_ws(', ', street, city, country) FROM customers
SELECT * FROM customers FETCH FIRST 10 ROWS ONLY
-- Stock
SELECT sku, quantity FROM stock WHERE quantity < reorder_level ORDER BY quantity
SELECT s.sku, s.quantity, s.quantity - coalesce(r.reserved, 0) AS available FROM stock s LEFT JOIN (SELECT sku, sum(quantity) AS reserved FROM reservations GROUP BY sku) r ON r.sku = s.sku
SELECT sku, sum(CASE WHEN kind = 'in' THEN quantity ELSE -quantity END) AS on_hand FROM movements GROUP BY sku
SELECT sku, max(moved_at) AS last, now() - max(moved_at) AS idle FROM movements GROUP BY sku HAVING max(moved_at) < now() - interval '6 months'
SELECT warehouse, sum(quantity * cost)::money FROM stock GROUP BY warehouse
SELECT sku FROM stock EXCEPT SELECT sku FROM movements
SELECT sku FROM stock INTERSECT SELECT sku FROM catalogue ORDER BY sku
WITH RECURSIVE parts AS (SELECT id, parent_id, name, 1 AS level, ARRAY[id] AS path FROM components WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, c.name, p.level + 1, p.path || c.id FROM components c JOIN parts p ON c.parent_id = p.id WHERE NOT c.id = ANY (p.path)) SELECT repeat('  ', level) || name FROM parts ORDER BY path
SELECT sku, first_value(price) OVER w AS first, last_value(price) OVER (w RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last FROM prices WINDOW w AS (PARTITION BY sku ORDER BY valid_from)
SELECT sku, price FROM prices WHERE valid_from <= current_date AND (valid_to IS NULL OR valid_to > current_date)
SELECT sku, lead(valid_from, 1, 'infinity') OVER (PARTITION BY sku ORDER BY valid_from) AS until FROM prices
SELECT * FROM bookings WHERE (starts_at, ends_at) OVERLAPS (timestamp '2025-05-01', timestamp '2025-05-08')
SELECT corr(price, quantity), regr_slope(quantity, price) FROM order_lines
SELECT mode() WITHIN GROUP (ORDER BY size) FROM products
SELECT name, ts_rank(search, query) FROM products, to_tsquery('english', 'coffee & roast') AS query WHERE search @@ query ORDER BY 2 DESC
SELECT * FROM products WHERE to_tsvector('english', description) @@ plainto_tsquery('english', 'dark roast')
SELECT ts_headline('english', description, websearch_to_tsquery('english', '"dark roast" -decaf')) FROM products
-- JSON
SELECT data->>'status' AS status, count(*) FROM events GROUP BY 1
SELECT (data->>'amount')::numeric FROM events WHERE data->>'type' = 'payment'
SELECT id, item->>'sku' AS sku, (item->>'qty')::int AS qty FROM events, jsonb_array_elements(data->'items') AS item
SELECT jsonb_object_agg(name, city) FROM customers
SELECT key, count(*) FROM events, jsonb_object_keys(data) AS key GROUP BY key
SELECT data #>> '{customer,address,city}' FROM events WHERE data ? 'customer'
SELECT jsonb_build_object('id', id, 'lines', (SELECT jsonb_agg(l) FROM order_lines l WHERE l.order_id = o.id)) FROM orders o
SELECT * FROM events WHERE data @> '{"paid": true}' AND jsonb_typeof(data->'items') = 'array'
SELECT jsonb_array_length(data->'items') FROM events WHERE jsonb_path_exists(data, '$.items[*] ? (@.qty > 5)')
SELECT x.* FROM events e, jsonb_to_record(e.data) AS x(type text, amount numeric)
-- People and time
SELECT department, avg(salary), rank() OVER (ORDER BY avg(salary) DESC) FROM staff GROUP BY department
SELECT e.name, m.name AS manager FROM staff e LEFT JOIN staff m ON e.manager_id = m.id
SELECT name, salary FROM staff WHERE salary > (SELECT avg(salary) FROM staff s WHERE s.department = staff.department)
SELECT user_id, created_at, created_at - lag(created_at) OVER (PARTITION BY user_id ORDER BY created_at) AS gap FROM sessions
SELECT user_id, count(*) FILTER (WHERE gap > interval '30 minutes' OR gap IS NULL) AS visits FROM (SELECT user_id, created_at - lag(created_at) OVER (PARTITION BY user_id ORDER BY created_at) AS gap FROM sessions) s GROUP BY user_id
SELECT day - (row_number() OVER (ORDER BY day))::int AS island, min(day), max(day) FROM attendance GROUP BY day
SELECT date_bin('15 minutes', created_at, timestamp '2025-01-01') AS slot, count(*) FROM calls GROUP BY slot
SELECT justify_interval(sum(ended_at - started_at)) FROM calls
SELECT extract(epoch FROM (ended_at - started_at)) / 60 AS minutes FROM calls
SELECT count(*) FROM tickets WHERE closed_at IS NULL AND priority IN ('high', 'urgent')
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY closed_at - opened_at) FROM tickets
SELECT assignee, array_agg(id ORDER BY opened_at) FROM tickets GROUP BY assignee
SELECT t.id, (SELECT body FROM messages m WHERE m.ticket_id = t.id ORDER BY created_at LIMIT 1) AS first_message FROM tickets t
SELECT greatest(opened_at, assigned_at), least(a, b), num_nulls(a, b, c) FROM tickets
SELECT format('%s (%s)', name, city) FROM customers
SELECT name, similarity(name, 'Wanjiru') FROM customers
SELECT c.name FROM customers c GROUP BY c.id
VALUES (1, 'one'), (2, 'two')
SELECT encode(sha256(email::bytea), 'hex') FROM customers
SELECT date_trunc('quarter', created_at)::date AS quarter, count(DISTINCT customer_id) FROM orders GROUP BY 1
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position
