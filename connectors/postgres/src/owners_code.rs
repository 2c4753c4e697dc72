//! What the database's owner wrote, and a statement could run without naming it.
//!
//! Only the catalogue tells it from what the server has built in:
//!
//! - Where `x` has no column `f`, PostgreSQL reads `x.f` as `f(x)`, whose row may be any.
//! - An operator that fits its operands better than the server's own of the same name is
//!   taken in its place; so is a cast. Those that do nothing but compute are part of what
//!   the business's types mean, and stay. One whose function is declared VOLATILE may have
//!   effects that a read-only transaction does not stop. What an extension brought along
//!   has been looked at by whoever installed it.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::session::Names;

/// Parameters: names behind a dot, the statement, whether the login's schemas are looked
/// in. Fixed text of the server's own operators alone; it reads what every login may read.
const REACHED: &str = "\
SELECT 'function', p.proname::pg_catalog.text \
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_type AS t \
    ON t.oid OPERATOR(pg_catalog.=) ANY (ARRAY[p.proargtypes[0], p.provariadic]) \
  WHERE $3 AND p.proname OPERATOR(pg_catalog.=) ANY ($1) \
    AND p.pronamespace OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace \
    AND p.pronargs OPERATOR(pg_catalog.-) p.pronargdefaults \
      OPERATOR(pg_catalog.<=) 1::pg_catalog.int2 \
    AND t.typtype OPERATOR(pg_catalog.=) ANY ('{c,d,p}'::pg_catalog.\"char\"[]) \
UNION ALL \
SELECT 'operator', o.oprname::pg_catalog.text \
  FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_proc AS p \
    ON p.oid OPERATOR(pg_catalog.=) o.oprcode \
  WHERE $3 AND o.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid \
    AND p.provolatile OPERATOR(pg_catalog.=) 'v' \
    AND (o.oprname OPERATOR(pg_catalog.=) ANY \
        ('{=,<>,<,>,<=,>=,~~,!~~,~~*,!~~*,~}'::pg_catalog.text[]) \
      OR pg_catalog.strpos($2, o.oprname::pg_catalog.text) OPERATOR(pg_catalog.>) 0) \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d \
      WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass \
      AND d.objid OPERATOR(pg_catalog.=) o.oid AND d.deptype OPERATOR(pg_catalog.=) 'e') \
UNION ALL \
SELECT 'cast', pg_catalog.concat(pg_catalog.format_type(c.castsource, NULL), ' to ', \
    pg_catalog.format_type(c.casttarget, NULL)) \
  FROM pg_catalog.pg_cast AS c JOIN pg_catalog.pg_proc AS p \
    ON p.oid OPERATOR(pg_catalog.=) c.castfunc \
  WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid \
    AND p.provolatile OPERATOR(pg_catalog.=) 'v' \
    AND (c.castcontext OPERATOR(pg_catalog.=) 'i' \
      OR pg_catalog.strpos($2, '::') OPERATOR(pg_catalog.>) 0 \
      OR pg_catalog.strpos(pg_catalog.upper($2), 'CAST(') OPERATOR(pg_catalog.>) 0) \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d \
      WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_cast'::pg_catalog.regclass \
      AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.deptype OPERATOR(pg_catalog.=) 'e') \
LIMIT 1";

/// Something of the owner's that a statement could run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// A function of a row, by its name.
    Function(String),
    /// An operator that may have effects.
    Operator(String),
    /// A cast that may have effects: from which type to which.
    Cast(String),
}

/// Asks the server what of the owner's `sql` could run, in the form in which the gateway
/// has written it: every name of the query's own stands in double quotes.
///
/// # Errors
/// Whatever the server answers.
pub async fn reached(client: &Client, sql: &str, names: Names) -> Result<Option<Reached>, Error> {
    let behind_dots = behind_dots(sql);
    let in_schemas = names == Names::OfTheLogin;
    let rows = client
        .query_typed(
            REACHED,
            &[
                (&behind_dots, Type::TEXT_ARRAY),
                (&sql, Type::TEXT),
                (&in_schemas, Type::BOOL),
            ],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let name: String = row.try_get(1)?;
    Ok(Some(match row.try_get(0)? {
        "function" => Reached::Function(name),
        "operator" => Reached::Operator(name),
        _ => Reached::Cast(name),
    }))
}

impl Reached {
    /// The code of the guard's for such a refusal.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Function(_) => "function",
            Self::Operator(_) => "operator",
            Self::Cast(_) => "data_type",
        }
    }

    /// What it is, for whoever may know of it: a type may be named as a table that a policy
    /// does not show.
    pub(crate) fn construct(&self, names: Names) -> String {
        match (self, names) {
            (Self::Function(name), _) => format!("a function {name:?} of a row"),
            (Self::Operator(name), _) => format!("the operator {name}"),
            (Self::Cast(name), Names::OfTheLogin) => format!("the cast from {name}"),
            (Self::Cast(_), Names::OfTheServer) => "a cast".to_owned(),
        }
    }

    /// What would pass.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Function(name) => format!(
                "The database has a function of that name, which PostgreSQL calls where a table \
                 has no such column. Write the column as {name:?} alone, without the table in \
                 front."
            ),
            Self::Operator(_) => "The database's owner has written it, and declared its function \
                 VOLATILE: it may have effects. An administrator can declare the function STABLE \
                 or IMMUTABLE, if it only computes, or set a SQL policy, under which the \
                 server's own operators alone are found."
                .to_owned(),
            Self::Cast(_) => "The database's owner has written it, and declared its function \
                 VOLATILE: it may have effects. An administrator can declare the function STABLE \
                 or IMMUTABLE, if it only computes."
                .to_owned(),
        }
    }
}

/// Every name that stands behind a dot, and perhaps parts of strings: each may be asked
/// for, and none is left out.
fn behind_dots(sql: &str) -> Vec<&str> {
    const DOT: &str = ".\"";
    let mut names: Vec<&str> = sql
        .match_indices(DOT)
        .filter_map(|(at, _)| sql.get(at + DOT.len()..)?.split('"').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_behind_a_dot_is_asked_for() {
        let sql = r#"SELECT "c"."name", "f", 'x."y' || "o"."g", "public"."t"."h", pg_catalog.lower("c"."name")"#;
        let names = behind_dots(sql);
        for name in ["name", "g", "t", "h"] {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
        assert!(!names.contains(&"f"));
        // A string cannot hide what stands behind it.
        assert!(behind_dots(r#"SELECT '."', "t"."f""#).contains(&"f"));
        assert!(behind_dots(r#"SELECT '"."', "t"."f""#).contains(&"f"));
        assert!(behind_dots("SELECT 1").is_empty());
    }

    #[test]
    fn a_refusal_says_what_would_pass() {
        let function = Reached::Function("full_name".to_owned());
        assert_eq!(function.code(), "function");
        assert!(function.hint().contains("\"full_name\" alone"));
        let cast = Reached::Cast("secret_table to text".to_owned());
        assert!(!cast.construct(Names::OfTheServer).contains("secret"));
        assert!(!cast.hint().contains("secret"));
    }
}
