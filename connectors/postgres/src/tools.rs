//! One file per tool.

pub(crate) mod describe_table;
pub(crate) mod list_tables;
pub(crate) mod query;
mod relation;
pub(crate) mod sql_check;

#[cfg(test)]
mod against_postgres;
