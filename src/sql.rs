//! Where the gateway speaks to the SQL guard: for whom, by which policy, in whose words.

use std::{cell::RefCell, rc::Rc};

use lango_connector_kit::{CallerKind, Dialect, Principal, SqlPosition, SqlRefusal};
use lango_sql_guard::{Access, Policy, PrincipalKind, Refusal};

use crate::denial::Denial;

/// How many policies an isolate remembers as read.
const REMEMBERED: usize = 32;

/// A policy that was read, by its text.
type Read = (lango_sql_guard::Dialect, String, Rc<Policy>);

thread_local! {
    static READ: RefCell<Vec<Read>> = const { RefCell::new(Vec::new()) };
}

/// What `caller` may see of a database with this policy, at most `max_rows` rows of it.
///
/// # Errors
/// What the caller is to be told when nobody has said what they may see.
pub(crate) fn access(
    policy: Option<&Policy>,
    caller: &Principal,
    dialect: Dialect,
    max_rows: u32,
) -> Result<Access, Refusal> {
    Access::of(policy, &principal(caller), of(dialect), max_rows)
}

/// Reads a stored policy, once an isolate.
///
/// # Errors
/// A denial when it is not one: what is stricter than is understood must not be taken for
/// none.
pub(crate) fn stored_policy(text: &str, dialect: Dialect) -> Result<Rc<Policy>, Denial> {
    let dialect = of(dialect);
    READ.with_borrow_mut(|read| {
        let known = read
            .iter()
            .find(|(its, document, _)| *its == dialect && document == text);
        if let Some((_, _, policy)) = known {
            return Ok(Rc::clone(policy));
        }
        let policy = serde_json::from_str(text)
            .ok()
            .and_then(|document| Policy::parse(&document, dialect).ok())
            .map(Rc::new)
            .ok_or_else(|| Denial::internal("a stored SQL policy is not readable"))?;
        if read.len() == REMEMBERED {
            read.remove(0);
        }
        read.push((dialect, text.to_owned(), Rc::clone(&policy)));
        Ok(policy)
    })
}

/// The guard's name of a dialect.
pub(crate) fn of(dialect: Dialect) -> lango_sql_guard::Dialect {
    match dialect {
        Dialect::Postgres => lango_sql_guard::Dialect::Postgres,
        Dialect::Mysql => lango_sql_guard::Dialect::Mysql,
    }
}

/// A refusal as it is told.
pub(crate) fn told(refusal: &Refusal) -> SqlRefusal {
    SqlRefusal {
        code: refusal.code.as_str().to_owned(),
        construct: refusal.construct.clone(),
        position: refusal.position.map(|at| SqlPosition {
            line: at.line,
            column: at.column,
        }),
        hint: refusal.hint.clone(),
    }
}

fn principal(caller: &Principal) -> lango_sql_guard::Principal {
    lango_sql_guard::Principal {
        kind: match caller.kind {
            CallerKind::Employee => PrincipalKind::Employee,
            CallerKind::Customer => PrincipalKind::Customer,
        },
        id: caller.id.clone(),
        role: caller.role.clone(),
        customer_number: caller.customer_number.clone(),
        allow_tables: caller.allow_tables.clone(),
    }
}
