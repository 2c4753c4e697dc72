//! What a query shows of it.

use super::{SHOWN, Writer};
use crate::postgres::{catalogue::Kind, values};

impl Writer<'_> {
    pub(super) fn rest_of_select(
        &mut self,
        from: &str,
        depth: usize,
        wanted: Option<&[&'static str]>,
    ) -> String {
        let condition = if self.random.chance(55) {
            format!(" WHERE {}", self.expression("boolean", depth))
        } else {
            String::new()
        };
        if wanted.is_none() {
            match self.random.below(10) {
                0 => return self.star(from, &condition),
                1 | 2 => return self.grouped(from, &condition, depth),
                3 => return self.windowed(from, &condition),
                _ => {}
            }
        }
        let kinds: Vec<&'static str> = match wanted {
            Some(kinds) => kinds.to_vec(),
            None => (0..=self.random.below(4))
                .map(|_| self.random.text(SHOWN))
                .collect(),
        };
        let shown: Vec<String> = kinds.iter().map(|kind| self.shown(kind, depth)).collect();
        let distinct = if self.random.chance(12) {
            "DISTINCT "
        } else {
            ""
        };
        let tail = self.tail(shown.len());
        format!(
            "SELECT {distinct}{} FROM {from}{condition}{tail}",
            shown.join(", ")
        )
    }

    /// An expression of exactly this type.
    pub(super) fn shown(&mut self, kind: &str, depth: usize) -> String {
        format!("({})::{kind}", self.expression(kind, depth))
    }

    pub(super) fn star(&mut self, from: &str, condition: &str) -> String {
        let alias = self
            .scope
            .last()
            .map_or("t1", |(alias, _)| alias.as_str())
            .to_owned();
        let shown = self
            .random
            .text(&[
                "*",
                "@.*",
                "@",
                "to_jsonb(@)",
                "row_to_json(@.*)",
                "@::text",
                "row(@.*)",
                "count(@)",
                "(@).*",
                "md5(@::text)",
            ])
            .replace('@', &alias);
        format!("SELECT {shown} FROM {from}{condition}")
    }

    pub(super) fn grouped(&mut self, from: &str, condition: &str, depth: usize) -> String {
        let kind = self.random.text(SHOWN);
        let key = self
            .column(kind)
            .unwrap_or_else(|| self.expression(kind, 0));
        let mut aggregates = Vec::new();
        for _ in 0..=self.random.below(2) {
            aggregates.push(self.aggregate(depth));
        }
        let grouping = self
            .random
            .text(&[
                "GROUP BY 1",
                "GROUP BY @",
                "GROUP BY ROLLUP (@)",
                "GROUP BY GROUPING SETS ((@), ())",
                "GROUP BY CUBE (@)",
            ])
            .replace('@', &key);
        let having = if self.random.chance(30) {
            " HAVING count(*) > 1"
        } else {
            ""
        };
        format!(
            "SELECT {key}, {} FROM {from}{condition} {grouping}{having}",
            aggregates.join(", ")
        )
    }

    pub(super) fn aggregate(&mut self, depth: usize) -> String {
        let call = if self.setting.repeatable {
            let number = self.expression("integer", 1);
            self.random
                .text(&[
                    "count(*)",
                    "sum(@)",
                    "min(@)",
                    "max(@)",
                    "count(DISTINCT @)",
                    "bool_or(@ > 2)",
                    "string_agg((@)::text, ',' ORDER BY (@)::text)",
                    "array_agg(@ ORDER BY @)",
                ])
                .replace('@', &number)
        } else {
            let candidates = self.functions(|f| {
                f.kind == Kind::Aggregate
                    && f.passes
                    && f.arguments.iter().all(|t| values::is_known(t))
            });
            let Some(function) = self
                .random
                .pick(&candidates)
                .and_then(|index| self.setting.catalogue.functions.get(*index))
                .cloned()
            else {
                return "count(*)".to_owned();
            };
            let mut arguments: Vec<String> = function
                .arguments
                .iter()
                .map(|kind| self.expression(kind, depth.min(1)))
                .collect();
            if arguments.is_empty() {
                arguments.push("*".to_owned());
            }
            format!("{}({})", function.name, arguments.join(", "))
        };
        if self.random.chance(25) {
            let filter = self.expression("boolean", 1);
            return format!("{call} FILTER (WHERE {filter})");
        }
        call
    }

    pub(super) fn windowed(&mut self, from: &str, condition: &str) -> String {
        let key = self.column("text").unwrap_or_else(|| "1".to_owned());
        let order = self
            .column("integer")
            .or_else(|| self.column("bigint"))
            .unwrap_or_else(|| "1".to_owned());
        let call = self
            .random
            .text(&[
                "count(*)",
                "sum(1)",
                "rank()",
                "dense_rank()",
                "max(@)",
                "min(@)",
                "percent_rank()",
                "cume_dist()",
            ])
            .replace('@', &order);
        let frame = self.random.text(&[
            "",
            "",
            " RANGE UNBOUNDED PRECEDING",
            " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
        ]);
        if self.random.chance(30) {
            return format!(
                "SELECT {key}, {call} OVER w FROM {from}{condition} WINDOW w AS (PARTITION BY {key} ORDER BY {order}{frame})"
            );
        }
        format!(
            "SELECT {key}, {call} OVER (PARTITION BY {key} ORDER BY {order}{frame}) FROM {from}{condition}"
        )
    }

    pub(super) fn tail(&mut self, columns: usize) -> String {
        let order: Vec<String> = (1..=columns).map(|n| n.to_string()).collect();
        match self.random.below(8) {
            0 | 1 => format!(" ORDER BY {}", order.join(", ")),
            2 => format!(
                " ORDER BY {} LIMIT {}",
                order.join(" DESC, "),
                1 + self.random.below(9)
            ),
            3 => format!(
                " ORDER BY {} OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY",
                order.join(" NULLS FIRST, ")
            ),
            4 if !self.setting.repeatable => " LIMIT 5".to_owned(),
            _ => String::new(),
        }
    }
}
