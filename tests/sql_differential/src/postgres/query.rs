//! Random queries: most of them such as pass, since only those are a test of
//! what comes out at the other end.

mod expression;
mod from;
mod mutation;
mod select;

use super::catalogue::Catalogue;
use crate::random::Random;

/// A table as queries see it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Name as written, and type.
    pub(crate) columns: Vec<(String, String)>,
}

/// What queries may be made of.
#[derive(Debug, Clone)]
pub(crate) struct Setting<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) tables: &'a [Table],
    /// The answer must be the same whoever asks, whenever: nothing that tells of
    /// the session or the clock, and no order but a total one.
    pub(crate) repeatable: bool,
}

/// One query in the making.
pub(crate) struct Writer<'a> {
    setting: &'a Setting<'a>,
    random: Random,
    /// The tables that a column can be taken from: alias and table.
    scope: Vec<(String, Table)>,
    aliases: usize,
}

const SET_OPERATIONS: &[&str] = &["UNION", "UNION ALL", "EXCEPT", "INTERSECT"];
/// Types that a query likes to show.
const SHOWN: &[&str] = &[
    "integer",
    "text",
    "numeric",
    "boolean",
    "date",
    "timestamp without time zone",
    "jsonb",
    "bigint",
    "text[]",
    "integer[]",
    "interval",
];

impl<'a> Writer<'a> {
    /// A writer with its own series of random numbers.
    pub(crate) fn new(setting: &'a Setting<'a>, random: Random) -> Self {
        Self {
            setting,
            random,
            scope: Vec::new(),
            aliases: 0,
        }
    }

    /// One statement.
    pub(crate) fn statement(mut self) -> String {
        let query = match self.random.below(20) {
            0 => self.values(),
            1 => {
                let table = self.table();
                format!("TABLE {}", table.name)
            }
            2..=4 => self.set_operation(),
            5..=7 => self.with(),
            _ => self.select(2, None),
        };
        if !self.setting.repeatable && self.random.chance(12) {
            return self.mutated(&query);
        }
        query
    }

    fn table(&mut self) -> Table {
        let chosen = self.random.below(self.setting.tables.len());
        self.setting.tables.get(chosen).cloned().unwrap_or(Table {
            name: "customers".to_owned(),
            columns: Vec::new(),
        })
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    fn values(&mut self) -> String {
        let kinds: Vec<&str> = (0..3).map(|_| self.random.text(SHOWN)).collect();
        let rows: Vec<String> = (0..2)
            .map(|_| {
                let cells: Vec<String> =
                    kinds.iter().map(|kind| self.expression(kind, 1)).collect();
                format!("({})", cells.join(", "))
            })
            .collect();
        format!("VALUES {}", rows.join(", "))
    }

    fn set_operation(&mut self) -> String {
        let kinds: Vec<&'static str> = (0..2).map(|_| self.random.text(SHOWN)).collect();
        let left = self.select(1, Some(&kinds));
        let right = self.select(1, Some(&kinds));
        let operation = self.random.text(SET_OPERATIONS);
        format!("({left}) {operation} ({right})")
    }

    fn with(&mut self) -> String {
        if self.random.chance(25) {
            let inner = self.select(1, None);
            return format!(
                "WITH RECURSIVE steps(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM steps WHERE n < 5), \
                 other AS ({inner}) SELECT steps.n, (SELECT count(*) FROM other) FROM steps"
            );
        }
        let kinds: Vec<&'static str> = (0..3).map(|_| self.random.text(SHOWN)).collect();
        // Often under the name of a real table, which it hides.
        let name = if self.random.chance(40) {
            self.table().name
        } else {
            "w".to_owned()
        };
        let inner = self.select(1, Some(&kinds));
        let materialized = self
            .random
            .text(&["", "", "MATERIALIZED ", "NOT MATERIALIZED "]);
        let columns = kinds
            .iter()
            .enumerate()
            .map(|(index, kind)| (format!("k{index}"), (*kind).to_owned()));
        let table = Table {
            name: name.clone(),
            columns: columns.collect(),
        };
        let outer = self.select_from(&[table], 1);
        format!("WITH {name}(k0, k1, k2) AS {materialized}({inner}) {outer}")
    }

    fn select_from(&mut self, tables: &[Table], depth: usize) -> String {
        let outer = core::mem::take(&mut self.scope);
        let mut from = Vec::new();
        for table in tables {
            let alias = self.alias();
            from.push(format!("{} AS {alias}", table.name));
            self.scope.push((alias, table.clone()));
        }
        let select = self.rest_of_select(&from.join(", "), depth, None);
        self.scope = outer;
        select
    }

    /// A SELECT whose columns have the wanted types.
    fn select(&mut self, depth: usize, wanted: Option<&[&'static str]>) -> String {
        let kept = self.scope.len();
        let from = self.from(depth);
        let select = self.rest_of_select(&from, depth, wanted);
        self.scope.truncate(kept);
        select
    }
}
