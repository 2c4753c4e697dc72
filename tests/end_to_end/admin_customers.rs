//! `/admin/v1/customers`: each bound to a number, suspended at once.

use serde_json::json;

use crate::support::{Tenant, assert_problem};

#[tokio::test]
async fn a_customer_number_is_one_customers_and_stays() {
    let tenant = Tenant::create("starter").await;
    let wanted = json!({
        "customer_number": "C-1001", "name": "Mama Njeri", "phone": "+254 712 345678",
    });
    let created = tenant.create_at("customers", wanted.clone()).await;
    assert_eq!(created["phone"], "+254712345678", "E.164");
    let again = tenant.admin(http::Method::POST, "customers").json(&wanted);
    assert_problem(again.send().await.unwrap(), 409, "conflict").await;
    let path = format!("customers/{}", created["customer_id"].as_str().unwrap());
    let renumbered = tenant
        .patch(&path, json!({ "customer_number": "C-1002" }))
        .await;
    assert_problem(renumbered, 400, "body").await;
    let renamed = tenant.patch(&path, json!({ "name": "Njeri Stores" })).await;
    assert_eq!(renamed.status(), 200);
    let read = tenant.get(&path).await;
    assert_eq!(
        (&read["name"], &read["customer_number"]),
        (&json!("Njeri Stores"), &json!("C-1001"))
    );
}

#[tokio::test]
async fn bad_wishes_are_named() {
    let tenant = Tenant::create("starter").await;
    for (member, value) in [
        ("customer_number", json!("")),
        ("name", json!(" ")),
        ("email", json!("njeri")),
        ("phone", json!("12")),
    ] {
        let mut body = json!({ "customer_number": "1", "name": "a" });
        body[member] = value;
        let request = tenant.admin(http::Method::POST, "customers").json(&body);
        assert_problem(request.send().await.unwrap(), 422, member).await;
    }
}
