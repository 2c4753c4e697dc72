use super::postgres;
use crate::{Code, Position};

#[test]
fn a_refusal_names_the_construct_its_place_and_what_would_pass() {
    let refusal = postgres("SELECT 1,\n       pg_sleep(10)").unwrap_err();
    assert_eq!(refusal.code, Code::Function);
    assert_eq!(refusal.construct, "pg_sleep");
    assert_eq!(refusal.position, Some(Position { line: 2, column: 8 }));
    assert_eq!(
        refusal.to_string(),
        "query refused (function): pg_sleep at line 2, column 8. This function is not on the list of \
         functions that only compute; use an ordinary aggregate, string, number, date, JSON, array or \
         window function."
    );
}

#[test]
fn a_syntax_error_has_its_place() {
    let refusal = postgres("SELECT *\n  FROM t WHERE )").unwrap_err();
    assert_eq!(refusal.code, Code::Syntax);
    assert_eq!(refusal.position.map(|position| position.line), Some(2));
    assert!(
        !refusal.construct.contains("Line:"),
        "{}",
        refusal.construct
    );
}

#[test]
fn a_construct_is_short_and_on_one_line() {
    let refusal = postgres(&format!("SELECT \"{}\"('x')", "é\u{7}".repeat(5_000))).unwrap_err();
    assert!(refusal.construct.chars().count() <= 80);
    assert!(!refusal.construct.chars().any(char::is_control));
}
