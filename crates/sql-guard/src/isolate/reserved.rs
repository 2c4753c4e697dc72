//! Names that an assistant may not use: those the rewrite makes.

use core::ops::ControlFlow;

use sqlparser::ast::{Ident, Statement, Visitor};

use crate::policy::RESERVED;
use crate::refusal::{Code, Position, Refusal};
use crate::walked;

/// Refuses a query that speaks of a name of the rewrite's own.
pub(super) fn check(statement: &Statement) -> Result<(), Refusal> {
    match walked::read(statement, &mut Reserved) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refusal) => Err(*refusal),
    }
}

/// Refuses a name that cannot be quoted as it is.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let unquotable = |c: char| c.is_control() || matches!(c, '"' | '`' | '\\' | '\'' | RESERVED);
    if name.is_empty() || name.chars().any(unquotable) {
        return Err(Refusal::new(
            Code::Identifier,
            name,
            None,
            "Give the table's plain name, as the list of tables has it.",
        ));
    }
    Ok(())
}

struct Reserved;

impl Visitor for Reserved {
    type Break = Box<Refusal>;

    fn pre_visit_ident(&mut self, identifier: &Ident) -> ControlFlow<Box<Refusal>> {
        if !identifier.value.contains(RESERVED) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(Box::new(Refusal::new(
            Code::Identifier,
            identifier,
            Position::of(identifier.span),
            "Use names without `~`.",
        )))
    }
}
