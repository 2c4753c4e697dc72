CREATE TABLE staff (
  id             integer PRIMARY KEY,
  name           text NOT NULL,
  job_title      text NOT NULL,
  phone          text NOT NULL,
  national_id    text NOT NULL,
  kra_pin        text NOT NULL,
  monthly_salary numeric(12, 2) NOT NULL,
  hired_on       date NOT NULL
);
COMMENT ON TABLE staff IS 'Everyone on the payroll';
COMMENT ON COLUMN staff.kra_pin IS 'Personal tax number at the Kenya Revenue Authority';
COMMENT ON COLUMN staff.monthly_salary IS 'Gross, in KES';

CREATE TABLE customers (
  id           integer PRIMARY KEY,
  name         text NOT NULL,
  kind         text NOT NULL,
  contact_name text NOT NULL,
  phone        text NOT NULL,
  email        text,
  kra_pin      text,
  town         text NOT NULL,
  estate       text NOT NULL,
  credit_limit numeric(12, 2) NOT NULL,
  created_on   date NOT NULL
);
COMMENT ON TABLE customers IS 'Shops, hotels and schools that buy from us';
COMMENT ON COLUMN customers.kind IS 'duka, supermarket, hotel, restaurant or school';
COMMENT ON COLUMN customers.phone IS 'Mobile number of the contact, often the one they pay from';
COMMENT ON COLUMN customers.kra_pin IS 'Company tax number, on every invoice';
COMMENT ON COLUMN customers.credit_limit IS 'What they may owe us, in KES';

CREATE TABLE products (
  id         integer PRIMARY KEY,
  sku        text NOT NULL UNIQUE,
  name       text NOT NULL,
  unit       text NOT NULL,
  unit_price numeric(12, 2) NOT NULL,
  stock      integer NOT NULL
);
COMMENT ON TABLE products IS 'What we sell, by the wholesale unit';
COMMENT ON COLUMN products.unit_price IS 'KES without VAT';

CREATE TABLE orders (
  id          integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  staff_id    integer NOT NULL REFERENCES staff,
  status      text NOT NULL CHECK (status IN ('draft', 'confirmed', 'delivered', 'cancelled')),
  ordered_at  timestamptz NOT NULL
);
COMMENT ON TABLE orders IS 'One row an order; the goods are in order_items';
COMMENT ON COLUMN orders.staff_id IS 'Who took the order';

CREATE TABLE order_items (
  order_id   integer NOT NULL REFERENCES orders,
  line       integer NOT NULL,
  product_id integer NOT NULL REFERENCES products,
  quantity   integer NOT NULL CHECK (quantity > 0),
  unit_price numeric(12, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);
COMMENT ON TABLE order_items IS 'The goods of an order';
COMMENT ON COLUMN order_items.unit_price IS 'KES without VAT on the day of the order';

CREATE TABLE invoices (
  id        integer PRIMARY KEY,
  number    text NOT NULL UNIQUE,
  order_id  integer NOT NULL REFERENCES orders,
  issued_on date NOT NULL,
  due_on    date NOT NULL,
  net       numeric(12, 2) NOT NULL,
  vat       numeric(12, 2) NOT NULL,
  total     numeric(12, 2) NOT NULL,
  status    text NOT NULL CHECK (status IN ('open', 'paid', 'overdue'))
);
COMMENT ON TABLE invoices IS 'One invoice a delivered order';
COMMENT ON COLUMN invoices.vat IS '16 % of net, in KES';

CREATE TABLE payments (
  id          integer PRIMARY KEY,
  invoice_id  integer NOT NULL REFERENCES invoices,
  method      text NOT NULL CHECK (method IN ('mpesa', 'bank', 'cash')),
  mpesa_code  text,
  payer_phone text,
  amount      numeric(12, 2) NOT NULL,
  paid_at     timestamptz NOT NULL
);
COMMENT ON TABLE payments IS 'Money received against invoices';
COMMENT ON COLUMN payments.mpesa_code IS 'Confirmation code of the M-Pesa message';
COMMENT ON COLUMN payments.payer_phone IS 'Number that the money came from';

CREATE TABLE customer_notes (
  id          integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  staff_id    integer NOT NULL REFERENCES staff,
  body        text NOT NULL,
  written_at  timestamptz NOT NULL
);
COMMENT ON TABLE customer_notes IS 'What staff wrote down about customers';

CREATE TABLE emails (
  id          integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  subject     text NOT NULL,
  body        text NOT NULL,
  received_at timestamptz NOT NULL
);
COMMENT ON TABLE emails IS 'Mail from customers';

CREATE INDEX ON orders (customer_id);
CREATE INDEX ON invoices (order_id);
CREATE INDEX ON payments (invoice_id);
CREATE INDEX ON customer_notes (customer_id);
CREATE INDEX ON emails (customer_id);
