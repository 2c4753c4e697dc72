//! A query reads the tables, columns and rows that are somebody's, and no more.

mod access;
mod mysql;
mod policy;
mod properties;
mod references;
mod rows;
mod scopes;

use serde_json::{Value, json};

use crate::{
    Access, CheckedQuery, Code, Dialect, Policy, Principal, PrincipalKind, Refusal, check_within,
};

fn customer(number: &str) -> Principal {
    Principal {
        kind: PrincipalKind::Customer,
        id: "c-1".to_owned(),
        role: None,
        customer_number: Some(number.to_owned()),
        allow_tables: None,
    }
}

fn employee(role: &str) -> Principal {
    Principal {
        kind: PrincipalKind::Employee,
        id: "e-1".to_owned(),
        role: Some(role.to_owned()),
        customer_number: None,
        allow_tables: None,
    }
}

fn document() -> Value {
    json!({
        "tables": [
            {
                "table": "public.orders",
                "rows": { "customer": "customer_number = :principal.customer_number",
                          "role:agent": "region = 'Nairobi'" }
            },
            {
                "table": "customers",
                "columns": ["id", "name"],
                "masked": { "phone": "last_four", "email": "null", "notes": "redacted" },
                "rows": { "customer": "customer_number = :principal.customer_number" }
            },
            { "table": "products", "rows": { "customer": "TRUE" } },
            { "table": "sales.margins" }
        ]
    })
}

fn policy() -> Policy {
    Policy::parse(&document(), Dialect::Postgres).unwrap()
}

fn access(principal: &Principal) -> Access {
    Access::of(Some(&policy()), principal, Dialect::Postgres, 500).unwrap()
}

fn within(sql: &str) -> Result<CheckedQuery, Refusal> {
    check_within(sql, &access(&customer("C1")))
}

fn written(sql: &str) -> String {
    within(sql).unwrap().sql().to_owned()
}

fn code(sql: &str) -> Option<Code> {
    within(sql).err().map(|refusal| refusal.code)
}

/// What stands in the place of `orders` for the customer C1.
const ORDERS: &str = "(SELECT \"lango~orders\".* FROM \"public\".\"orders\" AS \"lango~orders\" \
    WHERE \"lango~orders\".\"customer_number\" = 'C1' UNION ALL SELECT \"lango~orders\".* FROM \
    \"public\".\"orders\" AS \"lango~orders\" WHERE false OFFSET 0)";

/// What stands in the place of `products`.
const PRODUCTS: &str =
    "(SELECT \"lango~products\".* FROM \"public\".\"products\" AS \"lango~products\")";
