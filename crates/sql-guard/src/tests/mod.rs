mod bounds;
mod bypasses;
mod ordinary;
mod properties;
mod refusals;

use crate::{CheckedQuery, Code, Dialect, Refusal, check};

fn postgres(sql: &str) -> Result<CheckedQuery, Refusal> {
    check(sql, Dialect::Postgres)
}

fn code(sql: &str) -> Option<Code> {
    postgres(sql).err().map(|refusal| refusal.code)
}
