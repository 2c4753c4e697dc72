//! Values and conditions.

use super::{SHOWN, Writer};
use crate::postgres::{catalogue::quoted, sweep, values};

impl Writer<'_> {
    pub(super) fn column(&mut self, kind: &str) -> Option<String> {
        let fitting: Vec<String> = self
            .scope
            .iter()
            .flat_map(|(alias, table)| {
                table
                    .columns
                    .iter()
                    .filter(|(_, own)| own == kind)
                    .map(move |(name, _)| format!("{alias}.{name}"))
            })
            .collect();
        self.random.pick(&fitting).cloned()
    }

    pub(super) fn leaf(&mut self, kind: &str) -> String {
        if self.random.chance(70)
            && let Some(column) = self.column(kind)
        {
            return column;
        }
        loop {
            let literal = values::literal(kind, &mut self.random);
            let of_the_clock = ["now()", "current_", "localtimestamp"]
                .iter()
                .any(|word| literal.contains(word));
            if !(self.setting.repeatable && of_the_clock) {
                return literal;
            }
        }
    }

    /// An expression that is meant to be of the type.
    pub(super) fn expression(&mut self, kind: &str, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(kind);
        }
        match self.random.below(100) {
            0..=34 => self.function_call(kind, depth),
            35..=54 => self.operation(kind, depth),
            55..=62 => self.cast(kind, depth),
            63..=67 => {
                let (when, one, other) = (
                    self.expression("boolean", depth - 1),
                    self.expression(kind, depth - 1),
                    self.expression(kind, depth - 1),
                );
                format!("CASE WHEN {when} THEN {one} ELSE {other} END")
            }
            68..=72 => {
                let (one, other) = (self.expression(kind, depth - 1), self.leaf(kind));
                let wrapper = self
                    .random
                    .text(&["coalesce", "nullif", "greatest", "least"]);
                format!("{wrapper}({one}, {other})")
            }
            73..=76 => self.scalar_query(kind, depth),
            77..=84 if kind == "boolean" => self.predicate(depth),
            _ => self.leaf(kind),
        }
    }

    pub(super) fn function_call(&mut self, kind: &str, depth: usize) -> String {
        // Now and then one of those that should not pass.
        if !self.setting.repeatable && self.random.chance(1) {
            let all = self.setting.catalogue.functions.len();
            let index = self.random.below(all);
            if let Some(function) = self.setting.catalogue.functions.get(index) {
                return sweep::call(function, &mut self.random);
            }
        }
        let Some(candidates) = self.setting.catalogue.by_result.get(kind) else {
            return self.leaf(kind);
        };
        let Some(function) = self
            .random
            .pick(candidates)
            .and_then(|index| self.setting.catalogue.functions.get(*index))
        else {
            return self.leaf(kind);
        };
        if self.setting.repeatable && !(function.immutable && function.built_in) {
            return self.leaf(kind);
        }
        let arguments: Vec<String> = function
            .arguments
            .iter()
            .map(|own| self.expression(own, depth - 1))
            .collect();
        format!("{}({})", sweep_name(&function.name), arguments.join(", "))
    }

    pub(super) fn operation(&mut self, kind: &str, depth: usize) -> String {
        let Some(candidates) = self.setting.catalogue.operators_by_result.get(kind) else {
            return self.leaf(kind);
        };
        let Some(operator) = self
            .random
            .pick(candidates)
            .and_then(|index| self.setting.catalogue.operators.get(*index))
        else {
            return self.leaf(kind);
        };
        if self.setting.repeatable && !operator.immutable {
            return self.leaf(kind);
        }
        let right = self.expression(&operator.right, depth - 1);
        match &operator.left {
            Some(left) => format!(
                "({} {} {right})",
                self.expression(left, depth - 1),
                operator.name
            ),
            None => format!("({} {right})", operator.name),
        }
    }

    pub(super) fn cast(&mut self, kind: &str, depth: usize) -> String {
        let sources = self.setting.catalogue.casts_to.get(kind);
        let source = sources
            .and_then(|sources| self.random.pick(sources))
            .cloned();
        let source = source.unwrap_or_else(|| kind.to_owned());
        let value = self.expression(&source, depth - 1);
        if self.random.chance(50) {
            format!("CAST({value} AS {kind})")
        } else {
            format!("({value})::{kind}")
        }
    }

    pub(super) fn scalar_query(&mut self, kind: &str, depth: usize) -> String {
        let table = self.table();
        let alias = self.alias();
        self.scope.push((alias.clone(), table.clone()));
        let value = self.expression(kind, depth - 1);
        let condition = self.expression("boolean", depth - 1);
        self.scope.pop();
        if kind == "integer" || kind == "bigint" {
            return format!(
                "(SELECT count(*)::{kind} FROM {} AS {alias} WHERE {condition})",
                table.name
            );
        }
        format!(
            "(SELECT v FROM (SELECT ({value}) AS v FROM {} AS {alias} WHERE {condition}) AS s ORDER BY v::text LIMIT 1)",
            table.name
        )
    }

    pub(super) fn predicate(&mut self, depth: usize) -> String {
        let kind = self.random.text(SHOWN);
        let value = self.expression(kind, depth - 1);
        let other = self.leaf(kind);
        match self.random.below(8) {
            0 => format!("{value} IS NOT NULL"),
            1 => format!("{value} IN ({other}, {})", self.leaf(kind)),
            2 => format!("{value} BETWEEN {other} AND {}", self.leaf(kind)),
            3 => format!("NOT ({})", self.expression("boolean", depth - 1)),
            4 => format!(
                "({} AND {})",
                self.expression("boolean", depth - 1),
                self.expression("boolean", depth - 1)
            ),
            5 => format!("{value} IS DISTINCT FROM {other}"),
            6 => {
                let table = self.table();
                let alias = self.alias();
                self.scope.push((alias.clone(), table.clone()));
                let condition = self.expression("boolean", depth - 1);
                self.scope.pop();
                format!(
                    "EXISTS (SELECT 1 FROM {} AS {alias} WHERE {condition})",
                    table.name
                )
            }
            _ => format!("({value})::text LIKE '%a%'"),
        }
    }
}

fn sweep_name(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { name.to_owned() } else { quoted(name) }
}
