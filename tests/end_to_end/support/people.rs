//! People who are held to something: customers to their number, employees to tables.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::{Tenant, http};

/// A person signs in with an invitation and a password.
pub(crate) async fn sign_in_invited(
    tenant: &Tenant,
    kind: &str,
    path: &str,
    email: &str,
) -> String {
    let password = "a-long-sentence-of-the-lake";
    let invited = tenant
        .create_at(&format!("{path}/invitation"), json!({}))
        .await;
    let post = async |path: &str, body: Value| {
        let url = format!("{}/auth/v1/{path}", tenant.url());
        http().post(url).json(&body).send().await.unwrap()
    };
    let invitation = &invited["invitation"];
    let set = post(
        "password",
        json!({ "invitation": invitation, "new": password }),
    )
    .await;
    assert_eq!(set.status(), 204, "{:?}", set.text().await);
    let body = json!({
        "tenant": tenant.tenant_id, "kind": kind, "email": email, "password": password,
    });
    let signed_in: Value = post("sign-in", body).await.json().await.unwrap();
    signed_in["access_token"].as_str().unwrap().to_owned()
}

/// A customer where the wishes say a number, an employee otherwise: what they sign in
/// with.
pub(crate) async fn held_person(tenant: &Tenant, mut wishes: Value) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let email = format!("person-{}@duka.test", NEXT.fetch_add(1, Ordering::Relaxed));
    wishes["name"] = json!("Somebody");
    wishes["email"] = json!(email);
    let is_customer = wishes["customer_number"].is_string();
    let (kind, list, id) = if is_customer {
        let open = tenant.patch("settings", json!({ "customer_sign_in": true }));
        assert_eq!(open.await.status(), 200);
        ("customer", "customers", "customer_id")
    } else {
        ("employee", "users", "user_id")
    };
    let created = tenant.create_at(list, wishes).await;
    let path = format!("{list}/{}", created[id].as_str().unwrap());
    sign_in_invited(tenant, kind, &path, &email).await
}
