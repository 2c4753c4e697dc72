//! What the server itself knows: every function, operator, cast and word of its
//! grammar, so that all of it is tried and not only what we have heard of.

use std::collections::BTreeMap;

use anyhow::Result;
use lango_sql_guard::{Dialect, check};
use tokio_postgres::Client;

use super::values;

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `f(x)`.
    Plain,
    /// `f(x)` over rows.
    Aggregate,
    /// `f(x) OVER (…)`.
    Window,
    /// `CALL f(x)`.
    Procedure,
}

/// A function of the server.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether it stands in `pg_catalog`.
    pub(crate) built_in: bool,
    /// Whether the server says that equal arguments give equal answers for ever.
    pub(crate) immutable: bool,
    /// Whether the server says that a call may change something.
    pub(crate) volatile: bool,
    pub(crate) returns_set: bool,
    pub(crate) arguments: Vec<String>,
    pub(crate) result: String,
    /// Whether the guard lets a call of it pass.
    pub(crate) passes: bool,
}

/// An operator of the server.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) name: String,
    pub(crate) left: Option<String>,
    pub(crate) right: String,
    pub(crate) result: String,
    pub(crate) immutable: bool,
    pub(crate) passes: bool,
}

/// Everything that a statement can be made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalogue {
    pub(crate) functions: Vec<Function>,
    pub(crate) operators: Vec<Operator>,
    /// Source and target.
    pub(crate) casts: Vec<(String, String)>,
    pub(crate) types: Vec<String>,
    pub(crate) words: Vec<String>,
    /// Relations of the catalogues, each with its schema.
    pub(crate) system_relations: Vec<String>,
    /// Functions by the type of their result, those that pass.
    pub(crate) by_result: BTreeMap<String, Vec<usize>>,
    /// Operators by the type of their result, those that pass.
    pub(crate) operators_by_result: BTreeMap<String, Vec<usize>>,
    /// Sources of casts by their target.
    pub(crate) casts_to: BTreeMap<String, Vec<String>>,
}

const FUNCTIONS: &str = "\
SELECT p.proname::text, p.prokind::text, n.nspname = 'pg_catalog', p.provolatile = 'i', p.proretset,
       ARRAY(SELECT pg_catalog.format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, i) ORDER BY i),
       pg_catalog.format_type(p.prorettype, NULL), p.provolatile = 'v'
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('pg_catalog', 'public') ORDER BY 1, 6, 7";

const OPERATORS: &str = "\
SELECT DISTINCT o.oprname::text, CASE WHEN o.oprleft = 0 THEN NULL ELSE pg_catalog.format_type(o.oprleft, NULL) END,
       pg_catalog.format_type(o.oprright, NULL), pg_catalog.format_type(o.oprresult, NULL),
       p.provolatile = 'i'
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode ORDER BY 1, 2, 3, 4";

const CASTS: &str = "\
SELECT pg_catalog.format_type(castsource, NULL), pg_catalog.format_type(casttarget, NULL)
FROM pg_catalog.pg_cast ORDER BY 1, 2";

const TYPES: &str = "\
SELECT DISTINCT pg_catalog.format_type(oid, NULL) FROM pg_catalog.pg_type
WHERE typtype IN ('b', 'e', 'r', 'm', 'd', 'p') AND pg_catalog.pg_type_is_visible(oid) ORDER BY 1";

const WORDS: &str = "SELECT word FROM pg_catalog.pg_get_keywords() ORDER BY 1";

const SYSTEM_RELATIONS: &str = "\
SELECT DISTINCT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') ORDER BY 1";

impl Catalogue {
    /// Asks the server, and the guard what it thinks of each.
    pub(crate) async fn read(client: &Client) -> Result<Self> {
        let mut catalogue = Self::default();
        for row in client.query(FUNCTIONS, &[]).await? {
            let kind: String = row.get(1);
            let arguments: Vec<String> = row.get(5);
            let mut function = Function {
                name: row.get(0),
                kind: match kind.as_str() {
                    "a" => Kind::Aggregate,
                    "w" => Kind::Window,
                    "p" => Kind::Procedure,
                    _ => Kind::Plain,
                },
                built_in: row.get(2),
                immutable: row.get(3),
                volatile: row.get(7),
                returns_set: row.get(4),
                arguments: arguments.iter().map(|t| values::concrete(t)).collect(),
                result: values::concrete(row.get(6)),
                passes: false,
            };
            function.passes = passes(&format!("SELECT {}(1)", quoted(&function.name)));
            catalogue.functions.push(function);
        }
        for row in client.query(OPERATORS, &[]).await? {
            let mut operator = Operator {
                name: row.get(0),
                left: row
                    .get::<_, Option<String>>(1)
                    .map(|name| values::concrete(&name)),
                right: values::concrete(row.get(2)),
                result: values::concrete(row.get(3)),
                immutable: row.get(4),
                passes: false,
            };
            let left = operator.left.as_ref().map_or("", |_| "a");
            operator.passes = passes(&format!("SELECT {left} {} b", operator.name));
            catalogue.operators.push(operator);
        }
        for row in client.query(CASTS, &[]).await? {
            catalogue.casts.push((row.get(0), row.get(1)));
        }
        catalogue.types = texts(client, TYPES).await?;
        catalogue.words = texts(client, WORDS).await?;
        catalogue.system_relations = texts(client, SYSTEM_RELATIONS).await?;
        catalogue.index();
        Ok(catalogue)
    }

    fn index(&mut self) {
        for (index, function) in self.functions.iter().enumerate() {
            let plain = function.kind == Kind::Plain && !function.returns_set;
            if plain && function.passes && known(&function.arguments) {
                self.by_result
                    .entry(function.result.clone())
                    .or_default()
                    .push(index);
            }
        }
        for (index, operator) in self.operators.iter().enumerate() {
            let operands = operator.left.iter().chain([&operator.right]);
            if operator.passes && operands.into_iter().all(|name| values::is_known(name)) {
                self.operators_by_result
                    .entry(operator.result.clone())
                    .or_default()
                    .push(index);
            }
        }
        for (source, target) in &self.casts {
            if values::is_known(source) && source != target {
                self.casts_to
                    .entry(target.clone())
                    .or_default()
                    .push(source.clone());
            }
        }
    }
}

fn known(types: &[String]) -> bool {
    types.iter().all(|name| values::is_known(name))
}

fn passes(sql: &str) -> bool {
    check(sql, Dialect::Postgres).is_ok()
}

/// A name as PostgreSQL quotes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn texts(client: &Client, sql: &str) -> Result<Vec<String>> {
    let rows = client.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
