//! Every name in a condition, in full.

use core::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, Expr, Ident, ObjectName, ObjectNamePart, Query, Select, SelectFlavor, SetExpr,
    TableAlias, TableFactor, VisitorMut,
};

use crate::policy::name::{self, RESERVED, TableName};
use crate::{Dialect, walked};

/// The name that a table of a condition goes by. No query can speak of it:
/// see [`RESERVED`].
pub(crate) fn behind(table: &str) -> String {
    format!("lango{RESERVED}{table}")
}

/// Qualifies every column of a condition on `table`, and every table in its
/// subqueries.
pub(super) fn qualify(
    condition: &mut Expr,
    table: &TableName,
    dialect: Dialect,
) -> Result<(), String> {
    let mut qualify = Qualify {
        dialect,
        scopes: vec![Some(table.name.clone())],
        names: vec![table.name.clone()],
    };
    match walked::change(condition, &mut qualify) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(problem) => Err(problem),
    }
}

struct Qualify {
    dialect: Dialect,
    /// For the condition and every subquery around this place: the one table
    /// that an unqualified column is of, if there is one only.
    scopes: Vec<Option<String>>,
    /// Every table that was named so far.
    names: Vec<String>,
}

impl VisitorMut for Qualify {
    type Break = String;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<String> {
        let Some(select) = plain_select(query) else {
            return no("a subquery may be SELECT … FROM tables WHERE …, and no more than that");
        };
        let mut tables = Vec::new();
        for from in &select.from {
            for factor in
                core::iter::once(&from.relation).chain(from.joins.iter().map(|j| &j.relation))
            {
                match self.alias_of(factor) {
                    Some(alias) => tables.push(alias),
                    None => return no("a subquery reads tables by their names, nothing else"),
                }
            }
        }
        self.names.extend(tables.iter().cloned());
        self.scopes.push(match tables.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<String> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<String> {
        let Some(alias) = self.alias_of(factor) else {
            return no("a subquery reads tables by their names, nothing else");
        };
        if let TableFactor::Table {
            name, alias: place, ..
        } = factor
        {
            *place = Some(TableAlias {
                explicit: true,
                name: self.quoted(&behind(&alias)),
                columns: Vec::new(),
                at: None,
            });
            if let ([_], Some(schema)) = (name.0.as_slice(), name::default_schema(self.dialect)) {
                let schema = ObjectNamePart::Identifier(self.quoted(schema));
                name.0.insert(0, schema);
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<String> {
        match expression {
            Expr::Identifier(column) => {
                let Some(Some(table)) = self.scopes.last() else {
                    return no("several tables stand in one subquery: write `table.column`");
                };
                let table = self.quoted(&behind(table));
                *expression = Expr::CompoundIdentifier(vec![table, column.clone()]);
            }
            Expr::CompoundIdentifier(parts) => match parts.as_mut_slice() {
                [table, _] => {
                    let named = self.folded(table);
                    if !self.names.contains(&named) {
                        return no("a column is of a table that the condition does not name");
                    }
                    *table = self.quoted(&behind(&named));
                }
                _ => return no("columns are written `column` or `table.column`"),
            },
            Expr::CompoundFieldAccess { access_chain, .. }
                if access_chain
                    .iter()
                    .any(|access| matches!(access, AccessExpr::Dot(_))) =>
            {
                return no("fields of composite values are not taken in a condition");
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Qualify {
    /// What a plain table is called in its query.
    fn alias_of(&self, factor: &TableFactor) -> Option<String> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_ordinality: false,
                ..
            } => match alias {
                Some(alias) if alias.columns.is_empty() => Some(self.folded(&alias.name)),
                Some(_) => None,
                None => self.last_part(name),
            },
            _ => None,
        }
    }

    fn last_part(&self, name: &ObjectName) -> Option<String> {
        match name.0.as_slice() {
            [ObjectNamePart::Identifier(table)]
            | [
                ObjectNamePart::Identifier(_),
                ObjectNamePart::Identifier(table),
            ] => Some(self.folded(table)),
            _ => None,
        }
    }

    fn folded(&self, identifier: &Ident) -> String {
        match (self.dialect, identifier.quote_style) {
            (Dialect::Postgres, None) => identifier.value.to_ascii_lowercase(),
            _ => identifier.value.clone(),
        }
    }

    fn quoted(&self, name: &str) -> Ident {
        crate::isolate::quoted(name, self.dialect)
    }
}

fn plain_select(query: &Query) -> Option<&Select> {
    let Query {
        with: None,
        body,
        order_by: None,
        limit_clause: None,
        fetch: None,
        ..
    } = query
    else {
        return None;
    };
    match body.as_ref() {
        SetExpr::Select(select)
            if select.named_window.is_empty() && select.flavor == SelectFlavor::Standard =>
        {
            Some(select)
        }
        _ => None,
    }
}

fn no<T>(problem: &str) -> ControlFlow<String, T> {
    ControlFlow::Break(problem.to_owned())
}
