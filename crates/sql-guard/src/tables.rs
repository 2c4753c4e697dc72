//! Which tables a query reads, for people and logs to see.

use std::collections::BTreeSet;

use core::ops::ControlFlow;

use sqlparser::ast::{ObjectNamePart, Query, Statement, TableFactor, Visitor};

use crate::walked;

/// The names of the tables that `statement` reads, without those that a `WITH`
/// around them defines.
pub(crate) fn read_by(statement: &Statement) -> Vec<String> {
    let mut reader = Reader::default();
    // `Never` cannot be made, so the walk always runs to its end.
    let _: ControlFlow<Never> = walked::read(statement, &mut reader);
    reader.names.into_iter().collect()
}

enum Never {}

#[derive(Default)]
struct Reader {
    names: BTreeSet<String>,
    /// The names defined by the `WITH` of every query around.
    defined: Vec<Vec<String>>,
}

impl Visitor for Reader {
    type Break = Never;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Never> {
        let names = query.with.iter().flat_map(|with| &with.cte_tables);
        self.defined
            .push(names.map(|table| table.alias.name.value.clone()).collect());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Never> {
        self.defined.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Never> {
        let TableFactor::Table {
            name, args: None, ..
        } = factor
        else {
            return ControlFlow::Continue(());
        };
        let parts: Vec<&str> = name
            .0
            .iter()
            .filter_map(|part| match part {
                ObjectNamePart::Identifier(identifier) => Some(identifier.value.as_str()),
                ObjectNamePart::Function(_) => None,
            })
            .collect();
        let defined = |name: &str| self.defined.iter().flatten().any(|known| known == name);
        match parts.as_slice() {
            [] => {}
            [name] if defined(name) => {}
            parts => {
                self.names.insert(parts.join("."));
            }
        }
        ControlFlow::Continue(())
    }
}
