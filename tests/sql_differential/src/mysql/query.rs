//! Random queries. MySQL converts every value into every type, so an expression
//! may stand anywhere.

use super::catalogue::Catalogue;
use crate::random::Random;

/// A table as queries see it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Name as written, and type.
    pub(crate) columns: Vec<(String, String)>,
}

/// Values of every kind.
#[rustfmt::skip]
pub(crate) const VALUES: &[&str] = &[
    "1", "'a'", "2", "'2025-03-01'", "0", "-3", "1.5", "1e3", "'Nairobi'", "'it''s'", "'x_y%'", "''", "NULL", "TRUE", "FALSE",
    "DATE '2025-03-01'", "TIMESTAMP '2025-03-01 10:00:00'", "TIME '10:30:00'", "X'6869'", "0x6869", "b'101'", "'{\"n\": 1}'",
    "'[1, 2]'", "'$.n'", "'10.0.0.5'", "CURRENT_DATE", "9223372036854775807", "18446744073709551615", "'10:30'", "N'x'", "_utf8mb4'x'",
    "'a\\\\'", "'a\\'b'", "\"double\"", "'%Y-%m'",
];

/// Texts that mean something to a function with an effect.
#[rustfmt::skip]
const TELLING: &[&str] = &[
    "lock", "customers", "untouched", "order_numbers", "../watched/secret", "DELETE FROM untouched", "channel", "a", "1", "mysql",
    "/etc/passwd", "SELECT 1", "binary-log.000001", "0-1-1",
];

const SHOWN: usize = 4;
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "DIV", "=", "<=>", "<>", "<", ">=", "AND", "OR", "XOR", "LIKE",
    "REGEXP", "<<", "&", "|", "^", "||", "MOD",
];
const AGGREGATES: &[&str] = &[
    "COUNT(*)",
    "SUM(@)",
    "AVG(@)",
    "MIN(@)",
    "MAX(@)",
    "GROUP_CONCAT(@ ORDER BY 1 SEPARATOR '-')",
    "COUNT(DISTINCT @)",
    "BIT_OR(@)",
    "STDDEV(@)",
    "JSON_ARRAYAGG(@)",
    "VARIANCE(@)",
];

/// A text of [`TELLING`], ready to stand between quotes.
pub(crate) fn telling(random: &mut Random) -> &'static str {
    random.text(TELLING)
}

/// Any value.
pub(crate) fn value(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("'{}'", telling(random)),
        1 => random
            .text(&["order_numbers", "customers", "id", "0"])
            .to_owned(),
        _ => random.text(VALUES).to_owned(),
    }
}

/// One query in the making.
pub(crate) struct Writer<'a> {
    catalogue: &'a Catalogue,
    tables: &'a [Table],
    /// The answer must be the same whoever asks, whenever.
    repeatable: bool,
    random: Random,
    scope: Vec<(String, Table)>,
    aliases: usize,
}

impl<'a> Writer<'a> {
    /// A writer with its own series of random numbers.
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        tables: &'a [Table],
        repeatable: bool,
        random: Random,
    ) -> Self {
        Self {
            catalogue,
            tables,
            repeatable,
            random,
            scope: Vec::new(),
            aliases: 0,
        }
    }

    /// One statement.
    pub(crate) fn statement(mut self) -> String {
        let query = match self.random.below(16) {
            0 => {
                let (one, other) = (self.select(1, 2), self.select(1, 2));
                let operation = self.random.text(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
                format!("({one}) {operation} ({other})")
            }
            1 | 2 => {
                let inner = self.select(1, 2);
                let name = if self.random.chance(40) { self.table().name } else { "w".to_owned() };
                format!("WITH {name}(k0, k1) AS ({inner}) SELECT k0, COUNT(*) FROM {name} GROUP BY k0 ORDER BY 1, 2")
            }
            3 => "WITH RECURSIVE steps(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM steps WHERE n < 5) SELECT n FROM steps".to_owned(),
            _ => {
                let shown = 1 + self.random.below(SHOWN);
                self.select(2, shown)
            }
        };
        if !self.repeatable && self.random.chance(12) {
            return self.mutated(&query);
        }
        query
    }

    fn table(&mut self) -> Table {
        let at = self.random.below(self.tables.len());
        self.tables.get(at).cloned().unwrap_or(Table {
            name: "customers".to_owned(),
            columns: Vec::new(),
        })
    }

    fn select(&mut self, depth: usize, shown: usize) -> String {
        let kept = self.scope.len();
        let from = self.from(depth);
        let condition = if self.random.chance(60) {
            format!(" WHERE {}", self.expression(depth))
        } else {
            String::new()
        };
        let select = match self.random.below(10) {
            0 if depth > 1 => {
                let alias = self.scope.last().map_or("t1", |(alias, _)| alias.as_str());
                let star = format!("{alias}.*");
                format!(
                    "SELECT {} FROM {from}{condition}",
                    if self.random.chance(50) { "*" } else { &star }
                )
            }
            1 | 2 if depth > 1 => {
                let (key, one) = (self.column(), self.aggregate());
                let having = self.random.text(&["", "", " HAVING COUNT(*) > 1"]);
                format!("SELECT {key} AS k, {one} FROM {from}{condition} GROUP BY k{having}")
            }
            3 if depth > 1 => {
                let (key, order) = (self.column(), self.column());
                let call = self.random.text(&[
                    "COUNT(*)",
                    "RANK()",
                    "DENSE_RANK()",
                    "PERCENT_RANK()",
                    "CUME_DIST()",
                ]);
                format!(
                    "SELECT {key}, {call} OVER (PARTITION BY {key} ORDER BY {order}) FROM {from}{condition}"
                )
            }
            _ => {
                let cells: Vec<String> = (0..shown).map(|_| self.expression(depth)).collect();
                let order: Vec<String> = (1..=shown).map(|n| n.to_string()).collect();
                let tail = match self.random.below(6) {
                    0 | 1 => format!(" ORDER BY {}", order.join(", ")),
                    2 if !self.repeatable => format!(" LIMIT {}, 5", self.random.below(3)),
                    _ => String::new(),
                };
                let distinct = self.random.text(&["", "", "", "DISTINCT "]);
                format!(
                    "SELECT {distinct}{} FROM {from}{condition}{tail}",
                    cells.join(", ")
                )
            }
        };
        self.scope.truncate(kept);
        select
    }

    fn item(&mut self) -> String {
        self.aliases += 1;
        let alias = format!("t{}", self.aliases);
        let table = self.table();
        let item = format!("{} AS {alias}", table.name);
        self.scope.push((alias, table));
        item
    }

    fn from(&mut self, depth: usize) -> String {
        let from = self.item();
        if !self.random.chance(40) {
            return from;
        }
        let key = self.key();
        if depth > 0 && self.random.chance(25) {
            let outer = core::mem::take(&mut self.scope);
            let inner = self.select(0, 1);
            self.scope = outer;
            self.aliases += 1;
            return format!(
                "{from} LEFT JOIN (SELECT * FROM ({inner}) AS u{0}) AS d{0} ON 1 = 1",
                self.aliases
            );
        }
        let item = self.item();
        let other = self.key();
        let join = self
            .random
            .text(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "INNER JOIN"]);
        match (key, other) {
            (Some(key), Some(other)) if key != other => {
                format!("{from} {join} {item} ON {key} = {other}")
            }
            _ => {
                let condition = self.expression(1);
                format!("{from} {join} {item} ON {condition}")
            }
        }
    }

    fn key(&self) -> Option<String> {
        let (alias, table) = self.scope.last()?;
        let (name, _) = table
            .columns
            .iter()
            .find(|(name, _)| name.contains("umber"))?;
        Some(format!("{alias}.{name}"))
    }

    fn column(&mut self) -> String {
        let all: Vec<String> = self
            .scope
            .iter()
            .flat_map(|(alias, table)| {
                table
                    .columns
                    .iter()
                    .map(move |(name, _)| format!("{alias}.{name}"))
            })
            .collect();
        self.random
            .pick(&all)
            .cloned()
            .unwrap_or_else(|| "1".to_owned())
    }

    /// A column of the last table. An aggregate of an outer table's column belongs
    /// to the outer query, which MariaDB does not see through a derived table: it
    /// answers "Subquery returns more than 1 row" there.
    fn innermost_column(&mut self) -> String {
        let Some((alias, table)) = self.scope.last() else {
            return "1".to_owned();
        };
        match self.random.pick(&table.columns) {
            Some((name, _)) => format!("{alias}.{name}"),
            None => "1".to_owned(),
        }
    }

    fn leaf(&mut self) -> String {
        if self.random.chance(60) {
            return self.column();
        }
        loop {
            let value = self.random.text(VALUES);
            if !(self.repeatable && value.starts_with("CURRENT")) {
                return value.to_owned();
            }
        }
    }

    fn aggregate(&mut self) -> String {
        let column = self.innermost_column();
        let pool = if self.repeatable {
            AGGREGATES.get(..5).unwrap_or(AGGREGATES)
        } else {
            AGGREGATES
        };
        self.random.text(pool).replace('@', &column)
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.leaf();
        }
        match self.random.below(20) {
            0..=5 => self.call(depth),
            6..=9 => {
                let (one, other) = (self.expression(depth - 1), self.expression(depth - 1));
                format!("({one} {} {other})", self.random.text(OPERATORS))
            }
            10 => {
                let (when, one, other) = (
                    self.expression(depth - 1),
                    self.expression(depth - 1),
                    self.leaf(),
                );
                format!("CASE WHEN {when} THEN {one} ELSE {other} END")
            }
            11 => {
                let one = self.expression(depth - 1);
                self.random
                    .text(&[
                        "(@ IS NULL)",
                        "(@ IS NOT NULL)",
                        "(NOT @)",
                        "(@ IN (1, 'a'))",
                        "(@ BETWEEN 1 AND 5)",
                        "(-@)",
                        "(~@)",
                    ])
                    .replace('@', &one)
            }
            12 => {
                let one = self.expression(depth - 1);
                self.random
                    .text(&[
                        "CAST(@ AS CHAR)",
                        "CAST(@ AS SIGNED)",
                        "CAST(@ AS DECIMAL(10, 2))",
                        "CONVERT(@, DATE)",
                        "CAST(@ AS DATETIME)",
                        "EXTRACT(YEAR FROM @)",
                        "TRIM(@)",
                        "DATE_ADD(@, INTERVAL 1 DAY)",
                        "SUBSTRING(@ FROM 1 FOR 3)",
                        "TIMESTAMPDIFF(DAY, @, '2025-01-01')",
                        "JSON_EXTRACT(@, '$.n')",
                    ])
                    .replace('@', &one)
            }
            13 | 14 => {
                let item = self.item();
                let condition = self.expression(depth - 1);
                let aggregate = self.aggregate();
                self.scope.pop();
                format!("(SELECT {aggregate} FROM {item} WHERE {condition})")
            }
            15 => {
                let item = self.item();
                let condition = self.expression(depth - 1);
                self.scope.pop();
                format!("EXISTS (SELECT 1 FROM {item} WHERE {condition})")
            }
            _ => self.leaf(),
        }
    }

    fn call(&mut self, depth: usize) -> String {
        let passing = &self.catalogue.passing;
        if !self.repeatable && self.random.chance(1) {
            let name = self
                .random
                .pick(&self.catalogue.names)
                .cloned()
                .unwrap_or_default();
            return format!("{name}({})", self.leaf());
        }
        let Some(function) = self.random.pick(passing) else {
            return self.leaf();
        };
        let of_the_moment = [
            "NOW",
            "CUR",
            "UTC",
            "LOCAL",
            "SYS",
            "UUID",
            "RAND",
            "UNIX_",
            "CONNECTION",
            "USER",
            "SESSION",
            "DATABASE",
            "SCHEMA",
            "VERSION",
            "FOUND",
            "ROW_C",
            "LAST_I",
            "TIME",
            "DATE",
            "AVG",
            "SUM",
            "COUNT",
            "GROUP",
            "JSON_ARRAYAGG",
            "JSON_OBJECTAGG",
            "BIT_",
            "STD",
            "VAR",
            "MIN",
            "MAX",
            // On MariaDB the owner's, which the reader may not run.
            "ANY_VALUE",
            "REGEXP_LIKE",
            "IS_UUID",
            "BIN_TO_UUID",
        ];
        let name = function.name.to_ascii_uppercase();
        if self.repeatable && of_the_moment.iter().any(|word| name.starts_with(word)) {
            return self.leaf();
        }
        let arguments: Vec<String> = (0..function.arguments)
            .map(|_| self.expression(depth - 1))
            .collect();
        format!("{}({})", function.name, arguments.join(", "))
    }

    /// The query with something in it that should not be there.
    fn mutated(&mut self, query: &str) -> String {
        #[rustfmt::skip]
        const HOSTILE: &[&str] = &[
            "; DELETE FROM untouched", " FOR UPDATE", " LOCK IN SHARE MODE", " INTO @v", " INTO OUTFILE 'made'", " INTO DUMPFILE 'made'",
            "/*!50000 INTO @v */", "/*M! INTO @v */", "/*!999999 x */", " -- ", "--1", " # ", "'", "\"", "`", "\\", " @v := 1 ", " @@sql_mode ",
            " SLEEP(0.01) ", " GET_LOCK('lock', 0) ", " NEXTVAL(order_numbers) ", " NEXT VALUE FOR order_numbers ", " PREVIOUS VALUE FOR order_numbers ",
            " touch('x') ", " scratch.touch('x') ", " LAST_INSERT_ID(5) ", " LOAD_FILE('../watched/secret') ", " PROCEDURE ANALYSE() ",
            " RETURNING * ", " (DELETE FROM untouched RETURNING id) ", " BENCHMARK(2, touch('x')) ", " \u{200b} ", " FOR SYSTEM_TIME ALL ",
            " PARTITION (p0) ", " FORCE INDEX (x) ", " SQL_CALC_FOUND_ROWS ", " HIGH_PRIORITY ", " SQL_NO_CACHE ", " {fn touch('x')} ", " '\\' || touch('x') -- ' ",
            " /*! touch('x') + */ ", " `lower`('x') ", " LEVENSHTEIN('a', 'b') ", " RELEASE_ALL_LOCKS() ", " VALUES (touch('x')) ", " SETVAL(order_numbers, 9) ",
        ];
        let mut words: Vec<&str> = query.split(' ').collect();
        let at = self.random.below(words.len() + 1);
        let hostile = self.random.text(HOSTILE);
        match self.random.below(3) {
            0 if at < words.len() => {
                if let Some(word) = words.get_mut(at) {
                    *word = hostile;
                }
            }
            1 => words.push(hostile),
            _ => words.insert(at.min(words.len()), hostile),
        }
        words.join(" ")
    }
}
