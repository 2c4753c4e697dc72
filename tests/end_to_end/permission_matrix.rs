//! Every route of a tenant, called as each of the five roles and with each single
//! permission: it opens for exactly those that the table names. The same table is
//! `docs/PERMISSIONS.md`.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use lango_api::{Kind, ROUTES, Route, Who};
use lango_identity::{Permission, PermissionSet, Role};
use serde_json::{Value, json};

use crate::support::{Tenant, dev, http as client, sample};

/// At once: the stack has a core or two.
const AT_ONCE: usize = 8;

/// Whether a route lets somebody through to where it looks at what they want.
async fn opens(route: &Route, token: &str) -> bool {
    let path = route
        .path
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            Some(name) => nobody(name.trim_end_matches('}')),
            None => segment.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/");
    loop {
        let url = format!("{}{path}", dev().url);
        let request = client()
            .request(route.method.name().parse().unwrap(), url)
            .bearer_auth(token);
        let request = match (sample::body(route), route.kind) {
            (Some(body), Kind::Update) => request.header("If-Match", "*").json(&body),
            (Some(body), _) => request.json(&body),
            (None, _) => request,
        };
        let response = request.send().await.unwrap();
        let status = response.status();
        if status == 429 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            continue;
        }
        assert!(
            status != 401 && status != 405 && status.as_u16() < 500,
            "{path}: {status}"
        );
        if status != 403 {
            return true;
        }
        let problem: Value = response.json().await.unwrap();
        return problem["code"] != "not_permitted";
    }
}

/// An identifier of a kind that nothing has.
fn nobody(name: &str) -> String {
    let identifier = lango_api::Identifier::named(name).unwrap();
    crate::cross_tenant_matrix::nothing(identifier).to_owned()
}

fn routes() -> impl Iterator<Item = (&'static Route, &'static [Permission])> {
    ROUTES.iter().filter_map(|route| match route.who {
        Who::Tenant(permissions) => Some((route, permissions)),
        _ => None,
    })
}

/// Calls every route with a key and compares with what it holds.
async fn check(who: String, token: String, held: PermissionSet) {
    for (route, any_of) in routes() {
        let expected = any_of.iter().any(|permission| held.contains(*permission));
        let place = format!("{} {} as {who}", route.method.name(), route.path);
        assert_eq!(opens(route, &token).await, expected, "{place}");
    }
}

#[tokio::test]
async fn every_route_opens_for_the_roles_of_the_table_alone() {
    // Each role in a tenant of its own: what an Admin may is done to it.
    stream::iter(Role::ALL)
        .for_each_concurrent(AT_ONCE, async |role| {
            let tenant = Tenant::create("enterprise").await;
            let key = tenant.key(role.name()).await;
            check(role.name().to_owned(), key.token, role.permissions()).await;
        })
        .await;
}

#[tokio::test]
async fn every_route_opens_for_its_permissions_alone() {
    stream::iter(Permission::ALL)
        .for_each_concurrent(AT_ONCE, async |permission| {
            let tenant = Tenant::create("enterprise").await;
            let wanted = json!({ "name": "one", "permissions": [permission.name()] });
            let key = tenant.key_with(wanted).await;
            let held = PermissionSet::of(&[permission]);
            check(permission.name().to_owned(), key.token, held).await;
        })
        .await;
}
