//! What a query reads from, and under which condition.

use super::{SHOWN, Table, Writer};
use crate::postgres::{catalogue::Function, sweep};

const JOINS: &[&str] = &["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "INNER JOIN"];

impl Writer<'_> {
    pub(super) fn from(&mut self, depth: usize) -> String {
        let table = self.table();
        let alias = self.alias();
        let mut from = self
            .random
            .text(&["{} AS @", "{} @", "ONLY {} AS @", "{} AS @"])
            .replace("{}", &table.name)
            .replace('@', &alias);
        if self.setting.repeatable || from.starts_with("ONLY") && !self.random.chance(10) {
            from = format!("{} AS {alias}", table.name);
        }
        self.scope.push((alias, table));
        if self.random.chance(45) {
            let before = self.scope.len();
            let (item, lateral) = self.joined(depth);
            let condition = self.condition(before);
            from = match (lateral, self.random.below(8)) {
                (true, _) => format!("{from} LEFT JOIN LATERAL {item} ON true"),
                (_, 0) => format!("{from} CROSS JOIN {item}"),
                (_, 1) => format!("{from}, {item}"),
                (_, 2) if !self.setting.repeatable => format!("{from} NATURAL JOIN {item}"),
                _ => {
                    let join = self.random.text(JOINS);
                    format!("{from} {join} {item} ON {condition}")
                }
            };
        }
        from
    }

    /// What is joined to a table, and whether it looks at it.
    pub(super) fn joined(&mut self, depth: usize) -> (String, bool) {
        let alias = self.alias();
        match self.random.below(6) {
            0 if depth > 0 => {
                let kinds: Vec<&'static str> = (0..2).map(|_| self.random.text(SHOWN)).collect();
                let lateral = self.random.chance(50);
                let outer = if lateral {
                    self.scope.clone()
                } else {
                    core::mem::take(&mut self.scope)
                };
                let inner = self.select(depth - 1, Some(&kinds));
                self.scope = outer.clone();
                let columns = kinds
                    .iter()
                    .enumerate()
                    .map(|(i, kind)| (format!("k{i}"), (*kind).to_owned()));
                let table = Table {
                    name: alias.clone(),
                    columns: columns.collect(),
                };
                self.scope.push((alias.clone(), table));
                (format!("({inner}) AS {alias}(k0, k1)"), lateral)
            }
            1 => {
                let item = self.set_returning();
                (format!("{item} AS {alias}"), true)
            }
            2 => {
                let table = Table {
                    name: alias.clone(),
                    columns: vec![("n".to_owned(), "integer".to_owned())],
                };
                self.scope.push((alias.clone(), table));
                (format!("(VALUES (1), (2)) AS {alias}(n)"), false)
            }
            _ => {
                let table = self.table();
                let item = format!("{} AS {alias}", table.name);
                self.scope.push((alias, table));
                (item, false)
            }
        }
    }

    pub(super) fn set_returning(&mut self) -> String {
        if self.setting.repeatable || self.random.chance(50) {
            let array = self.expression("integer[]", 1);
            return self
                .random
                .text(&[
                    "generate_series(1, 3)",
                    "unnest({})",
                    "jsonb_each_text('{\"a\": 1}')",
                    "unnest({}) WITH ORDINALITY",
                ])
                .replace("{}", &array);
        }
        let candidates: Vec<usize> =
            self.functions(|function| function.returns_set && function.passes);
        match self
            .random
            .pick(&candidates)
            .and_then(|index| self.setting.catalogue.functions.get(*index))
        {
            Some(function) if function.result != "record" => {
                sweep::call(function, &mut self.random)
            }
            _ => "generate_series(1, 2)".to_owned(),
        }
    }

    pub(super) fn functions(&self, wanted: impl Fn(&Function) -> bool) -> Vec<usize> {
        let functions = self.setting.catalogue.functions.iter().enumerate();
        functions
            .filter(|(_, function)| wanted(function))
            .map(|(index, _)| index)
            .collect()
    }

    /// A condition between the tables before and from `before` in the scope.
    pub(super) fn condition(&mut self, before: usize) -> String {
        let key = |scope: &[(String, Table)]| {
            scope.iter().find_map(|(alias, table)| {
                let (name, _) = table
                    .columns
                    .iter()
                    .find(|(name, kind)| kind == "text" && name.contains("umber"))?;
                Some(format!("{alias}.{name}"))
            })
        };
        let (left, right) = self.scope.split_at(before.min(self.scope.len()));
        match (key(left), key(right)) {
            (Some(left), Some(right)) if self.random.chance(80) => format!("{left} = {right}"),
            _ => self.expression("boolean", 1),
        }
    }
}
