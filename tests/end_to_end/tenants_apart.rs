//! Two tenants with the same names see nothing of each other.

use serde_json::{Value, json};

use crate::support::{Tenant, assert_problem, call, dev, query};

#[tokio::test]
async fn the_same_query_reads_each_tenants_own_rows() {
    let sql = "select name, phone from customers order by id limit 50";
    let ours = query(dev().key("viewer"), sql).await;
    let theirs = query(&dev().second_tenant.keys["viewer"], sql).await;
    assert_eq!(ours["columns"], theirs["columns"], "the same names");
    let rows = |result: &Value| result["rows"].as_array().unwrap().clone();
    let theirs = rows(&theirs);
    assert!(
        rows(&ours).iter().all(|row| !theirs.contains(row)),
        "and no row of one in the other"
    );
}

#[tokio::test]
async fn one_tenants_identifiers_mean_nothing_to_another() {
    let (ours, theirs) = (
        Tenant::connected("business").await,
        Tenant::connected("business").await,
    );
    let key = ours.key("viewer").await;
    let connections: Value = ours.get("connections").await;
    let connection = connections["items"][0]["connection_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        format!("keys/{}", key.key_id),
        format!("connections/{connection}"),
    ] {
        let stranger = theirs
            .admin(http::Method::DELETE, &path)
            .send()
            .await
            .unwrap();
        let refused = assert_problem(stranger, 404, "not_found").await;
        let nothing = path.replace(|c: char| c.is_ascii_digit(), "0");
        let unknown = theirs
            .admin(http::Method::DELETE, &nothing)
            .send()
            .await
            .unwrap();
        assert_eq!(
            refused,
            assert_problem(unknown, 404, "not_found").await,
            "{path}"
        );
    }
    assert_eq!(
        call(&key.token, "crm_echo", json!({ "text": "jambo" }))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn one_tenants_log_has_nothing_of_another() {
    let (ours, theirs) = (
        Tenant::connected("business").await,
        Tenant::connected("business").await,
    );
    call(&ours.admin, "crm_echo", json!({ "text": "jambo" })).await;
    call(&theirs.admin, "crm_find_contact", json!({ "name": "a" })).await;
    let (ours, theirs) = (ours.log(3).await, theirs.log(3).await);
    let tools = |log: &[Value]| -> Vec<Value> {
        log.iter()
            .filter(|it| it["kind"] == "call")
            .map(|it| it["tool"].clone())
            .collect()
    };
    assert_eq!(tools(&ours), ["crm_echo"]);
    assert_eq!(tools(&theirs), ["crm_find_contact"]);
    assert!(ours.iter().all(|entry| {
        theirs
            .iter()
            .all(|other| entry["key_id"] != other["key_id"])
    }));
}
