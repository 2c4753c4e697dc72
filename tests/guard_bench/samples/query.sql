WITH monthly AS (
  SELECT o.customer_id, date_trunc('month', o.ordered_at) AS month, count(*) AS orders,
         sum(o.total) AS turnover, count(*) FILTER (WHERE o.status = 'returned') AS returned
  FROM orders AS o
  WHERE o.ordered_at >= now() - interval '12 months' AND o.status IN ('paid', 'shipped', 'returned')
  GROUP BY o.customer_id, date_trunc('month', o.ordered_at)
),
ranked AS (
  SELECT m.customer_id, m.month, m.orders, m.turnover, m.returned,
         rank() OVER (PARTITION BY m.month ORDER BY m.turnover DESC) AS place,
         lag(m.turnover) OVER (PARTITION BY m.customer_id ORDER BY m.month) AS before,
         avg(m.turnover) OVER (PARTITION BY m.customer_id ORDER BY m.month ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS smoothed
  FROM monthly AS m
),
latest AS (
  SELECT DISTINCT ON (p.customer_id) p.customer_id, p.amount, p.paid_at, p.reference
  FROM payments AS p
  WHERE p.amount > 0
  ORDER BY p.customer_id, p.paid_at DESC
)
SELECT c.name, c.city, c.phone, r.month, r.orders, round(r.turnover, 2) AS turnover,
       CASE WHEN r.before IS NULL THEN 'new'
            WHEN r.turnover > r.before * 1.1 THEN 'growing'
            WHEN r.turnover < r.before * 0.9 THEN 'shrinking'
            ELSE 'steady' END AS course,
       coalesce(r.smoothed, 0) AS smoothed, l.amount AS last_payment, l.paid_at,
       (SELECT count(*) FROM order_items AS i JOIN orders AS x ON x.id = i.order_id
         WHERE x.customer_id = c.id AND i.quantity > 10 AND i.unit_price BETWEEN 50 AND 5000) AS large_items,
       (SELECT string_agg(DISTINCT i.product, ', ' ORDER BY i.product) FROM order_items AS i
         JOIN orders AS y ON y.id = i.order_id
         WHERE y.customer_id = c.id AND y.ordered_at >= r.month) AS products
FROM ranked AS r
JOIN customers AS c ON c.id = r.customer_id
LEFT JOIN latest AS l ON l.customer_id = c.id
WHERE r.place <= 10 AND c.city <> 'Mombasa' AND lower(c.name) LIKE '%market%'
  AND EXISTS (SELECT 1 FROM payments AS q WHERE q.customer_id = c.id AND q.paid_at >= now() - interval '90 days')
ORDER BY r.month DESC, r.place, c.name
LIMIT 100
