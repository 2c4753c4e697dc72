//! Columns written with their schema, `public.orders.id`: what stands in the
//! table's place has no schema, so it is left out, where that says the same.

use core::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, ObjectNamePart, Select,
    SelectItem, SelectItemQualifiedWildcardKind, Spanned, Statement, VisitorMut,
};

use super::references::References;
use crate::refusal::{Code, Position, Refusal};
use crate::walked;

pub(super) fn shorten(statement: &mut Statement, references: &References) -> Result<(), Refusal> {
    match walked::change(statement, &mut Shorten { references }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refusal) => Err(*refusal),
    }
}

struct Shorten<'a> {
    references: &'a References,
}

impl VisitorMut for Shorten<'_> {
    type Break = Box<Refusal>;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Box<Refusal>> {
        for item in &mut select.projection {
            if let SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name),
                _,
            ) = item
            {
                self.wildcard(name)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Box<Refusal>> {
        match expression {
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [] | [_] | [_, _] => ControlFlow::Continue(()),
                [schema, table, _] if self.says_the_same(&schema.value, &table.value) => {
                    parts.remove(0);
                    ControlFlow::Continue(())
                }
                _ => refuse(&*expression, Position::of(expression.span())),
            },
            Expr::Function(function) => {
                if let FunctionArguments::List(list) = &mut function.args {
                    for argument in &mut list.args {
                        if let FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(name)) =
                            argument
                        {
                            self.wildcard(name)?;
                        }
                    }
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Shorten<'_> {
    fn wildcard(&self, name: &mut ObjectName) -> ControlFlow<Box<Refusal>> {
        match name.0.as_slice() {
            [] | [_] => ControlFlow::Continue(()),
            [
                ObjectNamePart::Identifier(schema),
                ObjectNamePart::Identifier(table),
            ] if self.says_the_same(&schema.value, &table.value) => {
                name.0.remove(0);
                ControlFlow::Continue(())
            }
            _ => refuse(&*name, Position::of(name.span())),
        }
    }

    /// Whether `table` alone names what `schema.table` does: one table of that
    /// name is read, and nothing else goes by it anywhere in the query.
    fn says_the_same(&self, schema: &str, table: &str) -> bool {
        let mut read = self
            .references
            .written
            .names()
            .filter(|read| read.name == table);
        let only = read
            .next()
            .is_some_and(|read| read.schema.as_deref() == Some(schema));
        only && read.next().is_none() && !self.references.own_names.contains(table)
    }
}

fn refuse(
    construct: impl core::fmt::Display,
    position: Option<Position>,
) -> ControlFlow<Box<Refusal>> {
    ControlFlow::Break(Box::new(Refusal::new(
        Code::Identifier,
        construct,
        position,
        "Write a column as `table.column` or `alias.column`, without the schema.",
    )))
}
