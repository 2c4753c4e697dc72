//! People who are held to something: employees to connections and tables, customers
//! to their number. What a tool cannot be held to, they do not reach.

use serde_json::{Value, json};

use crate::support::{
    Tenant, assert_refused, assert_refused_to_assistant, call, dev, http as client, sign_in_invited,
};

#[tokio::test]
async fn an_employee_is_held_to_their_tables_and_connections() {
    let tenant = Tenant::connected("business").await;
    let person = json!({
        "name": "Achieng", "role": "manager", "email": "achieng@duka.test",
        "allow_tables": ["orders"],
    });
    let user = tenant.create_at("users", person).await;
    let path = format!("users/{}", user["user_id"].as_str().unwrap());
    let token = sign_in_invited(&tenant, "employee", &path, "achieng@duka.test").await;
    let who = call(&token, "crm_whoami", json!({})).await.1;
    let who = &who["result"]["structuredContent"];
    assert_eq!(who["kind"], "employee");
    assert_eq!(
        (&who["role"], &who["allow_tables"]),
        (&json!("manager"), &json!(["orders"]))
    );
    let query = async |sql: &str| call(&token, "postgres_query", json!({ "sql": sql })).await;
    assert_eq!(query("select id from orders").await.0, 200);
    let refused = query("select id from staff").await;
    assert_refused_to_assistant(&refused, "sql_refused");
    let free = tenant.patch(&path, json!({ "allow_tables": null })).await;
    assert_eq!(free.status(), 200);
    assert_eq!(query("select id from staff").await.0, 200);
    let none = tenant.patch(&path, json!({ "connections": [] })).await;
    assert_eq!(none.status(), 200);
    let refused = call(&token, "crm_whoami", json!({})).await;
    assert_refused(&refused, 200, "tool_unknown");
}

#[tokio::test]
async fn a_customer_is_bound_to_their_number_and_reaches_nothing_else() {
    let tenant = Tenant::connected("business").await;
    let open = tenant
        .patch("settings", json!({ "customer_sign_in": true }))
        .await;
    assert_eq!(open.status(), 200);
    let person = json!({
        "customer_number": "C-1001", "name": "Mama Njeri", "email": "njeri@duka.test",
    });
    let customer = tenant.create_at("customers", person).await;
    let path = format!("customers/{}", customer["customer_id"].as_str().unwrap());
    let token = sign_in_invited(&tenant, "customer", &path, "njeri@duka.test").await;
    let who = call(&token, "crm_whoami", json!({})).await.1;
    let who = &who["result"]["structuredContent"];
    assert_eq!(
        (&who["kind"], &who["customer_number"]),
        (&json!("customer"), &json!("C-1001"))
    );
    assert_eq!(who["id"], customer["customer_id"]);
    let refused = call(&token, "crm_find_contact", json!({ "name": "a" })).await;
    assert_refused(&refused, 403, "not_enforced");
    let refused = call(&token, "postgres_query", json!({ "sql": "select 1" })).await;
    assert_refused(&refused, 403, "not_enforced");
    let listed = client()
        .get(format!("{}/v1/tools", dev().url))
        .bearer_auth(&token);
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    let names: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["crm_whoami"]);
    // Administration is not for customers, whatever they hold.
    for path in ["keys", "users", "settings", "audit"] {
        let url = format!("{}/admin/v1/{path}", dev().url);
        let response = client().get(url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
    }
    let suspended = tenant.patch(&path, json!({ "suspended": true })).await;
    assert_eq!(suspended.status(), 200);
    assert_eq!(
        call(&token, "crm_whoami", json!({})).await.0,
        401,
        "with the next call"
    );
}
