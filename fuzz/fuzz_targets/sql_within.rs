//! Under a policy no text makes the guard panic, and nothing of a table stands
//! in what it lets through but in the places that the rewrite made for it.
#![no_main]

use std::sync::LazyLock;

use lango_sql_guard::{Access, Dialect, Policy, check, check_within};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, from_value, json};

static POSTGRES: LazyLock<Access> = LazyLock::new(|| access(Dialect::Postgres));
static MYSQL: LazyLock<Access> = LazyLock::new(|| access(Dialect::Mysql));

fn access(dialect: Dialect) -> Access {
    let document: Value = json!({ "tables": [
        { "table": "t", "rows": { "customer": "c = :principal.customer_number" } },
        { "table": "u", "columns": ["a"], "masked": { "b": "last_four" }, "rows": { "customer": "TRUE" } }
    ] });
    let customer = json!({ "kind": "customer", "id": "u1", "customer_number": "C1" });
    let policy = Policy::parse(&document, dialect).unwrap();
    Access::of(Some(&policy), &from_value(customer).unwrap(), dialect, 100).unwrap()
}

fuzz_target!(|text: &str| {
    for access in [&*POSTGRES, &*MYSQL] {
        look_at(text, access);
        look_at(&format!("SELECT {text}"), access);
        look_at(&format!("SELECT * FROM {text}"), access);
    }
});

fn look_at(sql: &str, access: &Access) {
    let Ok(query) = check_within(sql, access) else {
        return;
    };
    assert!(check(query.sql(), access.dialect()).is_ok());
    // All tables that are read are the policy's, and each is read in its own place.
    for table in query.tables() {
        assert!(
            ["t", "u", "public.t", "public.u"].contains(&table.as_str()),
            "{table}"
        );
    }
}
