//! One policy, and what it means for each of those who read under it: said a
//! second time, in PostgreSQL's own words.

use anyhow::Result;
use lango_sql_guard::{Access, Dialect, Policy, Principal};
use serde_json::{Value, json};

/// A table of the policy: its columns, and those that are masked to their last four
/// characters. All other columns are hidden.
pub(super) struct Exposed {
    pub(super) table: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) masked: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const EXPOSED: &[Exposed] = &[
    Exposed {
        table: "customers",
        columns: &["id", "customer_number", "name", "city", "phone", "balance", "active", "born", "created_at", "tags", "data"],
        masked: &["email"],
    },
    Exposed {
        table: "orders",
        columns: &["id", "customer_id", "customer_number", "total", "quantity", "status", "note", "document", "ordered_at", "took", "opens", "valid", "search"],
        masked: &[],
    },
    Exposed {
        table: "shapes",
        columns: &["id", "customer_number", "bits", "amounts", "span", "path_text"],
        masked: &[],
    },
    Exposed { table: "Mixed Case", columns: &["Id", "Customer Number", "select"], masked: &[] },
];

/// Somebody who reads, and what they must find: every table with the condition on
/// its rows. A table that is not named is not theirs.
pub(crate) struct Reader {
    /// Their login on the server, too.
    pub(crate) name: &'static str,
    principal: fn() -> Value,
    pub(super) tables: &'static [(&'static str, &'static str)],
}

pub(crate) const READERS: &[Reader] = &[
    Reader {
        name: "customer",
        principal: || json!({ "kind": "customer", "id": "c", "customer_number": "C-003" }),
        tables: &[
            ("customers", "customer_number = 'C-003'"),
            ("orders", "customer_number = 'C-003'"),
            (
                "shapes",
                "id IN (SELECT s.id FROM public.shapes AS s WHERE s.customer_number = 'C-003')",
            ),
            ("Mixed Case", "\"Customer Number\" = 'C-003'"),
        ],
    },
    // The rows and the tables of their role.
    Reader {
        name: "agent",
        principal: || json!({ "kind": "employee", "id": "a", "role": "agent" }),
        tables: &[
            ("customers", "city = 'Nairobi' AND active"),
            ("orders", "total > 500"),
        ],
    },
    // A role that the policy does not name: what employees read.
    Reader {
        name: "manager",
        principal: || json!({ "kind": "employee", "id": "m", "role": "manager" }),
        tables: &[
            ("customers", "active"),
            ("orders", "customer_number IN ('C-001', 'C-003', 'C-005')"),
            ("shapes", "true"),
        ],
    },
    // Their own list makes it less, and never more.
    Reader {
        name: "clerk",
        principal: || {
            json!({
                "kind": "employee", "id": "k", "role": "clerk",
                "allow_tables": ["orders", "untouched", "Mixed Case"],
            })
        },
        tables: &[("orders", "customer_number IN ('C-001', 'C-003', 'C-005')")],
    },
    // All rows of what is exposed; hidden columns stay hidden.
    Reader {
        name: "administrator",
        principal: || json!({ "kind": "employee", "id": "d", "role": "admin" }),
        tables: &[
            ("customers", "true"),
            ("orders", "true"),
            ("shapes", "true"),
            ("Mixed Case", "true"),
        ],
    },
];

impl Reader {
    /// What the policy lets them read.
    pub(super) fn access(&self) -> Result<Access> {
        let policy = Policy::parse(&policy(), Dialect::Postgres)
            .map_err(|problem| anyhow::anyhow!("the policy: {problem}"))?;
        let principal: Principal = serde_json::from_value((self.principal)())?;
        Access::of(Some(&policy), &principal, Dialect::Postgres, 500)
            .map_err(|refusal| anyhow::anyhow!("the access: {refusal}"))
    }

    /// The tables that they read.
    pub(super) fn exposed(&self) -> impl Iterator<Item = (&'static Exposed, &'static str)> {
        self.tables.iter().filter_map(|(name, condition)| {
            let exposed = EXPOSED.iter().find(|exposed| exposed.table == *name)?;
            Some((exposed, *condition))
        })
    }
}

fn policy() -> Value {
    let mut tables: Vec<Value> = EXPOSED
        .iter()
        .map(|exposed| {
            let masked: serde_json::Map<_, _> = exposed
                .masked
                .iter()
                .map(|column| ((*column).to_owned(), json!("last_four")))
                .collect();
            json!({
                "table": format!("public.{}", exposed.table),
                "columns": exposed.columns,
                "masked": masked,
                "rows": rows(exposed.table),
            })
        })
        .collect();
    for table in &mut tables {
        if let Some(table) = table.as_object_mut()
            && table
                .get("masked")
                .is_some_and(|masked| masked == &json!({}))
        {
            table.remove("masked");
        }
    }
    json!({
        "tables": tables,
        "allow_tables": {
            "role:agent": ["customers", "orders"],
            "employee": ["customers", "orders", "shapes"],
        },
    })
}

fn rows(table: &str) -> Value {
    match table {
        "customers" => json!({
            "customer": "customer_number = :principal.customer_number",
            "employee": "active",
            "role:agent": "city = 'Nairobi' AND active",
        }),
        "orders" => json!({
            "customer": "customer_number = :principal.customer_number",
            "employee": "customer_number IN ('C-001', 'C-003', 'C-005')",
            "role:agent": "total > 500",
        }),
        "shapes" => json!({
            "customer": "id IN (SELECT s.id FROM public.shapes AS s \
                         WHERE s.customer_number = :principal.customer_number)",
        }),
        _ => json!({ "customer": "\"Customer Number\" = :principal.customer_number" }),
    }
}
