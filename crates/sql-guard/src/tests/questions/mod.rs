//! Whether the guard is usable: what analysts ask, in the SQL that they write. Written
//! down without trying them first; those that are refused stay, and count.

use super::ordinary;
use crate::{Dialect, check};

const POSTGRES: &str = include_str!("postgres.sql");
const MYSQL: &str = include_str!("mysql.sql");

/// How many of 100 may be refused.
const REFUSED_AT_MOST: usize = 2;

/// All questions of both files.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    statements(POSTGRES).chain(statements(MYSQL))
}

fn statements(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with("--"))
}

#[test]
fn of_three_hundred_questions_two_in_a_hundred_are_refused_at_most() {
    let asked = statements(POSTGRES)
        .chain(ordinary::ALLOWED.iter().copied())
        .map(|sql| (sql, Dialect::Postgres))
        .chain(
            statements(MYSQL)
                .chain(super::mysql::ALLOWED.iter().copied())
                .map(|sql| (sql, Dialect::Mysql)),
        );
    let (mut all, mut refused) = (0, Vec::new());
    for (sql, dialect) in asked {
        all += 1;
        if let Err(refusal) = check(sql, dialect) {
            refused.push(format!("{sql}\n    {refusal}"));
        }
    }
    println!(
        "{} of {all} refused:\n{}",
        refused.len(),
        refused.join("\n")
    );
    assert!(all >= 300, "{all}");
    assert!(
        refused.len() * 100 <= all * REFUSED_AT_MOST,
        "{} of {all}\n{}",
        refused.len(),
        refused.join("\n")
    );
}
