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

use sqlparser::ast::{Statement, VisitMut};

use crate::Dialect;

/// Rewrites a statement that [`crate::walk::check`] let through.
pub(crate) fn rewrite(statement: &mut Statement, dialect: Dialect) {
    // `Never` cannot be made, so the walk always runs to its end.
    let _: ControlFlow<Never> = match dialect {
        Dialect::Postgres => statement.visit(&mut postgres::Canonical),
        Dialect::Mysql => statement.visit(&mut mysql::Canonical),
    };
}

enum Never {}
