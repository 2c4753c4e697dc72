//! The parser's walk over a tree, compiled once for all visitors.
//!
//! The walk reaches every statement of every dialect, and for each type of
//! visitor the compiler makes 90 to 100 KB of Wasm of it, which every start of the
//! gateway would read. Here all of them are one type to it.

use core::ops::ControlFlow;

use sqlparser::ast::{
    Expr, GroupByExpr, Ident, ObjectName, OrderBy, OrderByExpr, Query, Select, Statement,
    TableFactor, ValueWithSpan, Visit, VisitMut, Visitor, VisitorMut,
};

/// Walks `tree`; answers what the visitor broke off with.
pub(crate) fn read<V: Visitor>(tree: &impl Visit, visitor: &mut V) -> ControlFlow<V::Break> {
    let mut aside = Aside {
        visitor,
        broken_off: None,
    };
    let _: ControlFlow<()> = tree.visit(&mut Reading(&mut aside));
    flow(aside.broken_off)
}

/// Walks `tree` and lets the visitor change it; answers what it broke off with.
pub(crate) fn change<V: VisitorMut>(
    tree: &mut impl VisitMut,
    visitor: &mut V,
) -> ControlFlow<V::Break> {
    let mut aside = AsideMut {
        visitor,
        broken_off: None,
    };
    let _: ControlFlow<()> = tree.visit(&mut Changing(&mut aside));
    flow(aside.broken_off)
}

fn flow<B>(broken_off: Option<B>) -> ControlFlow<B> {
    broken_off.map_or(ControlFlow::Continue(()), ControlFlow::Break)
}

/// A visitor of any type, whose `Break` waits aside.
struct Aside<'a, V: Visitor> {
    visitor: &'a mut V,
    broken_off: Option<V::Break>,
}

struct AsideMut<'a, V: VisitorMut> {
    visitor: &'a mut V,
    broken_off: Option<V::Break>,
}

/// The one type that the walk knows.
struct Reading<'a>(&'a mut dyn Visitor<Break = ()>);

struct Changing<'a>(&'a mut dyn VisitorMut<Break = ()>);

/// Every hook of both traits. A hook that a new version of the parser adds has
/// to be named here before a visitor can use it: until then a rule in it is not asked, and its
/// refusal's test fails.
macro_rules! every_hook {
    ($method:ident, $($reference:tt)+) => {
        $method!(pre_visit_statement, $($reference)+ Statement);
        $method!(post_visit_statement, $($reference)+ Statement);
        $method!(pre_visit_query, $($reference)+ Query);
        $method!(post_visit_query, $($reference)+ Query);
        $method!(pre_visit_select, $($reference)+ Select);
        $method!(post_visit_select, $($reference)+ Select);
        $method!(pre_visit_order_by, $($reference)+ OrderBy);
        $method!(post_visit_order_by, $($reference)+ OrderBy);
        $method!(pre_visit_order_by_expr, $($reference)+ OrderByExpr);
        $method!(post_visit_order_by_expr, $($reference)+ OrderByExpr);
        $method!(pre_visit_group_by, $($reference)+ GroupByExpr);
        $method!(post_visit_group_by, $($reference)+ GroupByExpr);
        $method!(pre_visit_table_factor, $($reference)+ TableFactor);
        $method!(post_visit_table_factor, $($reference)+ TableFactor);
        $method!(pre_visit_relation, $($reference)+ ObjectName);
        $method!(post_visit_relation, $($reference)+ ObjectName);
        $method!(pre_visit_expr, $($reference)+ Expr);
        $method!(post_visit_expr, $($reference)+ Expr);
        $method!(pre_visit_value, $($reference)+ ValueWithSpan);
        $method!(post_visit_value, $($reference)+ ValueWithSpan);
        $method!(pre_visit_ident, $($reference)+ Ident);
        $method!(post_visit_ident, $($reference)+ Ident);
    };
}

macro_rules! passed_on {
    ($hook:ident, $node:ty) => {
        fn $hook(&mut self, node: $node) -> ControlFlow<()> {
            self.0.$hook(node)
        }
    };
}

macro_rules! kept_aside {
    ($hook:ident, $node:ty) => {
        fn $hook(&mut self, node: $node) -> ControlFlow<()> {
            self.visitor.$hook(node).map_break(|broken_off| {
                self.broken_off = Some(broken_off);
            })
        }
    };
}

impl Visitor for Reading<'_> {
    type Break = ();
    every_hook!(passed_on, &);
}

impl VisitorMut for Changing<'_> {
    type Break = ();
    every_hook!(passed_on, &mut);
}

impl<V: Visitor> Visitor for Aside<'_, V> {
    type Break = ();
    every_hook!(kept_aside, &);
}

impl<V: VisitorMut> VisitorMut for AsideMut<'_, V> {
    type Break = ();
    every_hook!(kept_aside, &mut);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every hook that is called, in order; it breaks off at the one numbered `until`.
    #[derive(Default)]
    struct Steps {
        names: Vec<&'static str>,
        until: Option<usize>,
    }

    impl Steps {
        fn step(&mut self, name: &'static str) -> ControlFlow<usize> {
            self.names.push(name);
            match self.until {
                Some(until) if self.names.len() > until => ControlFlow::Break(until),
                _ => ControlFlow::Continue(()),
            }
        }
    }

    macro_rules! noted {
        ($hook:ident, $node:ty) => {
            fn $hook(&mut self, _: $node) -> ControlFlow<usize> {
                self.step(stringify!($hook))
            }
        };
    }

    impl Visitor for Steps {
        type Break = usize;
        every_hook!(noted, &);
    }

    impl VisitorMut for Steps {
        type Break = usize;
        every_hook!(noted, &mut);
    }

    fn statement() -> Statement {
        let sql = "WITH w AS (SELECT 1 AS one) SELECT a, sum(b) FROM t JOIN w ON a = one \
                   WHERE a IN (SELECT 2) GROUP BY a ORDER BY a LIMIT 3";
        crate::parse::statement(sql, crate::Dialect::Postgres).unwrap()
    }

    #[test]
    fn every_hook_is_called_as_the_parser_calls_it() {
        let (mut direct, mut walked) = (Steps::default(), Steps::default());
        let _ = Visit::visit(&statement(), &mut direct);
        assert!(read(&statement(), &mut walked).is_continue());
        assert_eq!(walked.names, direct.names);

        let (mut direct, mut walked) = (Steps::default(), Steps::default());
        let _ = VisitMut::visit(&mut statement(), &mut direct);
        assert!(change(&mut statement(), &mut walked).is_continue());
        assert_eq!(walked.names, direct.names);

        // The statement above leaves none of the list out.
        let mut hooks = walked.names;
        hooks.sort_unstable();
        hooks.dedup();
        assert_eq!(hooks.len(), 22, "{hooks:?}");
    }

    #[test]
    fn a_visitor_that_breaks_off_is_called_no_more_and_its_reason_comes_out() {
        let mut whole = Steps::default();
        let _ = read(&statement(), &mut whole);
        for until in 0..whole.names.len() {
            let stop = || Steps {
                until: Some(until),
                ..Steps::default()
            };
            let (mut reading, mut changing) = (stop(), stop());
            assert_eq!(read(&statement(), &mut reading), ControlFlow::Break(until));
            assert_eq!(reading.names, whole.names[..=until]);
            let changed = change(&mut statement(), &mut changing);
            assert_eq!(changed, ControlFlow::Break(until));
            assert_eq!(changing.names.len(), until + 1);
        }
    }
}
