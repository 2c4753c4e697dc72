//! One database, different people: a customer sees their rows, an employee their tables,
//! an admin everything that the connection shows; whatever query an assistant writes.

use serde_json::{Value, json};

use crate::support::{
    Tenant, assert_refused, assert_refused_to_assistant, call, held_person, query,
};

/// What the wholesaler shows, and to whom.
fn policy() -> Value {
    json!({
        "max_rows": 400,
        "tables": [
            { "table": "public.customers",
              "columns": ["id", "name", "town", "phone", "kra_pin"],
              "masked": { "phone": "last_four", "kra_pin": "null" },
              "rows": { "customer": "id = :principal.customer_number" } },
            { "table": "public.orders",
              "rows": { "customer": "customer_id = :principal.customer_number",
                        "role:viewer": "status = 'delivered'" } },
            { "table": "public.order_items",
              "rows": { "customer": "order_id IN (SELECT id FROM public.orders \
                         WHERE customer_id = :principal.customer_number)" } },
            { "table": "public.products", "columns": ["id", "sku", "name", "unit_price"],
              "rows": { "customer": "TRUE" } },
            { "table": "public.staff", "columns": ["id", "name", "job_title"] }
        ],
        "allow_tables": { "role:viewer": ["public.orders", "public.products"] }
    })
}

async fn shown() -> Tenant {
    let tenant = Tenant::connected("business").await;
    tenant.show_of_database(policy()).await;
    tenant
}

fn rows(result: &Value) -> &Vec<Value> {
    result["rows"]
        .as_array()
        .unwrap_or_else(|| panic!("{result}"))
}

#[tokio::test]
async fn a_customer_sees_their_rows_whatever_they_ask_for() {
    let tenant = shown().await;
    let admin = tenant.key("admin").await;
    let customer = held_person(&tenant, json!({ "customer_number": "7" })).await;
    let own = query(
        &admin.token,
        "select count(*) from orders where customer_id = 7",
    )
    .await;
    for sql in [
        "select count(*) from orders",
        "select count(*) from public.orders",
        "select count(*) from \"orders\" as o",
        "with a as (select * from orders) select count(*) from a",
        "select count(*) from (table orders) as t",
        "select count(*) from orders natural join orders as again",
        "select count(*) from orders where customer_id = 7 or true",
        "select sum(n) from (select count(*) as n from orders union all select 0) as u",
        "select count(*) from customers c join lateral (select * from orders) o on true",
        "select count(*) from customers full join orders on true",
    ] {
        let seen = query(&customer, sql).await;
        assert_eq!(rows(&seen), rows(&own), "{sql}");
    }
    let customers = query(&customer, "select * from customers").await;
    assert_eq!(rows(&customers).len(), 1);
    let items = query(&customer, "select distinct order_id from order_items").await;
    let orders = query(&customer, "select id from orders").await;
    assert!(rows(&items).iter().all(|id| rows(&orders).contains(id)));
    assert!(!rows(&items).is_empty());
}

#[tokio::test]
async fn nothing_is_run_on_rows_that_are_not_theirs() {
    let tenant = shown().await;
    let customer = held_person(&tenant, json!({ "customer_number": "7" })).await;
    // Would fail on somebody else's row, and its message would say what stands there.
    for sql in [
        "select 1 / (customer_id - 8) from orders where 1 / (customer_id - 8) < 100",
        "select id from customers where name::text not like 'x%' and (case when id = 8 \
         then name::integer else 1 end) = 1",
    ] {
        let seen = query(&customer, sql).await;
        assert!(seen["rows"].is_array(), "{sql}: {seen}");
    }
}

#[tokio::test]
async fn what_is_hidden_is_not_there_and_what_is_masked_is_not_told() {
    let tenant = shown().await;
    for token in [
        tenant.key("admin").await.token,
        held_person(&tenant, json!({ "customer_number": "7" })).await,
    ] {
        let seen = query(&token, "select * from customers where id = 7").await;
        let names: Vec<_> = seen["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| &column["name"])
            .collect();
        assert_eq!(names, ["id", "name", "town", "phone", "kra_pin"]);
        let row = &rows(&seen)[0];
        assert_eq!(row[4], Value::Null);
        let phone = row[3].as_str().unwrap();
        assert!(
            phone.chars().filter(char::is_ascii_digit).count() <= 4,
            "{phone}"
        );
        for hidden in ["credit_limit", "email", "contact_name"] {
            let sql = format!("select {hidden} from customers");
            let refused = call(&token, "postgres_query", json!({ "sql": sql })).await;
            assert!(
                refused.1["result"]["isError"] == true || refused.0 != 200,
                "{refused:?}"
            );
        }
        // Not by its value either.
        let sql = "select count(*) from customers where phone like '+254%' or phone like '07%' or kra_pin is not null";
        assert_eq!(rows(&query(&token, sql).await)[0], json!([0]));
    }
}

#[tokio::test]
async fn an_employee_sees_the_tables_of_their_role_and_their_own() {
    let tenant = shown().await;
    let viewer = tenant.key("viewer").await;
    let admin = tenant.key("admin").await;
    let delivered = "select count(*) from orders where status = 'delivered'";
    let all = query(&admin.token, delivered).await;
    let seen = query(&viewer.token, "select count(*) from orders").await;
    assert_eq!(rows(&seen), rows(&all));
    let refused = call(
        &viewer.token,
        "postgres_query",
        json!({ "sql": "table staff" }),
    )
    .await;
    assert_refused_to_assistant(&refused, "sql_refused");

    let held = held_person(
        &tenant,
        json!({ "role": "manager", "allow_tables": ["orders"] }),
    )
    .await;
    let seen = query(&held, "select count(*) from orders").await;
    let whole = query(&admin.token, "select count(*) from orders").await;
    assert_eq!(rows(&seen), rows(&whole));
    for sql in [
        "table staff",
        "select * from products",
        "select * from pg_catalog.pg_class",
    ] {
        let refused = call(&held, "postgres_query", json!({ "sql": sql })).await;
        assert_refused_to_assistant(&refused, "sql_refused");
    }
}

#[tokio::test]
async fn lists_samples_and_descriptions_keep_to_it_too() {
    let tenant = shown().await;
    let customer = held_person(&tenant, json!({ "customer_number": "7" })).await;
    let tool = async |tool: &str, arguments: Value| {
        let (status, body) = call(&customer, tool, arguments).await;
        assert_eq!(status, 200, "{body}");
        body["result"].clone()
    };
    let listed = tool("postgres_list_tables", json!({})).await;
    let names: Vec<_> = listed["structuredContent"]["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| table["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["customers", "order_items", "orders", "products"]);

    let described = tool("postgres_describe_table", json!({ "table": "customers" })).await;
    let columns = &described["structuredContent"]["columns"];
    let names: Vec<_> = columns
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["id", "name", "town", "phone", "kra_pin"]);
    assert_eq!(columns[3]["masked"], true, "{columns}");
    let hidden = tool("postgres_describe_table", json!({ "table": "staff" })).await;
    assert_eq!(hidden["isError"], true, "{hidden}");

    let sample = tool(
        "postgres_sample_rows",
        json!({ "table": "customers", "rows": 3 }),
    )
    .await;
    assert_eq!(sample["structuredContent"]["row_count"], 1, "{sample}");
    let (status, refused) = call(
        &customer,
        "postgres_sample_rows",
        json!({ "table": "staff" }),
    )
    .await;
    assert_refused_to_assistant(&(status, refused), "sql_refused");

    let checked = tool(
        "postgres_sql_check",
        json!({ "sql": "select * from orders" }),
    )
    .await;
    let checked = &checked["structuredContent"];
    assert_eq!(checked["allowed"], true, "{checked}");
    assert!(
        !checked["sql"].as_str().unwrap().contains("customer_id"),
        "the business's words"
    );
    assert!(
        checked["columns"]
            .as_array()
            .is_some_and(|columns| !columns.is_empty())
    );
    let checked = tool(
        "postgres_sql_check",
        json!({ "sql": "select * from staff" }),
    )
    .await;
    assert_eq!(checked["structuredContent"]["allowed"], false);
    assert!(checked["structuredContent"]["error"]["hint"].is_string());
}

#[tokio::test]
async fn a_policy_bounds_the_rows_and_says_that_it_did() {
    let tenant = Tenant::connected("business").await;
    let mut policy = policy();
    policy["max_rows"] = json!(3);
    tenant.show_of_database(policy).await;
    let admin = tenant.key("admin").await;
    for sql in ["select id from orders", "select id from orders limit 100"] {
        let seen = query(&admin.token, sql).await;
        assert_eq!(seen["row_count"], 3, "{seen}");
        assert_eq!(seen["truncated"], json!({ "reason": "rows", "limit": 3 }));
    }
    let seen = query(&admin.token, "select id from orders limit 2").await;
    assert_eq!(
        (&seen["row_count"], &seen["truncated"]),
        (&json!(2), &Value::Null)
    );
}

#[tokio::test]
async fn without_a_policy_customers_see_nothing_and_a_change_holds_for_the_next_call() {
    let tenant = Tenant::connected("business").await;
    let customer = held_person(&tenant, json!({ "customer_number": "7" })).await;
    let sql = json!({ "sql": "select count(*) from orders" });
    let refused = call(&customer, "postgres_query", sql.clone()).await;
    assert_refused(&refused, 403, "not_enforced");
    tenant.show_of_database(policy()).await;
    assert_eq!(call(&customer, "postgres_query", sql.clone()).await.0, 200);
    tenant.show_of_database(Value::Null).await;
    let refused = call(&customer, "postgres_query", sql).await;
    assert_refused(&refused, 403, "not_enforced");
}
