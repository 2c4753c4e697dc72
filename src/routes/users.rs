//! `/admin/v1/users`: the people of a tenant. How they sign in is not here.

use lango_connector_kit::Changed;
use lango_durable_objects::Store;
use lango_identity::{Permission, PrincipalId, Role, TenantScope};
use lango_store::{NewUser, UserChange, change_user, insert_user, list_grants_of, list_users};
use serde::{Deserialize, Serialize};
use worker::{Method, Request, Response};

use super::{
    empty, json,
    keys::{checked_name, push, store, store_failed},
    mcp::subscriptions::announce,
    no_such_thing, parse,
};
use crate::{clock, denial::Denial, gateway::Gateway, layers::transport::Expectation};

const COLLECTION: Expectation = Expectation {
    methods: &["GET", "POST"],
};
const ITEM: Expectation = Expectation {
    methods: &["PATCH"],
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    role: Role,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    suspended: Option<bool>,
}

#[derive(Serialize)]
struct Created<'a> {
    principal_id: &'a PrincipalId,
    name: &'a str,
    role: Role,
}

pub(super) async fn collection(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let creates = request.method() == Method::Post;
    let identified = gateway.receive(request, COLLECTION).await?;
    let store = store(gateway)?;
    if !creates {
        let permitted = gateway.look(identified, Permission::UserView).await?;
        let items = list_users(&store, permitted.scope())
            .await
            .map_err(|error| store_failed(&error))?;
        return json(200, &serde_json::json!({ "items": items }));
    }
    let wanted: Create = parse(identified.body())?;
    let new = NewUser {
        principal_id: PrincipalId::from_random(clock::random()?),
        name: checked_name(&wanted.name)?.to_owned(),
        role: wanted.role,
        created_at: clock::now_ms(),
    };
    let named = Some(new.principal_id.as_str().to_owned());
    gateway
        .act(
            identified,
            "user.create",
            named,
            Permission::UserManage,
            async |permitted| {
                insert_user(&store, permitted.scope(), &new)
                    .await
                    .map_err(|error| store_failed(&error))
            },
        )
        .await?;
    json(
        201,
        &Created {
            principal_id: &new.principal_id,
            name: &new.name,
            role: new.role,
        },
    )
}

/// Gives another role, suspends or takes back: in force with the next call of every
/// assistant of theirs.
pub(super) async fn item(
    request: Request,
    gateway: &Gateway,
    user: &str,
) -> Result<Response, Denial> {
    let identified = gateway.receive(request, ITEM).await?;
    let wanted: Change = parse(identified.body())?;
    let store = store(gateway)?;
    let target = PrincipalId::parse(user).ok();
    let named = target.as_ref().map(|user| user.as_str().to_owned());
    let (action, permission) = match wanted.role {
        Some(_) => ("user.role", Permission::RoleAssign),
        None => ("user.suspend", Permission::UserManage),
    };
    let change = UserChange {
        role: wanted.role,
        suspended_at: wanted
            .suspended
            .map(|suspended| suspended.then(clock::now_ms)),
    };
    gateway
        .act(identified, action, named, permission, async |permitted| {
            let user = target.ok_or_else(no_such_user)?;
            let scope = permitted.scope();
            let changed = change_user(&store, scope, &user, change)
                .await
                .map_err(|error| store_failed(&error))?;
            if !changed {
                return Err(no_such_user());
            }
            push_to_assistants(gateway, &store, scope, &user).await
        })
        .await?;
    empty(204)
}

async fn push_to_assistants(
    gateway: &Gateway,
    store: &Store,
    scope: &TenantScope,
    user: &PrincipalId,
) -> Result<(), Denial> {
    let grants = list_grants_of(store, scope, user)
        .await
        .map_err(|error| store_failed(&error))?;
    let now = clock::now_seconds();
    for grant in grants.iter().filter(|grant| grant.is_in_force(now)) {
        push(gateway, scope, &grant.grant_id).await;
    }
    // Their assistants' lists are others now.
    let changes = [Changed::Tools, Changed::Prompts, Changed::Resources];
    announce(&gateway.env, scope, &changes).await;
    Ok(())
}

fn no_such_user() -> Denial {
    no_such_thing("There is no such user.")
}
