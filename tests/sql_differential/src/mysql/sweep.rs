//! Everything the server knows, tried once.

use super::{
    catalogue::Catalogue,
    query::{self, telling},
};
use crate::{postgres::sweep::Generated, random::Random};

/// Where a value can stand. `{}` is the value.
#[rustfmt::skip]
const POSITIONS: &[&str] = &[
    "SELECT {}",
    "SELECT id FROM customers WHERE ({}) IS NOT NULL",
    "SELECT id FROM customers ORDER BY {}, id",
    "SELECT SUM({}) FROM customers",
    "SELECT COUNT(*) OVER (PARTITION BY {}) FROM customers",
    "SELECT city FROM customers GROUP BY city HAVING MAX(({})) IS NULL",
    "SELECT COUNT(*) FROM customers GROUP BY {} WITH ROLLUP",
    "SELECT CASE WHEN ({}) IS NULL THEN 1 ELSE 2 END",
    "SELECT * FROM (SELECT {} AS v) AS d",
    "WITH w AS (SELECT {} AS v) SELECT * FROM w",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3 AND ({}) IS NOT NULL) SELECT * FROM r",
    "SELECT 1 UNION ALL SELECT {}",
    "SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id AND ({}) IS NOT NULL",
    "SELECT COALESCE(NULL, {})",
    "SELECT GROUP_CONCAT(name ORDER BY {} SEPARATOR ',') FROM customers",
    "SELECT JSON_OBJECT('k', {})",
    "SELECT EXISTS (SELECT 1 FROM customers WHERE ({}) IS NOT NULL)",
    "SELECT id IN (SELECT LENGTH({})) FROM customers",
    "SELECT ({}) LIKE '%', ({}) REGEXP 'a', ({}) <=> NULL",
    "SELECT IF({}, 1, 2), IFNULL({}, 1), NULLIF({}, 1)",
    "SELECT DATE_ADD('2025-01-01', INTERVAL {} DAY)",
    "SELECT EXTRACT(YEAR FROM {}), TRIM(BOTH 'x' FROM {}), SUBSTRING({} FROM 1 FOR 2)",
    "SELECT CAST({} AS CHAR), CONVERT({}, SIGNED), CONVERT({} USING utf8mb4)",
    "VALUES ({}, 1)",
    "SELECT 1 LIMIT {}",
    "SELECT * FROM customers WHERE MATCH (name) AGAINST ({})",
    "SELECT CHAR({}), BINARY {}, {} COLLATE utf8mb4_bin",
];

/// What the whole is made of; `random` decides positions and values.
pub(crate) fn everything(catalogue: &Catalogue, random: &mut Random) -> Vec<Generated> {
    let mut all = Vec::new();
    functions(catalogue, random, &mut all);
    operators(random, &mut all);
    variables(catalogue, &mut all);
    words(catalogue, &mut all);
    for relation in &catalogue.system_relations {
        all.push(("relation", format!("SELECT * FROM {relation} LIMIT 3")));
    }
    all
}

fn functions(catalogue: &Catalogue, random: &mut Random, all: &mut Vec<Generated>) {
    for (index, name) in catalogue.names.iter().enumerate() {
        for arguments in 0..=3 {
            let values: Vec<String> = (0..arguments).map(|_| query::value(random)).collect();
            let call = format!("{name}({})", values.join(", "));
            let position = POSITIONS
                .get((index * 4 + arguments) % POSITIONS.len())
                .unwrap_or(&"{}");
            all.push(("function", format!("SELECT {call}")));
            all.push(("function", position.replace("{}", &call)));
            all.push((
                "function",
                format!("SELECT {call} OVER (ORDER BY id) FROM customers"),
            ));
        }
        let text = telling(random);
        for form in [
            format!("SELECT {name} FROM customers"),
            format!("SELECT {name} order_numbers"),
            format!("SELECT {name} (order_numbers)"),
            format!("SELECT {name}(DISTINCT id) FROM customers"),
            format!("SELECT {name}/**/('{text}', 0)"),
            format!("SELECT {name} /*!('{text}')*/"),
            format!("SELECT `{name}`('{text}')"),
            format!("SELECT scratch.{name}('{text}')"),
            format!("SELECT mysql.{name}('{text}')"),
            format!("SELECT * FROM {name}('{text}') AS t"),
            format!("SELECT {name} '{text}'"),
            format!("SELECT {{fn {name}('{text}')}}, {{d '2025-01-01'}}"),
        ] {
            all.push(("function", form));
        }
    }
}

#[rustfmt::skip]
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "DIV", "MOD", "||", "&&", "AND", "OR", "XOR", "=", "<=>", "<>", "!=", "<", ">", "<=", ">=", "<<", ">>",
    "&", "|", "^", "LIKE", "NOT LIKE", "RLIKE", "REGEXP", "NOT REGEXP", "SOUNDS LIKE", "IS", "IS NOT", ":=", "->", "->>",
    "MEMBER OF", "IN", "COLLATE", "ESCAPE", "AGAINST", "BINARY", "@", "@@", "<=>ALL", "~", "!", "INTERVAL",
];

fn operators(random: &mut Random, all: &mut Vec<Generated>) {
    for operator in OPERATORS {
        for _ in 0..8 {
            let (left, right) = (query::value(random), query::value(random));
            let plain = format!("({left} {operator} {right})");
            let position = random.text(POSITIONS);
            all.push(("operator", format!("SELECT {plain}")));
            all.push(("operator", position.replace("{}", &plain)));
            all.push(("operator", format!("SELECT {operator} {right}")));
        }
        all.push((
            "operator",
            format!("SELECT data {operator} '$.n' FROM customers"),
        ));
        all.push(("operator", format!("SELECT @v {operator} 1")));
        all.push((
            "operator",
            format!("SELECT id {operator} ALL (SELECT id FROM customers) FROM orders"),
        ));
    }
}

fn variables(catalogue: &Catalogue, all: &mut Vec<Generated>) {
    for name in &catalogue.variables {
        for form in [
            "SELECT @@{}",
            "SELECT @@SESSION.{}",
            "SELECT @@GLOBAL.{}",
            "SELECT @{} := 1",
            "SET @@{} = 1",
            "SELECT 1 INTO @{}",
        ] {
            all.push(("variable", form.replace("{}", name)));
        }
    }
}

/// Every word of the grammar wherever one may stand.
fn words(catalogue: &Catalogue, all: &mut Vec<Generated>) {
    for word in &catalogue.words {
        for pattern in [
            "{w}",
            "{w} untouched",
            "{w} TABLE untouched",
            "{w} ALL",
            "{w} 1",
            "WITH a AS (SELECT 1) {w} untouched",
            "SELECT {w}",
            "SELECT 1 AS {w}",
            "SELECT 1 {w}",
            "SELECT {w} '1'",
            "SELECT {w} 1 FROM untouched",
            "SELECT * FROM {w}",
            "SELECT * FROM untouched {w}",
            "SELECT * FROM untouched AS t {w} orders",
            "SELECT * FROM untouched {w} @v",
            "SELECT id {w} @v FROM untouched",
            "SELECT * FROM untouched FOR {w}",
            "SELECT * FROM untouched LOCK IN {w} MODE",
            "SELECT * FROM untouched {w} (id)",
            "SELECT * FROM versions FOR SYSTEM_TIME {w}",
            "SELECT * FROM parts PARTITION ({w})",
            "SELECT * FROM untouched USE INDEX ({w})",
            "SELECT * FROM untouched ORDER BY id {w}",
            "SELECT * FROM untouched LIMIT 1 {w}",
            "SELECT * FROM untouched LIMIT 1 {w} untouched",
            "SELECT {w} * FROM untouched",
            "SELECT /*!50000 {w} */ 1",
            "SELECT /*M! {w} */ 1",
            "(SELECT 1) {w} (SELECT 2)",
            "EXPLAIN {w} SELECT 1",
            "SELECT CAST('1' AS {w})",
            "SELECT CONVERT('a' USING {w})",
            "SELECT 1 + INTERVAL 1 {w}",
        ] {
            all.push(("word", pattern.replace("{w}", word)));
        }
    }
}
