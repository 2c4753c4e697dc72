CREATE TABLE IF NOT EXISTS staff (
  id int PRIMARY KEY,
  name varchar(160) NOT NULL,
  job_title varchar(160) NOT NULL,
  phone varchar(160) NOT NULL,
  national_id varchar(160) NOT NULL,
  kra_pin varchar(160) NOT NULL COMMENT 'Personal tax number at the Kenya Revenue Authority',
  monthly_salary decimal(12,2) NOT NULL COMMENT 'Gross, in KES',
  hired_on date NOT NULL
) COMMENT 'Everyone on the payroll';

CREATE TABLE IF NOT EXISTS customers (
  id int PRIMARY KEY,
  name varchar(160) NOT NULL,
  kind varchar(160) NOT NULL COMMENT 'duka, supermarket, hotel, restaurant or school',
  contact_name varchar(160) NOT NULL,
  phone varchar(160) NOT NULL COMMENT 'Mobile number of the contact, often the one they pay from',
  email varchar(160),
  kra_pin varchar(160) COMMENT 'Company tax number, on every invoice',
  town varchar(160) NOT NULL,
  estate varchar(160) NOT NULL,
  credit_limit decimal(12,2) NOT NULL COMMENT 'What they may owe us, in KES',
  created_on date NOT NULL
) COMMENT 'Shops, hotels and schools that buy from us';

CREATE TABLE IF NOT EXISTS products (
  id int PRIMARY KEY,
  sku varchar(160) NOT NULL UNIQUE,
  name varchar(160) NOT NULL,
  unit varchar(160) NOT NULL,
  unit_price decimal(12,2) NOT NULL COMMENT 'KES without VAT',
  stock int NOT NULL
) COMMENT 'What we sell, by the wholesale unit';

CREATE TABLE IF NOT EXISTS orders (
  id int PRIMARY KEY,
  customer_id int NOT NULL,
  staff_id int NOT NULL COMMENT 'Who took the order',
  status enum('draft','confirmed','delivered','cancelled') NOT NULL,
  ordered_at timestamp NOT NULL,
  CONSTRAINT orders_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),
  CONSTRAINT orders_staff_id FOREIGN KEY (staff_id) REFERENCES staff (id)
) COMMENT 'One row an order; the goods are in order_items';

CREATE TABLE IF NOT EXISTS order_items (
  order_id int NOT NULL,
  line int NOT NULL,
  product_id int NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  unit_price decimal(12,2) NOT NULL COMMENT 'KES without VAT on the day of the order',
  PRIMARY KEY (order_id, line),
  CONSTRAINT order_items_order_id FOREIGN KEY (order_id) REFERENCES orders (id),
  CONSTRAINT order_items_product_id FOREIGN KEY (product_id) REFERENCES products (id)
) COMMENT 'The goods of an order';

CREATE TABLE IF NOT EXISTS invoices (
  id int PRIMARY KEY,
  number varchar(160) NOT NULL UNIQUE,
  order_id int NOT NULL,
  issued_on date NOT NULL,
  due_on date NOT NULL,
  net decimal(12,2) NOT NULL,
  vat decimal(12,2) NOT NULL COMMENT '16 % of net, in KES',
  total decimal(12,2) NOT NULL,
  status enum('open','paid','overdue') NOT NULL,
  CONSTRAINT invoices_order_id FOREIGN KEY (order_id) REFERENCES orders (id)
) COMMENT 'One invoice a delivered order';

CREATE TABLE IF NOT EXISTS payments (
  id int PRIMARY KEY,
  invoice_id int NOT NULL,
  method enum('mpesa','bank','cash') NOT NULL,
  mpesa_code varchar(160) COMMENT 'Confirmation code of the M-Pesa message',
  payer_phone varchar(160) COMMENT 'Number that the money came from',
  amount decimal(12,2) NOT NULL,
  paid_at timestamp NOT NULL,
  CONSTRAINT payments_invoice_id FOREIGN KEY (invoice_id) REFERENCES invoices (id)
) COMMENT 'Money received against invoices';

CREATE TABLE IF NOT EXISTS customer_notes (
  id int PRIMARY KEY,
  customer_id int NOT NULL,
  staff_id int NOT NULL,
  body text NOT NULL,
  written_at timestamp NOT NULL,
  CONSTRAINT customer_notes_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),
  CONSTRAINT customer_notes_staff_id FOREIGN KEY (staff_id) REFERENCES staff (id)
) COMMENT 'What staff wrote down about customers';

CREATE TABLE IF NOT EXISTS emails (
  id int PRIMARY KEY,
  customer_id int NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  received_at timestamp NOT NULL,
  CONSTRAINT emails_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
) COMMENT 'Mail from customers';
