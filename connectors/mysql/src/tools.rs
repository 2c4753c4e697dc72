//! One file per tool.

#[cfg(test)]
mod against_servers;
mod catalogue;
pub(crate) mod describe_table;
pub(crate) mod list_tables;
pub(crate) mod query;
pub(crate) mod sql_check;

pub(crate) use catalogue::texts;
