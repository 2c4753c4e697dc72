//! `/platform/v1/sign-in`, `/refresh`, `/sign-out` and `/password`: platform admins
//! come and go.
//!
//! Whatever is wrong, whoever is not there: the answer is the same, and so is the work
//! that it takes. Attempts are counted by the guards of the account and of the address.

use lango_api::{ChangeAdminPassword, Nothing, PlatformSignIn, RefreshSignIn, Tokens};
use lango_audit_log::{Actor, Intent, Layer, Outcome, Record, Subject};
use lango_durable_objects::{PlatformLogClient, Unreachable};
use lango_identity::{AdminId, ClaimedAdmin, KeyId, SignInGuardName};
use lango_sign_in::{Checked, Library, Password, PasswordHash, check};
use lango_store::{
    AdminSecret, admin_secret, end_platform_sessions_of, find_admin, revoke_platform_session,
    set_admin_password,
};
use worker::{Env, Response, console_error};

use super::{
    PlatformCall, passwords,
    session::{self, Refreshed},
};
use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    routes::{
        auth::guest::{Guest, email},
        call::{done, store, store_failed},
        json,
    },
    sign_in::guard::Attempted,
};

pub(in crate::routes) async fn sign_in(guest: Guest<'_>) -> Result<Response, Denial> {
    let gateway = guest.gateway;
    let typed: PlatformSignIn = guest.body()?;
    let email = email(&typed.email)?;
    let digest = guard_of(gateway, email.as_str());
    let guard = SignInGuardName::of_platform(digest);
    let configuration = &gateway.settings.sign_in;
    let attempt = Attempted::begin(&gateway.env, configuration, &guard, guest.address).await?;
    let found = find_admin(&store(gateway)?, ClaimedAdmin::of_sign_in(), email.as_str())
        .await
        .map_err(|error| store_failed(&error))?;
    let Some(admin) = proven(gateway, found.as_ref(), &typed.password).await? else {
        if let Some(known) = &found {
            // Behind the answer, which takes no longer for an admin than for nobody.
            let refused = Outcome::denied(Layer::Identity, "wrong_password", 0);
            let record = record(gateway, "sign_in.password", &known.admin_id, None, refused)?;
            let env = gateway.env.clone();
            gateway.context.wait_until(async move {
                if let Err(unreachable) = log(&env, &record).await {
                    console_error!("a failed sign-in was not logged: {unreachable}");
                }
            });
        }
        return guest.counted(Err(wrong())).await;
    };
    attempt.succeed().await;
    let tokens = session::begin(gateway, admin).await?;
    let session = KeyId::parse(&tokens.session_id).ok();
    let succeeded = Outcome::succeeded(0);
    tell(
        gateway,
        "sign_in.password",
        admin,
        session.as_ref(),
        succeeded,
    )
    .await?;
    json(200, &tokens)
}

pub(in crate::routes) async fn refresh(guest: Guest<'_>) -> Result<Response, Denial> {
    let gateway = guest.gateway;
    let typed: RefreshSignIn = guest.body()?;
    let refreshed = refreshed(gateway, &typed.refresh_token).await;
    json(200, &guest.counted(refreshed).await?)
}

pub(in crate::routes) async fn sign_out(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let target = Some(call.identified.session().to_string());
    call.act("sign_out", target, async |identified| {
        let (claimed, now) = (ClaimedAdmin::of_sign_in(), clock::now_ms());
        revoke_platform_session(&store(gateway)?, claimed, identified.session(), now)
            .await
            .map_err(|error| store_failed(&error))?;
        Ok(Done::without_change(()))
    })
    .await?;
    done()
}

/// Every sign-in of theirs ends, this one too; keys stay.
pub(in crate::routes) async fn change_password(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let typed: ChangeAdminPassword = call.body()?;
    let target = Some(call.identified.admin().to_string());
    call.act("password.change", target, async |identified| {
        let (store, admin) = (store(gateway)?, identified.admin());
        // Whoever has found an open sign-in is not to try passwords in it.
        let guard = SignInGuardName::of_platform(guard_of(gateway, admin.as_str()));
        let configuration = &gateway.settings.sign_in;
        let attempt = Attempted::begin(&gateway.env, configuration, &guard, None).await?;
        let known = admin_secret(&store, identified.scope(), admin)
            .await
            .map_err(|error| store_failed(&error))?;
        if proven(gateway, known.as_ref(), &typed.current)
            .await?
            .is_none()
        {
            let detail = "The password until now is another one.";
            return Err(Denial::new(
                Layer::Identity,
                "wrong_credentials",
                401,
                detail,
            ));
        }
        attempt.succeed().await;
        let hash = passwords::hashed(gateway, &typed.new)?;
        set_admin_password(&store, ClaimedAdmin::of_sign_in(), admin, &hash)
            .await
            .map_err(|error| store_failed(&error))?;
        end_platform_sessions_of(&store, identified.scope(), admin, clock::now_ms())
            .await
            .map_err(|error| store_failed(&error))?;
        Ok(Done::without_change(()))
    })
    .await?;
    done()
}

/// Whoever the password is the right one of. A hash of a lower cost is made anew while
/// the password is here.
async fn proven<'a>(
    gateway: &Gateway,
    found: Option<&'a AdminSecret>,
    password: &Password,
) -> Result<Option<&'a AdminId>, Denial> {
    let stored = found.and_then(hash_of);
    let cost = gateway.settings.sign_in.cost;
    let decoy = passwords::salt()?;
    match check(&mut Library, stored.as_ref(), password, cost, decoy) {
        Checked::Wrong => Ok(None),
        Checked::Right { is_outdated } => {
            let admin = found.map(|secret| &secret.admin_id);
            if let Some(admin) = admin
                && is_outdated
            {
                upgrade(gateway, admin, password).await;
            }
            Ok(admin)
        }
    }
}

async fn upgrade(gateway: &Gateway, admin: &AdminId, password: &Password) {
    let upgraded = async {
        let cost = gateway.settings.sign_in.cost;
        let stronger = lango_sign_in::hash(&mut Library, password, cost, passwords::salt()?);
        let (store, claimed) = (store(gateway)?, ClaimedAdmin::of_sign_in());
        set_admin_password(&store, claimed, admin, &stronger.to_string())
            .await
            .map_err(|error| store_failed(&error))
    };
    if let Err(denial) = upgraded.await {
        console_error!("a password keeps its older hash: {:?}", denial.internal);
    }
}

/// A hash that cannot be read lets nobody in, and is said in the operator's log.
fn hash_of(secret: &AdminSecret) -> Option<PasswordHash> {
    let parsed = secret.password_hash.as_deref()?.parse();
    if parsed.is_err() {
        console_error!("the hash of {}'s password is not readable", secret.admin_id);
    }
    parsed.ok()
}

async fn refreshed(gateway: &Gateway, text: &str) -> Result<Tokens, Denial> {
    match session::refresh(gateway, text).await? {
        Refreshed::Yes(tokens) => Ok(tokens),
        Refreshed::Reused { session, admin } => {
            let refused = Outcome::denied(Layer::Identity, "refresh_reused", 0);
            tell(gateway, "sign_in.refresh", &admin, Some(&session), refused).await?;
            Err(session::ended().because("a refresh token was used twice"))
        }
    }
}

/// The platform's log hears of it before anybody is let in.
async fn tell(
    gateway: &Gateway,
    action: &str,
    admin: &AdminId,
    session: Option<&KeyId>,
    outcome: Outcome,
) -> Result<(), Denial> {
    let record = record(gateway, action, admin, session, outcome)?;
    log(&gateway.env, &record)
        .await
        .map_err(|error| Denial::unavailable(Layer::Identity, error.to_string()))
}

fn record(
    gateway: &Gateway,
    action: &str,
    admin: &AdminId,
    session: Option<&KeyId>,
    outcome: Outcome,
) -> Result<Record, Denial> {
    Ok(Record {
        key_id: session.map_or("sign_in", KeyId::as_str).to_owned(),
        at_ms: clock::now_ms(),
        intent: Intent {
            call_id: clock::random_name("call_")?,
            principal: admin.to_string(),
            actor: Some(Actor::PlatformAdmin),
            country: gateway.country.clone(),
            subject: Subject::Action {
                action: action.to_owned(),
                target: Some(admin.to_string()),
            },
        },
        outcome,
    })
}

async fn log(env: &Env, record: &Record) -> Result<(), Unreachable> {
    PlatformLogClient::bound(env)?.log(record).await
}

fn guard_of(gateway: &Gateway, who: &str) -> String {
    gateway.settings.sign_in.accounts.name(&["platform", who])
}

fn wrong() -> Denial {
    Denial::new(
        Layer::Identity,
        "wrong_credentials",
        401,
        "That is not right: nobody runs the platform with this address and this password.",
    )
}
