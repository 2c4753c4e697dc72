//! The parser's walk over a tree, compiled once for all visitors.
//!
//! The walk reaches every statement of every dialect, and for each type of
//! visitor the compiler makes 90 KiB of Wasm of it, which every start of the
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
/// to be named here before a visitor can use it.
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
