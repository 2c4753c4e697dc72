//! Everything the server knows, tried once: every function in one position after
//! the other, every operator, cast, type, word and relation of the catalogues.

use super::{
    catalogue::{Catalogue, Function, Kind, quoted},
    values,
};
use crate::random::Random;

/// A class and a statement as generated.
pub(crate) type Generated = (&'static str, String);

/// Where a value can stand. `{}` is the value.
#[rustfmt::skip]
pub(crate) const POSITIONS: &[&str] = &[
    "SELECT {}",
    "SELECT id FROM customers WHERE ({}) IS NOT NULL",
    "SELECT id FROM customers ORDER BY {}, id",
    "SELECT c.id, v.* FROM customers c, LATERAL (SELECT {}) AS v",
    "SELECT count(*) FILTER (WHERE ({}) IS NOT NULL) FROM customers",
    "SELECT count(*) OVER (PARTITION BY {}) FROM customers",
    "SELECT DISTINCT ON ({}) id FROM customers",
    "SELECT count(*) FROM customers GROUP BY city HAVING ({}) IS NULL",
    "SELECT count(*) FROM customers GROUP BY GROUPING SETS (({}), ())",
    "SELECT CASE WHEN ({}) IS NULL THEN 1 ELSE 2 END",
    "SELECT ARRAY[{}]",
    "SELECT (ARRAY[1,2])[({})::text::int]",
    "VALUES (1, {})",
    "WITH w AS (SELECT {} AS v) SELECT * FROM w",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3 AND ({}) IS NOT NULL) SELECT * FROM r",
    "SELECT 1 UNION ALL SELECT 2 WHERE ({}) IS NULL",
    "SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id AND ({}) IS NOT NULL",
    "SELECT id FROM customers LIMIT (SELECT length(({})::text))",
    "SELECT coalesce(NULL, {})",
    "SELECT string_agg(name, ',' ORDER BY {}) FROM customers",
    "SELECT jsonb_build_object('k', {})",
    "SELECT row({}, 1)",
    "SELECT EXISTS (SELECT 1 WHERE ({}) IS NOT NULL)",
    "SELECT id IN (SELECT length(({})::text)) FROM customers",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ({})::text::float8) FROM customers",
    "SELECT ({}) IS DISTINCT FROM NULL, ({})::text LIKE '%'",
    "SELECT overlay('abc' PLACING ({})::text FROM 1), trim(both ({})::text FROM 'x'), substring('abc' FROM ({})::text)",
    "SELECT extract(year FROM ({})::text::timestamp)",
    "SELECT sum(total) OVER w FROM orders WINDOW w AS (ORDER BY {})",
    "TABLE customers ORDER BY {} LIMIT 2",
];

/// How a call's name can be written. `{}` is the name.
const SPELLINGS: &[&str] = &[
    "{}",
    "{}",
    "{}",
    "pg_catalog.{}",
    "public.{}",
    "\"{}\"",
    "\"pg_catalog\".\"{}\"",
    "{} /* x */ ",
];

/// All of it; `random` decides positions, spellings and values.
pub(crate) fn everything(catalogue: &Catalogue, random: &mut Random) -> Vec<Generated> {
    let mut all = Vec::new();
    functions(catalogue, random, &mut all);
    operators(catalogue, random, &mut all);
    types(catalogue, random, &mut all);
    words(catalogue, &mut all);
    for relation in &catalogue.system_relations {
        all.push(("relation", format!("SELECT * FROM {relation} LIMIT 3")));
        let own = relation.split('.').next_back().unwrap_or(relation);
        all.push(("relation", format!("SELECT count(*) FROM {own} AS r")));
    }
    all
}

fn functions(catalogue: &Catalogue, random: &mut Random, all: &mut Vec<Generated>) {
    for (index, function) in catalogue.functions.iter().enumerate() {
        let call = call(function, random);
        if function.kind == Kind::Procedure {
            all.push(("function", format!("CALL {call}")));
        }
        let position = POSITIONS.get(index % POSITIONS.len()).unwrap_or(&"{}");
        all.push(("function", format!("SELECT {call}")));
        all.push(("function", position.replace("{}", &call)));
        all.push(("function", in_from(function, &call, random)));
        if function.arguments.len() == 1 {
            // PostgreSQL reads a field that is not there as a call.
            let name = spelled(&function.name);
            all.push((
                "function",
                format!("SELECT c.{name} FROM customers c LIMIT 2"),
            ));
            all.push((
                "function",
                format!("SELECT (c).{name}, (c.data).{name} FROM customers AS c LIMIT 2"),
            ));
            all.push(("function", format!("SELECT (row(1, 'a')).{name}")));
            let value = function
                .arguments
                .first()
                .map_or_else(String::new, |kind| values::literal(kind, random));
            for text in [
                value.clone(),
                format!("'{}'::text", values::telling(random)),
            ] {
                all.push(("function", format!("SELECT ({text}).{name}")));
                all.push((
                    "function",
                    format!("SELECT x.{name} FROM unnest(ARRAY[{text}]) AS x"),
                ));
                all.push((
                    "function",
                    format!("SELECT (ARRAY[{text}])[1].{name}, (coalesce({text})).{name}"),
                ));
            }
            all.push((
                "function",
                format!("SELECT lower.{name} FROM lower('order_numbers')"),
            ));
            // And a type's name in front of a text as one too.
            all.push((
                "function",
                format!("SELECT {name} '{}'", values::telling(random)),
            ));
        }
    }
}

/// A call with values of the right types, or with texts, which take any type.
pub(crate) fn call(function: &Function, random: &mut Random) -> String {
    let texts_only = random.chance(15);
    let mut values: Vec<String> = function
        .arguments
        .iter()
        .map(|name| {
            if texts_only {
                format!("'{}'", values::telling(random))
            } else {
                values::literal(name, random)
            }
        })
        .collect();
    if function.kind == Kind::Aggregate && values.is_empty() {
        values.push("*".to_owned());
    }
    let mut name = spelled(&function.name);
    if random.chance(25) {
        name = random.text(SPELLINGS).replace("{}", &function.name);
        if random.chance(20) {
            name = name.to_uppercase();
        }
    }
    let over = if function.kind == Kind::Window {
        " OVER (ORDER BY 1)"
    } else {
        ""
    };
    format!("{name}({}){over}", values.join(", "))
}

fn in_from(function: &Function, call: &str, random: &mut Random) -> String {
    let alias = if function.result == "record" {
        "AS f(a int)"
    } else {
        "AS f"
    };
    match random.below(5) {
        0 => format!("SELECT * FROM {call} {alias}"),
        1 => format!(
            "SELECT c.id, f.* FROM customers c LEFT JOIN LATERAL {call} {alias} ON true LIMIT 5"
        ),
        2 => format!("SELECT * FROM {call} WITH ORDINALITY"),
        3 => format!("SELECT * FROM ROWS FROM ({call}, generate_series(1, 2)) AS f"),
        _ => format!("SELECT f FROM {call} {alias} WHERE f IS NOT NULL"),
    }
}

/// As it is where that is a name without quotes.
fn spelled(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { name.to_owned() } else { quoted(name) }
}

fn operators(catalogue: &Catalogue, random: &mut Random, all: &mut Vec<Generated>) {
    for (index, operator) in catalogue.operators.iter().enumerate() {
        let right = values::literal(&operator.right, random);
        let left = operator
            .left
            .as_ref()
            .map_or_else(String::new, |name| values::literal(name, random));
        let plain = format!("({left} {} {right})", operator.name);
        let position = POSITIONS.get(index % POSITIONS.len()).unwrap_or(&"{}");
        all.push(("operator", format!("SELECT {plain}")));
        all.push(("operator", position.replace("{}", &plain)));
        all.push((
            "operator",
            format!(
                "SELECT {left} OPERATOR(pg_catalog.{}) {right}",
                operator.name
            ),
        ));
        if operator.left.is_some() {
            all.push((
                "operator",
                format!("SELECT {left} {} ANY (ARRAY[{right}])", operator.name),
            ));
            all.push((
                "operator",
                format!(
                    "SELECT id FROM customers ORDER BY id USING {}",
                    operator.name
                ),
            ));
        }
    }
}

fn types(catalogue: &Catalogue, random: &mut Random, all: &mut Vec<Generated>) {
    for name in &catalogue.types {
        all.push((
            "type",
            format!("SELECT '{}'::{name}", values::telling(random)),
        ));
        all.push(("type", format!("SELECT CAST(NULL AS {name})")));
        all.push((
            "type",
            format!("SELECT {name} '{}'", values::telling(random)),
        ));
        all.push(("type", format!("SELECT '{{1}}'::{name}[]")));
        all.push((
            "type",
            format!("SELECT * FROM jsonb_to_record('{{\"a\": \"customers\"}}') AS t(a {name})"),
        ));
        all.push((
            "type",
            format!("SELECT json_value('\"customers\"', '$' RETURNING {name})"),
        ));
    }
    for (source, target) in &catalogue.casts {
        let value = values::literal(source, random);
        all.push(("type", format!("SELECT ({value})::{target}")));
        all.push(("type", format!("SELECT {target}({value})")));
    }
}

/// Every word of the grammar where a statement, a name, an alias, a value, a call
/// or a type may stand.
fn words(catalogue: &Catalogue, all: &mut Vec<Generated>) {
    for word in &catalogue.words {
        for pattern in [
            "{w}",
            "{w} untouched",
            "{w} TABLE untouched",
            "{w} ALL",
            "{w} channel",
            "WITH a AS ({w} untouched) SELECT 1",
            "WITH a AS (SELECT 1) {w} untouched",
            "SELECT {w}",
            "SELECT 1 AS {w}",
            "SELECT 1 {w}",
            "SELECT {w}(1)",
            "SELECT {w} '1'",
            "SELECT * FROM {w}",
            "SELECT * FROM untouched {w}",
            "SELECT * FROM untouched AS t {w} orders",
            "SELECT * FROM untouched {w} made",
            "SELECT id {w} made FROM untouched",
            "SELECT * FROM untouched FOR {w}",
            "SELECT * FROM untouched {w} (1)",
            "SELECT * FROM untouched ORDER BY id {w}",
            "SELECT * FROM untouched LIMIT 1 {w}",
            "SELECT {w} * FROM untouched",
            "(SELECT 1) {w} (SELECT 2)",
            "EXPLAIN {w} SELECT 1",
        ] {
            all.push(("word", pattern.replace("{w}", word)));
        }
    }
}
