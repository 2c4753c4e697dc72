//! The published bypasses, by name.

use crate::postgres::sweep::Generated;

/// PostgreSQL's.
pub(crate) fn postgres() -> Vec<Generated> {
    statements(include_str!("../corpus/postgres.txt"))
}

/// MySQL's and MariaDB's.
pub(crate) fn mysql() -> Vec<Generated> {
    statements(include_str!("../corpus/mysql.txt"))
}

/// Statements end with an empty line; lines that begin with `##` say where the
/// next ones come from.
fn statements(text: &'static str) -> Vec<Generated> {
    let mut all = Vec::new();
    for block in text.split("\n\n") {
        let lines = block.lines().filter(|line| !line.starts_with("##"));
        let statement = lines.collect::<Vec<_>>().join("\n");
        if !statement.trim().is_empty() {
            all.push(("bypass", statement));
        }
    }
    all
}
