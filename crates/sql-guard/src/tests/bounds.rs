//! No text takes the stack, the clock or the memory beyond a bound.

use std::time::{Duration, Instant};

use super::{code, postgres};
use crate::{Code, MAX_SQL_BYTES};

/// What a Wasm instance has.
const STACK: usize = 1024 * 1024;

/// Far above what any of these takes, far below a doubling per level.
const PATIENCE: Duration = Duration::from_secs(5);

fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn long_text_is_refused() {
    let sql = format!("SELECT '{}'", "x".repeat(MAX_SQL_BYTES));
    assert_eq!(code(&sql), Some(Code::TooLong));
}

#[test]
fn a_long_flat_query_passes() {
    let list = (0..8_000)
        .map(|n| (-n).to_string())
        .collect::<Vec<_>>()
        .join(", ");
    assert!(postgres(&format!("SELECT * FROM t WHERE id IN ({list})")).is_ok());
}

/// Each of these builds a tree of growing depth in another way. At every size
/// the answer is a query or a refusal, on a stack as small as a Wasm instance's.
#[test]
fn deepest_accepted_query_fits_the_stack() {
    let shapes: &[(&str, &str, &str, &str)] = &[
        ("SELECT ", "(", "1", ")"),
        ("SELECT 1", " + 1", "", ""),
        ("SELECT 1", " OR 1", "", ""),
        ("SELECT ", "- ", "1", ""),
        ("SELECT ", "NOT ", "true", ""),
        ("SELECT 1", "::int", "", ""),
        ("SELECT 1::int", "[]", "", ""),
        ("SELECT a", "[1]", "", ""),
        ("SELECT 1", " IS NULL", "", ""),
        ("SELECT 1", " NOTNULL", "", ""),
        ("SELECT 1", " COLLATE \"C\"", "", ""),
        ("SELECT 1", " AT TIME ZONE 'UTC'", "", ""),
        ("SELECT 1", " UNION SELECT 1", "", ""),
        ("SELECT 1", " UNION (SELECT 1", "", ")"),
        ("", "SELECT * FROM (", "SELECT 1", ") t"),
        ("SELECT * FROM ", "(", "a", ")"),
        ("SELECT * FROM ", "(", "a JOIN b ON true", ")"),
        ("SELECT * FROM a", " JOIN b", " ON true", ""),
        ("SELECT * FROM ", "(a JOIN ", "b ON true", " ON true)"),
        ("SELECT ", "abs(", "1", ")"),
        ("SELECT ", "ARRAY[", "1", "]"),
        ("SELECT ", "(SELECT ", "1", ")"),
        ("SELECT ", "CASE WHEN true THEN ", "1", " END"),
        ("SELECT ", "CASE ", "1", " WHEN 1 THEN 1 END"),
        ("SELECT ", "INTERVAL ", "'1 day'", ""),
        ("SELECT ", "EXISTS (SELECT ", "1", ")"),
        ("SELECT 1", " IN (1", "", ")"),
        ("SELECT 1", " BETWEEN 1 AND 1", "", ""),
        ("", "WITH a AS (", "SELECT 1", ") SELECT 1"),
        ("SELECT sum(1) ", "OVER (ORDER BY sum(1) ", "", ")"),
        ("SELECT ", "DATE ", "'x'", ""),
        ("SELECT ", "CAST(", "1", " AS int)"),
        ("SELECT ", "trim(both 'x' from ", "'a'", ")"),
        ("SELECT ", "extract(day from ", "now()", ")"),
        ("SELECT ", "{", "", "}"),
        ("SELECT ", "a(b, ", "1", ")"),
        ("SELECT ", "/*", "", "*/"),
        ("", "(", "SELECT 1", ")"),
        ("SELECT a", " -> 'b'", "", ""),
        ("SELECT a", "->(1", "", ")"),
        ("SELECT 1 WHERE ", "(a = 1 AND ", "true", ")"),
        ("SELECT 1::", "numeric(", "1", ")"),
        ("SELECT 1::", "a.", "b", ""),
        ("SELECT 1 GROUP BY ", "ROLLUP(", "1", ")"),
        ("SELECT 1 GROUP BY ", "GROUPING SETS (", "(1)", ")"),
        ("SELECT ", "f(x => ", "1", ")"),
        ("SELECT ", "PRIOR ", "1", ""),
        ("SELECT ", "DISTINCT ", "1", ""),
        ("VALUES ", "(", "1", ")"),
        (
            "SELECT * FROM a, LATERAL ",
            "(SELECT * FROM b, LATERAL ",
            "(SELECT 1) c",
            ") t",
        ),
        ("SELECT ", "count(*) FILTER (WHERE ", "true", ")"),
    ];
    for &(start, open, middle, close) in shapes {
        for depth in [
            1, 4, 8, 12, 16, 20, 24, 32, 48, 64, 100, 150, 200, 500, 2_000, 10_000,
        ] {
            let sql = [start, &open.repeat(depth), middle, &close.repeat(depth)].concat();
            let begin = Instant::now();
            let _ = on_a_small_stack(move || postgres(&sql).is_ok());
            assert!(
                begin.elapsed() < PATIENCE,
                "{start}{open}…{middle}{close} × {depth}: {:?}",
                begin.elapsed()
            );
        }
    }
}

/// The two bounds together: every bracket filled to the deepest chain allowed.
#[test]
fn brackets_and_chains_together_fit_the_stack() {
    for brackets in 1..24 {
        for chain in [1, 2, 4, 6, 8, 12, 16, 24, 40, 80, 160] {
            let sql = format!(
                "SELECT {}1{}",
                "(".repeat(brackets),
                format!("{})", " + 1".repeat(chain)).repeat(brackets)
            );
            let _ = on_a_small_stack(move || postgres(&sql).is_ok());
        }
    }
}

/// Nested queries cost the parser most; what stands inside comes on top.
#[test]
fn nested_queries_and_what_they_hold_fit_the_stack() {
    let kinds = [
        ("SELECT * FROM (", ") t"),
        ("SELECT (", ")"),
        ("SELECT 1 WHERE EXISTS (", ")"),
        ("SELECT 1 UNION (", ")"),
    ];
    let contents = [
        ("abs(", ")"),
        ("(", ")"),
        ("NOT ", ""),
        ("CASE WHEN true THEN ", " END"),
        ("- ", ""),
    ];
    for (open, close) in kinds {
        for (inner_open, inner_close) in contents {
            for queries in [1, 4, 6, 7, 8] {
                for inner in [1, 4, 8, 11, 12, 16, 20, 30, 40] {
                    let sql = [
                        open.repeat(queries),
                        format!(
                            "SELECT {}1{}",
                            inner_open.repeat(inner),
                            inner_close.repeat(inner)
                        ),
                        close.repeat(queries),
                    ];
                    let _ = on_a_small_stack(move || postgres(&sql.concat()).is_ok());
                }
            }
        }
    }
}

#[test]
fn ordinary_nesting_is_within_the_bounds() {
    let conditions = (0..40)
        .map(|n| format!("name ILIKE '%{n}%'"))
        .collect::<Vec<_>>()
        .join(" OR ");
    assert!(postgres(&format!("SELECT * FROM t WHERE {conditions}")).is_ok());
    let nested = "SELECT * FROM (".repeat(6)
        + "SELECT a FROM t WHERE ((a = 1 AND b = 2) OR (c = 3))"
        + &") s".repeat(6);
    assert!(postgres(&nested).is_ok(), "{:?}", postgres(&nested));
    let joins = (0..15)
        .map(|n| format!(" LEFT JOIN t{n} ON t{n}.a = t.a AND t{n}.b = t.b"))
        .collect::<String>();
    assert!(postgres(&format!("SELECT * FROM t{joins}")).is_ok());
    let unions = vec!["SELECT a, b + 1 FROM t WHERE a = 1 AND b > 2"; 15].join(" UNION ALL ");
    assert!(postgres(&unions).is_ok());
}
