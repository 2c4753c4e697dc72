use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

use super::postgres;

/// Pieces of SQL, so that random sequences of them often parse.
const PIECES: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "a",
    "b.c",
    "\"Q\"",
    "1",
    "2.5",
    "'x'",
    "''''",
    "'\\'",
    "E'\\n'",
    "$$d$$",
    "U&'\\0041'",
    "B'01'",
    "X'ff'",
    "*",
    "+",
    "-",
    "/",
    "||",
    "->",
    "->>",
    "::",
    "int",
    "text[]",
    "date",
    "numeric(3)",
    "(",
    ")",
    "[",
    "]",
    ",",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS NULL",
    "LIKE",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "count(*)",
    "lower(",
    "sum(",
    "OVER (",
    "FILTER (WHERE",
    "pg_sleep(",
    "INTO",
    "FOR UPDATE",
    ";",
    "WITH",
    "AS (",
    "UNION",
    "VALUES",
    "JOIN",
    "ON",
    "USING",
    "LATERAL",
    "TABLE",
    "INTERVAL",
    "EXISTS (",
    "ARRAY[",
    "--",
    "/*",
    "*/",
    "AS",
    "DISTINCT",
    "INSERT",
    "DELETE FROM",
    "RETURNING",
    "@",
    "~",
    "<",
    ">",
    "=",
    "?",
    "$1",
    "only",
    "row",
    "EXTRACT(",
    "day",
    "AT TIME ZONE",
    "COLLATE",
    "\"C\"",
    "current_date",
    "é",
    "\u{200b}",
    "LIMIT ALL",
];

fn sentence() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![8 => select(PIECES).prop_map(str::to_owned), 1 => any::<String>()],
        0..40,
    )
    .prop_map(|pieces| format!("SELECT {}", pieces.join(" ")))
}

/// Well-formed expressions, so that the fixed point is tested on much that passes.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(vec![
            "1",
            "-2.5",
            "a",
            "T.\"B c\"",
            "NULL",
            "true",
            "current_date",
            "count(*)",
            "ARRAY[1]"
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        any::<String>()
            .prop_map(|text| format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))),
        "[a-z' \\\\$]{0,8}".prop_map(|text| format!("$q${}$q$", text.replace("$q", ""))),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (
                inner.clone(),
                select(vec![
                    "+", "-", "*", "||", "=", "<>", "AND", "OR", "->>", "@>", "~*", "LIKE", "^"
                ]),
                inner.clone()
            )
                .prop_map(|(l, o, r)| format!("{l} {o} {r}")),
            (
                select(vec!["-", "+", "NOT ", "~", "@", "|/"]),
                inner.clone()
            )
                .prop_map(|(o, e)| format!("{o}{e}")),
            inner.clone().prop_map(|e| format!("({e})")),
            (
                inner.clone(),
                select(vec![
                    "int",
                    "text",
                    "numeric(3,1)",
                    "timestamptz",
                    "citext",
                    "int[]"
                ])
            )
                .prop_map(|(e, t)| format!("({e})::{t}")),
            (
                select(vec![
                    "lower",
                    "COALESCE",
                    "\"upper\"",
                    "pg_catalog.abs",
                    "max"
                ]),
                inner.clone(),
                inner.clone()
            )
                .prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("CASE WHEN {a} THEN {b} ELSE {c} END")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("(SELECT {a} FROM t WHERE {b})")),
            (inner.clone(), Just(())).prop_map(|(a, ())| format!("{a} IS NOT NULL")),
        ]
    })
}

fn assert_sound(sql: &str) {
    match postgres(sql) {
        Ok(query) => {
            let again = postgres(query.sql());
            assert_eq!(
                again.as_ref().map(|again| again.sql()),
                Ok(query.sql()),
                "{sql}"
            );
        }
        Err(refusal) => {
            assert!(refusal.construct.chars().count() <= 80);
            assert!(!refusal.hint.is_empty());
            if let Some(position) = refusal.position {
                assert!(position.line >= 1 && position.column >= 1);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(sql in any::<String>()) {
        assert_sound(&sql);
    }

    #[test]
    fn any_sequence_of_sql_is_answered(sql in sentence()) {
        assert_sound(&sql);
    }

    #[test]
    fn rendering_is_a_fixed_point(expression in expression()) {
        assert_sound(&format!("SELECT {expression} AS r FROM T"));
    }

    /// Whatever a string holds, it comes back as the same string.
    #[test]
    fn strings_survive(text in "[^\0]{0,40}") {
        let query = postgres(&format!("SELECT '{}'", text.replace('\'', "''"))).unwrap();
        let escaped = postgres(&format!("SELECT E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))).unwrap();
        assert_eq!(query.sql(), escaped.sql());
    }
}
