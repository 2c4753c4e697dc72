//! `POST /platform/v1/bootstrap`: the first platform admin. Whoever holds the
//! deployment's signing key can make a token for this, and this alone; it is of no use
//! while a platform admin is in force.

use lango_api::{Bootstrapped, CreateAdmin, Route};
use lango_audit_log::Layer;
use lango_identity::{AdminId, KeyId};
use lango_store::insert_first_admin;
use worker::{Request, Response};

use super::{
    admins::{new_admin, registered, taken, view},
    call::{Beginner, Begun},
    keys,
};
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    layers::{identity::BootstrapIdentified, transport::Expectation},
    routes::{call::store, json, parse},
};

const FIRST_KEY_NAME: &str = "first key";
const FIRST_KEY_DAYS: u32 = 90;

pub(in crate::routes) async fn bootstrap(
    request: Request,
    gateway: &Gateway,
    route: &'static Route,
) -> Result<Response, Denial> {
    let methods = [route.method.name()];
    let expectation = Expectation { methods: &methods };
    let identified = gateway.receive_bootstrap(request, expectation).await?;
    let wanted: CreateAdmin = parse(identified.body())?;
    let admin_id = AdminId::from_random(clock::random()?);
    let beginner = Beginner {
        key_id: "bootstrap",
        principal: admin_id.as_str(),
    };
    let target = Some(admin_id.to_string());
    let begun = Begun::begin(gateway, &beginner, "platform.bootstrap", target).await?;
    let result = first_admin(gateway, &identified, admin_id.clone(), wanted).await;
    json(200, &begun.end(result, |_| None).await?)
}

async fn first_admin(
    gateway: &Gateway,
    identified: &BootstrapIdentified,
    admin_id: AdminId,
    wanted: CreateAdmin,
) -> Result<Done<Bootstrapped>, Denial> {
    let new = new_admin(gateway, admin_id.clone(), wanted)?;
    let key_id = KeyId::from_random(clock::random()?);
    let (session, key) = keys::sign(gateway, &admin_id, key_id, FIRST_KEY_NAME, FIRST_KEY_DAYS)?;
    let is_first = insert_first_admin(&store(gateway)?, identified.scope(), &new, &session)
        .await
        .map_err(|error| taken(&error))?;
    if !is_first {
        let detail = "There is a platform admin already. Ask one of them to register you.";
        return Err(Denial::new(Layer::Access, "not_first", 409, detail));
    }
    let admin = view(registered(&new));
    Ok(Done::created(
        Bootstrapped {
            admin: admin.clone(),
            key,
        },
        &admin,
    ))
}
