-- Sales
SELECT SUM(total) FROM orders WHERE DATE(created_at) = CURDATE()
SELECT COUNT(*) FROM orders WHERE YEARWEEK(created_at, 1) = YEARWEEK(CURDATE(), 1)
SELECT DATE_FORMAT(created_at, '%b %Y') AS month, SUM(total) AS revenue FROM orders GROUP BY YEAR(created_at), MONTH(created_at), DATE_FORMAT(created_at, '%b %Y') ORDER BY YEAR(created_at), MONTH(created_at)
SELECT p.name, SUM(l.quantity * l.unit_price) AS revenue FROM order_lines l JOIN products p ON p.id = l.product_id GROUP BY p.name ORDER BY revenue DESC LIMIT 10
SELECT c.name, COUNT(o.id) AS orders, IFNULL(SUM(o.total), 0) AS spent FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name HAVING orders > 3 ORDER BY spent DESC
SELECT c.* FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.created_at > NOW() - INTERVAL 90 DAY)
SELECT region, SUM(IF(status = 'paid', total, 0)) AS paid, SUM(CASE WHEN status = 'open' THEN total ELSE 0 END) AS open FROM orders GROUP BY region
WITH m AS (SELECT DATE_FORMAT(created_at, '%Y-%m-01') AS month, SUM(total) AS revenue FROM orders GROUP BY 1) SELECT month, revenue, ROUND(100 * (revenue - LAG(revenue) OVER (ORDER BY month)) / NULLIF(LAG(revenue) OVER (ORDER BY month), 0), 1) AS growth FROM m
WITH RECURSIVE d AS (SELECT CURDATE() - INTERVAL 29 DAY AS day UNION ALL SELECT day + INTERVAL 1 DAY FROM d WHERE day < CURDATE()) SELECT d.day, COALESCE(SUM(o.total), 0) FROM d LEFT JOIN orders o ON DATE(o.created_at) = d.day GROUP BY d.day
SELECT DATE(created_at) AS day, SUM(SUM(total)) OVER (ORDER BY DATE(created_at)) AS running FROM orders GROUP BY DATE(created_at)
SELECT * FROM (SELECT o.*, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY created_at DESC) AS n FROM orders o) AS ranked WHERE n <= 3
SELECT NTILE(4) OVER (ORDER BY total) AS quartile, id, total FROM orders
SELECT AVG(total), STDDEV_SAMP(total), MIN(total), MAX(total), COUNT(*) FROM orders
SELECT DAYNAME(created_at) AS weekday, COUNT(*) FROM orders GROUP BY DAYOFWEEK(created_at), DAYNAME(created_at)
SELECT HOUR(CONVERT_TZ(created_at, '+00:00', '+03:00')) AS hour, COUNT(*) FROM orders GROUP BY hour ORDER BY COUNT(*) DESC
SELECT IFNULL(city, 'all') AS city, SUM(total) FROM orders GROUP BY city WITH ROLLUP
SELECT a.product_id, b.product_id, COUNT(*) AS n FROM order_lines a JOIN order_lines b ON a.order_id = b.order_id AND a.product_id < b.product_id GROUP BY a.product_id, b.product_id ORDER BY n DESC LIMIT 20
SELECT id, total, total / SUM(total) OVER () AS share FROM orders
SELECT TIMESTAMPDIFF(YEAR, birthday, CURDATE()) AS age, COUNT(*) FROM customers GROUP BY age
SELECT QUARTER(created_at) AS q, COUNT(DISTINCT customer_id) FROM orders WHERE YEAR(created_at) = 2025 GROUP BY q
-- Receivables
SELECT invoice_number, due_date, DATEDIFF(CURDATE(), due_date) AS days_late, amount - paid AS owed FROM invoices WHERE due_date < CURDATE() AND amount > paid ORDER BY days_late DESC
SELECT SUM(IF(DATEDIFF(CURDATE(), due_date) BETWEEN 1 AND 30, amount - paid, 0)) AS `1-30`, SUM(IF(DATEDIFF(CURDATE(), due_date) > 60, amount - paid, 0)) AS `60+` FROM invoices
SELECT i.* FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id WHERE p.id IS NULL
SELECT customer_id, MIN(paid) AS all_paid, MAX(disputed) AS any_disputed FROM invoices GROUP BY customer_id
SELECT AVG(TIMESTAMPDIFF(HOUR, issued_at, paid_at)) FROM invoices WHERE paid_at IS NOT NULL
SELECT DATE_ADD(issued_at, INTERVAL 30 DAY) AS due FROM invoices
SELECT number, FORMAT(amount, 2) AS amount FROM invoices
SELECT * FROM invoices WHERE (year, month) IN ((2025, 1), (2025, 2))
SELECT account, SUM(debit) - SUM(credit) AS balance FROM ledger GROUP BY account HAVING balance <> 0
SELECT * FROM payments WHERE reference LIKE '%INV-2025%' OR reference REGEXP '^PO[0-9]{4}$'
SELECT ROUND(SUM(amount) * 0.16, 2) AS vat FROM invoices WHERE issued_at >= '2025-01-01'
-- Customers
SELECT * FROM customers WHERE LOWER(email) = LOWER('Asha@Example.com')
SELECT name, REGEXP_REPLACE(phone, '[^0-9]', '') AS digits FROM customers
SELECT SUBSTRING_INDEX(email, '@', -1) AS domain, COUNT(*) FROM customers GROUP BY domain ORDER BY COUNT(*) DESC
SELECT email, COUNT(*) FROM customers GROUP BY email HAVING COUNT(*) > 1
SELECT GROUP_CONCAT(name ORDER BY name SEPARATOR ', ') FROM customers WHERE city = 'Thika'
SELECT LEFT(name, 1) AS initial, COUNT(*) FROM customers GROUP BY initial
SELECT * FROM customers WHERE FIND_IN_SET('vip', tags)
SELECT TRIM(name), CHAR_LENGTH(name), REVERSE(name), MD5(email), UPPER(city) FROM customers
SELECT CONCAT_WS(', ', street, city, country) FROM customers
SELECT name, COALESCE(NULLIF(TRIM(phone), ''), 'none') AS phone FROM customers
SELECT * FROM customers ORDER BY RAND() LIMIT 5
SELECT * FROM customers WHERE address <=> billing_address
SELECT SUM(last_seen > NOW() - INTERVAL 30 DAY) / COUNT(*) AS active FROM customers
WITH cohort AS (SELECT customer_id, MIN(created_at) AS first FROM orders GROUP BY customer_id) SELECT DATE_FORMAT(first, '%Y-%m') AS cohort, COUNT(*) FROM cohort GROUP BY cohort
SELECT c1.name, c2.name FROM customers c1 JOIN customers c2 ON c1.referred_by = c2.id
SELECT * FROM customers WHERE MATCH (name, notes) AGAINST ('+coffee -decaf' IN BOOLEAN MODE)
-- Stock
SELECT sku, quantity FROM stock WHERE quantity < reorder_level ORDER BY quantity
SELECT sku, SUM(CASE WHEN kind = 'in' THEN quantity ELSE -quantity END) AS on_hand FROM movements GROUP BY sku
SELECT sku, MAX(moved_at) AS last FROM movements GROUP BY sku HAVING MAX(moved_at) < NOW() - INTERVAL 6 MONTH
SELECT sku, FIRST_VALUE(price) OVER (PARTITION BY sku ORDER BY valid_from) FROM prices
SELECT sku, LEAD(valid_from) OVER (PARTITION BY sku ORDER BY valid_from) AS until FROM prices
SELECT sku FROM stock WHERE sku NOT IN (SELECT sku FROM movements WHERE sku IS NOT NULL)
WITH RECURSIVE parts AS (SELECT id, parent_id, name, 1 AS level FROM components WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, c.name, p.level + 1 FROM components c JOIN parts p ON c.parent_id = p.id) SELECT CONCAT(REPEAT('  ', level), name) FROM parts
-- JSON
SELECT data->>'$.status' AS status, COUNT(*) FROM events GROUP BY status
SELECT JSON_UNQUOTE(JSON_EXTRACT(data, '$.customer.city')) FROM events WHERE JSON_CONTAINS(data, 'true', '$.paid')
SELECT e.id, i.sku, i.qty FROM events e, JSON_TABLE(e.data, '$.items[*]' COLUMNS (sku VARCHAR(20) PATH '$.sku', qty INT PATH '$.qty')) AS i
SELECT JSON_OBJECT('id', id, 'name', name), JSON_ARRAYAGG(city) FROM customers GROUP BY id, name
SELECT JSON_LENGTH(data, '$.items'), JSON_KEYS(data), JSON_TYPE(data->'$.items') FROM events
-- People and time
SELECT department, AVG(salary), RANK() OVER (ORDER BY AVG(salary) DESC) FROM staff GROUP BY department
SELECT name, salary FROM staff s WHERE salary > (SELECT AVG(salary) FROM staff t WHERE t.department = s.department)
SELECT user_id, TIMESTAMPDIFF(MINUTE, LAG(created_at) OVER (PARTITION BY user_id ORDER BY created_at), created_at) AS gap FROM sessions
SELECT SEC_TO_TIME(SUM(TIME_TO_SEC(TIMEDIFF(ended_at, started_at)))) FROM calls
SELECT FROM_UNIXTIME(UNIX_TIMESTAMP(created_at) - MOD(UNIX_TIMESTAMP(created_at), 900)) AS slot, COUNT(*) FROM calls GROUP BY slot
SELECT STR_TO_DATE('31/12/2025', '%d/%m/%Y'), MAKEDATE(2025, 100), LAST_DAY(CURDATE())
SELECT COUNT(*) FROM tickets WHERE closed_at IS NULL AND priority IN ('high', 'urgent')
SELECT t.id, (SELECT body FROM messages m WHERE m.ticket_id = t.id ORDER BY created_at LIMIT 1) AS first_message FROM tickets t
SELECT GREATEST(opened_at, assigned_at), LEAST(a, b), ELT(2, 'a', 'b'), FIELD(priority, 'low', 'high') FROM tickets
SELECT c.name FROM customers c GROUP BY c.id
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE()
