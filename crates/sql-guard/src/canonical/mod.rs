//! The one way a checked tree is written.
//!
//! - Every identifier is quoted. A quoted name is never a keyword, so a word
//!   that one parser reads as an alias and the other as a clause cannot slip
//!   through.
//! - Every string is a literal that means the same in every session.
//! - Comments and optimiser hints are gone.
//!
//! Rewriting a rewritten tree changes nothing.

mod mysql;
mod postgres;
pub(crate) mod rows;
mod sign;

use core::ops::ControlFlow;

use sqlparser::ast::Statement;

use crate::{Dialect, walked};

/// Rewrites a statement that [`crate::walk::check`] let through.
pub(crate) fn rewrite(statement: &mut Statement, dialect: Dialect) {
    // `Never` cannot be made, so the walk always runs to its end.
    let _: ControlFlow<Never> = match dialect {
        Dialect::Postgres => walked::change(statement, &mut postgres::Canonical),
        Dialect::Mysql => walked::change(statement, &mut mysql::Canonical),
    };
}

enum Never {}
