-- A small business, and beside it everything that a statement could change
-- without changing a table: sequences, large objects, files, channels, and an
-- owner's functions that have effects.

CREATE TYPE order_status AS ENUM ('new', 'paid', 'sent');

CREATE TABLE customers (
  id integer PRIMARY KEY, customer_number text NOT NULL, name text, city varchar(40), phone text,
  email text, secret text, balance numeric(12, 2), rating double precision, active boolean,
  born date, created_at timestamptz, tags text[], data jsonb, address inet, token uuid);
INSERT INTO customers
SELECT i, 'C-' || lpad((i % 7)::text, 3, '0'), 'Customer ' || i,
       (ARRAY['Nairobi', 'Mombasa', 'Kisumu', NULL])[1 + i % 4], '+25470000' || lpad(i::text, 4, '0'),
       'c' || i || '@example.test', 'secret-' || i, i * 10.25, i / 3.0, i % 3 = 0, DATE '1980-01-01' + i * 100,
       TIMESTAMPTZ '2025-01-01 00:00+03' + i * interval '1 day', ARRAY['a' || i, 'b'],
       jsonb_build_object('n', i, 'list', jsonb_build_array(i, 'x'), 'deep', jsonb_build_object('k', 'v' || i)),
       ('10.0.0.' || i)::inet, md5(i::text)::uuid
FROM generate_series(1, 28) AS i;

CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id integer REFERENCES customers, customer_number text, total numeric(12, 2),
  quantity smallint, status order_status, note text, document json, ordered_at timestamp, took interval,
  opens time, valid daterange, search tsvector);
INSERT INTO orders
SELECT i, 1 + i % 28, 'C-' || lpad((i % 7)::text, 3, '0'), (i % 13) * 99.5, i % 5,
       (ARRAY['new', 'paid', 'sent'])[1 + i % 3]::order_status, CASE WHEN i % 4 = 0 THEN NULL ELSE 'note ' || i END,
       json_build_object('n', i), TIMESTAMP '2025-03-01' + i * interval '7 hours', i * interval '1 minute',
       TIME '08:00' + i * interval '1 minute', daterange(DATE '2025-01-01' + i, DATE '2025-01-05' + i),
       to_tsvector('simple', 'late delivery number ' || i)
FROM generate_series(1, 60) AS i;

CREATE TABLE shapes (
  id integer PRIMARY KEY, customer_number text, place point, area box, ring circle, outline polygon, bits bit(4),
  content bytea, amounts integer[], span int4range, price money, path_text text, element xml);
INSERT INTO shapes
SELECT i, 'C-' || lpad((i % 7)::text, 3, '0'), point(i, i), box(point(0, 0), point(i, i)), circle(point(i, i), 2),
       polygon(box(point(0, 0), point(i, i))), (i % 16)::bit(4), decode(md5(i::text), 'hex'), ARRAY[i, i + 1, NULL],
       int4range(i, i + 5), i::money, 'a.b.' || i, NULL
FROM generate_series(1, 10) AS i;

CREATE TABLE "Mixed Case" ("Id" integer, "Customer Number" text, "select" text);
INSERT INTO "Mixed Case" SELECT i, 'C-' || lpad((i % 7)::text, 3, '0'), 'word ' || i FROM generate_series(1, 14) AS i;

CREATE TABLE untouched (id integer);
INSERT INTO untouched VALUES (1), (2), (3);

CREATE VIEW paid_orders AS SELECT id, customer_number, total FROM orders WHERE status = 'paid';
CREATE MATERIALIZED VIEW totals AS SELECT customer_number, sum(total) AS total FROM orders GROUP BY 1;

CREATE SEQUENCE order_numbers;
SELECT nextval('order_numbers');
SELECT lo_from_bytea(4242, 'OnlyTheServerKnows, in a large object');

-- What the owner wrote himself, under names of his own and of built-in functions.
CREATE TABLE effects (at timestamptz DEFAULT now(), what text);
CREATE FUNCTION touch(what text) RETURNS integer LANGUAGE sql AS 'INSERT INTO effects (what) VALUES ($1) RETURNING 1';
CREATE FUNCTION abs(t text) RETURNS text LANGUAGE sql AS 'INSERT INTO effects (what) VALUES (''abs'') RETURNING what';
CREATE FUNCTION similarity_touch(a text, b text) RETURNS boolean LANGUAGE sql AS 'INSERT INTO effects (what) VALUES (''operator'') RETURNING true';
CREATE OPERATOR <%%> (LEFTARG = text, RIGHTARG = text, FUNCTION = similarity_touch);
CREATE OPERATOR &< (LEFTARG = text, RIGHTARG = text, FUNCTION = similarity_touch);
CREATE FUNCTION drain(customers) RETURNS text LANGUAGE sql AS 'INSERT INTO effects (what) VALUES (''row'') RETURNING what';
CREATE FUNCTION drain_any(anyelement) RETURNS text LANGUAGE sql AS 'INSERT INTO effects (what) VALUES (''any row'') RETURNING what';

-- What catalogues keep and no query may show.
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'scratch');
CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere OPTIONS (user 'somebody', password 'OnlyTheServerKnows');
COMMENT ON FUNCTION touch IS 'OnlyTheServerKnows';
