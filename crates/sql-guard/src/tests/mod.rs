mod bounds;
mod bypasses;
mod fuzz;
mod isolation;
mod mysql;
mod ordinary;
mod properties;
mod questions;
mod refusals;
mod rows;

use crate::{CheckedQuery, Code, Dialect, Refusal, check};

fn postgres(sql: &str) -> Result<CheckedQuery, Refusal> {
    check(sql, Dialect::Postgres)
}

fn code(sql: &str) -> Option<Code> {
    postgres(sql).err().map(|refusal| refusal.code)
}

fn mysql(sql: &str) -> Result<CheckedQuery, Refusal> {
    check(sql, Dialect::Mysql)
}
