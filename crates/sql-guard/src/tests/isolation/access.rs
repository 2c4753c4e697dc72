//! Who reads what.

use serde_json::json;

use super::{access, customer, document, employee, policy};
use crate::{Access, Code, Dialect, Policy, Principal, check_within};

fn names(access: &Access) -> Vec<String> {
    let tables = access.tables().unwrap();
    tables.into_iter().map(|table| table.name).collect()
}

#[test]
fn a_customer_sees_only_tables_with_a_condition_for_customers() {
    assert_eq!(
        names(&access(&customer("C1"))),
        ["orders", "customers", "products"]
    );
}

#[test]
fn an_employee_sees_every_exposed_table() {
    let access = access(&employee("agent"));
    assert_eq!(
        names(&access),
        ["orders", "customers", "products", "margins"]
    );
    let limited: Vec<bool> = access
        .tables()
        .unwrap()
        .iter()
        .map(|t| t.rows_limited)
        .collect();
    assert_eq!(limited, [true, false, false, false]);
}

#[test]
fn an_admin_reads_all_rows_and_no_hidden_column() {
    let access = access(&employee("admin"));
    let orders = check_within("SELECT * FROM orders", &access).unwrap();
    assert!(!orders.sql().contains("WHERE"), "{}", orders.sql());
    let customers = check_within("SELECT * FROM customers", &access).unwrap();
    assert!(customers.sql().contains("last_four") || customers.sql().contains("right("));
    assert!(!customers.sql().contains("\"lango~customers\".*"));
}

#[test]
fn a_list_of_tables_narrows() {
    let mut document = document();
    document["allow_tables"] = json!({ "role:agent": ["orders", "products"], "employee": ["products"], "customer": ["orders"] });
    let policy = Policy::parse(&document, Dialect::Postgres).unwrap();
    let of = |principal: &Principal| {
        names(&Access::of(Some(&policy), principal, Dialect::Postgres, 500).unwrap())
    };
    assert_eq!(of(&employee("agent")), ["orders", "products"]);
    assert_eq!(of(&employee("viewer")), ["products"]);
    assert_eq!(of(&customer("C1")), ["orders"]);
    assert_eq!(of(&employee("admin")).len(), 4);
    let mut own = employee("agent");
    own.allow_tables = Some(vec![
        "products".into(),
        "public.customers".into(),
        "nowhere.x".into(),
    ]);
    assert_eq!(of(&own), ["products"]);
    own.allow_tables = Some(Vec::new());
    assert_eq!(of(&own), [""; 0]);
}

#[test]
fn without_a_policy_a_customer_reads_nothing() {
    let refusal = Access::of(None, &customer("C1"), Dialect::Postgres, 500).unwrap_err();
    assert_eq!(refusal.code, Code::Principal);
    assert!(refusal.hint.contains("policy"), "{}", refusal.hint);
}

#[test]
fn without_a_policy_an_employee_reads_their_own_list() {
    let mut principal = employee("agent");
    let all = Access::of(None, &principal, Dialect::Postgres, 500).unwrap();
    assert_eq!(all.tables(), None);
    assert!(check_within("SELECT * FROM anything", &all).is_ok());
    principal.allow_tables = Some(vec!["orders".into(), "pg_catalog.pg_class".into()]);
    let some = Access::of(None, &principal, Dialect::Postgres, 500).unwrap();
    assert_eq!(names(&some), ["orders"]);
    assert!(check_within("SELECT * FROM orders", &some).is_ok());
    let refused = check_within("SELECT * FROM anything", &some).unwrap_err();
    assert_eq!(refused.code, Code::Table);
}

/// Never NULL, never empty: rows that belong to nobody are nobody's.
#[test]
fn who_lacks_the_value_reads_nothing_of_it() {
    for number in [
        None,
        Some(""),
        Some("  "),
        Some("a\0b"),
        Some("back\\slash"),
    ] {
        let mut principal = customer("C1");
        principal.customer_number = number.map(str::to_owned);
        let access = access(&principal);
        assert_eq!(names(&access), ["products"], "{number:?}");
        let refusal = check_within("SELECT * FROM orders", &access).unwrap_err();
        assert_eq!(refusal.code, Code::Table);
        assert!(refusal.hint.contains("customer_number"), "{}", refusal.hint);
    }
}

#[test]
fn a_policy_serves_its_own_dialect() {
    assert!(Access::of(Some(&policy()), &employee("admin"), Dialect::Mysql, 500).is_err());
}

#[test]
fn the_lower_limit_of_rows_holds() {
    let mut document = document();
    document["max_rows"] = json!(20);
    let policy = Policy::parse(&document, Dialect::Postgres).unwrap();
    let limit = |max| {
        Access::of(Some(&policy), &employee("admin"), Dialect::Postgres, max)
            .unwrap()
            .row_limit()
    };
    assert_eq!((limit(500), limit(7)), (20, 7));
}
