DROP DATABASE IF EXISTS scratch;
CREATE DATABASE scratch CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
USE scratch;

CREATE TABLE customers (
  id INT PRIMARY KEY, customer_number VARCHAR(20) NOT NULL, name VARCHAR(60), city VARCHAR(40), phone VARCHAR(20),
  email VARCHAR(80), secret TEXT, balance DECIMAL(12, 2), rating DOUBLE, active BOOLEAN, born DATE,
  created_at DATETIME, tags SET('a', 'b', 'c'), data JSON, FULLTEXT (name)) ENGINE=InnoDB;
INSERT INTO customers
SELECT seq, CONCAT('C-', LPAD(seq % 7, 3, '0')), CONCAT('Customer ', seq),
       ELT(1 + seq % 4, 'Nairobi', 'Mombasa', 'Kisumu', NULL), CONCAT('+25470000', LPAD(seq, 4, '0')),
       CONCAT('c', seq, '@example.test'), CONCAT('secret-', seq), seq * 10.25, seq / 3, seq % 3 = 0,
       DATE '1980-01-01' + INTERVAL seq * 100 DAY, TIMESTAMP '2025-01-01 00:00:00' + INTERVAL seq DAY,
       ELT(1 + seq % 3, 'a', 'a,b', 'c'), JSON_OBJECT('n', seq, 'list', JSON_ARRAY(seq, 'x'))
FROM seq_1_to_28;

CREATE TABLE orders (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, customer_id INT, customer_number VARCHAR(20), total DECIMAL(12, 2),
  quantity SMALLINT, status ENUM('new', 'paid', 'sent'), note VARCHAR(200), document JSON, ordered_at DATETIME,
  opens TIME, made YEAR, content BLOB, bits BIT(4), INDEX (customer_number),
  FOREIGN KEY (customer_id) REFERENCES customers (id)) ENGINE=InnoDB;
INSERT INTO orders
SELECT seq, 1 + seq % 28, CONCAT('C-', LPAD(seq % 7, 3, '0')), (seq % 13) * 99.5, seq % 5,
       ELT(1 + seq % 3, 'new', 'paid', 'sent'), IF(seq % 4 = 0, NULL, CONCAT('note ', seq)), JSON_OBJECT('n', seq),
       TIMESTAMP '2025-03-01 00:00:00' + INTERVAL seq * 7 HOUR, SEC_TO_TIME(seq * 60), 2000 + seq % 20,
       UNHEX(MD5(seq)), seq % 16
FROM seq_1_to_60;

CREATE TABLE `Mixed Case` (`Id` INT, `Customer Number` VARCHAR(20), `select` TEXT);
INSERT INTO `Mixed Case` SELECT seq, CONCAT('C-', LPAD(seq % 7, 3, '0')), CONCAT('word ', seq) FROM seq_1_to_14;
CREATE TABLE shapes (id INT, place POINT);
INSERT INTO shapes SELECT seq, POINT(seq, seq) FROM seq_1_to_5;
CREATE TABLE versions (id INT, price DECIMAL(8, 2)) WITH SYSTEM VERSIONING;
INSERT INTO versions VALUES (1, 5), (2, 6);
CREATE TABLE parts (id INT, region INT) PARTITION BY HASH (region) PARTITIONS 2;
INSERT INTO parts VALUES (1, 1), (2, 2);
CREATE TABLE untouched (id INT);
INSERT INTO untouched VALUES (1), (2), (3);
CREATE VIEW paid_orders AS SELECT id, customer_number, total FROM orders WHERE status = 'paid';
-- Without a cache every number that is taken shows in the table.
CREATE SEQUENCE order_numbers NOCACHE;

-- The owner's own, with effects, some under names of built-in functions.
CREATE TABLE effects (at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, what TEXT);
CREATE FUNCTION touch(what TEXT) RETURNS INT BEGIN INSERT INTO effects (what) VALUES (what); RETURN 1; END;
CREATE FUNCTION `lower`(what TEXT) RETURNS TEXT BEGIN INSERT INTO effects (what) VALUES ('lower'); RETURN what; END;
CREATE FUNCTION `levenshtein`(a TEXT, b TEXT) RETURNS INT BEGIN INSERT INTO effects (what) VALUES ('levenshtein'); RETURN 1; END;
-- Under names that are built in on MySQL alone.
CREATE FUNCTION any_value(what TEXT) RETURNS INT BEGIN INSERT INTO effects (what) VALUES ('any_value'); RETURN 1; END;
CREATE FUNCTION is_uuid(what TEXT) RETURNS INT BEGIN INSERT INTO effects (what) VALUES ('is_uuid'); RETURN 1; END;
CREATE FUNCTION bin_to_uuid(what TEXT) RETURNS INT BEGIN INSERT INTO effects (what) VALUES ('bin_to_uuid'); RETURN 1; END;
CREATE FUNCTION uuid_to_bin(what TEXT) RETURNS INT BEGIN INSERT INTO effects (what) VALUES ('uuid_to_bin'); RETURN 1; END;
CREATE FUNCTION regexp_like(what TEXT, other TEXT) RETURNS INT BEGIN INSERT INTO effects (what) VALUES ('regexp_like'); RETURN 1; END;
CREATE PROCEDURE touch_all() BEGIN INSERT INTO effects (what) VALUES ('procedure'); END;
CREATE OR REPLACE SERVER elsewhere FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1', PASSWORD 'OnlyTheServerKnows');
